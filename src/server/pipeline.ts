// One batch of datagrams from receive to send:
//
//   decode -> decide -> apply -> (commit) -> send
//
// The pipeline holds no DHCP rule; the engine does no I/O. Replies that depend on a lease change
// wait for the store's answer and leave from the arena they were encoded into; while one commit is
// under way the next one fills. A change that did not become durable is taken back and its reply
// dropped: the client asks again.

import type { Backend, ReplyBatch } from "../backend/backend.ts";
import { InvariantError } from "../base/assert.ts";
import { formatHex } from "../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import {
  ABANDON_SECONDS,
  HELD_REPLIES_MAX,
  PROBE_RETRIES,
  REPLY_BATCHES_KEPT,
  REPLY_BATCHES_MAX,
} from "../base/limits.ts";
import { DOUBLE_ZERO, emptyList } from "../base/shapes.ts";
import type { Clock, MonotonicSeconds } from "../base/time.ts";
import { applyDecision, isDurable } from "../engine/apply.ts";
import { decide, NONE_PROBED, NONE_TRIED } from "../engine/decide.ts";
import { Change, Decision } from "../engine/decision.ts";
import { noteDelivery } from "../engine/deliver/adaptive-delivery.ts";
import type { Exchange } from "../engine/exchange.ts";
import { linkOf } from "../engine/locate/select-subnet.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import type { Logger } from "../log.ts";
import { type CommitBatch, CommitOutcome, type LeaseStore } from "../store/store.ts";
import { type Arrival, ArrivalSlot } from "../wire/arrival.ts";
import { ClientIdentity, type HashKeys, readClientIdentity } from "../wire/client-identity.ts";
import { Delivery } from "../wire/delivery.ts";
import { encodeReply } from "../wire/encode/encode-reply.ts";
import { countLeftOut, optionsLeftOut } from "../wire/encode/reply-options.ts";
import { leavesAgentInformationOut } from "../wire/encode/reply-size.ts";
import { MessageType } from "../wire/message-type.ts";
import { decodeQuery, Query } from "../wire/query.ts";
import { CheckAhead } from "./conflicts/check-ahead.ts";
import { type Probe, Prober } from "./conflicts/prober.ts";
import { SharedIdentifiers } from "./conflicts/shared-identifiers.ts";
import type { Counters } from "./counters.ts";
import { FullNetworks } from "./full-networks.ts";
import { HeldCommit, ReplyBatchStock } from "./held-commit.ts";
import type { MessageLog } from "./log/message-log.ts";
import { Overload } from "./overload/overload.ts";
import { RelayDoubles } from "./relay-doubles.ts";
import { WaitingQueries } from "./waiting-queries.ts";

/** What the pipeline is made of. */
export interface PipelineParts {
  readonly backend: Backend;
  readonly store: LeaseStore;
  readonly serving: Serving;
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly messageLog: MessageLog;
  readonly log: Logger;
}

/** The one Exchange of the pipeline, filled anew for each query. */
class CurrentExchange implements Exchange {
  readonly query = new Query();
  arrival: Arrival = new ArrivalSlot();
  monotonic: MonotonicSeconds = DOUBLE_ZERO;
  readonly client = new ClientIdentity();
  hasClient = false;
  tried: readonly LeaseSlot[] = NONE_TRIED;
  probedSlot: LeaseSlot = NONE_PROBED;
}

/** Takes queries from the backend and sees them through. */
export class Pipeline {
  private readonly parts: PipelineParts;
  private readonly stock = new ReplyBatchStock(REPLY_BATCHES_MAX);
  private readonly exchange = new CurrentExchange();
  private readonly decision = new Decision();
  private readonly prober: Prober;
  /** Replies of this turn that wait for nothing. */
  private immediate: ReplyBatch | undefined;
  /** Whether they wait for a batch to come back. */
  private isHolding = false;
  /** Changes of this turn, to be committed next. */
  private open: HeldCommit | undefined;
  /** The commit under way. */
  private underWay: HeldCommit | undefined;
  private readonly spareCommits = emptyList<HeldCommit>();
  /** Who waits for quiet; while anybody does, no lease changes. */
  private readonly quietWaiters: (() => void)[] = [];
  private readonly waiting = new WaitingQueries();
  /** Commits that the query at hand has waited for. */
  private waited = 0;
  private readonly committed = (): void => this.finishCommit();
  private readonly overload: Overload;
  private readonly checkAhead: CheckAhead;
  private readonly fullNetworks: FullNetworks;
  private readonly relayDoubles: RelayDoubles;
  private readonly sharedIdentifiers: SharedIdentifiers;

