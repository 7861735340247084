// A queue of slots by time: a binary heap that knows where each slot stands, so that any of them can
// be moved or taken out. Equal times go by slot number, so that the order depends on nothing else.
//
// Keys are times as the table keeps them (stored-time.ts).
//
// All queues of a table share one column of positions: a slot is in at most one of them at a time.
// Keys stand beside the slots in the heap, not in the table, for two reasons: comparisons stay
// within one array, and a key may be older than the table's time (a renewed lease is put off only
// when its old time comes, see LeaseTable).

import type { EpochSeconds } from "../../base/time.ts";
import { fromStored, NEVER, toStored } from "../file/stored-time.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";

/** Slots in the order of their times. */
export class ExpiryQueue {
  /** Number of slots in the queue. */
  length = 0;
  /** The table's rows: their word `position` is the slot's position in the heap plus 1; 0 if it is in no queue. */
  private readonly rows: Uint32Array;
  private slots = new Int32Array(0);
  private keys = new Uint32Array(0);

  private readonly capacity: number;

  /** For `capacity` slots at the most. Memory is taken as it is used. */
  constructor(rows: LeaseRows, capacity: number) {
    this.rows = rows.words;
    this.capacity = capacity;
  }

  /** The first slot, or NO_SLOT. */
  first(): Slot {
    return this.length === 0 ? NO_SLOT : (this.slots[0] ?? NO_SLOT);
  }

  /** The time that a slot of this queue is held by. */
  keyOf(slot: Slot): EpochSeconds {
    return fromStored(this.keys[this.positionOf(slot)] ?? NEVER);
  }

  /**
   * The slot that comes after `slot` of this queue in order, or NO_SLOT. Costs as many steps as there
   * are slots up to it: for looking past a few, not for walking.
   */
  after(slot: Slot): Slot {
    const key = this.keys[this.positionOf(slot)] ?? NEVER;
    const position = this.firstAfter(0, key, slot, -1);
    return position < 0 ? NO_SLOT : (this.slots[position] ?? NO_SLOT);
  }

  /** Adds a slot that is in no queue. */
  push(slot: Slot, key: EpochSeconds): void {
    if (this.slots.length === 0) this.open();
    this.siftUp(this.length++, slot, toStored(key));
  }

  /** Takes a slot of this queue out. */
  remove(slot: Slot): void {
    const position = this.positionOf(slot);
    this.rows[(slot << ROW_SHIFT) + RowWord.queuePosition] = 0;
    const last = --this.length;
    if (position === last) return;
    this.fillHole(position, this.slots[last] ?? NO_SLOT, this.keys[last] ?? 0);
  }

  /** Gives a slot of this queue another time. */
  move(slot: Slot, key: EpochSeconds): void {
    this.fillHole(this.positionOf(slot), slot, toStored(key));
  }

  private positionOf(slot: Slot): number {
    return (this.rows[(slot << ROW_SHIFT) + RowWord.queuePosition] ?? 0) - 1;
  }

  /** All at once: unwritten memory costs nothing, and there is no copying later. */
  private open(): void {
    this.slots = new Int32Array(this.capacity);
    this.keys = new Uint32Array(this.capacity);
  }

  /** Puts a slot into the hole at `position` and restores the order around it. */
  private fillHole(position: number, slot: Slot, key: number): void {
    if (position > 0 && this.isBefore(key, slot, (position - 1) >>> 1)) this.siftUp(position, slot, key);
    else this.siftDown(position, slot, key);
  }

  private siftUp(from: number, slot: Slot, key: number): void {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >>> 1;
      if (!this.isBefore(key, slot, parent)) break;
      this.put(position, this.slots[parent] ?? NO_SLOT, this.keys[parent] ?? 0);
      position = parent;
    }
    this.put(position, slot, key);
  }

  private siftDown(from: number, slot: Slot, key: number): void {
    let position = from;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.length) break;
      const other = child + 1;
      if (other < this.length && this.isBefore(this.keys[other] ?? 0, this.slots[other] ?? NO_SLOT, child))
        child = other;
      const childSlot = this.slots[child] ?? NO_SLOT;
      const childKey = this.keys[child] ?? 0;
      if (key < childKey || (key === childKey && slot < childSlot)) break;
      this.put(position, childSlot, childKey);
      position = child;
    }
    this.put(position, slot, key);
  }

  private put(position: number, slot: Slot, key: number): void {
    this.slots[position] = slot;
    this.keys[position] = key;
    this.rows[(slot << ROW_SHIFT) + RowWord.queuePosition] = position + 1;
  }

  /** Whether (key, slot) comes before what stands at `position`. */
  private isBefore(key: number, slot: Slot, position: number): boolean {
    const other = this.keys[position] ?? 0;
    return key < other || (key === other && slot < (this.slots[position] ?? NO_SLOT));
  }

  /** The position of the least entry above (key, slot) in the subtree at `root`, if it is less than that at `best`; else `best`. */
  private firstAfter(root: number, key: number, slot: Slot, best: number): number {
    if (root >= this.length) return best;
    const rootKey = this.keys[root] ?? 0;
    const rootSlot = this.slots[root] ?? NO_SLOT;
    if (this.isBefore(key, slot, root)) return best < 0 || this.isBefore(rootKey, rootSlot, best) ? root : best;
    return this.firstAfter(2 * root + 2, key, slot, this.firstAfter(2 * root + 1, key, slot, best));
  }
}
