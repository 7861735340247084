// The surroundings of a rehearsal (rehearsal.ts): one made-up link, a backend that gets its messages from the rehearsal
// and sends nothing, and a helper that sets nothing. The store is in rehearsal-store.ts.
import type { Backend, ReplyBatch } from "../backend/backend.ts";
import { BackendCounters } from "../backend/backend-counters.ts";
import { BurstNotices } from "../backend/burst-notices.ts";
import { FrameAdmission } from "../backend/frames/frame-admission.ts";
import { LocalView } from "../backend/listen/local-view.ts";
import { DATAGRAM_ADMISSION, ReceiveBatch } from "../backend/receive-batch.ts";
import { ReplySender, type RowSocket } from "../backend/reply-sender.ts";
import { getUint32 } from "../base/bytes.ts";
import type { Interface } from "../base/interface.ts";
import { Interfaces } from "../base/interfaces.ts";
import { IPV4_BROADCAST } from "../base/ipv4.ts";
import { RECEIVE_SLOT_OCTETS } from "../base/limits/backend.ts";
import type { Clock } from "../base/time.ts";
import { connectHelperBy, type HelperSocket } from "../helper/client.ts";
import type { Helper } from "../helper/helper.ts";
import { HelperVerb, Layout } from "../helper/protocol.ts";
import { NeighbourTable } from "../native/rows.ts";
import { FRAME_HEADER_OCTETS, Frame, putFrameHeader } from "../wire/frame.ts";
import { CLIENT_PORT, SERVER_PORT } from "../wire/layout.ts";
import { inOwnShape } from "./own-shape.ts";

const IFINDEX = 1;
const OWN_ADDRESS = 0xc6120001;
const SECOND_ADDRESS = 0xc0000201;
const GIADDR = 0xc6130001;
/** The only link there is. */
const LINK: Interface = {
  ifindex: IFINDEX,
  name: "rehearsal",
  up: true,
  running: true,
  loopback: false,
  pointToPoint: false,
  broadcast: true,
  virtual: true,
  hardwareAddress: new Uint8Array(6),
  addresses: [
    { address: OWN_ADDRESS, prefixLength: 16, primary: true },
    { address: SECOND_ADDRESS, prefixLength: 24, primary: true },
  ],
};
/** The picture that has it. */
export const LINKS = new Interfaces(1, [LINK]);
const VIEW = new LocalView(LINKS, LINKS.list, []);

const MESSAGE_OCTETS = 300;
const [XID_AT, YIADDR_AT, GIADDR_AT, CHADDR_AT, OPTIONS_AT] = [4, 16, 24, 28, 236];
/** Most real ones are too large for a small integer, which the compiler treats apart. */
const XID_FIRST = 0x80000000;
const COOKIE = [99, 130, 83, 99];
/** Option 55 with what clients ask for, option 12, and option 82 as relays add it: circuit and remote identifier. */
const REQUEST_LIST = [55, 8, 1, 3, 6, 12, 15, 28, 42, 121];
const HOST_NAME = [12, 4, 104, 111, 115, 116];
const AGENT = [82, 14, 1, 4, 101, 116, 104, 49, 2, 6, 2, 0];

/** A helper that sets nothing and says that it has; the messages to it and from it are real ones. */
function agreeableHelper(stage: number): Helper {
  const answer = new Uint8Array(Layout.neighbourReply.octets);
  return connectHelperBy((onMessage) => {
    let isAnswerDue = false;
    const giveAnswer = (): void => {
      if (!isAnswerDue) return;
      isAnswerDue = false;
      onMessage(answer, -1);
    };
    const socket: HelperSocket = {
      send: (octets) => {
        if (octets[Layout.header.verb] !== HelperVerb.neighbourSet) return 0;
        answer.set(octets.subarray(0, Layout.header.octets));
        isAnswerDue = true;
        queueMicrotask(giveAnswer);
        return 0;
      },
      receive: () => {
        // Every other one lets the daemon wait.
        const isPrompt = isAnswerDue && stage % 2 === 0;
        if (isPrompt) giveAnswer();
        return isPrompt;
      },
      close: () => undefined,
    };
    return inOwnShape(socket, stage);
  });
}

/** A backend that takes replies and sends none. */
export class SilentBackend implements Backend {
  readonly name = "simulated";
  readonly listeners = [];
  readonly counters = new Map<string, number>();
  onEcho = (): void => undefined;
  /** Addresses in replies since the last slice, and the numbers of their clients. */
  readonly replied: { readonly address: number; readonly client: number }[] = [];
  onSent: (batch: ReplyBatch) => void = () => undefined;
  readonly batch: ReceiveBatch;
  private readonly frame: Frame | undefined;
  private readonly helper: Helper;
  private readonly sender: ReplySender;

