// A shared lease store in memory: one SharedMemory is the store, each SharedMemoryStore a server's way to it. It is
// linearizable, every write is conditional, and a test decides the way of messages between the two: they may be late,
// out of order or lost, and a write may be applied after its sender has given up.

import type { Ipv4 } from "../../src/base/ipv4.ts";
import type { LeaseRecord } from "../../src/lease/lease.ts";
import type { LeaseSlot, LeaseTable } from "../../src/lease/table/table.ts";
import {
  type CommitBatch,
  CommitOutcome,
  type LeaseStore,
  type StoreHealth,
  type StoreNotice,
  type StoreReport,
} from "../../src/store/store.ts";

/** A record as the store has it. */
export interface Stored {
  readonly record: LeaseRecord;
  readonly revision: number;
}

/** One write in the store's history; undefined: the record was deleted. */
export interface StoredEvent {
  readonly address: Ipv4;
  readonly record: LeaseRecord | undefined;
  readonly revision: number;
}

/** A conditional write. */
interface Write {
  readonly address: Ipv4;
  readonly record: LeaseRecord;
  /** Revision that the present record must have; 0: there must be none. */
  readonly expected: number;
}

/** The store itself. */
export class SharedMemory {
  /** Of the last write; grows by 1 with each commit that writes anything. */
  revision = 1;
  /** All writes so far, by revision. */
  readonly history: StoredEvent[] = [];
  private readonly records = new Map<Ipv4, Stored>();
  private readonly watchers = new Set<(revision: number) => void>();

  /** What there is of an address. */
  get(address: Ipv4): Stored | undefined {
    return this.records.get(address);
  }

  /** All records. */
  all(): Iterable<Stored> {
    return this.records.values();
  }

  /** Applies writes at once, each if its condition holds; returns for each what is there instead, or "ok". */
  apply(writes: readonly Write[]): { revision: number; results: ("ok" | Stored | undefined)[] } {
    const revision = this.revision + 1;
    const results = writes.map(({ address, record, expected }) => {
      const present = this.records.get(address);
      if ((present?.revision ?? 0) !== expected) return present;
      this.records.set(address, { record, revision });
      this.history.push({ address, record, revision });
      return "ok" as const;
    });
    if (results.includes("ok")) this.advance(revision);
    return { revision: this.revision, results };
  }

  /** Writes a record without a condition, as an operator may. */
  put(record: LeaseRecord): void {
    const { address } = record;
    this.apply([{ address, record, expected: this.records.get(address)?.revision ?? 0 }]);
  }

  /** Deletes a record. */
  delete(address: Ipv4): void {
    if (!this.records.delete(address)) return;
    const revision = this.revision + 1;
    this.history.push({ address, record: undefined, revision });
    this.advance(revision);
  }

  /**
   * Goes back to the state at `revision`, as a restore from a backup does: later writes are gone, and their revisions
   * are given anew.
   */
  restore(revision: number): void {
    const kept = this.history.filter((event) => event.revision <= revision);
    this.history.splice(0, Number.POSITIVE_INFINITY, ...kept);
    this.records.clear();
    for (const event of kept) {
      if (event.record === undefined) this.records.delete(event.address);
      else this.records.set(event.address, { record: event.record, revision: event.revision });
    }
    this.revision = revision;
  }

  /** Calls `onChange` with each new revision; returns how to end that. */
  watch(onChange: (revision: number) => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }

  private advance(revision: number): void {
    this.revision = revision;
    for (const tell of this.watchers) tell(revision);
  }
}

/** What a message between a server and the store is. The first of each pair is on its way to the store. */
export type SharedMessage = "commit" | "commit-answer" | "refresh" | "refresh-answer" | "event";

/** The way between a server and the store. */
export interface SharedStoreWay {
  /** Takes a message; it arrives when `deliver` is called, once at most, never from inside `carry`. */
  carry(message: SharedMessage, deliver: () => void): void;
  /** Calls `tell` when the server has waited for an answer as long as it will, never from inside; the result ends that. */
  deadline(tell: () => void): () => void;
}

/** Every message arrives, in the order in which they leave. */
export const STRAIGHT: SharedStoreWay = {
  carry: (_message, deliver) => void setImmediate(deliver),
  deadline: (tell) => {
    const timer = setTimeout(tell, 300).unref();
    return () => clearTimeout(timer);
  },
};

