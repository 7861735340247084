// Queries from receive to send, one exchange after the other through its stages (engine/exchange.ts):
//
//   receive -> locate -> identify -> decide -> deliver -> apply -> encode
//
// The pipeline holds no DHCP rule; the engine does no I/O. What holds an exchange up is behind the pipeline's back:
// replies that depend on a lease change wait for the store (commit-queue.ts), new addresses for a ping (conflicts/),
// and new clients for clients that have a lease to lose (overload/). Each of them brings the query back to be decided
// anew.

import type { ReplyBatch } from "../backend/backend.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";
import type { EpochSeconds } from "../base/time.ts";
import { apply, isDurable } from "../engine/apply.ts";
import { decide } from "../engine/decide.ts";
import { Change, type Decision } from "../engine/decision.ts";
import { deliver } from "../engine/deliver/delivery.ts";
import { SentDeliveries } from "../engine/deliver/sent-deliveries.ts";
import { Exchange, Origin, receive } from "../engine/exchange.ts";
import { identify } from "../engine/identify.ts";
import { locate } from "../engine/locate/locate.ts";
import { QueryLimits } from "../engine/query-limits.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import type { Arrival } from "../wire/arrival.ts";
import { countLeftOut, optionsLeftOut } from "../wire/encode/reply-option-values.ts";
import { leavesAgentInformationOut } from "../wire/encode/reply-size.ts";
import { CommitQueue, replyBatchesFor } from "./commit-queue.ts";
import { Conflicts } from "./conflicts/conflicts.ts";
import { SharedIdentifiers } from "./conflicts/shared-identifiers.ts";
import { DecidedQueries } from "./decided-queries.ts";
import { encode } from "./encode.ts";
import { Overload } from "./overload/overload.ts";
import type { PipelineParts } from "./pipeline-parts.ts";
import { ReadThrough } from "./read-through.ts";
import { ReplyQueue } from "./reply-queue.ts";
import type { WaitingQuery } from "./waiting-queries.ts";

/** Takes queries from the backend and sees them through. */
export class Pipeline {
  private readonly parts: PipelineParts;
  /** The one exchange, filled anew for each query. */
  private readonly exchange = new Exchange();
  private readonly queryLimits = new QueryLimits();
  private readonly sent = new SentDeliveries();
  /** Replies that wait for nothing. */
  readonly replies: ReplyQueue;
  readonly commits: CommitQueue;
  readonly conflicts: Conflicts;
  private readonly overload: Overload;
  private readonly readThrough: ReadThrough;
  private readonly decided: DecidedQueries;
  private readonly sharedIdentifiers: SharedIdentifiers;
  /** Whether the time of the decision about the present query is measured. */
  private isMeasured = false;

  constructor(parts: PipelineParts) {
    const { backend, store, serving, keys, clock, counters, messageLog, log, events, seed = 0 } = parts;
    const { firewall, latencies, refused } = parts;
    // Made here, so that they are of one shape in the server and in its rehearsal: the compiler tells objects apart by it.
    const own = {
      backend,
      store,
      serving,
      keys,
      clock,
      counters,
      messageLog,
      log,
      events,
      firewall,
      seed,
      latencies,
      refused,
    };
    this.parts = own;
    this.replies = new ReplyQueue((batch) => backend.send(batch), replyBatchesFor(store));
    this.commits = new CommitQueue({
      ...{ store, clock, events, firewall, latency: latencies?.commit, stock: this.replies.stock },
      table: () => serving.table,
      onAnswer: () => messageLog.readClock(),
      onDropped: (counter) => counters.count(counter),
      onDurable: (replies) => this.replies.leave(replies),
      onQuery: (query) => this.takeUpWaiting(Origin.commit, query),
      endTurn: () => this.endTurn(),
    });
    this.conflicts = new Conflicts({
      ...own,
      commits: this.commits,
      isIdle: () => this.isIdle,
      decideAgain: ({ bytes, arrival }, probed, tried) => {
        this.takeUp(Origin.probe, bytes, 0, bytes.length, arrival, probed, tried);
        this.endTurn();
      },
      endTurn: () => this.endTurn(),
    });
    this.overload = new Overload({
      ...{ counters, clock, log },
      answer: (bytes, offset, length, arrival) => this.takeUp(Origin.backlog, bytes, offset, length, arrival),
      endTurn: () => this.endTurn(),
      shed: (share) => backend.shed(share),
      isQueueLong: () => backend.isQueueLong(),
    });
    this.readThrough = new ReadThrough({
      store,
      onQuery: (query, isFresh) => this.takeUpWaiting(Origin.refresh, query, isFresh),
      endTurn: () => this.endTurn(),
    });
    this.decided = new DecidedQueries(own);
    this.sharedIdentifiers = new SharedIdentifiers(own);
    backend.onEcho = (source, identifier, sequence) => this.conflicts.onEcho(source, identifier, sequence);
  }

