// A node's client of the shared store: the contract of src/store/store.ts over a link that loses and delays. It does what
// any client of such a store has to: a snapshot, a watch from the revision after it, commits with a deadline whose
// outcome may stay unknown, linearizable reads, and a watch that is begun anew when it is silent.

import type { LeaseSlot, LeaseTable } from "../../src/lease/table/table.ts";
import {
  type CommitBatch,
  CommitOutcome,
  type LeaseStore,
  type StoreHealth,
  type StoreReport,
} from "../../src/store/store.ts";
import type { Owner, Planned } from "./event-loop.ts";
import type { Link, SharedStore, Stored, Transacted, Watcher, World } from "./world.ts";

/** What survives a crash: a file of the state directory. */
export interface StoreMemory {
  cluster: number;
  revision: number;
  /** Milliseconds of the node's monotonic clock until which nothing may be written. */
  holdsUntil: number;
}

/** What it is opened with. */
export interface StoreClientParts {
  readonly world: World;
  readonly name: string;
  readonly owner: Owner;
  readonly link: Link;
  readonly memory: StoreMemory;
  /** Longest lease, its reserve and the guard, in milliseconds: when all that a restored store has forgotten is over. */
  readonly forgottenAfter: number;
  /** The table can be filled anew from the store only by a process that begins anew. */
  readonly restart: () => void;
  readonly onReady: () => void;
}

const COMMIT_DEADLINE = 400;
const READ_DEADLINE = 1000;
const RETRY = 300;
const PROGRESS_INTERVAL = 1000;
const WATCH_SILENCE = 2000;
/** Failed commits in a row from which on the store counts as away. */
const FAILURES = 2;

/** See the head of this file. */
export class StoreClient implements LeaseStore {
  health: StoreHealth = "loading";
  readonly isShared: boolean = true;
  readonly commitsMax: number = 4;
  readonly changesMax: number = 127;
  isSynchronous = true;
  readonly counters = new Map<string, number>();
  onHealth = (): void => undefined;
  onNotice = (): void => undefined;
  protected readonly parts: StoreClientParts;
  protected table: LeaseTable;
  private watch: Watch | undefined;
  private failures = 0;
  private heardAt = 0;
  private timer: Planned | undefined;

  constructor(parts: StoreClientParts, table: LeaseTable) {
    this.parts = parts;
    this.table = table;
  }

  /** Loads the snapshot; the simulation has no promises (see `start`). */
  open(): Promise<StoreReport> {
    throw new TypeError("the simulated store is opened by start()");
  }

  /** Begins to load; `onReady` is called when the table has all that the store has. */
  start(): void {
    const { memory, world } = this.parts;
    const wait = memory.holdsUntil - world.loop.now;
    if (wait > 0) return this.after(wait, () => this.start());
    this.ask(
      READ_DEADLINE,
      (store) => ({ cluster: store.cluster, revision: store.revision, leases: store.readAll() }),
      ({ cluster, revision, leases }) => {
        if (!this.isKnown(cluster, revision)) return this.start();
        for (const stored of leases) this.learn(stored);
        this.follow(revision);
        this.parts.onReady();
      },
      () => this.after(RETRY, () => this.start()),
    );
  }

  useTable(table: LeaseTable): void {
    this.table = table;
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    this.ask(
      COMMIT_DEADLINE,
      this.writesOf(batch),
      (transacted) => {
        this.failures = 0;
        this.settle(batch, transacted);
        done(batch);
      },
      () => {
        this.failures += 1;
        if (this.failures >= FAILURES) this.goAway("commits are not answered");
        this.giveUp(batch, done);
      },
    );
  }

  refresh(slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    const addresses = slots.map((slot) => this.table.addressOf(slot));
    this.ask(
      READ_DEADLINE,
      (store) => addresses.map((address) => store.read(address)),
      (found) => {
        for (const stored of found) this.learn(stored);
        done(true);
      },
      () => done(false),
    );
  }

