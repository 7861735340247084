// A backend and a store without sockets and files, for tests of the parts between them.

import type { Backend, BackendEvents, ListenerStatus, ReplyBatch } from "../../src/backend/backend.ts";
import type { Interface } from "../../src/base/interface.ts";
import { Interfaces } from "../../src/base/interfaces.ts";
import { formatIpv4, parseIpv4 } from "../../src/base/ipv4.ts";
import { RECEIVE_BATCH, RECEIVE_SLOT_OCTETS } from "../../src/base/limits/backend.ts";
import { HELD_REPLIES_MAX } from "../../src/base/limits/replies.ts";
import type { LeaseTable } from "../../src/lease/table/table.ts";
import { REPLY_COLUMNS, ReplyColumn } from "../../src/native/columns.ts";
import { type NeighbourRows, NeighbourState, NeighbourTable } from "../../src/native/rows.ts";
import {
  type CommitBatch,
  CommitOutcome,
  type LeaseStore,
  type StoreHealth,
  type StoreReport,
} from "../../src/store/store.ts";
import { type Arrival, ArrivalSlot } from "../../src/wire/arrival.ts";
import { deliveryName } from "../../src/wire/delivery.ts";

/** A reply as it left. */
export interface SentReply {
  readonly bytes: Uint8Array;
  readonly destination: string;
  readonly port: number;
  readonly source: string;
  readonly ifindex: number;
  readonly delivery: string;
}

/** NUD_STALE of linux/neighbour.h. */
const STALE = 0x04;

/** Takes datagrams from a test and keeps what the server sends. */
export class SimulatedBackend implements Backend {
  readonly name = "simulated";
  readonly arena = new Uint8Array(RECEIVE_BATCH * RECEIVE_SLOT_OCTETS);
  readonly batch = this;
  readonly listeners: readonly ListenerStatus[] = [{ description: "everywhere", address: 0, interface: "" }];
  readonly counters = new Map<string, number>();
  readonly sent: SentReply[] = [];
  readonly echoes: { destination: string; source: string; identifier: number; sequence: number }[] = [];
  /** Addresses that answer ARP; those that the kernel has an old entry of. */
  readonly answering: number[] = [];
  readonly stale: number[] = [];
  /** Addresses that the kernel was to ask for no more. */
  readonly stopped: string[] = [];
  /** False: the helper may not delete neighbour entries. */
  canStopAsking = true;
  /** What `isQueueLong` tells. */
  hasLongQueue = true;
  /** The arguments of `shed`. */
  readonly shares: number[] = [];
  events: BackendEvents | undefined;
  onEcho: (source: number, identifier: number, sequence: number) => void = () => undefined;
  /** False: there is no echo socket. */
  canEcho = true;
  /** Whether messages to our own addresses come in; addresses where they do not; how many the server took. */
  hearsItself = false;
  readonly deafAt: string[] = [];
  heard = 0;
  private readonly arrivals = Array.from({ length: RECEIVE_BATCH }, () => new ArrivalSlot());
  private readonly lengths = new Uint32Array(RECEIVE_BATCH);
  private readonly interfaces: readonly Interface[];

  constructor(interfaces: readonly Interface[]) {
    this.interfaces = interfaces;
  }

  open(events: BackendEvents): Promise<void> {
    this.events = events;
    events.onInterfaces(new Interfaces(1, this.interfaces));
    return Promise.resolve();
  }

  reconfigure(): Promise<void> {
    return Promise.resolve();
  }

  lengthOf(slot: number): number {
    return this.lengths[slot] ?? 0;
  }

  offsetOf(slot: number): number {
    return slot * RECEIVE_SLOT_OCTETS;
  }

  arrivalOf(slot: number): Arrival {
    return this.arrivals[slot] ?? new ArrivalSlot();
  }

  /** Hands a batch of datagrams to the server. */
  receive(...datagrams: readonly { bytes: Uint8Array; arrival: Partial<Arrival> }[]): void {
    for (const [slot, { bytes, arrival }] of datagrams.entries()) {
      this.arena.set(bytes, this.offsetOf(slot));
      this.lengths[slot] = bytes.length;
      const defaults = { ifindex: 2, localAddress: 0xffffffff, remoteAddress: 0, remotePort: 68 };
      this.arrivals[slot]?.copyFrom({ ...defaults, ...arrival });
    }
    this.events?.onBatch(datagrams.length, datagrams.length);
  }