  /** A batch of `count` datagrams lies in the backend's arena, of so many that were received. */
  onBatch(count: number, received = count): void {
    const { backend, clock, messageLog, latencies } = this.parts;
    const { exchange, overload } = this;
    const now = clock.wall();
    exchange.begin(Origin.socket, clock.monotonic() / 1000);
    messageLog.readClock();
    overload.countReceived(received);
    const { batch } = backend;
    const measured = latencies?.oneOf(count);
    for (let slot = 0; slot < count; slot++) {
      const arrival = batch.arrivalOf(slot);
      const offset = batch.offsetOf(slot);
      const length = batch.lengthOf(slot);
      if (overload.isBehind && overload.putOff(batch.arena, offset, length, arrival)) continue;
      this.isMeasured = slot === measured;
      this.handle(batch.arena, offset, length, arrival, now);
    }
    this.endTurn();
  }

  /** A batch of replies has left. */
  onSent(batch: ReplyBatch): void {
    const { notes, rows } = batch;
    for (let row = 0; row < batch.count; row++) {
      const line = notes[row];
      if (line !== undefined) this.parts.messageLog.sent(line, rows, row);
    }
    if (this.replies.giveBack(batch)) this.endTurn();
  }

  /** Links or the table have changed: the checks of their addresses begin now. */
  followLinks(): void {
    this.conflicts.follow();
  }

  /** Whether there is time for work that no client waits for. */
  get isIdle(): boolean {
    return this.commits.acceptsChanges && !this.overload.isBehind;
  }

  /** Calls `then` as soon as nothing is under way; until then no lease changes any more. */
  whenQuiet(then: () => void): void {
    this.conflicts.pause();
    this.overload.clear();
    this.readThrough.clear();
    this.decided.clear();
    this.commits.whenQuiet(then);
  }

  /** Ends what goes on in the background. */
  stop(): void {
    this.conflicts.stop();
    this.decided.clear();
    this.overload.stop();
    this.commits.end();
  }

  /** Takes up a query that has waited; see Exchange.begin. */
  private takeUp(
    origin: Origin,
    bytes: Uint8Array,
    offset: number,
    length: number,
    arrival: Arrival,
    probed?: LeaseSlot,
    tried?: readonly LeaseSlot[],
    waits?: number,
    isFresh?: boolean,
  ): void {
    const { clock } = this.parts;
    this.exchange.begin(origin, clock.monotonic() / 1000, probed, tried, waits, isFresh);
    this.isMeasured = false;
    this.handle(bytes, offset, length, arrival, clock.wall());
  }

  private takeUpWaiting(origin: Origin, { bytes, arrival, waits }: WaitingQuery, isFresh = false): void {
    this.takeUp(origin, bytes, 0, bytes.length, arrival, undefined, undefined, waits, isFresh);
  }