  noteEnd(_slot: LeaseSlot): void {
    // Every node sees the end by its own clock.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The watch is lost, and nobody is told. */
  loseWatch(): void {
    this.watch?.end();
  }

  /** Lets go of the store. */
  stop(): void {
    this.watch?.end();
    this.timer?.cancel();
    this.health = "closed";
  }

  /** A transaction of the present content of a batch's slots. */
  protected writesOf(batch: CommitBatch): (store: SharedStore) => Transacted {
    const { table } = this;
    const slots = [...batch.slots.subarray(0, batch.count)];
    const writes = slots.map((slot) => ({ record: table.record(slot), expected: table.revisionOf(slot) }));
    return (store) => store.transact(writes);
  }

  /** A commit was not answered in time. */
  protected giveUp(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    batch.outcomes.fill(CommitOutcome.unknown, 0, batch.count);
    done(batch);
  }

  /** Fills in what came of a commit. */
  protected settle(batch: CommitBatch, { revision, conflicts }: Transacted): void {
    batch.revision = revision;
    for (const [i, stored] of conflicts.entries()) {
      batch.outcomes[i] = stored === undefined ? CommitOutcome.ok : CommitOutcome.conflict;
      if (stored !== undefined) this.learn(stored);
    }
  }

  /** Takes over what the store has of an address. */
  protected learn({ address, record, revision }: Stored): void {
    this.table.learn(address, record, revision);
  }

  /** Performs something at the store; `answer` or, after `deadline` milliseconds, `fail` is called, once. */
  protected ask<Result>(
    deadline: number,
    perform: (store: SharedStore) => Result,
    answer: (result: Result) => void,
    fail: () => void,
  ): void {
    const { world, owner, link } = this.parts;
    const timer = world.loop.planFor(owner, deadline, () => {
      isOver = true;
      fail();
    });
    let isOver = false;
    link.request(
      owner,
      () => perform(world.store),
      (result) => {
        if (isOver) return;
        isOver = true;
        timer.cancel();
        answer(result);
      },
    );
  }

  /** Whether this is the store that was known, and as far as it was; if not, all that is known is kept until it is over. */
  private isKnown(cluster: number, revision: number): boolean {
    const { memory, world, forgottenAfter } = this.parts;
    const isSame = memory.cluster === 0 || (memory.cluster === cluster && memory.revision <= revision);
    memory.cluster = cluster;
    memory.revision = revision;
    if (isSame) return true;
    world.trace?.(
      this.parts.name,
      `finds another store, or an older one: writes nothing for ${forgottenAfter / 1000} s`,
    );
    memory.holdsUntil = world.loop.now + forgottenAfter;
    return false;
  }

  /** Watches from the revision after `revision`, which the table has. */
  private follow(revision: number): void {
    const { world, owner, link } = this.parts;
    this.watch?.end();
    this.heardAt = world.loop.now;
    this.watch = new Watch(world, owner, link, revision + 1, {
      onEvents: (events) => this.take(events),
      onProgress: (cluster, upTo) => this.noteProgress(cluster, upTo),
      onCompacted: () => this.reload(),
    });
    this.watch.begin();
    this.after(PROGRESS_INTERVAL, () => this.lookAtWatch());
  }

  private take(events: readonly Stored[]): void {
    this.heardAt = this.parts.world.loop.now;
    for (const stored of events) {
      this.learn(stored);
      this.parts.memory.revision = Math.max(this.parts.memory.revision, stored.revision);
    }
  }

  private noteProgress(cluster: number, revision: number): void {
    this.heardAt = this.parts.world.loop.now;
    if (!this.isKnown(cluster, revision)) return this.hold();
    this.failures = 0;
    if (this.health === "ready") return;
    this.health = "ready";
    this.parts.world.trace?.(this.parts.name, `store is ready at revision ${revision}`);
  }

  /** The watch is looked at each second: a silent one is begun anew. */
  private lookAtWatch(): void {
    const { world, memory } = this.parts;
    if (world.loop.now - this.heardAt > WATCH_SILENCE) {
      this.goAway("the watch is silent");
      this.follow(memory.revision);
      return;
    }
    this.watch?.askProgress();
    this.after(PROGRESS_INTERVAL, () => this.lookAtWatch());
  }

  /** The watch has missed something: everything is read anew, and service goes on meanwhile. */
  private reload(): void {
    this.ask(
      READ_DEADLINE,
      (store) => ({ cluster: store.cluster, revision: store.revision, leases: store.readAll() }),
      ({ cluster, revision, leases }) => {
        if (!this.isKnown(cluster, revision)) return this.hold();
        for (const stored of leases) this.learn(stored);
        this.follow(revision);
      },
      () => this.after(RETRY, () => this.reload()),
    );
  }

  /** The store has forgotten what this node knows: leases are renewed from what was promised, until all of that is over. */
  private hold(): void {
    const { memory, world, restart } = this.parts;
    this.goAway("it is another store than before");
    this.watch?.end();
    this.after(memory.holdsUntil - world.loop.now, restart);
  }

  private goAway(why: string): void {
    if (this.health === "away") return;
    if (this.health === "ready") this.health = "away";
    this.parts.world.trace?.(this.parts.name, `store is away: ${why}`);
    this.parts.world.count("store away");
  }

  private after(delay: number, then: () => void): void {
    this.timer?.cancel();
    this.timer = this.parts.world.loop.planFor(this.parts.owner, delay, then);
  }
}

interface WatchEvents {
  onEvents(events: readonly Stored[]): void;
  onProgress(cluster: number, revision: number): void;
  onCompacted(): void;
}

/** One watch: a stream that keeps its order, may stop for a while, and may tell again what was told before. */
class Watch implements Watcher {
  private readonly world: World;
  private readonly owner: Owner;
  private readonly link: Link;
  private readonly events: WatchEvents;
  private next: number;
  private hasEnded = false;
  private isWoken = false;
  /** When the last of what is on its way arrives: nothing overtakes it. */
  private arrivesAt = 0;

