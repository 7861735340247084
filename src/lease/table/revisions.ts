// Revisions of a shared store (store/store.ts): which of two records of a slot is the newer one, and what the store must
// still have for a change of a slot to count. Only the table of a shared store keeps them: 8 octets a slot.
//
// A slot's revision stays with its address while the slot changes in the table only: an offer that lapses, or a lease
// that expires, changes nothing in the store.

import type { Slot } from "./address-map.ts";
import type { UndoLog } from "./undo-log.ts";

const ROWS_MIN = 64;

/** Revisions by slot. They are whole numbers, exact up to 2^53. */
export class Revisions {
  /** The revision of a slot's record; 0 or less: the store has none, as of the revision with the opposite sign. */
  private readonly known: Float64Array;
  /** What `known` was when a slot's change began, by undo row. */
  private before = new Float64Array(ROWS_MIN);
  private readonly undo: UndoLog;

  constructor(size: number, undo: UndoLog) {
    this.known = new Float64Array(size);
    this.undo = undo;
  }

  /**
   * The revision that the store's record of a slot must have for a commit of the slot to count; 0: there must be none.
   * For a pending slot, the one before its change.
   */
  expected(slot: Slot): number {
    const before = this.undo.has(slot) ? this.before[this.undo.row(slot)] : this.known[slot];
    return Math.max(0, before ?? 0);
  }

  /** Whether nothing as new as `revision` is known of a slot. */
  isNews(slot: Slot, revision: number): boolean {
    return revision > Math.abs(this.known[slot] ?? 0);
  }

  /** Whether the store had a record of a slot when it was last heard of. */
  hasRecord(slot: Slot): boolean {
    return (this.known[slot] ?? 0) > 0;
  }

  /** Whether something newer than `revision` is known of a slot. */
  isOvertaken(slot: Slot, revision: number): boolean {
    return Math.abs(this.known[slot] ?? 0) > revision;
  }

  /** The store had a record of the slot at `revision`, or `isThere` false: none. */
  set(slot: Slot, revision: number, isThere: boolean): void {
    this.known[slot] = isThere ? revision : -revision;
  }

  /** Forgets all of them: the store is another one, whose revisions mean something else. */
  forget(): void {
    this.known.fill(0);
    this.before.fill(0);
  }

  /** A change of a slot begins: its undo row is open. */
  begin(slot: Slot): void {
    const row = this.undo.row(slot);
    if (row >= this.before.length) {
      const wider = new Float64Array(Math.max(row + 1, this.before.length * 2));
      wider.set(this.before);
      this.before = wider;
    }
    this.before[row] = this.known[slot] ?? 0;
  }

  /** Whether something has been learnt of a pending slot since its change began. */
  hasChanged(slot: Slot): boolean {
    return this.known[slot] !== this.before[this.undo.row(slot)];
  }

  /** Takes over what another table knows of an address. */
  copy(slot: Slot, source: Revisions, from: Slot): void {
    this.known[slot] = source.known[from] ?? 0;
  }

  /** The first slot at or after `from` of which anything is known; -1 if there is none. */
  next(from: Slot): Slot {
    const { known } = this;
    let slot = from;
    while (slot < known.length && known[slot] === 0) slot++;
    return slot < known.length ? slot : -1;
  }
}
