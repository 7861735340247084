// A node's client of the shared store: the contract of src/store/store.ts over a link that loses and delays. It does what
// any client of such a store has to: a snapshot, a watch from the revision after it, commits with a deadline whose
// outcome may stay unknown, linearizable reads, and a watch that is begun anew when it is silent.

import type { Clock } from "../../src/base/time.ts";
import type { LeaseSlot, LeaseTable } from "../../src/lease/table/table.ts";
import { ClockTrust } from "../../src/store/etcd/clock-trust.ts";
import {
  type CommitBatch,
  CommitOutcome,
  type LeaseStore,
  type StoreHealth,
  type StoreReport,
} from "../../src/store/store.ts";
import type { Owner, Planned } from "./event-loop.ts";
import { Watch } from "./store-watch.ts";
import type { Link, SharedStore, Stored, Transacted, World } from "./world.ts";

/** What survives a crash: a file of the state directory. */
export interface StoreMemory {
  cluster: number;
  revision: number;
  /** Milliseconds of the run until which leases are only renewed. */
  holdsUntil: number;
}

/** What it is opened with. */
export interface StoreClientParts {
  readonly world: World;
  readonly name: string;
  readonly owner: Owner;
  readonly link: Link;
  readonly memory: StoreMemory;
  readonly clock: Clock;
  readonly guardSeconds: number;
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
const BEAT_INTERVAL = 2000;
const NODE_SILENCE = 10_000;
/** Failed commits in a row from which on the store counts as away. */
const FAILURES = 2;

/** See the head of this file. */
export class StoreClient implements LeaseStore {
  readonly isShared: boolean = true;
  readonly commitsMax: number = 4;
  readonly gatherMs: number = 10;
  readonly changesMax: number = 127;
  isSynchronous = true;
  readonly counters = new Map<string, number>();
  onHealth = (): void => undefined;
  onNotice = (): void => undefined;
  protected readonly parts: StoreClientParts;
  protected table: LeaseTable;
  private watch: Watch | undefined;
  private readonly clocks: ClockTrust;
  private state: StoreHealth = "loading";
  /** Heartbeats of many nodes are fewer: each one goes to all. */
  private readonly pace: number;
  private failures = 0;
  private heardAt = 0;
  private timer: Planned | undefined;

  constructor(parts: StoreClientParts, table: LeaseTable) {
    this.parts = parts;
    this.table = table;
    this.pace = Math.max(1, parts.world.scenario.nodes / 5);
    const { clock, guardSeconds, world } = parts;
    const [beat, silence] = [BEAT_INTERVAL * this.pace, NODE_SILENCE * this.pace];
    const { clockSkewSeconds } = world.scenario;
    this.clocks = new ClockTrust({ clock, guardSeconds, clockSkewSeconds, beat, silence });
  }

  /** By a clock that is not trusted nothing can be written, and nobody can be told what is left of a lease. */
  get health(): StoreHealth {
    const isUsable = this.state === "ready" || this.state === "away";
    return isUsable && !this.clocks.isTrusted ? "failing" : this.state;
  }

  /** Loads the snapshot; the simulation has no promises (see `start`). */
  open(): Promise<StoreReport> {
    throw new TypeError("the simulated store is opened by start()");
  }

  /** Begins to load; `onReady` is called when the table has all that the store has. */
  start(): void {
    this.ask(
      READ_DEADLINE,
      (store) => ({ cluster: store.cluster, revision: store.revision, leases: store.readAll() }),
      ({ cluster, revision, leases }) => {
        if (!this.isKnown(cluster, revision)) return this.start();
        for (const stored of leases) this.learn(stored);
        this.follow(revision);
        this.beat();
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

  noteTimes(): void {
    // Times of shared leases stay.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Whether addresses may be given to clients that have none: all that a restored store has forgotten is over. */
  get mayAllocate(): boolean {
    return this.parts.memory.holdsUntil <= this.parts.world.loop.now;
  }

  /** Seconds that an address rests after the stored end of its lease; Infinity while some node's clock is off. */
  get reclaimGuard(): number {
    return this.clocks.guardSeconds;
  }

  /** The watch is lost, and nobody is told. */
  loseWatch(): void {
    this.watch?.end();
  }

  /** Lets go of the store. */
  stop(): void {
    this.watch?.end();
    this.timer?.cancel();
    this.state = "closed";
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

  /** Whether this is the store that was known, and as far as it was; if not, leases are only renewed until all that it may have forgotten is over. */
  private isKnown(cluster: number, revision: number): boolean {
    const { memory, world, forgottenAfter } = this.parts;
    const isSame = memory.cluster === cluster && memory.revision <= revision;
    memory.cluster = cluster;
    memory.revision = revision;
    if (isSame) return true;
    world.trace?.(this.parts.name, `finds another store, or an older one: only renews for ${forgottenAfter / 1000} s`);
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
      onBeat: (name, wall, isTrusted) => this.takeBeat(name, wall, isTrusted),
    });
    this.watch.begin();
    this.after(PROGRESS_INTERVAL, () => this.lookAtWatch());
  }

  /** Writes a heartbeat. */
  private beat(): void {
    const { world, owner, link, clock, name } = this.parts;
    this.clocks.look(this.state === "ready");
    const [wall, isTrusted] = [clock.wall(), this.clocks.isTrusted];
    link.tell(() => world.store.beat(name, wall, isTrusted));
    world.loop.planFor(owner, BEAT_INTERVAL * this.pace, () => this.beat());
  }

  private takeBeat(name: string, wall: number, isTrusted: boolean): void {
    if (name !== this.parts.name) this.clocks.takeBeat(name, wall, isTrusted);
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
    if (this.state === "ready") return;
    this.state = "ready";
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

  /** The store has forgotten what this node knows: it begins anew. */
  private hold(): void {
    const { restart } = this.parts;
    this.goAway("it is another store than before");
    this.watch?.end();
    this.after(0, restart);
  }

  private goAway(why: string): void {
    if (this.state === "away") return;
    if (this.state === "ready") this.state = "away";
    this.parts.world.trace?.(this.parts.name, `store is away: ${why}`);
    this.parts.world.count("store away");
  }

  private after(delay: number, then: () => void): void {
    this.timer?.cancel();
    this.timer = this.parts.world.loop.planFor(this.parts.owner, delay, then);
  }
}
