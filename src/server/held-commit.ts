// The changes of one commit together with the replies that wait for it. A reply row's tag is the number of the
// change it depends on; when the store has answered, rows whose change is not durable are taken out.

import { ReplyBatch } from "../backend/backend.ts";
import { HELD_REPLIES_MAX } from "../base/limits/replies.ts";
import { emptyList } from "../base/shapes.ts";
import { CommitBatch, CommitOutcome } from "../store/store.ts";
import { Questions } from "./waiting-queries.ts";

/** One commit's changes and held replies. */
export class HeldCommit {
  replies: ReplyBatch;
  readonly changes = new CommitBatch(HELD_REPLIES_MAX);
  /** What was asked that is answered by it. */
  readonly questions = new Questions(HELD_REPLIES_MAX);

  constructor(replies: ReplyBatch) {
    this.replies = replies;
  }

  /** Empties the commit for its next use, with another reply batch. */
  reuse(replies: ReplyBatch): this {
    this.changes.clear();
    this.questions.clear();
    this.replies = replies;
    return this;
  }

  /** Whether one more decision fits (it may change two leases). */
  get hasRoom(): boolean {
    return this.replies.hasRoom && this.changes.count + 2 <= HELD_REPLIES_MAX;
  }

  /** Takes out the rows whose change did not become durable; returns how many. */
  dropFailedReplies(): number {
    const { rows, notes } = this.replies;
    let kept = 0;
    for (let row = 0; row < this.replies.count; row++) {
      const change = rows.tag(row);
      if (this.changes.outcomes[change] !== CommitOutcome.ok) continue;
      if (kept !== row) {
        rows.copy(row, kept);
        notes[kept] = notes[row];
      }
      kept += 1;
    }
    const dropped = this.replies.count - kept;
    this.replies.count = kept;
    return dropped;
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
