// This node among the nodes of its cluster: the settings that all have to agree on, heartbeats, clocks, and what
// follows for this node: whether it may give addresses to clients that have none, and how long an address rests before.
//
// The metadata hold these settings. The first node writes them. A node with other settings only renews leases and says
// why; when no live node has the settings of the metadata, it replaces them. So a change of the configuration can go
// from node to node: the old ones give addresses until the last one has the new configuration.

import { randomBytes } from "node:crypto";
import { HEARTBEAT_MS, NODE_SILENCE_MS, NODES_MAX } from "../../base/limits/etcd.ts";
import type { Clock, EpochSeconds, Seconds } from "../../base/time.ts";
import type { StoreNotice } from "../store.ts";
import { ClockNotices } from "./clock-notices.ts";
import { ClockTrust } from "./clock-trust.ts";
import type { CallFailure } from "./endpoints.ts";
import type { Keys } from "./keys.ts";
import { type PutParts, putValue } from "./put-value.ts";
import type { EtcdSettings } from "./settings.ts";
import {
  type Agreement,
  agreementOf,
  CLUSTER_FORMAT,
  differencesOf,
  type Heartbeat,
  type Metadata,
  octetsOfValue,
  readHeartbeat,
  readMetadata,
} from "./shared-values.ts";
import type { KeyValue } from "./wire.ts";

const MS_PER_SECOND = 1000;
/** Ends of the time of renewals only that differ by less are the same. */
const SAME_END_SECONDS = 60;

/** What it needs. */
export interface ClusterParts extends PutParts {
  readonly settings: EtcdSettings;
  readonly keys: Keys;
  readonly clock: Clock;
  notify(notice: StoreNotice): void;
  /** Another node waits for a heartbeat of this one, to compare clocks. */
  onDoubt(): void;
  /** The store is of another format: this release cannot serve from it. */
  onOtherFormat(format: number): void;
}

interface Neighbour {
  readonly agreement: Agreement;
  /** Milliseconds of the monotonic clock. */
  heardAt: number;
}

/** See the head of this file. */
export class Cluster {
  /** Whether this node may give addresses to clients that have none, as of the last heartbeat. */
  mayAllocate = false;
  private readonly parts: ClusterParts;
  private readonly clocks: ClockTrust;
  private readonly clockNotices: ClockNotices;
  private readonly instance = randomBytes(8).toString("hex");
  private readonly key: Buffer;
  private readonly startedAt: number;
  private agreement: Agreement;
  private metadata: Metadata | undefined;
  /** Whether there is a value in their place that cannot be read. */
  private isDamaged = false;
  /** Revisions of the two keys that this node writes. */
  private metadataRevision = 0;
  /** Revision of the last change of the metadata that has been heard of. */
  private metadataSeen = 0;
  private ownRevision = 0;
  private hasBeaten = false;
  private readonly neighbours = new Map<string, Neighbour>();
  private renewOnlyUntil: EpochSeconds = 0;
  /** Another process writes this node's heartbeat: since when it was last seen to. */
  private rivalSeenAt = Number.NEGATIVE_INFINITY;
  private isWritingMetadata = false;
  /** Whether the store has a heartbeat of another node, however old. */
  private hasOthers = false;
  private saidReason = "";

  constructor(parts: ClusterParts) {
    const { settings, keys, clock } = parts;
    const { guard, clockSkew, name, configurationHash } = settings;
    this.parts = parts;
    this.clocks = new ClockTrust({
      ...{ clock, guardSeconds: guard, clockSkewSeconds: clockSkew },
      ...{ beat: HEARTBEAT_MS, silence: NODE_SILENCE_MS },
    });
    this.clockNotices = new ClockNotices(this.clocks, clock, (notice) => parts.notify(notice));
    this.key = keys.heartbeat(name);
    this.startedAt = clock.monotonic();
    this.agreement = agreementOf(settings, configurationHash);
  }

