// The changes of one commit, with the replies that wait for it and the changes that only follow from it. A reply row's
// tag is the number of the change it depends on; when the store has answered, rows whose change is not durable are taken
// out.

import { ReplyBatch } from "../backend/backend.ts";
import { HELD_REPLIES_MAX } from "../base/limits/replies.ts";
import { DOUBLE_ZERO, emptyList } from "../base/shapes.ts";
import type { MonotonicMilliseconds } from "../base/time.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { CommitBatch, CommitOutcome } from "../store/store.ts";
import { Questions } from "./waiting-queries.ts";

/** One commit's changes and held replies. */
export class HeldCommit {
  replies: ReplyBatch;
  readonly changes: CommitBatch;
  /** The questions that it answers. */
  readonly questions: Questions;
  /** When the first change was recorded. */
  openedAt: MonotonicMilliseconds = DOUBLE_ZERO;
  /** When the store was given the changes. */
  startedAt: MonotonicMilliseconds = DOUBLE_ZERO;
  /** The last batch of changes of firewall sets that it waits for, counted from 1; 0: none. */
  elementsSent = 0;
  /** The callers that wait for the outcome of a change, by its number. Empty if there are none. */
  readonly onEnds: { readonly change: number; readonly onEnd: (outcome: CommitOutcome) => void }[] = [];
  private readonly changesMax: number;
  /** By number of a change: another lease of the same client, to be given up once the change is durable. Empty while there is none. */
  private readonly releases: LeaseSlot[] = [];

  /** `changesMax`: see LeaseStore. */
  constructor(replies: ReplyBatch, changesMax = HELD_REPLIES_MAX) {
    this.replies = replies;
    this.changesMax = changesMax;
    this.changes = new CommitBatch(changesMax);
    this.questions = new Questions(changesMax);
  }

  /** Empties the commit for its next use, with another reply batch. */
  reuse(replies: ReplyBatch): this {
    this.changes.clear();
    this.questions.clear();
    this.releases.length = 0;
    this.replies = replies;
    return this;
  }

  /** Whether one more decision fits (it may change two leases). */
  get hasRoom(): boolean {
    return this.replies.hasRoom && this.changes.count + 2 <= this.changesMax;
  }

  /** Notes a lease that is to be given up once the last change is durable. */
  releaseAfterwards(slot: LeaseSlot): void {
    const { releases, changes } = this;
    while (releases.length < changes.count - 1) releases.push(NO_LEASE);
    releases.push(slot);
  }

  /** Passes each lease that is to be given up, with the one whose change has become durable. */
  forEachRelease(tell: (slot: LeaseSlot, instead: LeaseSlot) => void): void {
    const { releases, changes } = this;
    for (const [change, slot] of releases.entries()) {
      const isDurable = changes.outcomes[change] === CommitOutcome.ok;
      if (slot !== NO_LEASE && isDurable) tell(slot, changes.slots[change] ?? NO_LEASE);
    }
  }

  /** Tells waiting callers the outcome of their changes. */
  tellEnds(): void {
    if (this.onEnds.length === 0) return;
    for (const { change, onEnd } of this.onEnds.splice(0))
      onEnd((this.changes.outcomes[change] ?? CommitOutcome.failed) as CommitOutcome);
  }

  /** Takes out the rows whose change did not become durable, and reports the outcome of each instead. */
  dropFailedReplies(onDropped: (outcome: CommitOutcome) => void): void {
    this.dropReplies((change) => {
      const outcome = (this.changes.outcomes[change] ?? CommitOutcome.failed) as CommitOutcome;
      if (outcome !== CommitOutcome.ok) onDropped(outcome);
      return outcome !== CommitOutcome.ok;
    });
  }

  /** Takes out the rows whose change is to have no reply; `note` is the row's in the batch. Returns how many. */
  dropReplies(isDropped: (change: number, note: object | undefined) => boolean): number {
    const { rows, notes, count } = this.replies;
    let kept = 0;
    for (let row = 0; row < count; row++) {
      if (isDropped(rows.tag(row), notes[row])) continue;
      if (kept !== row) {
        rows.copy(row, kept);
        notes[kept] = notes[row];
      }
      kept += 1;
    }
    for (let row = kept; row < count; row++) notes[row] = undefined;
    this.replies.count = kept;
    return count - kept;
  }
}

/** A bounded stock of reply batches: made when first needed, used again for ever. */
export class ReplyBatchStock {
  private readonly free = emptyList<ReplyBatch>();
  private left: number;

  constructor(limit: number) {
    this.left = limit;
  }

  /** How many are not in use. */
  get available(): number {
    return this.free.length + this.left;
  }

  /** An empty batch, or undefined when all are in use. */
  take(): ReplyBatch | undefined {
    const batch = this.free.pop();
    if (batch !== undefined) return batch;
    if (this.left === 0) return undefined;
    this.left -= 1;
    return new ReplyBatch();
  }

  /** Takes a batch back. */
  giveBack(batch: ReplyBatch): void {
    batch.clear();
    this.free.push(batch);
  }
}