/** Messages that arrive, and deadlines that are over, when a test says so. */
export class HeldWay implements SharedStoreWay {
  private messages: { readonly message: SharedMessage; readonly deliver: () => void }[] = [];
  private readonly deadlines = new Set<() => void>();

  carry(message: SharedMessage, deliver: () => void): void {
    this.messages.push({ message, deliver });
  }

  deadline(tell: () => void): () => void {
    this.deadlines.add(tell);
    return () => this.deadlines.delete(tell);
  }

  /** How many messages of a kind are on their way. */
  count(message: SharedMessage): number {
    return this.messages.filter((one) => one.message === message).length;
  }

  /** One message of a kind arrives: the first, or that at a position among them. */
  pass(message: SharedMessage, position = 0): void {
    const found = this.messages.filter((one) => one.message === message)[position];
    if (found === undefined) throw new TypeError(`no ${message} is on its way`);
    this.messages = this.messages.filter((one) => one !== found);
    found.deliver();
  }

  /** All messages arrive, and what follows from them. */
  passAll(): void {
    for (let first = this.messages.shift(); first !== undefined; first = this.messages.shift()) first.deliver();
  }

  /** All messages of a kind are lost. */
  lose(message: SharedMessage): void {
    this.messages = this.messages.filter((one) => one.message !== message);
  }

  /** The server gives up what it waits for. */
  giveUp(): void {
    const { deadlines } = this;
    const over = [...deadlines];
    deadlines.clear();
    for (const tell of over) tell();
  }
}

/** Options of a server's way to the store. */
export interface SharedMemoryOptions {
  readonly way?: SharedStoreWay;
  readonly commitsMax?: number;
  readonly gatherMs?: number;
  readonly changesMax?: number;
  /** Commits and refreshes without an answer in a row before the health is `away`. */
  readonly failuresMax?: number;
}

/** One server's store. */
export class SharedMemoryStore implements LeaseStore {
  health: StoreHealth = "loading";
  readonly isShared = true;
  readonly commitsMax: number;
  readonly gatherMs: number;
  readonly changesMax: number;
  isSynchronous = true;
  readonly counters = new Map<string, number>([
    ["store-commits", 0],
    ["store-leases", 0],
    ["store-failures", 0],
    ["store-conflicts", 0],
    ["store-unknown", 0],
  ]);
  onHealth: (health: StoreHealth, reason: string) => void = () => undefined;
  onNotice: (notice: StoreNotice) => void = () => undefined;
  /** Revision up to which the mirror has seen the history. Set it back, and the next event brings what it has seen again. */
  seen = 0;
  private readonly memory: SharedMemory;
  private readonly way: SharedStoreWay;
  private readonly failuresMax: number;
  private table: LeaseTable | undefined;
  private underWay = 0;
  private failures = 0;
  private onDrained: (() => void) | undefined;
  private stopWatching: () => void = () => undefined;

  constructor(memory: SharedMemory, options: SharedMemoryOptions = {}) {
    this.memory = memory;
    this.way = options.way ?? STRAIGHT;
    this.commitsMax = options.commitsMax ?? 4;
    this.gatherMs = options.gatherMs ?? 0;
    this.changesMax = options.changesMax ?? 127;
    this.failuresMax = options.failuresMax ?? 2;
  }

  open(table: LeaseTable): Promise<StoreReport> {
    this.table = table;
    const loaded = [...this.memory.all()];
    for (const { record, revision } of loaded) table.learn(record.address, record, revision);
    this.seen = this.memory.revision;
    this.stopWatching = this.memory.watch((revision) => {
      this.way.carry("event", () => this.follow(revision));
    });
    this.setHealth("ready", "opened");
    return Promise.resolve({ loaded: loaded.length, notices: [], damaged: false });
  }