  /** Seconds that an address rests after the end of its lease; Infinity while a clock of the cluster is off. */
  get guard(): Seconds {
    return this.clocks.guardSeconds;
  }

  /** Whether this node's own clock is right, as far as is known: without it no lease may be written, or renewed from the reserve. */
  get isClockTrusted(): boolean {
    return this.clocks.isTrusted;
  }

  /** What other nodes write is heard of from now on; what there was has been taken. */
  startListening(): void {
    this.clocks.startListening(this.hasOthers);
  }

  /** The configuration has been replaced. */
  useConfiguration(hash: string): void {
    this.agreement = agreementOf(this.parts.settings, hash);
    this.review();
  }

  /** Only renewals until then, on all nodes: the store is an older state of itself, or another one, whose revisions are new. */
  renewOnly(until: EpochSeconds): void {
    this.renewOnlyUntil = Math.max(this.renewOnlyUntil, until);
    this.metadataSeen = 0;
    this.ownRevision = 0;
    this.mayAllocate = false;
  }

  /** Metadata or a heartbeat, from an answer or (`isLive`) an event; undefined: there is no metadata. */
  takeShared(pair: KeyValue | undefined, isDeletion: boolean, isLive: boolean): void {
    const { keys } = this.parts;
    if (pair === undefined) this.takeMetadata(undefined, 0);
    else if (keys.kindOf(pair.octets, pair.keyStart, pair.keyEnd) === "meta") {
      // A repeated event may be old by now.
      if (pair.modRevision < this.metadataSeen) return;
      this.metadataSeen = pair.modRevision;
      this.takeMetadata(isDeletion ? undefined : pair.value, isDeletion ? 0 : pair.modRevision);
    } else if (!isDeletion)
      this.takeHeartbeat(keys.nameOf(pair.octets, pair.keyStart, pair.keyEnd), pair.value, pair.modRevision, isLive);
    this.review();
  }

  /** Writes this node's heartbeat. `done`: the revision that it was given, or why it was not written. */
  beat(done: (failure: CallFailure | undefined, revision: number) => void, tries = 1): void {
    const { clock } = this.parts;
    this.clocks.look(true);
    const heartbeat: Heartbeat = {
      format: CLUSTER_FORMAT,
      instance: this.instance,
      wall: clock.wall(),
      isClockTrusted: this.clocks.isTrusted,
      ...this.agreement,
    };
    putValue(this.parts, this.key, this.ownRevision, octetsOfValue(heartbeat), (failure, revision, found) => {
      if (failure !== undefined) return done(failure, 0);
      if (found === undefined) {
        this.ownRevision = revision;
        this.hasBeaten = true;
        this.review();
        return done(undefined, revision);
      }
      this.ownRevision = found.modRevision;
      this.noteRival(readHeartbeat(found.value));
      if (tries > 0) this.beat(done, tries - 1);
      else done(undefined, revision);
    });
  }

  /** In words, why this node does not give addresses to new clients; empty: it does. */
  private obstacles(): string[] {
    const { clock, settings } = this.parts;
    if (this.isDamaged)
      return [
        `the key ${settings.prefix}/meta has a value that is none of ours: delete it while all servers are stopped`,
      ];
    if (this.metadata === undefined) return ["what the cluster has agreed on is not known yet"];
    const obstacles = differencesOf(this.agreement, this.metadata);
    const until = Math.max(this.renewOnlyUntil, this.metadata.renewOnlyUntil);
    if (clock.wall() < until)
      obstacles.push(`etcd was restored to an older state: only renewals until ${isoTime(until)}`);
    if (clock.monotonic() - this.rivalSeenAt < NODE_SILENCE_MS)
      obstacles.push(`another server of the cluster is called ${settings.name} too`);
    return obstacles;
  }

  private takeMetadata(value: Uint8Array | undefined, revision: number): void {
    this.metadataRevision = revision;
    const metadata = value === undefined ? undefined : readMetadata(value);
    this.isDamaged = value !== undefined && metadata === undefined;
    if (typeof metadata === "number") this.parts.onOtherFormat(metadata);
    else this.metadata = metadata;
  }

