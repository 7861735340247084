// Changes of leases on their way to the store, with the replies that wait for them. While one commit is under way the next
// one fills. A change that did not become durable is taken back and its reply dropped: the client asks again. A query
// about a lease that has a change under way waits for it.

import type { ReplyBatch } from "../backend/backend.ts";
import { InvariantError } from "../base/assert.ts";
import { emptyList } from "../base/shapes.ts";
import type { Exchange } from "../engine/exchange.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { type CommitBatch, CommitOutcome, type LeaseStore } from "../store/store.ts";
import { HeldCommit, type ReplyBatchStock } from "./held-commit.ts";
import { WaitingQueries, type WaitingQuery } from "./waiting-queries.ts";

/** What it needs of the rest of the server. */
export interface CommitPorts {
  readonly store: LeaseStore;
  readonly stock: ReplyBatchStock;
  table(): LeaseTable;
  /** The store has answered; what comes of that follows. */
  onAnswer(): void;
  /** Replies that waited for a commit may leave; `dropped` others may not, because their change did not become durable. */
  onDurable(replies: ReplyBatch, dropped: number): void;
  /** A query that waited for the commit is decided now. */
  onQuery(query: WaitingQuery): void;
  /** All that follows from the commit has been done. */
  endTurn(): void;
}

/** See the head of this file. */
export class CommitQueue {
  private readonly ports: CommitPorts;
  /** Changes of this turn, to be committed next. */
  private open: HeldCommit | undefined;
  private underWay: HeldCommit | undefined;
  private readonly spare = emptyList<HeldCommit>();
  private readonly waiting = new WaitingQueries();
  /** Who waits for quiet; while anybody does, no lease changes. */
  private readonly quietWaiters: (() => void)[] = [];
  private readonly onCommitted = (): void => this.finish();

  constructor(ports: CommitPorts) {
    this.ports = ports;
  }

  /** Whether leases may change now. */
  get acceptsChanges(): boolean {
    return this.ports.store.health === "ready" && this.quietWaiters.length === 0;
  }

  /** The batch for the reply to a change that is to be recorded next, or undefined when there is no room for another. */
  room(): ReplyBatch | undefined {
    this.open ??= this.make();
    return this.open?.hasRoom === true ? this.open.replies : undefined;
  }

  /** Records the change that has been applied for an exchange; returns its number, which the reply is tagged with. Needs `room`. */
  record(exchange: Exchange): number {
    const { slot, alsoReleased } = exchange.decision;
    const change = this.recordChange(slot);
    if (alsoReleased !== NO_LEASE) this.recordChange(alsoReleased);
    this.open?.questions.add(exchange);
    return change;
  }

  /** Records a change that nobody waits for; returns its number. Needs `room`. */
  recordChange(slot: LeaseSlot): number {
    if (this.open === undefined) throw new InvariantError("a change that is recorded has a commit to join");
    const { changes } = this.open;
    changes.add(slot);
    return changes.count - 1;
  }

  /** Keeps a query until the commit under way has ended; false if its answer waits already, it has waited too often, or there is no room. */
  holdBack(exchange: Exchange): boolean {
    const { underWay, open } = this;
    if (underWay?.questions.has(exchange) === true || open?.questions.has(exchange) === true) return false;
    return this.waiting.put(exchange);
  }

  /** Starts the next commit, unless one is under way. */
  start(): void {
    if (this.underWay !== undefined || this.open === undefined || this.open.changes.count === 0) return;
    this.underWay = this.open;
    this.open = undefined;
    this.ports.store.commit(this.underWay.changes, this.onCommitted);
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
    return spare === undefined ? new HeldCommit(replies) : spare.reuse(replies);
  }

  private finish(): void {
    const { ports, underWay: held } = this;
    if (held === undefined) throw new InvariantError("a commit that nobody started has ended");
    this.underWay = undefined;
    ports.onAnswer();
    this.finishCommit(held.changes);
    const dropped = held.dropFailedReplies();
    ports.onDurable(held.replies, dropped);
    this.spare.push(held);
    for (const query of this.waiting.takeAll()) ports.onQuery(query);
    ports.endTurn();
    this.checkQuiet();
  }

  private finishCommit(changes: CommitBatch): void {
    const table = this.ports.table();
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
}
