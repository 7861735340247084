// The surroundings of a rehearsal (rehearsal.ts): one made-up link, a backend that is told what comes and sends nothing, a
// helper that sets nothing, and a store that keeps nothing.

import type { Backend, ReplyBatch } from "../backend/backend.ts";
import { BackendCounters } from "../backend/backend-counters.ts";
import { BurstNotices } from "../backend/burst-notices.ts";
import { ReplySender, type RowSocket } from "../backend/reply-sender.ts";
import { getUint32 } from "../base/bytes.ts";
import type { Interface } from "../base/interface.ts";
import { Interfaces } from "../base/interfaces.ts";
import { IPV4_BROADCAST } from "../base/ipv4.ts";
import { RECEIVE_BATCH } from "../base/limits/backend.ts";
import { HELD_REPLIES_MAX } from "../base/limits/replies.ts";
import type { Clock } from "../base/time.ts";
import { connectHelperBy, type HelperSocket } from "../helper/client.ts";
import type { Helper } from "../helper/helper.ts";
import { HelperVerb, Layout } from "../helper/protocol.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { NeighbourTable } from "../native/rows.ts";
import { BatchBuffer } from "../store/journal/journal-batch.ts";
import { type CommitBatch, CommitOutcome, type LeaseStore } from "../store/store.ts";
import { ArrivalSlot } from "../wire/arrival.ts";

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

const SLOT_OCTETS = 512;
const MESSAGE_OCTETS = 300;
const [XID_AT, YIADDR_AT, GIADDR_AT, CHADDR_AT, OPTIONS_AT] = [4, 16, 24, 28, 236];
/** Most real ones are too large for a small integer, which the compiler treats apart. */
const XID_FIRST = 0x80000000;
const COOKIE = [99, 130, 83, 99];
/** Option 55 with what clients ask for, option 12, and option 82 as relays add it: circuit and remote identifier. */
const REQUEST_LIST = [55, 8, 1, 3, 6, 12, 15, 28, 42, 121];
const HOST_NAME = [12, 4, 104, 111, 115, 116];
const AGENT = [82, 14, 1, 4, 101, 116, 104, 49, 2, 6, 2, 0];

/**
 * Gives the object another shape in every stage, and other functions in every other one. The server's own has one more:
 * code that has met five shapes takes any, and a call that has met two functions takes any; one that has met a single
 * function has that one compiled into it.
 */
function inOwnShape<T extends object>(object: T, stage: number): T {
  Object.assign(object, { [`stage${stage}`]: stage });
  if (stage % 2 === 0) return object;
  for (const part of [object, Object.getPrototypeOf(object)]) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      if (typeof value !== "function" || name === "constructor" || part === Object.prototype) continue;
      Object.assign(object, { [name]: (...given: unknown[]) => value.apply(object, given) });
    }
  }
  return object;
}

/** A helper that sets nothing and says that it has; the messages to it and from it are real ones. */
function agreeableHelper(stage: number): Helper {
  const answer = new Uint8Array(Layout.neighbourReply.octets);
  return connectHelperBy((onMessage) => {
    const socket: HelperSocket = {
      send: (octets) => {
        if (octets[Layout.header.verb] !== HelperVerb.neighbourSet) return 0;
        answer.set(octets.subarray(0, Layout.header.octets));
        queueMicrotask(() => onMessage(answer, -1));
        return 0;
      },
      close: () => undefined,
    };
    return inOwnShape(socket, stage);
  });
}

/** A backend that takes replies and sends none. */
export class SilentBackend implements Backend {
  readonly name = "simulated";
  readonly receiveArena = new Uint8Array(RECEIVE_BATCH * SLOT_OCTETS);
  readonly listeners = [];
  readonly counters = new Map<string, number>();
  onEcho = (): void => undefined;
  /** Addresses in replies since the last slice, and the numbers of their clients. */
  readonly replied: { readonly address: number; readonly client: number }[] = [];
  onSent: (batch: ReplyBatch) => void = () => undefined;
  private readonly arrivals = Array.from({ length: RECEIVE_BATCH }, () => new ArrivalSlot());
  private readonly helper: Helper;
  private readonly sender: ReplySender;

  /** `stage`: its number; every other one gets other functions. */
  constructor(clock: Clock, stage: number) {
    // A call that has met one function only has that one compiled into it, and the server's own is another one.
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
      counters: new BackendCounters(),
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
    const at = slot * SLOT_OCTETS;
    const arena = this.receiveArena;
    const isRelayed = client % 2 === 1;
    arena.fill(0, at, at + SLOT_OCTETS);
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
    const localAddress = isRelayed ? OWN_ADDRESS : IPV4_BROADCAST;
    const arrival = { ifindex: IFINDEX, localAddress };
    const remote = isRelayed ? { remoteAddress: GIADDR, remotePort: 67 } : { remoteAddress: 0, remotePort: 68 };
    this.arrivals[slot]?.copyFrom({ ...arrival, ...remote });
  }

  offsetOf(slot: number): number {
    return slot * SLOT_OCTETS;
  }

  lengthOf(): number {
    return MESSAGE_OCTETS;
  }

  arrivalOf(slot: number): ArrivalSlot {
    return this.arrivals[slot] ?? new ArrivalSlot();
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

/** A store that writes records and keeps none. */
export class ForgetfulStore implements LeaseStore {
  readonly health = "ready";
  readonly isShared = false;
  readonly commitsMax = 1;
  readonly changesMax = HELD_REPLIES_MAX;
  isSynchronous = false;
  readonly counters = new Map<string, number>();
  onHealth = (): void => undefined;
  onNotice = (): void => undefined;
  private readonly table: LeaseTable;
  private readonly buffer = new BatchBuffer();

  /** `stage`: see inOwnShape. */
  constructor(table: LeaseTable, stage: number) {
    this.table = table;
    inOwnShape(this, stage);
  }

  open(): ReturnType<LeaseStore["open"]> {
    return Promise.resolve({ loaded: 0, notices: [], damaged: false });
  }

  useTable(): void {
    // Nothing is read from it.
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    this.buffer.clear();
    for (let i = 0; i < batch.count; i++) this.buffer.addLease(this.table, batch.slots[i] ?? NO_LEASE);
    this.buffer.close(1);
    batch.outcomes.fill(CommitOutcome.ok, 0, batch.count);
    queueMicrotask(() => done(batch));
  }

  refresh(_slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    queueMicrotask(() => done(true));
  }

  noteEnd(): void {
    // Nobody reads it.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function octetsOf(address: number): number[] {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
}
