// The process that holds the kernel shield, as the daemon uses it: one request at a time is under way, the others wait.
// Its loss is a state, and so is a late answer.
//
// Guarantees: requests are answered in their order; waiting requests are bounded, because a caller sends its next one
// only when it has an answer.

import { constants } from "node:os";
import { SHIELD_DEADLINE_MS } from "../../base/limits/shield.ts";
import type { ShieldRates } from "../../base/shield-rates.ts";
import { SeqpacketSocket } from "../../native/seqpacket-socket.ts";
import {
  interfaceRequest,
  type KeyAction,
  keyRequest,
  limitRequest,
  readReply,
  type ShieldReply,
  type ShieldTable,
  ShieldVerb,
} from "./protocol.ts";

/** What the client needs of its socket; SeqpacketSocket in the daemon. */
export interface ShieldSocket {
  send(bytes: Uint8Array, length: number): number;
  close(): void;
}

/** Opens the socket with the two callbacks of SeqpacketSocket. */
export type OpenShieldSocket = (
  onMessage: (bytes: Uint8Array, fd: number) => void,
  onEnd: (errno: number) => void,
) => ShieldSocket;

/** Resolves with the answer; with undefined if the process is gone. */
type Answer = (reply: ShieldReply | undefined) => void;

/** A request that waits, or is under way. */
interface Request {
  readonly octets: Uint8Array;
  readonly sequence: number;
  readonly answer: Answer;
}

/** A connection to the process. */
export class ShieldClient {
  /**
   * Called when the process is gone, or is given up because it does not answer: `isHeld`: its programs may still be
   * attached.
   */
  onGone: (reason: string, isHeld: boolean) => void = () => undefined;
  private isGone = false;
  private readonly socket: ShieldSocket;
  /** The first one is under way. */
  private readonly requests: Request[] = [];
  private sequence = 0;
  private deadline: NodeJS.Timeout | undefined;

  constructor(open: OpenShieldSocket) {
    this.socket = open(
      (bytes, fd) => this.receive(bytes, fd),
      (errno) => this.end(errno === 0 ? "has ended" : `is out of reach (error ${errno})`),
    );
  }

  /** Sets all limits. */
  limit(rates: ShieldRates): Promise<ShieldReply | undefined> {
    return this.ask((sequence) => limitRequest(rates, sequence));
  }

  /** Attaches the shield to an interface. */
  attach(ifindex: number): Promise<ShieldReply | undefined> {
    return this.ask((sequence) => interfaceRequest(ShieldVerb.attach, ifindex, sequence));
  }

  /** Takes it away from an interface, which may have gone. */
  detach(ifindex: number): Promise<ShieldReply | undefined> {
    return this.ask((sequence) => interfaceRequest(ShieldVerb.detach, ifindex, sequence));
  }

  /** The counts of an interface. */
  count(ifindex: number): Promise<ShieldReply | undefined> {
    return this.ask((sequence) => interfaceRequest(ShieldVerb.count, ifindex, sequence));
  }

  /** Puts up to SHIELD_BATCH keys into a table or takes them out; the result tells how many of them failed. */
  changeKeys(table: ShieldTable, action: KeyAction, keys: Uint8Array): Promise<ShieldReply | undefined> {
    return this.ask((sequence) => keyRequest(table, action, keys, sequence));
  }

  /** Lets the process go, and the shield with it. */
  close(): void {
    this.onGone = () => undefined;
    this.end("was let go");
  }

  private ask(make: (sequence: number) => Uint8Array): Promise<ShieldReply | undefined> {
    return new Promise((resolve) => {
      if (this.isGone) return resolve(undefined);
      this.sequence = (this.sequence + 1) >>> 0;
      const { sequence } = this;
      this.requests.push({ octets: make(sequence), sequence, answer: resolve });
      if (this.requests.length === 1) this.sendFirst();
    });
  }

  private sendFirst(): void {
    const [request] = this.requests;
    if (request === undefined) return;
    const errno = this.socket.send(request.octets, request.octets.length);
    if (errno !== 0) return this.end(`takes no requests (error ${errno === constants.errno.EPIPE ? "EPIPE" : errno})`);
    // Where this process was late itself, the answer is there and is read before the verdict.
    this.deadline = setTimeout(() => setImmediate(() => this.expire(request)), SHIELD_DEADLINE_MS).unref();
  }

  private expire(request: Request): void {
    if (this.requests[0] === request) this.end("does not answer", true);
  }

  private receive(bytes: Uint8Array, fd: number): void {
    const reply = fd < 0 ? readReply(bytes) : undefined;
    const [request] = this.requests;
    if (reply === undefined || request === undefined || request.sequence !== reply.sequence)
      return this.end("has sent an unexpected message");
    clearTimeout(this.deadline);
    this.requests.shift();
    request.answer(reply);
    this.sendFirst();
  }

  private end(reason: string, isHeld = false): void {
    if (this.isGone) return;
    this.isGone = true;
    clearTimeout(this.deadline);
    this.socket.close();
    for (const { answer } of this.requests.splice(0)) answer(undefined);
    this.onGone(reason, isHeld);
  }
}

/** The process that the launcher has left behind descriptor `fd`, which is taken over. Throws SystemError if it is no such socket. */
export function connectShield(fd: number): ShieldClient {
  return new ShieldClient((onMessage, onEnd) => new SeqpacketSocket(fd, onMessage, onEnd));
}
