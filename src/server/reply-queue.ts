// Replies that wait for nothing, and the stock of batches that all replies leave in.
//
// With many batches waiting for the helper, the batch of this turn goes on filling until one of them is back: the next
// queries need one too.

import type { ReplyBatch } from "../backend/backend.ts";
import { HELD_REPLIES_MAX, REPLY_BATCHES_KEPT } from "../base/limits/replies.ts";
import { ReplyBatchStock } from "./held-commit.ts";

/** See the head of this file. */
export class ReplyQueue {
  readonly stock: ReplyBatchStock;
  private readonly send: (batch: ReplyBatch) => void;
  /** Replies of this turn. */
  private open: ReplyBatch | undefined;
  /** Whether they wait for a batch to come back. */
  private isHolding = false;

  /** `send`: see Backend.send; `batches`: those in use at once, by these replies and by held ones. */
  constructor(send: (batch: ReplyBatch) => void, batches: number) {
    this.send = send;
    this.stock = new ReplyBatchStock(batches);
  }

  /** A batch with room for one more reply, or undefined when there is none. */
  room(): ReplyBatch | undefined {
    this.open ??= this.stock.take();
    return this.open?.hasRoom === true ? this.open : undefined;
  }

  /** Ends a turn: what it has brought leaves. */
  endTurn(): void {
    const { open } = this;
    if (open === undefined || open.count === 0) return;
    this.isHolding = this.stock.available < REPLY_BATCHES_KEPT && open.count < HELD_REPLIES_MAX / 2;
    if (this.isHolding) return;
    this.open = undefined;
    this.send(open);
  }

  /** Replies that have waited leave, if there are any. */
  leave(batch: ReplyBatch): void {
    if (batch.count > 0) this.send(batch);
    else this.stock.giveBack(batch);
  }

  /** Takes a batch back that has left; true if the replies of a turn have waited for it. */
  giveBack(batch: ReplyBatch): boolean {
    this.stock.giveBack(batch);
    const wasHolding = this.isHolding;
    this.isHolding = false;
    return wasHolding;
  }
}
