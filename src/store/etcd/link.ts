// Whether the store can be used: which cluster it is, heartbeats that show that it takes writes, and the health that
// follows.
//
// The store is away when FAILED_COMMITS_MAX commits or heartbeats in a row have failed, or when the mirror has lost it.
// It is ready when a heartbeat has been written and has come back through the watch: then the store takes writes, and
// the mirror has all earlier changes.

import { DaemonError } from "../../base/daemon-error.ts";
import {
  FAILED_COMMITS_MAX,
  HEARTBEAT_MS,
  RETURN_PROBE_MS,
  STATE_WRITE_MS,
  TROUBLE_SAID_MS,
} from "../../base/limits/etcd.ts";
import type { Clock } from "../../base/time.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import { releaseFreeMemory } from "../../native/system-calls.ts";
import type { StoreHealth, StoreNotice } from "../store.ts";
import { Cluster } from "./cluster.ts";
import { ClusterState } from "./cluster-state.ts";
import type { CallFailure, Endpoints } from "./endpoints.ts";
import type { Keys } from "./keys.ts";
import type { Learner } from "./learner.ts";
import { Mirror, type MirrorEvents } from "./mirror.ts";
import type { EtcdSettings } from "./settings.ts";
import type { Header, KeyValue } from "./wire.ts";

/** Later than any time that is meant: where leases have no end, only an operator can say that they are over. */
const NEVER_SECONDS = 1e12;

/** What it needs. */
export interface LinkParts {
  readonly settings: EtcdSettings;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly endpoints: Endpoints;
  readonly learner: Learner;
  onHealth(health: StoreHealth, reason: string): void;
  notify(notice: StoreNotice): void;
}

