// Changes of leases on their way to the store, with the replies that wait for them. While as many commits are under way as
// the store takes, the next one fills; beside fewer it gathers changes for a while (LeaseStore.gatherMs). A change that
// did not become durable is taken back and its reply dropped: the client asks again. A query about a lease that has a
// change under way waits for it, and one that would change a lease while the configuration is about to be replaced waits
// for that.

import type { ReplyBatch } from "../backend/backend.ts";
import { InvariantError } from "../base/assert.ts";
import type { LatencyHistogram } from "../base/latency.ts";
import { HELD_REPLIES_MAX, REPLY_BATCHES_MAX } from "../base/limits/replies.ts";
import { emptyList } from "../base/shapes.ts";
import type { Clock } from "../base/time.ts";
import type { Exchange } from "../engine/exchange.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { type CommitBatch, CommitOutcome, type LeaseStore } from "../store/store.ts";
import type { FirewallSets } from "./firewall/firewall-sets.ts";
import { HeldCommit, type ReplyBatchStock } from "./held-commit.ts";
import type { LeaseEvents } from "./lease-events.ts";
import { WaitingQueries, type WaitingQuery } from "./waiting-queries.ts";

/** What it needs of the rest of the server. */
export interface CommitPorts {
  readonly store: LeaseStore;
  readonly stock: ReplyBatchStock;
  readonly clock: Clock;
  /** Takes how long commits took, where anybody wants to know. */
  readonly latency: LatencyHistogram | undefined;
  /** Takes what became durable, where anybody may want to know. */
  readonly events: LeaseEvents | undefined;
  /** Where there are firewall sets: replies wait for their elements too. */
  readonly firewall: FirewallSets | undefined;
  table(): LeaseTable;
  /** The store has answered; what comes of that follows. */
  onAnswer(): void;
  /** A reply is dropped, because its change did not become durable; `counter` says how. */
  onDropped(counter: string): void;
  /** Replies that waited for a commit may leave. */
  onDurable(replies: ReplyBatch): void;
  /** A query that waited for the commit is decided now. */
  onQuery(query: WaitingQuery): void;
  /** All that follows from the commit has been done. */
  endTurn(): void;
}

/** The counter of a reply whose change did not become durable. */
const DROPPED: Readonly<Record<CommitOutcome, string>> = {
  [CommitOutcome.ok]: "",
  [CommitOutcome.failed]: "drop-store-failed",
  [CommitOutcome.conflict]: "drop-store-conflict",
  [CommitOutcome.unknown]: "drop-store-unknown",
};

/** Commits that wait for those under way, the one that fills included: as many replies may wait, however many changes a commit of the store holds. */
function waitingMax({ changesMax }: LeaseStore): number {
  return Math.ceil(HELD_REPLIES_MAX / changesMax);
}

/** Reply batches in use at once with a store: REPLY_BATCHES_MAX counts one commit that waits and one under way. */
export function replyBatchesFor(store: LeaseStore): number {
  return REPLY_BATCHES_MAX + (waitingMax(store) - 1) + (store.commitsMax - 1);
}

/** See the head of this file. */
export class CommitQueue {
  private readonly ports: CommitPorts;
  /** Changes that are committed next, or after the full ones. */
  private open: HeldCommit | undefined;
  /** Those that take no more and wait for one under way to end, oldest first. */
  private readonly full = emptyList<HeldCommit>();
  private readonly underWay = emptyList<HeldCommit>();
  private readonly spare = emptyList<HeldCommit>();
  /** Commits that the store has answered, and the firewall has not. */
  private leaving = 0;
  private isFinishing = false;
  private readonly waiting = new WaitingQueries();
  /** Callers that wait for quiet; while there are any, no lease changes. */
  private readonly quietWaiters: (() => void)[] = [];
  /** Queries that would change a lease, and wait for quiet as well. */
  private readonly forQuiet = new WaitingQueries();
  private isEnding = false;
  /** While a commit gathers changes beside those under way: what looks at it again. */
  private gathering: NodeJS.Timeout | undefined;
  private readonly onCommitted = (changes: CommitBatch): void => this.finish(changes);
  private readonly isPending = (slot: LeaseSlot): boolean => this.ports.table().isPending(slot);
  private readonly countDropped = (outcome: CommitOutcome): void => this.ports.onDropped(DROPPED[outcome]);

