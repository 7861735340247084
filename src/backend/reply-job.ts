// A reply batch between send and onSent. One is made for each batch.

import type { MonotonicMilliseconds } from "../base/time.ts";
import type { ReplyBatch } from "./backend.ts";

/** A batch on its way. */
export class ReplyJob {
  readonly batch: ReplyBatch;
  readonly since: MonotonicMilliseconds;
  /** Rows that wait for a neighbour entry. */
  waiting = 0;
  /** Rows before this one have been looked at for the helper. */
  next = 0;
  /** Rows met a full send buffer; how often they have been tried again. */
  isRetrying = false;
  retries = 0;

  constructor(batch: ReplyBatch, since: MonotonicMilliseconds) {
    this.batch = batch;
    this.since = since;
  }
}