  constructor(parts: PipelineParts) {
    this.parts = parts;
    this.prober = new Prober(parts.clock, {
      sendEcho: (destination, source, ifindex, identifier, sequence) =>
        parts.backend.sendEcho(destination, source, ifindex, identifier, sequence),
      stopAsking: (rows, count) => parts.backend.stopAsking(rows, count),
      onFree: (probe) => this.decideAgain(probe, probe.slot, probe.tried),
      onInUse: (probe) => this.takeOutOfUse(probe),
    });
    this.overload = new Overload({
      counters: parts.counters,
      clock: parts.clock,
      log: parts.log,
      answer: (bytes, offset, length, arrival) => this.answerLate(bytes, offset, length, arrival),
      endTurn: () => this.endTurn(),
      shed: (share) => parts.backend.shed(share),
      isQueueLong: () => parts.backend.isQueueLong(),
    });
    this.checkAhead = new CheckAhead({
      serving: parts.serving,
      clock: parts.clock,
      isIdle: () => this.isIdle,
      sendEcho: (destination, source, ifindex, identifier, sequence) =>
        parts.backend.sendEcho(destination, source, ifindex, identifier, sequence),
      neighbours: () => parts.backend.neighbours(),
      stopAsking: (rows, count) => parts.backend.stopAsking(rows, count),
      onSilent: () => parts.counters.count("address-checked"),
      onInUse: (address) => this.sayInUse(address, "it is not offered to new clients"),
    });
    this.fullNetworks = new FullNetworks(parts);
    this.relayDoubles = new RelayDoubles(parts.log);
    this.sharedIdentifiers = new SharedIdentifiers(parts);
    parts.backend.onEcho = (source, identifier, sequence) => {
      this.prober.onEcho(source, identifier, sequence);
      this.checkAhead.onEcho(source, identifier, sequence);
    };
  }

  /** A batch of `count` datagrams lies in the backend's arena, of so many that were received. */
  onBatch(count: number, received = count): void {
    const { backend, clock } = this.parts;
    const { exchange, overload } = this;
    const now = clock.wall();
    this.exchange.monotonic = clock.monotonic() / 1000;
    this.parts.messageLog.begin();
    this.exchange.tried = NONE_TRIED;
    this.exchange.probedSlot = NONE_PROBED;
    this.overload.note(received);
    for (let slot = 0; slot < count; slot++) {
      this.exchange.arrival = backend.arrivalOf(slot);
      const offset = backend.offsetOf(slot);
      const length = backend.lengthOf(slot);
      if (overload.isBehind && overload.putOff(backend.receiveArena, offset, length, exchange.arrival)) continue;
      this.handle(backend.receiveArena, offset, length, now);
    }
    this.endTurn();
  }

  /** Links or the table have changed: what is not known of their addresses is found out now. */
  followLinks(): void {
    this.checkAhead.follow();
  }

  /** Whether there is time for what nobody waits for. */
  get isIdle(): boolean {
    return this.acceptsChanges && !this.overload.isBehind;
  }

  /** Ends what goes on in the background. */
  stop(): void {
    this.checkAhead.stop();
    this.fullNetworks.clear();
    this.overload.stop();
  }

  private answerLate(bytes: Uint8Array, offset: number, length: number, arrival: Arrival): void {
    this.exchange.arrival = arrival;
    this.exchange.tried = NONE_TRIED;
    this.exchange.probedSlot = NONE_PROBED;
    this.exchange.monotonic = this.parts.clock.monotonic() / 1000;
    this.handle(bytes, offset, length, this.parts.clock.wall());
  }

  /** A batch of replies has left. */
  onSent(batch: ReplyBatch): void {
    const { notes, rows } = batch;
    for (let row = 0; row < batch.count; row++) {
      const line = notes[row];
      if (line !== undefined) this.parts.messageLog.sent(line, rows, row);
    }
    this.stock.giveBack(batch);
    if (!this.isHolding) return;
    this.isHolding = false;
    this.endTurn();
  }

  /** Calls `then` as soon as nothing is under way; until then no lease changes any more. */
  whenQuiet(then: () => void): void {
    this.prober.clear();
    this.overload.clear();
    this.fullNetworks.clear();
    this.checkAhead.pause();
    this.quietWaiters.push(then);
    this.startCommit();
    this.checkQuiet();
  }

  private handle(bytes: Uint8Array, offset: number, length: number, now: number): void {
    const { counters, messageLog } = this.parts;
    const { exchange, decision } = this;
    const fault = decodeQuery(bytes, offset, length, exchange.query);
    if (fault !== undefined) {
      counters.count(fault);
      messageLog.fault(fault, exchange.arrival);
      return;
    }
    try {
      exchange.hasClient = readClientIdentity(exchange.query, this.parts.keys, exchange.client);
      decide(exchange, this.parts.serving, now, decision);
      if (decision.awaitsCommit && this.waits(bytes, offset, length)) return;
      this.carryOut(now);
      // A query that has waited for a probe was counted and logged when it came.
      if (exchange.probedSlot !== NONE_PROBED || exchange.tried.length > 0) return;
      if (decision.reason === "drop-other-server") this.noteOtherServer();
      if (this.relayDoubles.note(exchange.query, now)) counters.count("doubled-by-relay");
      counters.count(decision.reason);
      if (decision.reason === "drop-pool-empty") this.fullNetworks.refused(linkOf(exchange, this.parts.serving));
      messageLog.query(exchange, decision);
    } catch (error) {
      this.reportBug(error, bytes.subarray(offset, offset + length));
    }
  }