  private handle(bytes: Uint8Array, offset: number, length: number, arrival: Arrival, now: EpochSeconds): void {
    const { serving, keys, counters, messageLog, clock, latencies } = this.parts;
    const { exchange } = this;
    const begun = this.isMeasured ? clock.monotonic() : DOUBLE_ZERO;
    const fault = receive(exchange, bytes, offset, length, arrival);
    if (fault !== undefined) {
      counters.count(fault);
      messageLog.fault(fault, arrival);
      return;
    }
    try {
      locate(exchange, serving);
      identify(exchange, serving, keys);
      this.queryLimits.admit(exchange);
      this.decide(now);
      if (this.isMeasured) latencies?.decide.observe(clock.monotonic() - begun);
      this.queryLimits.charge(exchange);
      this.sent.noteWaiting(exchange, now);
      if (exchange.decision.awaited !== NO_LEASE && this.commits.holdBack(exchange)) return;
      if (exchange.decision.needsRefresh && this.holdForRefresh()) return;
      if (changesLease(exchange.decision) && exchange.origin !== Origin.probe && this.commits.holdUntilQuiet(exchange))
        return;
      this.carryOut(now);
      // A query that has waited for a probe was counted and logged when it came.
      if (exchange.origin !== Origin.probe) this.decided.tell(exchange, now);
    } catch (error) {
      // A query that meets a fault in our code must not end the service.
      this.decided.reportBug(error, bytes.subarray(offset, offset + length));
    }
  }

  private decide(now: EpochSeconds): void {
    const { exchange } = this;
    const { serving, store } = this.parts;
    if (store.isShared) serving.isStoreAway = store.health === "away";
    decide(exchange, serving, now);
    if (exchange.decision.hasReply) deliver(exchange, serving, this.sent, now);
  }

  /** The decision needs to know what a shared store has of its lease. False: that is not to be known, and the decision is to drop the query. */
  private holdForRefresh(): boolean {
    const { exchange } = this;
    if (exchange.origin !== Origin.refresh && this.readThrough.put(exchange)) return true;
    exchange.decision.drop("drop-not-verified");
    return false;
  }

  private carryOut(now: EpochSeconds): void {
    const { exchange, commits, conflicts } = this;
    const { serving } = this.parts;
    const { decision } = exchange;
    if (conflicts.isUnderWay(exchange)) return decision.drop("drop-already-pending");
    if (changesLease(decision) && !commits.acceptsChanges) return decision.drop("drop-store-busy");
    if (this.parts.firewall?.refuses(exchange) === true) return decision.drop("drop-firewall");
    const durable = isDurable(decision);
    const replies = durable ? commits.room() : this.replies.room();
    if (replies === undefined) return decision.drop("drop-overload");
    if (decision.change === Change.bind) this.sharedIdentifiers.compareClients(exchange, decision.slot);
    apply(exchange, serving, now);
    this.parts.firewall?.noteApplied(exchange);
    conflicts.noteApplied(exchange);
    if (decision.needsProbe) {
      if (conflicts.startCheck(exchange)) return;
      if (!decision.hasReply) return this.decideUnprobed(now);
      serving.table.skipOfferCheck(decision.slot);
    }
    const change = durable ? commits.record(exchange) : 0;
    if (!decision.hasReply) return;
    this.sent.remember(exchange, now);
    this.reply(replies, change);
  }

  /** A decision that needs a probe first (BOOTP), and no probe is possible: as if no host had answered. */
  private decideUnprobed(now: EpochSeconds): void {
    const { exchange } = this;
    exchange.probed = exchange.decision.slot;
    try {
      this.decide(now);
      this.carryOut(now);
    } finally {
      exchange.probed = NO_LEASE;
    }
  }

  private reply(replies: ReplyBatch, change: number): void {
    const { exchange } = this;
    const { counters, messageLog } = this.parts;
    const row = encode(exchange, replies, change);
    replies.notes[row] = messageLog.reply(exchange);
    if (leavesAgentInformationOut(exchange.query, exchange.decision.reply)) {
      counters.count("agent-information-left-out");
    }
    if (countLeftOut() === 0) return;
    counters.count("option-left-out");
    messageLog.optionsLeftOut(exchange, optionsLeftOut, replies.rows.length(row));
  }

  /** Sends what waits for nothing and starts the next commit. */
  endTurn(): void {
    this.replies.endTurn();
    this.commits.start();
    this.readThrough.start();
  }
}

/** Whether it takes a lease that can be stored. An address that could not be ACKed is not offered either. */
function changesLease({ change }: Decision): boolean {
  return change !== Change.none && change !== Change.reoffer;
}
