// The lease store that the nodes of a cluster share, in etcd.
//
//   endpoints   which member a request goes to
//   mirror      snapshot and watch: the lease table is a mirror of the store
//   commit      compare-and-puts, one transaction a commit
//   cluster     the nodes' agreed settings, heartbeats, clocks
//   link        which store it is, and whether it can be used
//
// Guarantees:
//  - `ok` is said of a lease only after a majority of etcd's members has it on disk, and only by the cluster that the
//    table is a mirror of.
//  - A change counts only if the store's lease still has the revision that the table knew when the change began.
//  - A store that turns out to be another one, or an older state of itself, is read anew, and no node gives an address to a
//    new client before all leases that it may have lost are over.

import { formatIpv4 } from "../../base/ipv4.ts";
import {
  CHANGES_PER_TRANSACTION_MAX,
  COMMIT_DEADLINE_MS,
  GATHER_MS,
  TRANSACTIONS_UNDER_WAY_MAX,
} from "../../base/limits/etcd.ts";
import type { Clock, Seconds } from "../../base/time.ts";
import type { LeaseSlot, LeaseTable } from "../../lease/table/table.ts";
import {
  type CommitBatch,
  CommitOutcome,
  type LeaseStore,
  type StoreHealth,
  type StoreNotice,
  type StoreReport,
} from "../store.ts";
import { Commits } from "./commit.ts";
import { ConditionWatch } from "./condition-watch.ts";
import { makeCredentials } from "./credentials.ts";
import { Endpoints } from "./endpoints.ts";
import { loadGrpc } from "./grpc.ts";
import { Keys } from "./keys.ts";
import { Learner } from "./learner.ts";
import { LeaseValueWriter } from "./lease-value.ts";
import { Link } from "./link.ts";
import type { EtcdSettings } from "./settings.ts";

/** What there is while the store is open. */
interface Parts {
  readonly endpoints: Endpoints;
  readonly learner: Learner;
  readonly commits: Commits;
  readonly link: Link;
  readonly condition: ConditionWatch;
}

/** Leases in etcd. */
export class EtcdStore implements LeaseStore {
  readonly isShared = true;
  readonly commitsMax = TRANSACTIONS_UNDER_WAY_MAX;
  readonly gatherMs = GATHER_MS;
  readonly changesMax = CHANGES_PER_TRANSACTION_MAX;
  /** etcd always syncs. */
  isSynchronous = true;
  onHealth: (health: StoreHealth, reason: string) => void = () => undefined;
  onNotice: (notice: StoreNotice) => void = () => undefined;
  private readonly settings: EtcdSettings;
  private readonly clock: Clock;
  private parts: Parts | undefined;
  private table: LeaseTable | undefined;
  private isClosed = false;
  /** Commits and refreshes that have not been answered. */
  private underWay = 0;
  private onIdle: (() => void) | undefined;
  /** Values that were no lease, as far as the log says so. */
  private saidMalformed = 0;

  constructor(settings: EtcdSettings, clock: Clock) {
    this.settings = settings;
    this.clock = clock;
  }

  get health(): StoreHealth {
    if (this.isClosed) return "closed";
    if (this.parts === undefined) return "loading";
    const { health, cluster } = this.parts.link;
    // By a wrong clock the node can write nothing, and cannot tell a client how long its lease still lasts.
    return (health === "ready" || health === "away") && !cluster.isClockTrusted ? "failing" : health;
  }

  /** Whether this node may give addresses to clients that have none: the nodes agree, and no lease can be unknown to the store. */
  get mayAllocate(): boolean {
    return this.parts?.link.cluster.mayAllocate === true;
  }

  /** Seconds that an address rests after the stored end of its lease before another client may have it; Infinity while a clock of the cluster is off. */
  get reclaimGuard(): Seconds {
    return this.parts?.link.cluster.guard ?? Number.POSITIVE_INFINITY;
  }

  get counters(): ReadonlyMap<string, number> {
    const counts = this.parts?.commits.counts;
    return new Map([
      ["store-commits", counts?.commits ?? 0],
      ["store-leases", counts?.leases ?? 0],
      ["store-conflicts", counts?.conflicts ?? 0],
      ["store-failures", counts?.failures ?? 0],
      ["store-unknown", counts?.unknown ?? 0],
      ["store-snapshots", this.parts?.link.snapshots ?? 0],
      ["store-malformed", this.parts?.learner.malformed ?? 0],
    ]);
  }