  useTable(table: LeaseTable): void {
    this.table = table;
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    const { table, way, memory } = this;
    if (this.underWay >= this.commitsMax) throw new TypeError("more commits at once than the store takes");
    if (batch.count > this.changesMax) throw new TypeError("more changes in a commit than the store takes");
    this.underWay += 1;
    if (table === undefined || this.health === "closed") {
      setImmediate(() => this.end(batch, CommitOutcome.failed, done));
      return;
    }
    const writes = Array.from(batch.slots.subarray(0, batch.count), (slot) => ({
      address: table.addressOf(slot),
      record: table.record(slot),
      expected: table.revisionOf(slot),
    }));
    let hasEnded = false;
    const cancel = way.deadline(() => {
      hasEnded = true;
      this.end(batch, CommitOutcome.unknown, done);
    });
    way.carry("commit", () => {
      const { revision, results } = memory.apply(writes);
      way.carry("commit-answer", () => {
        if (hasEnded) return;
        cancel();
        this.noteAnswer(revision);
        this.takeResults(batch, writes, revision, results);
        this.end(batch, undefined, done);
      });
    });
  }

  refresh(slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    const { table, way, memory } = this;
    if (table === undefined || this.health === "closed") return void setImmediate(done, false);
    const addresses = slots.map((slot) => table.addressOf(slot));
    let hasEnded = false;
    const cancel = way.deadline(() => {
      hasEnded = true;
      this.noteSilence();
      done(false);
    });
    way.carry("refresh", () => {
      const { revision } = memory;
      const found = addresses.map((address) => memory.get(address));
      way.carry("refresh-answer", () => {
        if (hasEnded) return;
        cancel();
        this.noteAnswer(revision);
        for (const [i, address] of addresses.entries()) {
          this.table?.learn(address, found[i]?.record, found[i]?.revision ?? revision);
        }
        done(true);
      });
    });
  }

  noteEnd(): void {
    // Every server sees for itself that a lease is over.
  }

  noteTimes(): void {
    // Times of shared leases stay.
  }

  close(): Promise<void> {
    this.stopWatching();
    if (this.health !== "closed") this.setHealth("closed", "closed");
    if (this.underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onDrained = resolve;
    });
  }

  /** Says that the store cannot be reached, or can be. */
  setHealth(health: StoreHealth, reason: string): void {
    this.health = health;
    this.onHealth(health, reason);
  }

  /** The mirror sees the history up to `revision`, in order. */
  follow(revision: number): void {
    const { history } = this.memory;
    for (let at = firstAfter(history, this.seen); at < history.length; at++) {
      const event = history[at];
      if (event === undefined || event.revision > revision) break;
      this.table?.learn(event.address, event.record, event.revision);
    }
    this.seen = Math.max(this.seen, revision);
  }

  private takeResults(
    batch: CommitBatch,
    writes: readonly Write[],
    revision: number,
    results: readonly ("ok" | Stored | undefined)[],
  ): void {
    batch.revision = revision;
    for (const [i, { address }] of writes.entries()) {
      const result = results[i];
      batch.outcomes[i] = result === "ok" ? CommitOutcome.ok : CommitOutcome.conflict;
      if (result === "ok") continue;
      this.table?.learn(address, result?.record, result?.revision ?? revision);
      this.count("store-conflicts", 1);
    }
  }

  /** Ends a commit; `outcome`: of all its leases, if they do not have theirs. */
  private end(batch: CommitBatch, outcome: CommitOutcome | undefined, done: (batch: CommitBatch) => void): void {
    if (outcome !== undefined) batch.outcomes.fill(outcome, 0, batch.count);
    this.underWay -= 1;
    if (outcome === undefined) this.count("store-commits", 1);
    else this.count(outcome === CommitOutcome.unknown ? "store-unknown" : "store-failures", 1);
    const stored = batch.outcomes.subarray(0, batch.count).filter((one) => one === CommitOutcome.ok);
    this.count("store-leases", stored.length);
    if (outcome === CommitOutcome.unknown) this.noteSilence();
    done(batch);
    if (this.underWay === 0) this.onDrained?.();
  }

  private noteAnswer(revision: number): void {
    this.failures = 0;
    if (this.health !== "away") return;
    this.follow(revision);
    this.setHealth("ready", "answers again");
  }

  private noteSilence(): void {
    this.failures += 1;
    if (this.health !== "ready" || this.failures < this.failuresMax) return;
    this.setHealth("away", "no answer");
    this.tryAgain();
  }

  /** Asks until there is an answer. */
  private tryAgain(): void {
    this.refresh([], () => {
      if (this.health === "away") this.tryAgain();
    });
  }

  private count(name: string, by: number): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }
}

/** Position of the first event later than `revision`; the history ascends. */
function firstAfter(history: readonly StoredEvent[], revision: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
