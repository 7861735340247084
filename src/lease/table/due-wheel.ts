// Leases by the time they end: a timing wheel with a bucket for each second of about eighteen hours. Leases that end
// whole rounds later wait in the same bucket and are passed over. Putting a slot in, or taking one out, costs the same
// however many there are.
//
// A slot that is prolonged may stay where it is and is put off when its old time comes: a renewal costs no
// change here. A slot must never wait beyond its end: a caller that shortens a lease puts it in anew.
//
// A bucket is a linked list through the rows, newest first. In the first slot of a bucket, the word `before` names the
// bucket.

import type { EpochSeconds } from "../../base/time.ts";
import { NEVER, toStored } from "../file/stored-time.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";

/** A power of two; seconds of a round. */
const BUCKETS = 1 << 16;
const BUCKET_MASK = BUCKETS - 1;
/** Marks a word `before` that names a bucket; no slot plus 1 is that large. */
const FIRST = 0x8000_0000;

/** Slots by the second in which they end. */
export class DueWheel {
  private readonly rows: LeaseRows;
  private readonly words: Uint32Array;
  /** First slot of each bucket plus 1; 0 where empty. */
  private readonly heads = new Uint32Array(BUCKETS);
  /** A bit for each bucket that is not empty. */
  private readonly used = new Uint32Array(BUCKETS >>> 5);
  /** No slot waits for a time before this one. */
  private earliest = NEVER;

  constructor(rows: LeaseRows) {
    this.rows = rows;
    this.words = rows.words;
  }

  /** Whether the slot is in the wheel; it must not be in another queue. */
  has(slot: Slot): boolean {
    return this.words[(slot << ROW_SHIFT) + RowWord.before] !== 0;
  }

  /** Puts in a slot that is in no queue and ends at `endsAt`, which is not never. */
  insert(slot: Slot, endsAt: EpochSeconds): void {
    const { words, heads } = this;
    const time = toStored(endsAt);
    if (time < this.earliest) this.earliest = time;
    const bucket = time & BUCKET_MASK;
    const next = heads[bucket] ?? 0;
    const row = slot << ROW_SHIFT;
    words[row + RowWord.queuePosition] = next;
    words[row + RowWord.before] = FIRST | bucket;
    if (next !== 0) words[((next - 1) << ROW_SHIFT) + RowWord.before] = slot + 1;
    else this.used[bucket >>> 5] = (this.used[bucket >>> 5] ?? 0) | (1 << (bucket & 31));
    heads[bucket] = slot + 1;
  }

  /** Takes out a slot that is in it. */
  remove(slot: Slot): void {
    const { words, heads } = this;
    const row = slot << ROW_SHIFT;
    const next = words[row + RowWord.queuePosition] ?? 0;
    const before = words[row + RowWord.before] ?? 0;
    if (before < FIRST) words[((before - 1) << ROW_SHIFT) + RowWord.queuePosition] = next;
    else {
      const bucket = before & BUCKET_MASK;
      heads[bucket] = next;
      if (next === 0) this.used[bucket >>> 5] = (this.used[bucket >>> 5] ?? 0) & ~(1 << (bucket & 31));
    }
    if (next !== 0) words[((next - 1) << ROW_SHIFT) + RowWord.before] = before;
    words[row + RowWord.queuePosition] = 0;
    words[row + RowWord.before] = 0;
  }

  /**
   * A slot that has ended by `now`, or NO_SLOT; the caller takes it out, or puts it elsewhere, before it asks again.
   * Slots of one second come in any order. Slots with a change under way are taken out.
   */
  firstDue(now: EpochSeconds): Slot {
    const last = toStored(now);
    // A round is enough: every due slot stands in one of its buckets.
    if (last - this.earliest >= BUCKETS) this.earliest = last - BUCKETS + 1;
    while (this.earliest <= last) {
      const bucket = this.nextUsed(this.earliest & BUCKET_MASK, last - this.earliest + 1);
      if (bucket < 0) break;
      this.earliest += (bucket - this.earliest) & BUCKET_MASK;
      const slot = this.firstDueOf(bucket, last);
      if (slot !== NO_SLOT) return slot;
      this.earliest += 1;
    }
    if (this.earliest <= last) this.earliest = last + 1;
    return NO_SLOT;
  }

  /** The same for one bucket: puts off prolonged slots, and passes over slots that end in a later round. */
  private firstDueOf(bucket: number, last: number): Slot {
    const { rows, words } = this;
    let entry = this.heads[bucket] ?? 0;
    while (entry !== 0) {
      const slot = entry - 1;
      const row = slot << ROW_SHIFT;
      entry = words[row + RowWord.queuePosition] ?? 0;
      const endsAt = words[row + RowWord.endsAt] ?? 0;
      if (rows.undoRow(slot) !== 0 || endsAt === NEVER) this.remove(slot);
      else if (endsAt <= last) return slot;
      else if ((endsAt & BUCKET_MASK) !== bucket) {
        this.remove(slot);
        this.insert(slot, endsAt);
      }
    }
    return NO_SLOT;
  }

  /** The first bucket of `count` from `from` on, round the end, that is not empty; -1 if all are. */
  private nextUsed(from: number, count: number): number {
    let passed = 0;
    while (passed < count) {
      const bucket = (from + passed) & BUCKET_MASK;
      const bits = (this.used[bucket >>> 5] ?? 0) >>> (bucket & 31);
      if (bits !== 0) {
        const found = passed + 31 - Math.clz32(bits & -bits);
        return found < count ? (from + found) & BUCKET_MASK : -1;
      }
      passed += 32 - (bucket & 31);
    }
    return -1;
  }
}
