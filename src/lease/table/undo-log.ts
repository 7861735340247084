// The content of slots before a change that the store has not answered yet. A row a slot; rows are
// reused, and their number is bounded by the replies that may wait for a commit.

import { assert } from "../../base/assert.ts";
import type { Slot } from "./address-map.ts";
import type { DetailsHandle } from "./client-details.ts";
import type { LeaseRows } from "./lease-rows.ts";

const ROWS_MIN = 64;
/** Rows are numbered in 16 bits, and 0 is none. */
const ROWS_MAX = 0xffff;

/** The columns of a slot that a change may touch. */
export class UndoLog {
  /** Slots with a change under way. */
  count = 0;
  private readonly rows: LeaseRows;
  states = new Uint8Array(0);
  startsAt = new Float64Array(0);
  endsAt = new Float64Array(0);
  lastTransactionAt = new Float64Array(0);
  keyHashes = new Uint32Array(0);
  details = new Uint32Array(0);
  indexed = new Uint8Array(0);
  /** Free rows, the last of which is taken first. */
  private freeRows = new Uint16Array(0);

  constructor(rows: LeaseRows) {
    this.rows = rows;
  }

  /** Whether a change of the slot is under way. */
  has(slot: Slot): boolean {
    return this.rows.undoRow(slot) !== 0;
  }

  /** The row of a slot that has one. */
  row(slot: Slot): number {
    return this.rows.undoRow(slot) - 1;
  }

  /** Takes a row for a slot that has none; the caller fills it. */
  open(slot: Slot): number {
    if (this.count === this.freeRows.length) this.grow();
    const row = this.freeRows[this.freeRows.length - 1 - this.count] ?? 0;
    this.count++;
    this.rows.setUndoRow(slot, row + 1);
    return row;
  }

  /** Gives a slot's row back. */
  close(slot: Slot): void {
    this.count--;
    this.freeRows[this.freeRows.length - 1 - this.count] = this.row(slot);
    this.rows.setUndoRow(slot, 0);
  }

  /** The block of client details that undoing the slot's change would bring back; 0 if there is none. */
  detailsBefore(slot: Slot): DetailsHandle {
    const row = this.row(slot);
    return row < 0 ? 0 : (this.details[row] ?? 0);
  }

  private grow(): void {
    const before = this.freeRows.length;
    assert(before < ROWS_MAX, "the number of changes under way is bounded");
    const rows = Math.min(ROWS_MAX, Math.max(ROWS_MIN, before * 2));
    this.states = widened(this.states, new Uint8Array(rows));
    this.startsAt = widened(this.startsAt, new Float64Array(rows));
    this.endsAt = widened(this.endsAt, new Float64Array(rows));
    this.lastTransactionAt = widened(this.lastTransactionAt, new Float64Array(rows));
    this.keyHashes = widened(this.keyHashes, new Uint32Array(rows));
    this.details = widened(this.details, new Uint32Array(rows));
    this.indexed = widened(this.indexed, new Uint8Array(rows));
    // All rows so far are taken; the free part of the list is its beginning.
    this.freeRows = new Uint16Array(rows);
    for (let i = 0; i < rows - before; i++) this.freeRows[i] = before + i;
  }
}

function widened<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