  send(batch: ReplyBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const at = (column: number): number => batch.rows.columns[row * REPLY_COLUMNS + column] ?? 0;
      const offset = at(ReplyColumn.offset);
      if (at(ReplyColumn.port) === 67 && at(ReplyColumn.destination) === at(ReplyColumn.source)) {
        const end = offset + at(ReplyColumn.length);
        this.hearItself(batch.arena.slice(offset, end), at(ReplyColumn.destination));
        continue;
      }
      this.sent.push({
        bytes: batch.arena.slice(offset, offset + at(ReplyColumn.length)),
        destination: formatIpv4(at(ReplyColumn.destination)),
        port: at(ReplyColumn.port),
        source: formatIpv4(at(ReplyColumn.source)),
        ifindex: at(ReplyColumn.ifindex),
        delivery: deliveryName(at(ReplyColumn.delivery) as 0),
      });
    }
    this.events?.onSent(batch);
  }

  neighbours(): NeighbourTable {
    const { incomplete, reachable } = NeighbourState;
    const asked = this.echoes.map(({ destination }) => parseIpv4(destination) ?? 0);
    const stateOf = (address: number): number => {
      if (this.answering.includes(address)) return reachable;
      return this.stale.includes(address) ? STALE : incomplete;
    };
    return new NeighbourTable(Uint32Array.from(asked.flatMap((address) => [address, 2, stateOf(address)])));
  }

  stopAsking(rows: NeighbourRows, count: number): boolean {
    for (let i = 0; i < count && this.canStopAsking; i++) {
      this.stopped.push(formatIpv4(rows.address(i)));
    }
    return this.canStopAsking;
  }

  isQueueLong(): boolean {
    return this.hasLongQueue;
  }

  shed(share: number): void {
    this.shares.push(share);
  }

  sendEcho(destination: number, source: number, _ifindex: number, identifier: number, sequence: number): boolean {
    if (!this.canEcho) return false;
    this.echoes.push({ destination: formatIpv4(destination), source: formatIpv4(source), identifier, sequence });
    return true;
  }

  sendToSelf(message: Uint8Array): ReadonlyMap<number, number> | undefined {
    if (!this.hearsItself) return undefined;
    const own = this.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
    for (const address of own) this.hearItself(message, address);
    return new Map(own.map((address) => [address, 0]));
  }

  /** A message to one of our own addresses comes in a moment later, unless nothing comes in there. */
  private hearItself(message: Uint8Array, address: number): void {
    const arrival = { ifindex: 1, localAddress: address, remoteAddress: address, remotePort: 67 };
    if (this.deafAt.includes(formatIpv4(address))) return;
    queueMicrotask(() => {
      if (this.events?.onSelf(message, 0, message.length, arrival) === true) this.heard += 1;
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A store that answers a commit when the test says so. */
export class SimulatedStore implements LeaseStore {
  health: StoreHealth = "ready";
  readonly isShared = false;
  readonly commitsMax = 1;
  readonly gatherMs = 0;
  readonly changesMax = HELD_REPLIES_MAX;
  onHealth: (health: StoreHealth, reason: string) => void = () => undefined;
  onNotice = (): void => undefined;
  isSynchronous = true;
  readonly counters = new Map<string, number>();
  /** How often it was to record the times of all leases anew. */
  timesNoted = 0;
  /** Sizes of the commits so far. */
  readonly commits: number[] = [];
  private waiting: { batch: CommitBatch; done: (batch: CommitBatch) => void } | undefined;

  open(_table: LeaseTable): Promise<StoreReport> {
    return Promise.resolve({ loaded: 0, notices: [], damaged: false });
  }

  useTable(): void {
    // reads nothing
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    if (this.waiting !== undefined) throw new TypeError("two commits at once");
    this.commits.push(batch.count);
    this.waiting = { batch, done };
  }

  refresh(_slots: readonly number[], done: (isFresh: boolean) => void): void {
    setImmediate(done, true);
  }

  noteEnd(): void {
    // keeps nothing
  }

  noteTimes(): void {
    this.timesNoted++;
  }

  /** Whether a commit waits for its answer. */
  get isBusy(): boolean {
    return this.waiting !== undefined;
  }

  /** Ends the commit under way. */
  finish(outcome: CommitOutcome = CommitOutcome.ok): void {
    const { waiting } = this;
    if (waiting === undefined) throw new TypeError("no commit under way");
    this.waiting = undefined;
    waiting.batch.outcomes.fill(outcome, 0, waiting.batch.count);
    waiting.done(waiting.batch);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