  constructor(ports: CommitPorts) {
    this.ports = ports;
  }

  /** Whether leases may change now. */
  get acceptsChanges(): boolean {
    return this.ports.store.health === "ready" && this.quietWaiters.length === 0;
  }

  /** The batch for the reply to a change that is to be recorded next, or undefined when there is no room for another. */
  room(): ReplyBatch | undefined {
    if (this.open?.hasRoom === false) this.putAside(this.open);
    this.open ??= this.make();
    return this.open?.hasRoom === true ? this.open.replies : undefined;
  }

  /** Records the change that has been applied for an exchange; returns its number, which the reply is tagged with. Needs `room`. */
  record(exchange: Exchange): number {
    const { slot, alsoReleased, releasedAfter } = exchange.decision;
    const change = this.recordChange(slot);
    this.ports.events?.noteRequest(exchange);
    if (releasedAfter !== NO_LEASE) this.open?.releaseAfterwards(releasedAfter);
    if (alsoReleased !== NO_LEASE) this.recordChange(alsoReleased);
    this.open?.questions.add(exchange);
    return change;
  }

  /** Records a change without a reply; returns its number. Needs `room`. `onEnd` gets the outcome. */
  recordChange(slot: LeaseSlot, onEnd?: (outcome: CommitOutcome) => void): number {
    if (this.open === undefined) throw new InvariantError("a change that is recorded has a commit to join");
    const { changes } = this.open;
    if (changes.count === 0) this.open.openedAt = this.ports.clock.monotonic();
    changes.add(slot);
    if (onEnd !== undefined) this.open.onEnds.push({ change: changes.count - 1, onEnd });
    return changes.count - 1;
  }

  /** Keeps a query until the change that it waits for has ended; false if its answer waits already, it has waited too often, or there is no room. */
  holdBack(exchange: Exchange): boolean {
    for (const { questions } of this.underWay) if (questions.has(exchange)) return false;
    for (const { questions } of this.full) if (questions.has(exchange)) return false;
    if (this.open?.questions.has(exchange) === true) return false;
    return this.waiting.put(exchange, exchange.decision.awaited);
  }

  /** Keeps a query that would change a lease until that is possible again; false if it repeats one that is kept, has waited too often, or there is no room. */
  holdUntilQuiet(exchange: Exchange): boolean {
    return this.quietWaiters.length > 0 && !this.isEnding && this.forQuiet.put(exchange, NO_LEASE);
  }

  /** After the quiet to come no lease changes any more. */
  end(): void {
    this.isEnding = true;
  }

  /** Starts the next commits, as many as the store takes now. */
  start(): void {
    const { underWay, ports } = this;
    while (underWay.length < ports.store.commitsMax) {
      const next = this.full.shift() ?? this.takeOpen();
      if (next === undefined) return;
      underWay.push(next);
      next.startedAt = ports.clock.monotonic();
      ports.firewall?.begin(next);
      ports.store.commit(next.changes, this.onCommitted);
    }
  }

  /** Calls `then` as soon as nothing is under way; until then no lease changes any more. */
  whenQuiet(then: () => void): void {
    this.quietWaiters.push(then);
    this.start();
    this.checkQuiet();
  }

  private make(): HeldCommit | undefined {
    const replies = this.ports.stock.take();
    if (replies === undefined) return undefined;
    const spare = this.spare.pop();
    return spare === undefined ? new HeldCommit(replies, this.ports.store.changesMax) : spare.reuse(replies);
  }

  /** The open commit takes no more: the next one is opened, if so many may wait. */
  private putAside(held: HeldCommit): void {
    if (this.full.length + 1 >= waitingMax(this.ports.store)) return;
    this.full.push(held);
    this.open = undefined;
  }

