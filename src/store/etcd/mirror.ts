// Keeps the lease table a mirror of the store: finds out which cluster answers, takes a snapshot, then follows by a
// watch. A watch that ends is opened anew at the revision that it had reached; where that is compacted away, another
// snapshot is taken while the server goes on serving. The mirror never goes on with another store, or an older state of
// it: its revisions mean something else.

import { READ_DEADLINE_MS, RETURN_PROBE_MS } from "../../base/limits/etcd.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import type { CallFailure, Endpoints } from "./endpoints.ts";
import type { Keys } from "./keys.ts";
import type { Learner } from "./learner.ts";
import { WireError } from "./protobuf.ts";
import { Snapshot, type SnapshotResult } from "./snapshot.ts";
import { Watch, type WatchEnd } from "./watch.ts";
import { type Header, KeyValue, Method, RangeAnswer, rangeRequest } from "./wire.ts";

/** What etcd says when it takes a watch's token no longer. */
const ABOUT_TOKEN = /auth|permission|token/i;

/** What the mirror tells the rest of the store. */
export interface MirrorEvents {
  /** The highest revision of an answer so far. */
  readonly revision: number;
  /**
   * A cluster has answered a request from when `revision` was `floor`: whether it is the known cluster, and no older
   * state of it.
   */
  identify(header: Header, floor: number): boolean;
  /** Metadata or a heartbeat; `isLive`: it was written just now. `pair` undefined: there is no metadata. */
  onShared(pair: KeyValue | undefined, isDeletion: boolean, isLive: boolean): void;
  /** A snapshot has been taken. */
  onSnapshot(leases: number): void;
  /** The store has been read and is followed. */
  onFollowing(): void;
  /** It is not followed any more, and why; further tries are under way. */
  onLost(reason: string): void;
  /** A snapshot is needed again because events are missing. */
  onCompacted(reason: string): void;
  /** The store has refused this node: another try is no use before something is changed. */
  onRefused(reason: string): void;
}

/** What it needs. */
export interface MirrorParts {
  readonly endpoints: Endpoints;
  readonly keys: Keys;
  readonly learner: Learner;
  readonly events: MirrorEvents;
}

/** See the head of this file. */
export class Mirror {
  /** Whether the cluster that answers is known to be the one whose revisions the table has. */
  isVerified = false;
  /** Revision of the last event that has been taken over. */
  private reached = 0;
  private readonly parts: MirrorParts;
  private table: LeaseTable;
  /** Where a watch goes on; 0: a snapshot is needed first. */
  private nextRevision = 0;
  private watch: Watch | undefined;
  private snapshot: Snapshot | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  /** Newer revisions were written after the link was there: earlier heartbeats say nothing of clocks. */
  private liveFrom = 0;
  /** Number of the attempt to connect that counts. */
  private attempt = 0;
  private readonly waiting: { readonly revision: number; readonly then: () => void }[] = [];
  private readonly verifiedWaiting: (() => void)[] = [];

  constructor(parts: MirrorParts, table: LeaseTable) {
    this.parts = parts;
    this.table = table;
  }

  /** Begins, and goes on until `close`. */
  start(): void {
    this.connect();
  }

  /** After a reload: the table that has taken the place of the one so far. */
  useTable(table: LeaseTable): void {
    this.table = table;
    this.snapshot?.follow(table);
  }

  /** Calls `then` when the events up to a revision have been taken over; at once if they have. */
  whenReached(revision: number, then: () => void): void {
    if (this.reached >= revision) then();
    else this.waiting.push({ revision, then });
  }

  /** Calls `then` when the cluster has been verified to be the same. Not called at all when it is another one, or the mirror is closed before. */
  whenVerified(then: () => void): void {
    if (this.isVerified) then();
    else this.verifiedWaiting.push(then);
  }

  /** A member of etcd is back: what waits for the next attempt makes it now. */
  hurry(): void {
    if (this.timer !== undefined) this.connect();
  }

  /** An answer has shown that the store is another one: everything is read anew. */
  startAnew(reason: string): void {
    this.lose(reason);
    this.connect();
  }

  close(): void {
    this.isClosed = true;
    this.isVerified = false;
    clearTimeout(this.timer);
    this.watch?.close();
    this.snapshot?.cancel();
  }

  /** Asks which cluster it is, with a linearizable read of the metadata. */
  private connect(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.attempt += 1;
    const { attempt } = this;
    const { endpoints, keys, events } = this.parts;
    const floor = events.revision;
    endpoints.call(Method.range, rangeRequest(keys.meta, undefined), READ_DEADLINE_MS, (failure, octets) => {
      if (this.isClosed || attempt !== this.attempt) return;
      if (failure !== undefined) return this.failToConnect(failure);
      this.guarded(() => this.takeMeta(octets, floor));
    });
  }

  private failToConnect({ kind, message }: CallFailure): void {
    if (kind === "refused") this.parts.events.onRefused(message);
    else this.parts.events.onLost(message);
    this.connectLater();
  }