  private takeHeartbeat(name: string, value: Uint8Array, revision: number, isLive: boolean): void {
    const { clock, settings } = this.parts;
    const heartbeat = readHeartbeat(value);
    if (name === settings.name) {
      if (revision > this.ownRevision && !isLive) this.ownRevision = revision;
      if (isLive) this.noteRival(heartbeat);
      return;
    }
    this.hasOthers = true;
    if (heartbeat === undefined || !isLive) return;
    if (!this.neighbours.has(name) && this.neighbours.size >= NODES_MAX) return;
    this.neighbours.set(name, { agreement: heartbeat, heardAt: clock.monotonic() });
    this.clocks.takeBeat(name, heartbeat.wall, heartbeat.isClockTrusted);
    if (!heartbeat.isClockTrusted && this.clocks.isTrusted) this.parts.onDoubt();
  }

  /** A heartbeat of our name that we have not written, since we have begun to. */
  private noteRival(heartbeat: Heartbeat | undefined): void {
    if (!this.hasBeaten || heartbeat === undefined || heartbeat.instance === this.instance) return;
    this.rivalSeenAt = this.parts.clock.monotonic();
  }

  /** Draws conclusions from the present state, and logs changes. */
  private review(): void {
    const now = this.parts.clock.monotonic();
    for (const [name, { heardAt }] of this.neighbours) {
      if (now - heardAt >= NODE_SILENCE_MS) this.neighbours.delete(name);
    }
    this.agree(now);
    this.say();
  }

  /** Writes the metadata if there are none, or if no live node has their settings any more. */
  private agree(now: number): void {
    const { metadata, agreement } = this;
    if (!this.hasBeaten || this.isWritingMetadata || this.isDamaged) return;
    const renewOnlyUntil = Math.max(this.renewOnlyUntil, metadata?.renewOnlyUntil ?? 0);
    const isEndKnown = renewOnlyUntil - (metadata?.renewOnlyUntil ?? 0) < SAME_END_SECONDS;
    const isAgreed = metadata !== undefined && differencesOf(agreement, metadata).length === 0;
    if (isAgreed && isEndKnown) return;
    if (metadata !== undefined && !isAgreed) {
      // Nodes that are alive have been heard by then.
      if (now - this.startedAt < NODE_SILENCE_MS + HEARTBEAT_MS) return;
      for (const neighbour of this.neighbours.values()) {
        if (differencesOf(neighbour.agreement, metadata).length === 0) return;
      }
    }
    const next: Metadata = { format: CLUSTER_FORMAT, ...agreement, renewOnlyUntil };
    this.isWritingMetadata = true;
    putValue(
      this.parts,
      this.parts.keys.meta,
      this.metadataRevision,
      octetsOfValue(next),
      (failure, revision, found) => {
        this.isWritingMetadata = false;
        if (failure !== undefined) return;
        if (found === undefined) {
          this.metadata = next;
          this.metadataRevision = revision;
        } else this.takeMetadata(found.modRevision === 0 ? undefined : found.value, found.modRevision);
        this.say();
      },
    );
  }

  private say(): void {
    const { parts } = this;
    this.mayAllocate = this.obstacles().length === 0;
    const reason = this.metadata === undefined && !this.isDamaged ? "" : this.obstacles().join("; ");
    if (reason !== this.saidReason) {
      this.saidReason = reason;
      if (reason === "")
        parts.notify({ level: "info", message: "cluster: this server gives addresses to new clients again" });
      else
        parts.notify({
          level: "error",
          message: `cluster: this server renews leases but gives no address to new clients: ${reason}`,
        });
    }
    if (this.hasBeaten) this.clockNotices.say();
  }
}

function isoTime(seconds: EpochSeconds): string {
  return seconds > 8e9 ? "an operator says otherwise" : new Date(seconds * MS_PER_SECOND).toISOString();
}