  /** Keeps a query until the commit under way has ended; false if its answer waits already, it has waited too often, or there is no room. */
  private waits(bytes: Uint8Array, offset: number, length: number): boolean {
    const { exchange, underWay, open } = this;
    if (underWay?.questions.has(exchange) === true || open?.questions.has(exchange) === true) return false;
    return this.waiting.put(bytes, offset, length, exchange, this.waited);
  }

  /** A client on a link of ours has chosen another server. What a relay forwards may name the relay (RFC 5107). */
  private noteOtherServer(): void {
    const { query, arrival } = this.exchange;
    if (query.messageType !== MessageType.request || query.giaddr !== 0 || query.serverId === 0) return;
    this.parts.backend.noteOtherServer?.(query.serverId, arrival.ifindex);
  }

  private carryOut(now: number): void {
    const { decision, exchange, parts } = this;
    const { serving } = parts;
    if (decision.awaitsProbe && this.prober.has(decision.slot)) {
      this.prober.refresh(exchange, decision.slot);
      return decision.drop("drop-already-pending");
    }
    // An address that could not be ACKed is not offered either.
    const isChange = decision.change !== Change.none && decision.change !== Change.reoffer;
    if (isChange && !this.acceptsChanges) return decision.drop("drop-store-busy");
    const durable = isDurable(decision);
    const replies = this.roomFor(durable);
    if (replies === undefined) return decision.drop("drop-overload");
    if (decision.change === Change.bind) this.sharedIdentifiers.look(exchange, decision.slot);
    applyDecision(decision, exchange, serving, now);
    if (decision.alsoWithdrawn !== NO_LEASE) this.prober.giveUp(decision.alsoWithdrawn);
    if (decision.change === Change.offer) this.checkAhead.wake();
    if (decision.needsProbe && this.prober.begin(decision, exchange, serving.table.addressOf(decision.slot))) return;
    if (decision.needsProbe && !decision.hasReply) return this.decideUnprobed(now);
    if (decision.needsProbe) serving.table.skipOfferCheck(decision.slot);
    const change = durable ? this.recordChange() : 0;
    if (!decision.hasReply) return;
    noteDelivery(exchange, serving, now, decision);
    this.encode(replies, change);
  }

  /** A decision that can only be carried out after a probe (BOOTP), and no probe is possible: as if nobody had answered. */
  private decideUnprobed(now: number): void {
    const { exchange, decision } = this;
    exchange.probedSlot = decision.slot;
    decide(exchange, this.parts.serving, now, decision);
    this.carryOut(now);
    exchange.probedSlot = NONE_PROBED;
  }

  /** The batch that this decision's reply goes to, or undefined when there is no room left. */
  private roomFor(durable: boolean): ReplyBatch | undefined {
    if (durable) {
      this.open ??= this.newCommit();
      return this.open?.hasRoom === true ? this.open.replies : undefined;
    }
    this.immediate ??= this.stock.take();
    return this.immediate?.hasRoom === true ? this.immediate : undefined;
  }

  private newCommit(): HeldCommit | undefined {
    const replies = this.stock.take();
    if (replies === undefined) return undefined;
    const spare = this.spareCommits.pop();
    return spare === undefined ? new HeldCommit(replies) : spare.reuse(replies);
  }

  private recordChange(): number {
    const { decision, open } = this;
    if (open === undefined) throw new InvariantError("a durable decision has a commit to join");
    const change = open.changes.count;
    open.changes.add(decision.slot);
    if (decision.alsoReleased !== NO_LEASE) open.changes.add(decision.alsoReleased);
    open.questions.add(this.exchange);
    return change;
  }

  private encode(replies: ReplyBatch, change: number): void {
    const { decision, exchange } = this;
    const length = encodeReply(exchange.query, decision.reply, replies.arena, replies.used);
    if (leavesAgentInformationOut(exchange.query, decision.reply))
      this.parts.counters.count("agent-information-left-out");
    if (countLeftOut() > 0) {
      this.parts.counters.count("option-left-out");
      this.parts.messageLog.optionsLeftOut(exchange, optionsLeftOut, length);
    }
    const row = replies.add(length);
    const { rows } = replies;
    replies.notes[row] = this.parts.messageLog.reply(exchange, decision);
    rows.setDestination(row, decision.destination);
    rows.setPort(row, decision.port);
    rows.setSource(row, decision.source);
    rows.setIfindex(row, decision.ifindex);
    rows.setDelivery(row, decision.delivery);
    rows.setTag(row, change);
    if (decision.delivery === Delivery.neighbour) rows.setHardware(row, exchange.query.chaddr);
  }