/** See the head of this file. */
export class Link implements MirrorEvents {
  health: StoreHealth = "loading";
  /** Snapshots that have been taken. */
  snapshots = 0;
  readonly cluster: Cluster;
  readonly mirror: Mirror;
  private readonly parts: LinkParts;
  private readonly state: ClusterState;
  private opening: { resolve(loaded: number): void; reject(error: Error): void } | undefined;
  private isFollowing = false;
  private loaded = 0;
  /** Commits and heartbeats that have failed, one after the other. */
  private failures = 0;
  private beatTimer: NodeJS.Timeout | undefined;
  private stateTimer: NodeJS.Timeout | undefined;
  private isBeating = false;
  private saidAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LinkParts, table: LeaseTable) {
    const { settings, endpoints, keys, learner, clock } = parts;
    this.parts = parts;
    this.state = new ClusterState(settings.stateFile);
    this.cluster = new Cluster({
      ...{ settings, endpoints, keys, clock },
      revision: () => this.revision,
      isOurs: (header, floor) => this.isOurs(header, floor),
      notify: (notice) => parts.notify(notice),
      onDoubt: () => this.beat(),
      onOtherFormat: (format) => this.refuseFormat(`the cluster's metadata have the format ${format}`),
    });
    this.mirror = new Mirror({ endpoints, keys, learner, events: this }, table);
    endpoints.onBack = () => {
      this.mirror.hurry();
      if (this.health !== "ready") this.beat();
    };
  }

  get revision(): number {
    return this.state.revision;
  }

  /** Reads the store and follows it; the leases that were found. Rejects with a DaemonError if the store refuses this node. */
  open(): Promise<number> {
    const trouble = this.state.read();
    if (trouble !== undefined) this.parts.notify({ level: "warn", message: trouble });
    this.cluster.renewOnly(this.state.renewOnlyUntil);
    this.stateTimer = setInterval(() => this.writeState(), STATE_WRITE_MS);
    return new Promise((resolve, reject) => {
      this.opening = { resolve, reject };
      this.mirror.start();
    });
  }

  /** Nothing is written or followed any more. */
  close(): void {
    this.setHealth("closed", "closed");
    clearTimeout(this.beatTimer);
    clearInterval(this.stateTimer);
    this.writeState();
    this.mirror.close();
  }

  /** A commit or a heartbeat has been answered (`failure` undefined) or not. */
  takeResult(failure: Pick<CallFailure, "message"> | undefined): void {
    if (failure === undefined) this.failures = 0;
    else if (++this.failures >= FAILED_COMMITS_MAX) this.beAway(`etcd: ${failure.message}`);
  }

  /** Whether an answer comes from the store that the table is a mirror of; it was asked for when `revision` was `floor`. */
  isOurs(header: Header, floor: number): boolean {
    if (this.state.compare(header, floor) === "same") {
      this.state.note(header.revision);
      return true;
    }
    this.mirror.startAnew("another store answers than before");
    return false;
  }

  /** What the store has is of a later release. */
  refuseFormat(what: string): void {
    if (this.health === "closed" || this.health === "failing") return;
    const message =
      `etcd, prefix ${this.parts.settings.prefix}: ${what}, which this release cannot read: ` +
      "no lease is given from it; start the release that the other servers run";
    this.mirror.close();
    if (this.opening !== undefined) return this.rejectOpening(message);
    clearTimeout(this.beatTimer);
    this.setHealth("failing", message);
  }

  // MirrorEvents

  identify(header: Header, floor: number): boolean {
    const { settings, clock, notify } = this.parts;
    const identity = this.state.compare(header, floor);
    const { clusterId, revision } = this.state;
    if (identity === "same") {
      this.state.note(header.revision);
      return true;
    }
    this.state.adopt(header);
    if (identity === "first") return true;
    const wait = settings.leaseMax + settings.reserve + settings.guard;
    const until = Math.min(NEVER_SECONDS, clock.wall() + wait);
    this.state.renewOnlyUntil = Math.max(this.state.renewOnlyUntil, until);
    this.writeState();
    this.cluster.renewOnly(until);
    const what =
      identity === "older"
        ? `it is at revision ${header.revision} and was at ${revision}, so it has been restored to an older state`
        : `it is the cluster ${header.clusterId} and was ${clusterId}`;
    notify({
      level: "error",
      message:
        `etcd is not the store that it was: ${what}: leases may be missing in it, so that for ${wait} seconds leases are ` +
        `renewed and no address is given to new clients; if it has every lease, remove ${settings.stateFile} and the key ` +
        `${settings.prefix}/meta while all servers are stopped`,
    });
    return false;
  }

  onShared(pair: KeyValue | undefined, isDeletion: boolean, isLive: boolean): void {
    if (pair !== undefined && isLive) this.state.note(pair.modRevision);
    this.cluster.takeShared(pair, isDeletion, isLive);
  }

  onSnapshot(leases: number): void {
    this.snapshots += 1;
    this.loaded = leases;
    // What the snapshot needed is given back to the system. Before the server serves there is time to collect all of it.
    globalThis.gc?.({ type: this.opening === undefined ? "minor" : "major" });
    releaseFreeMemory();
  }

  onFollowing(): void {
    this.isFollowing = true;
    this.cluster.startListening();
    this.beat();
  }

  onLost(reason: string): void {
    this.isFollowing = false;
    if (this.opening === undefined) this.beAway(`etcd: ${reason}`);
    else this.sayTrouble(`etcd cannot be read: ${reason}: the server waits for it and does not serve yet`);
  }

  onCompacted(reason: string): void {
    const message = `etcd: events are missing because ${reason}: all leases are read again while the server serves`;
    this.parts.notify({ level: "info", message });
  }

  onRefused(reason: string): void {
    if (this.opening === undefined) return this.beAway(`etcd refuses this server: ${reason}`);
    this.mirror.close();
    this.rejectOpening(`etcd refuses this server: ${reason}`);
  }

  /** Writes a heartbeat, now and from now on. */
  private beat(): void {
    clearTimeout(this.beatTimer);
    if (this.isBeating || !this.isFollowing || this.health === "closed") return;
    this.isBeating = true;
    this.cluster.beat((failure, revision) => {
      this.isBeating = false;
      if (this.health === "closed" || this.health === "failing") return;
      this.takeResult(failure);
      if (failure === undefined && this.health !== "ready") this.mirror.whenReached(revision, () => this.beReady());
      const pause = this.health === "ready" && failure === undefined ? HEARTBEAT_MS : RETURN_PROBE_MS;
      this.beatTimer = setTimeout(() => this.beat(), pause);
    });
  }

  private beReady(): void {
    if (this.health === "closed" || this.health === "failing") return;
    // The next heartbeat looks again.
    if (this.opening !== undefined && !this.cluster.isClockTrusted) return;
    this.setHealth("ready", `etcd at ${this.parts.endpoints.address}: ready`);
    this.resolveOpening();
  }

  private beAway(reason: string): void {
    if (this.health === "closed" || this.health === "failing" || (this.opening !== undefined && !this.isFollowing))
      return;
    this.setHealth("away", reason);
    this.resolveOpening();
  }

  private setHealth(health: StoreHealth, reason: string): void {
    if (health === this.health) return;
    this.health = health;
    this.failures = 0;
    this.parts.onHealth(health, reason);
  }

  private resolveOpening(): void {
    this.opening?.resolve(this.loaded);
    this.opening = undefined;
  }

  private rejectOpening(message: string): void {
    const { opening } = this;
    this.opening = undefined;
    this.close();
    opening?.reject(new DaemonError("store-refused", message));
  }

  private writeState(): void {
    const trouble = this.state.write();
    if (trouble !== undefined) this.sayTrouble(trouble);
  }

  private sayTrouble(message: string): void {
    const now = this.parts.clock.monotonic();
    if (now - this.saidAt < TROUBLE_SAID_MS) return;
    this.saidAt = now;
    this.parts.notify({ level: "warn", message });
  }
}