  private takeMeta(octets: Buffer, floor: number): void {
    const { events } = this.parts;
    const answer = new RangeAnswer(octets);
    const pair = new KeyValue();
    const isThere = answer.next(pair);
    if (!events.identify(answer.header, floor)) this.forget();
    this.isVerified = true;
    this.liveFrom = answer.header.revision;
    events.onShared(isThere ? pair : undefined, false, false);
    for (const then of this.verifiedWaiting.splice(0)) then();
    if (this.isClosed) return;
    if (this.nextRevision === 0) this.readStore(answer.header.revision);
    else this.follow();
  }

  /** Revisions of a store that is not there any more mean nothing. */
  private forget(): void {
    this.nextRevision = 0;
    this.reached = 0;
    this.waiting.length = 0;
    // Changes meant for the former store are not written.
    this.verifiedWaiting.length = 0;
    this.table.forgetRevisions();
  }

  /** Which other nodes there are has to be known before they are listened to: see Cluster.startListening. */
  private readStore(revision: number): void {
    const { attempt } = this;
    this.readNodes(revision, (failure) => {
      if (this.isClosed || attempt !== this.attempt) return;
      if (failure === undefined) this.takeSnapshot(revision);
      else this.failToConnect(failure);
    });
  }

  private takeSnapshot(revision: number): void {
    const { endpoints, keys, learner } = this.parts;
    const { table } = this;
    this.snapshot = new Snapshot({
      ...{ endpoints, keys, learner, table, revision },
      done: (result) => this.endSnapshot(revision, result),
    });
    this.snapshot.start();
  }

  private endSnapshot(revision: number, result: SnapshotResult): void {
    this.snapshot = undefined;
    if (result.kind === "done") {
      this.nextRevision = revision + 1;
      this.parts.events.onSnapshot(result.leases);
      return this.follow();
    }
    if (result.kind === "failed") this.lose(result.reason);
    this.connectLater();
  }

  /** Heartbeats from before the snapshot: their revisions are needed to write them, their times say nothing. */
  private readNodes(revision: number, done: (failure: CallFailure | undefined) => void): void {
    const { endpoints, keys, events } = this.parts;
    const request = rangeRequest(keys.firstNode, keys.endNode, { revision });
    endpoints.call(Method.range, request, READ_DEADLINE_MS, (failure, octets) => {
      if (failure !== undefined || this.isClosed) return done(failure);
      this.guarded(() => {
        const answer = new RangeAnswer(octets);
        const pair = new KeyValue();
        while (answer.next(pair)) events.onShared(pair, false, false);
        done(undefined);
      });
    });
  }

  private follow(): void {
    const { endpoints, keys, events } = this.parts;
    const openedAt = performance.now();
    this.watch?.close();
    const opened = endpoints.open(Method.watch, () => this.moveWatch(watch));
    const watch = new Watch(opened, keys, this.nextRevision, {
      onEvent: (pair, isDeletion) => this.takeEvent(pair, isDeletion),
      onReached: (revision) => this.reach(revision),
      onEnd: (end, reason) => this.endWatch(end, reason, performance.now() - openedAt),
    });
    this.watch = watch;
    events.onFollowing();
  }

  /** Another member is followed before this one's silence would end the watch. */
  private moveWatch(watch: Watch): void {
    if (this.isClosed || this.watch !== watch) return;
    watch.close();
    this.watch = undefined;
    this.isVerified = false;
    this.connect();
  }

  private takeEvent(pair: KeyValue, isDeletion: boolean): void {
    const { keys, learner, events } = this.parts;
    const kind = keys.kindOf(pair.octets, pair.keyStart, pair.keyEnd);
    if (kind === "node" || kind === "meta") events.onShared(pair, isDeletion, pair.modRevision > this.liveFrom);
    if (kind !== "lease") return;
    if (isDeletion) learner.takeAbsence(keys.addressOf(pair.octets, pair.keyEnd), pair.modRevision);
    else learner.take(pair);
  }

  private reach(revision: number): void {
    this.reached = revision;
    this.nextRevision = revision + 1;
    if (this.waiting.length === 0) return;
    const reached = this.waiting.filter((waiter) => waiter.revision <= revision);
    if (reached.length === 0) return;
    const left = this.waiting.filter((waiter) => waiter.revision > revision);
    this.waiting.splice(0, this.waiting.length, ...left);
    for (const { then } of reached) then();
  }

  private endWatch(end: WatchEnd, reason: string, lastedMs: number): void {
    this.watch = undefined;
    if (end === "compacted") {
      this.nextRevision = 0;
      this.parts.events.onCompacted(reason);
      return this.connect();
    }
    // A member that has ended in good order is no reason to stop: the next one is asked at once.
    if (end === "silent") this.lose(`the watch of etcd is dead: ${reason}`);
    this.isVerified = false;
    if (ABOUT_TOKEN.test(reason)) this.parts.endpoints.forgetToken();
    if (lastedMs < RETURN_PROBE_MS) this.connectLater();
    else this.connect();
  }

  private lose(reason: string): void {
    this.isVerified = false;
    this.watch?.close();
    this.watch = undefined;
    this.snapshot?.cancel();
    this.snapshot = undefined;
    this.parts.events.onLost(reason);
  }

  private connectLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), RETURN_PROBE_MS);
  }

  private guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.lose(`an answer of etcd is damaged: ${error.message}`);
      this.connectLater();
    }
  }
}