  constructor(world: World, owner: Owner, link: Link, from: number, events: WatchEvents) {
    this.world = world;
    this.owner = owner;
    this.link = link;
    this.next = from;
    this.events = events;
  }

  /** Asks the store to begin. */
  begin(): void {
    const { store, random } = this.world;
    this.link.tell(() => {
      if (this.hasEnded) return;
      if (this.next <= store.compacted) return this.tell(() => this.events.onCompacted());
      // What was told before may be told again.
      if (random.chance(0.3)) this.next = Math.max(store.compacted + 1, this.next - random.below(50));
      store.watchers.add(this);
      this.wake();
      this.tellProgress();
    });
  }

  /** Asks how far it is. */
  askProgress(): void {
    this.link.tell(() => this.tellProgress());
  }

  wake(): void {
    if (this.isWoken || this.hasEnded) return;
    this.isWoken = true;
    this.world.loop.planFor(undefined, this.world.random.between(0, 2), () => this.send());
  }

  end(): void {
    this.hasEnded = true;
    this.world.store.watchers.delete(this);
  }

  /** Sends what has not been sent. */
  private send(): void {
    this.isWoken = false;
    if (this.hasEnded || this.owner.hasEnded) return this.end();
    const { history, revision } = this.world.store;
    const events = history.slice(firstFrom(history, this.next));
    this.next = Math.max(this.next, revision + 1);
    if (events.length > 0) this.tell(() => this.events.onEvents(events));
  }

  private tellProgress(): void {
    const { store } = this.world;
    if (this.hasEnded) return;
    this.send();
    const { cluster } = store;
    // Of a store that was restored the watch may begin in the future.
    const revision = Math.min(this.next - 1, store.revision);
    this.tell(() => this.events.onProgress(cluster, revision));
  }

  /** In the order in which it was sent; a stream that has lost something is dead. */
  private tell(say: () => void): void {
    if (!this.link.isOpen) return this.end();
    const { loop } = this.world;
    this.arrivesAt = Math.max(this.arrivesAt, loop.now + this.link.delay());
    loop.planFor(this.owner, this.arrivesAt - loop.now, () => {
      if (!this.hasEnded) say();
    });
  }
}

/** Position of the first of `history` whose revision is not below `revision`. */
function firstFrom(history: readonly Stored[], revision: number): number {
  let [low, high] = [0, history.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history[middle]?.revision ?? 0) < revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
