// The process that changes elements of nftables sets, as the daemon uses it: requests over one SOCK_SEQPACKET socket. Changes
// are answered in their order. The loss of the process is a state: nothing is sent then.
//
// Guarantees: no request is repeated; changes that wait for an answer are bounded; no allocation to send changes.

import { constants } from "node:os";
import { FIREWALL_PENDING_MAX } from "../base/limits/firewall.ts";
import { SeqpacketSocket } from "../native/seqpacket-socket.ts";
import {
  ChangeBatch,
  type FirewallMessage,
  FirewallVerb,
  type ListedElement,
  readMessage,
  type SetLook,
  type SetResult,
  setRequest,
} from "./protocol.ts";

/** What the client needs of its socket; SeqpacketSocket in the daemon. */
export interface FirewallSocket {
  send(bytes: Uint8Array, length: number): number;
  close(): void;
}

/** Opens the socket with the two callbacks of SeqpacketSocket. */
export type OpenFirewallSocket = (
  onMessage: (bytes: Uint8Array, fd: number) => void,
  onEnd: (errno: number) => void,
) => FirewallSocket;

/** The messages of the process. */
export interface FirewallEvents {
  /** A batch is answered: a SetResult for each of its elements; undefined: nothing is known of them. Both are valid during the call. */
  onChanged(batch: ChangeBatch, results: Uint8Array | undefined): void;
  onLook(set: number, look: SetLook): void;
  onListed(set: number, elements: readonly ListedElement[], isLast: boolean, result: SetResult): void;
  /** It was started again: its last changes may not have been made. */
  onRestart(): void;
  /** It is gone for good. */
  onGone(reason: string): void;
}

/** A connection to the process. */
export class FirewallClient {
  present = true;
  events: FirewallEvents | undefined;
  private readonly socket: FirewallSocket;
  private readonly spare: ChangeBatch[] = Array.from({ length: FIREWALL_PENDING_MAX }, () => new ChangeBatch());
  /** Oldest first. */
  private readonly pending: ChangeBatch[] = [];
  private sequence = 0;
  /** Sets that were asked about, by the number of the request. */
  private readonly looks = new Map<number, number>();
  private readonly lists = new Map<number, number>();

  constructor(open: OpenFirewallSocket) {
    this.socket = open(
      (bytes, fd) => this.receive(bytes, fd),
      (errno) => this.end(errno === 0 ? "has ended" : `is out of reach (error ${errno})`),
    );
  }

  /** An empty batch for `send`; undefined while as many as may be wait for an answer. */
  take(): ChangeBatch | undefined {
    return this.present ? this.spare.pop() : undefined;
  }

  /** Sends a batch that is not empty; false if the process takes no more at present: then it is to be given back. */
  send(batch: ChangeBatch): boolean {
    batch.finish(this.nextSequence());
    if (!this.present || this.socket.send(batch.octets, batch.length) !== 0) return false;
    this.pending.push(batch);
    return true;
  }

  /** Gives back a batch that was not sent. */
  giveBack(batch: ChangeBatch): void {
    batch.count = 0;
    this.spare.push(batch);
  }

  /** Asks for the state of a set, by its position; answered by onLook. False if the process takes no request. */
  look(set: number): boolean {
    return this.ask(FirewallVerb.look, set, this.looks);
  }

  /** Asks for the elements of a set; answered by onListed, several times. One list at a time. False as for `look`. */
  list(set: number): boolean {
    return this.ask(FirewallVerb.list, set, this.lists);
  }

  close(): void {
    this.events = undefined;
    this.end("was let go");
  }

  private ask(verb: number, set: number, asked: Map<number, number>): boolean {
    const sequence = this.nextSequence();
    const request = setRequest(verb, set, sequence);
    if (!this.present || this.socket.send(request, request.length) !== 0) return false;
    asked.set(sequence, set);
    return true;
  }

  private nextSequence(): number {
    this.sequence = (this.sequence + 1) >>> 0;
    return this.sequence;
  }

  private receive(bytes: Uint8Array, fd: number): void {
    const message = fd < 0 ? readMessage(bytes) : undefined;
    if (message === undefined) return this.end("has sent an unexpected message");
    this.handle(message);
  }

  private handle(message: FirewallMessage): void {
    switch (message.verb) {
      case FirewallVerb.ready:
        return this.restart();
      case FirewallVerb.change:
        return this.finish(message.sequence, message.results);
      case FirewallVerb.look: {
        const set = this.looks.get(message.sequence);
        this.looks.delete(message.sequence);
        if (set !== undefined) this.events?.onLook(set, message.look);
        return;
      }
      case FirewallVerb.list: {
        const set = this.lists.get(message.sequence);
        if (message.isLast) this.lists.delete(message.sequence);
        if (set !== undefined) this.events?.onListed(set, message.elements, message.isLast, message.result);
      }
    }
  }

  /** An answer to a request from before a restart finds no caller that waits for it. */
  private finish(sequence: number, results: Uint8Array): void {
    const [oldest] = this.pending;
    if (oldest?.sequence !== sequence || oldest.count !== results.length) return;
    this.pending.shift();
    this.events?.onChanged(oldest, results);
    this.giveBack(oldest);
  }

  private restart(): void {
    this.forget();
    this.events?.onRestart();
  }

  private forget(): void {
    this.looks.clear();
    this.lists.clear();
    for (const batch of this.pending.splice(0)) {
      this.events?.onChanged(batch, undefined);
      this.giveBack(batch);
    }
  }

  private end(reason: string): void {
    if (!this.present) return;
    this.present = false;
    this.socket.close();
    this.forget();
    this.events?.onGone(reason);
  }
}

/** In its place where there is none. */
export function absentFirewall(): FirewallClient {
  const client = new FirewallClient(() => ({ send: () => constants.errno.EPIPE, close: () => undefined }));
  client.present = false;
  return client;
}

/** The process that the launcher has left behind descriptor `fd`, which is taken over. Throws SystemError if it is no such socket. */
export function connectFirewall(fd: number): FirewallClient {
  return new FirewallClient((onMessage, onEnd) => new SeqpacketSocket(fd, onMessage, onEnd));
}