  async open(table: LeaseTable): Promise<StoreReport> {
    this.table = table;
    const parts = await this.makeParts(table);
    this.parts = parts;
    try {
      const loaded = await parts.link.open();
      return { loaded, notices: [], damaged: false };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  useTable(table: LeaseTable): void {
    this.table = table;
    this.parts?.learner.useTable(table);
    this.parts?.link.mirror.useTable(table);
  }

  /** The configuration has been replaced by one with that hash (EtcdSettings.configurationHash). */
  useConfiguration(hash: string): void {
    this.parts?.link.cluster.useConfiguration(hash);
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    const { parts, table } = this;
    this.underWay += 1;
    const end = (ended: CommitBatch): void => {
      done(ended);
      this.finish();
    };
    if (parts === undefined || table === undefined || batch.count === 0 || this.health !== "ready") {
      if (batch.count > 0) batch.outcomes.fill(CommitOutcome.failed, 0, batch.count);
      setImmediate(end, batch);
    } else if (parts.link.mirror.isVerified) parts.commits.commit(table, batch, end);
    else this.hold(parts, table, batch, end);
  }

  refresh(slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    const { parts, table } = this;
    this.underWay += 1;
    const end = (isFresh: boolean): void => {
      done(isFresh);
      this.finish();
    };
    if (parts === undefined || table === undefined || this.isClosed) setImmediate(end, false);
    else if (slots.length === 0) setImmediate(end, true);
    else parts.commits.refresh(table, slots, end);
  }

  noteEnd(): void {
    // The end stands in the lease itself, and each node notices it by its own clock.
  }

  noteTimes(): void {
    // Times of shared leases go by what the servers have agreed upon, and stay when one server's clock is set.
  }

  async close(): Promise<void> {
    const { parts } = this;
    if (this.isClosed) return;
    this.isClosed = true;
    if (parts === undefined) return;
    parts.condition.stop();
    if (this.underWay > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
    parts.link.close();
    parts.endpoints.close();
  }

  private async makeParts(table: LeaseTable): Promise<Parts> {
    const { settings, clock } = this;
    const keys = new Keys(settings.prefix);
    const grpc = await loadGrpc();
    const endpoints = new Endpoints(grpc, settings.endpoints, makeCredentials(grpc, settings), settings.login);
    const learner = new Learner(keys, table);
    const link = new Link(
      {
        ...{ settings, clock, keys, endpoints, learner },
        onHealth: (health, reason) => this.takeHealth(health, reason),
        notify: (notice) => this.onNotice(notice),
      },
      table,
    );
    learner.onOtherFormat = (address) => link.refuseFormat(`the lease of ${formatIpv4(address)} has another format`);
    const revision = (): number => link.revision;
    const commits = new Commits({
      ...{ endpoints, keys, learner, revision },
      writer: new LeaseValueWriter(settings),
      isOurs: (header, floor) => link.isOurs(header, floor),
      onAnswer: (failure) => link.takeResult(failure),
    });
    const notify = (notice: StoreNotice): void => this.onNotice(notice);
    const condition = new ConditionWatch({ endpoints, keys, revision, notify });
    return { endpoints, learner, commits, link, condition };
  }

  /** The link is broken, and which store answers next is not known yet: the commit waits for that as long as it may take. */
  private hold(parts: Parts, table: LeaseTable, batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    let isWaiting = true;
    const end = (isVerified: boolean): void => {
      if (!isWaiting) return;
      isWaiting = false;
      clearTimeout(timer);
      if (isVerified && this.health === "ready") return parts.commits.commit(table, batch, done);
      batch.outcomes.fill(CommitOutcome.failed, 0, batch.count);
      parts.link.takeResult({ message: "no member of etcd answers" });
      done(batch);
    };
    const timer = setTimeout(end, COMMIT_DEADLINE_MS, false);
    parts.link.mirror.whenVerified(() => end(true));
  }

  private finish(): void {
    this.underWay -= 1;
    if (this.underWay === 0) this.onIdle?.();
  }

  private takeHealth(health: StoreHealth, reason: string): void {
    const { parts } = this;
    if (health === "ready") parts?.condition.start();
    this.onHealth(health, reason);
    const malformed = parts?.learner.malformed ?? 0;
    if (malformed <= this.saidMalformed) return;
    this.saidMalformed = malformed;
    this.onNotice({
      level: "error",
      message:
        `etcd: ${malformed} keys of leases have values that are no leases: no client gets their addresses; ` +
        "delete these keys if no client has the addresses",
    });
  }
}