  private takeOpen(): HeldCommit | undefined {
    const { open } = this;
    if (open === undefined || open.changes.count === 0) return undefined;
    if (this.underWay.length > 0 && open.hasRoom && this.isGathering(open)) return undefined;
    this.open = undefined;
    return open;
  }

  /** Whether a commit takes more changes before it leaves beside those under way; it leaves later if none of these ends before. */
  private isGathering({ openedAt }: HeldCommit): boolean {
    const { store, clock } = this.ports;
    const left = openedAt + store.gatherMs - clock.monotonic();
    if (left <= 0) return false;
    this.gathering ??= setTimeout(this.onGathered, left);
    return true;
  }

  private readonly onGathered = (): void => {
    this.gathering = undefined;
    this.start();
  };

  private finish(changes: CommitBatch): void {
    const { ports } = this;
    const held = this.takeUnderWay(changes);
    ports.latency?.observe(ports.clock.monotonic() - held.startedAt);
    ports.onAnswer();
    ports.events?.noteCommit(changes);
    settle(ports.table(), changes, ports.firewall);
    held.dropFailedReplies(this.countDropped);
    const { firewall } = ports;
    if (firewall === undefined) ports.onDurable(held.replies);
    held.forEachRelease(this.release);
    held.tellEnds();
    this.leaving += 1;
    this.isFinishing = true;
    if (firewall === undefined) this.free(held);
    else firewall.pass(held, this.onPassed);
    this.isFinishing = false;
    for (const query of this.waiting.takeSettled(this.isPending)) ports.onQuery(query);
    ports.endTurn();
    this.checkQuiet();
  }

  /** The firewall's sets have the elements of a commit, or do not get them. */
  private readonly onPassed = (held: HeldCommit): void => {
    this.ports.onDurable(held.replies);
    this.free(held);
    if (this.isFinishing) return;
    this.ports.endTurn();
    this.checkQuiet();
  };

  private free(held: HeldCommit): void {
    this.leaving -= 1;
    this.spare.push(held);
  }

  private takeUnderWay(changes: CommitBatch): HeldCommit {
    const { underWay } = this;
    for (let at = 0; at < underWay.length; at++) {
      const held = underWay[at];
      if (held?.changes !== changes) continue;
      underWay.splice(at, 1);
      return held;
    }
    throw new InvariantError("a commit that nobody started has ended");
  }

  /** Ends a lease whose client has another one now; if that is impossible, the lease ends by itself. */
  private readonly release = (slot: LeaseSlot, instead: LeaseSlot): void => {
    const table = this.ports.table();
    if (table.isPending(slot) || table.state(slot) !== BindingState.bound) return;
    if (!table.isSameClient(slot, instead) || !this.acceptsChanges || this.room() === undefined) return;
    table.begin(slot);
    table.release(slot, Math.floor(this.ports.clock.wall()));
    this.recordChange(slot);
  };

  private checkQuiet(): void {
    if (this.underWay.length + this.leaving > 0 || this.full.length > 0 || (this.open?.changes.count ?? 0) > 0) return;
    for (const then of this.quietWaiters.splice(0)) then();
    const queries = this.forQuiet.takeAll();
    if (queries.length === 0) return;
    for (const query of queries) this.ports.onQuery(query);
    this.ports.endTurn();
  }
}

/**
 * What became durable is confirmed, the rest taken back. Where another write than ours has given a client the lease that
 * it is waiting for, that is as good: its outcome is ok from here on.
 */
function settle(table: LeaseTable, changes: CommitBatch, firewall: CommitPorts["firewall"]): void {
  for (let i = 0; i < changes.count; i++) {
    const slot = changes.slots[i] ?? NO_LEASE;
    const outcome = changes.outcomes[i];
    if (outcome === CommitOutcome.ok) table.confirm(slot, changes.revision);
    else {
      if (outcome === CommitOutcome.conflict && table.isGranted(slot)) changes.outcomes[i] = CommitOutcome.ok;
      table.revert(slot);
      firewall?.follow(slot);
    }
  }
}