  /** Sends what waits for nothing and starts the next commit. */
  private endTurn(): void {
    if (this.immediate !== undefined && this.immediate.count > 0) {
      // With many batches waiting for the helper this one goes on filling until one of them is back:
      // the next queries need one too.
      this.isHolding = this.stock.available < REPLY_BATCHES_KEPT && this.immediate.count < HELD_REPLIES_MAX / 2;
      if (!this.isHolding) this.sendImmediate(this.immediate);
    }
    this.startCommit();
  }

  private sendImmediate(batch: ReplyBatch): void {
    this.immediate = undefined;
    this.parts.backend.send(batch);
  }

  private startCommit(): void {
    if (this.underWay !== undefined || this.open === undefined || this.open.changes.count === 0) return;
    this.underWay = this.open;
    this.open = undefined;
    this.parts.store.commit(this.underWay.changes, this.committed);
  }

  private finishCommit(): void {
    const held = this.underWay;
    if (held === undefined) throw new InvariantError("a commit that nobody started has ended");
    this.underWay = undefined;
    this.parts.messageLog.begin();
    this.settle(held.changes);
    const dropped = held.dropFailedReplies();
    for (let i = 0; i < dropped; i++) this.parts.counters.count("drop-store-failed");
    if (held.replies.count > 0) this.parts.backend.send(held.replies);
    else this.stock.giveBack(held.replies);
    this.spareCommits.push(held);
    for (const { bytes, arrival, waits } of this.waiting.takeAll()) {
      this.waited = waits;
      this.answerLate(bytes, 0, bytes.length, arrival);
    }
    this.waited = 0;
    this.endTurn();
    this.checkQuiet();
  }

  private settle(changes: CommitBatch): void {
    const { table } = this.parts.serving;
    for (let i = 0; i < changes.count; i++) {
      const slot = changes.slots[i] ?? NO_LEASE;
      if (changes.outcomes[i] === CommitOutcome.ok) table.confirm(slot);
      else table.revert(slot);
    }
  }

  private checkQuiet(): void {
    if (this.underWay !== undefined || (this.open?.changes.count ?? 0) > 0) return;
    for (const then of this.quietWaiters.splice(0)) then();
  }

  /** Whether leases may change now. */
  private get acceptsChanges(): boolean {
    return this.parts.store.health === "ready" && this.quietWaiters.length === 0;
  }

  private decideAgain(probe: Probe, probedSlot: LeaseSlot, tried: readonly LeaseSlot[]): void {
    this.exchange.arrival = probe.arrival;
    this.exchange.tried = tried;
    this.exchange.probedSlot = probedSlot;
    this.exchange.monotonic = this.parts.clock.monotonic() / 1000;
    this.handle(probe.bytes, 0, probe.bytes.length, this.parts.clock.wall());
    this.endTurn();
  }

  /** An echo came from an address that we were about to offer: it rests, and the next one is tried at once. */
  private takeOutOfUse(probe: Probe): void {
    const { table } = this.parts.serving;
    const isOurs = table.state(probe.slot) === BindingState.offered && !table.isPending(probe.slot);
    this.sayInUse(probe.address, "another address is offered");
    if (isOurs) this.rest(probe.slot);
    const tried = [...probe.tried, probe.slot];
    if (tried.length <= PROBE_RETRIES) this.decideAgain(probe, NONE_PROBED, tried);
    else this.endTurn();
  }

  private sayInUse(number: Ipv4, outcome: string): void {
    this.parts.counters.count("address-in-use");
    const address = formatIpv4(number);
    const text = `${address} is in use by a host without a lease, which answers a ping or ARP; ${outcome}`;
    this.parts.log.warn({ event: "conflict", address }, text);
  }

  /** Takes an address that nobody has out of use for a while, if changes can be stored now. */
  private rest(slot: LeaseSlot): void {
    const { table } = this.parts.serving;
    if (!this.acceptsChanges || this.roomFor(true) === undefined) return;
    const now = Math.floor(this.parts.clock.wall());
    table.begin(slot);
    table.abandon(slot, now, now + ABANDON_SECONDS);
    this.open?.changes.add(slot);
  }

  /** Whatever a query makes our own code do wrong must not end the service. */
  private reportBug(error: unknown, bytes: Uint8Array): void {
    this.parts.counters.count("bug");
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.parts.log.error({ event: "bug", error: text, query: formatHex(bytes) }, "a query met a bug; it is dropped");
  }
}