  /** `hasFrames`: what comes are frames, not datagrams. `stage`: its number; every other one gets other functions. */
  constructor(clock: Clock, hasFrames: boolean, stage: number) {
    const counters = new BackendCounters(hasFrames);
    this.batch = new ReceiveBatch(counters, hasFrames ? new FrameAdmission() : DATAGRAM_ADMISSION);
    this.frame = hasFrames ? new Frame() : undefined;
    // A call that has met a single function has that one compiled into it, and the server's own function is another
    // one.
    const either = <T>(first: T, second: T): T => (stage % 2 === 0 ? first : second);
    const socket = inOwnShape<RowSocket>({ send: (_arena, _rows, _first, count) => count }, stage);
    this.helper = agreeableHelper(stage);
    inOwnShape(this, stage);
    // One literal with the properties in the order of the server's, so that both are of one shape.
    this.sender = new ReplySender({
      helper: this.helper,
      bursts: new BurstNotices(() => clock.monotonic()),
      now: either(
        () => clock.monotonic(),
        () => clock.monotonic(),
      ),
      interfaces: either(
        () => LINKS,
        () => LINKS,
      ),
      warn: () => undefined,
      onSent: either(
        (batch) => this.onSent(batch),
        (batch) => this.onSent(batch),
      ),
      counters,
      // The bpf backend takes none.
      takesEntries: stage % 4 !== 3,
      socket: either(
        () => socket,
        () => socket,
      ),
    });
  }

  send(batch: ReplyBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const at = batch.rows.offset(row);
      const address = getUint32(batch.arena, at + YIADDR_AT);
      this.replied.push({ address, client: getUint32(batch.arena, at + XID_AT) - XID_FIRST });
    }
    this.sender.send(batch);
  }

  /** Puts a message into the place of a datagram of the next batch. */
  write(slot: number, messageType: number, client: number, requested: number): void {
    const { arena, rows } = this.batch;
    const start = slot * RECEIVE_SLOT_OCTETS;
    const at = this.frame === undefined ? start : start + FRAME_HEADER_OCTETS;
    const isRelayed = client % 2 === 1;
    arena.fill(0, at, at + MESSAGE_OCTETS);
    arena.set([1, 1, 6, isRelayed ? 1 : 0], at);
    arena.set(octetsOf(XID_FIRST + client), at + XID_AT);
    if (isRelayed) arena.set(octetsOf(GIADDR), at + GIADDR_AT);
    arena.set([2, 0, ...octetsOf(client)], at + CHADDR_AT);
    const options = [...COOKIE, 53, 1, messageType, ...REQUEST_LIST, ...HOST_NAME];
    // Every other client of each kind names itself.
    if ((client & 2) !== 0) options.push(61, 7, 1, 2, 0, ...octetsOf(client));
    if (requested !== 0) options.push(50, 4, ...octetsOf(requested), 54, 4, ...octetsOf(OWN_ADDRESS));
    // Not all relays do.
    if (isRelayed && (client & 4) === 0) options.push(...AGENT, ...octetsOf(client));
    arena.set([...options, 255], at + OPTIONS_AT);
    const source = isRelayed ? GIADDR : 0;
    const sourcePort = isRelayed ? SERVER_PORT : CLIENT_PORT;
    const destination = isRelayed ? OWN_ADDRESS : IPV4_BROADCAST;
    rows.setIfindex(slot, IFINDEX);
    if (this.frame === undefined) {
      rows.setPayload(slot, 0, MESSAGE_OCTETS);
      rows.setAddresses(slot, source, sourcePort, destination);
    } else {
      Object.assign(this.frame, { source, sourcePort, destination, destinationPort: SERVER_PORT });
      this.frame.payloadLength = MESSAGE_OCTETS;
      putFrameHeader(arena, start, this.frame, arena, at);
      rows.setPayload(slot, 0, FRAME_HEADER_OCTETS + MESSAGE_OCTETS);
    }
  }

  /** The first `count` places of the batch have come. Returns how many are for the server: all of them. */
  receive(count: number): number {
    return this.batch.take(count, IFINDEX, VIEW);
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  reconfigure(): Promise<void> {
    return Promise.resolve();
  }

  shed(): void {
    // There is no queue.
  }

  sendToSelf(): undefined {
    return undefined;
  }

  isQueueLong(): boolean {
    return false;
  }

  sendEcho(): boolean {
    return false;
  }

  neighbours(): NeighbourTable {
    return new NeighbourTable(new Uint32Array(0));
  }

  stopAsking(): boolean {
    return true;
  }

  close(): Promise<void> {
    this.helper.close();
    return Promise.resolve();
  }
}

function octetsOf(address: number): number[] {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
}
