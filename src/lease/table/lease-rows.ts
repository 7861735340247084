// The lease table's fixed room for each slot: one row of 32 octets, so that any work on a slot costs one
// cache line and not one for each field. Every part of the table has words of it:
//
//   times, state          LeaseRows itself
//   details, key hash     SlotClients, ClientIndex
//   position, before      SlotQueues and its queues
//   undo row              UndoLog
//
// A slot that was never touched is all zero: free, without a client, in no queue. Memory of such rows is never
// written, so that a huge pool costs little before it is used.

import type { EpochSeconds } from "../../base/time.ts";
import { fromStored, toStored } from "../file/stored-time.ts";
import { BindingState, type OfferCheck } from "../lease.ts";
import type { Slot } from "./address-map.ts";

/** Binary logarithm of the number of words of a row: word `w` of slot `s` is `words[(s << ROW_SHIFT) + w]`. */
export const ROW_SHIFT = 3;

/** The words of a row. */
export const RowWord = {
  endsAt: 0,
  startsAt: 1,
  lastTransactionAt: 2,
  /** Handle of the block of client details; 0 if there is none. */
  details: 3,
  /** Hash of the client key; meaningful where the slot is indexed. */
  keyHash: 4,
  /** In the queue that the slot is in: its position, or the next slot, plus 1; 0 if it is in none, or the last. */
  queuePosition: 5,
  /** Bits 0-2: the state. Bit 3: the slot is in the index of clients. Bit 4: it is withheld. Bits 5-6: of an offer, its check. Bit 7: of a lease, it was offered anew. Bit 8: of a shared store's, it is as this server has stored it. Bits 16-31: its undo row plus 1, or 0. */
  marks: 6,
  /** The slot before it in the wheel plus 1, or its bucket; 0 if it is not in the wheel. */
  before: 7,
} as const;

const STATE_MASK = 0x7;
const INDEXED = 0x8;
const WITHHELD = 0x10;
const CHECK_SHIFT = 5;
const CHECK_MASK = 0x60;
const REOFFERED = 0x80;
const CONFIRMED_HERE = 0x100;
const UNDO_SHIFT = 16;
const WITHOUT_UNDO = (1 << UNDO_SHIFT) - 1;

/** Rows by slot; times are whole seconds. */
export class LeaseRows {
  /** For those that read and write their words themselves. */
  readonly words: Uint32Array;

  constructor(size: number) {
    this.words = new Uint32Array(size << ROW_SHIFT);
  }

  /** Replaces state and times of a slot; the end of an offer is one of the monotonic clock. Ends are rounded up: nothing is over before it is over. */
  set(
    slot: Slot,
    state: BindingState,
    startsAt: EpochSeconds,
    endsAt: EpochSeconds,
    lastTransactionAt: EpochSeconds,
  ): void {
    const { words } = this;
    const row = slot << ROW_SHIFT;
    words[row + RowWord.marks] = ((words[row + RowWord.marks] ?? 0) & ~STATE_MASK) | state;
    words[row + RowWord.startsAt] = toStored(startsAt);
    words[row + RowWord.endsAt] = toStored(Math.ceil(endsAt));
    words[row + RowWord.lastTransactionAt] = toStored(lastTransactionAt);
  }

  state(slot: Slot): BindingState {
    return ((this.words[(slot << ROW_SHIFT) + RowWord.marks] ?? 0) & STATE_MASK) as BindingState;
  }

  startsAt(slot: Slot): EpochSeconds {
    return fromStored(this.words[(slot << ROW_SHIFT) + RowWord.startsAt] ?? 0);
  }

  endsAt(slot: Slot): EpochSeconds {
    return fromStored(this.words[(slot << ROW_SHIFT) + RowWord.endsAt] ?? 0);
  }

  lastTransactionAt(slot: Slot): EpochSeconds {
    return fromStored(this.words[(slot << ROW_SHIFT) + RowWord.lastTransactionAt] ?? 0);
  }

  /** Whether a client had the lease, and is remembered. */
  isOver(slot: Slot): boolean {
    const state = this.state(slot);
    return state === BindingState.expired || state === BindingState.released;
  }

  /** Whether the slot is in the index of clients. */
  isIndexed(slot: Slot): boolean {
    return ((this.words[(slot << ROW_SHIFT) + RowWord.marks] ?? 0) & INDEXED) !== 0;
  }

  /** Sets whether it is. */
  setIndexed(slot: Slot, isIndexed: boolean): void {
    this.setMark(slot, INDEXED, isIndexed);
  }

  /** Whether no client may get the slot's address. */
  isWithheld(slot: Slot): boolean {
    return ((this.words[(slot << ROW_SHIFT) + RowWord.marks] ?? 0) & WITHHELD) !== 0;
  }

  /** Whether the client of a lease was offered it again since the lease was last changed. */
  isReoffered(slot: Slot): boolean {
    return ((this.words[(slot << ROW_SHIFT) + RowWord.marks] ?? 0) & REOFFERED) !== 0;
  }

  /** Sets whether that is so. */
  setReoffered(slot: Slot, isReoffered: boolean): void {
    this.setMark(slot, REOFFERED, isReoffered);
  }

  /** Whether the last change of a slot that a shared store knows of was this server's. */
  isConfirmedHere(slot: Slot): boolean {
    return ((this.words[(slot << ROW_SHIFT) + RowWord.marks] ?? 0) & CONFIRMED_HERE) !== 0;
  }

  /** Sets whether that is so. */
  setConfirmedHere(slot: Slot, isConfirmedHere: boolean): void {
    this.setMark(slot, CONFIRMED_HERE, isConfirmedHere);
  }

  /** The conflict check of an offer. */
  offerCheck(slot: Slot): OfferCheck {
    const marks = this.words[(slot << ROW_SHIFT) + RowWord.marks] ?? 0;
    return ((marks & CHECK_MASK) >>> CHECK_SHIFT) as OfferCheck;
  }

  /** Sets it. */
  setOfferCheck(slot: Slot, check: OfferCheck): void {
    const at = (slot << ROW_SHIFT) + RowWord.marks;
    this.words[at] = ((this.words[at] ?? 0) & ~CHECK_MASK) | (check << CHECK_SHIFT);
  }

  /** Sets whether that is so. */
  setWithheld(slot: Slot, isWithheld: boolean): void {
    this.setMark(slot, WITHHELD, isWithheld);
  }

  /** Number of the slot's undo row plus 1, at most 65535; 0 if no change is under way. */
  undoRow(slot: Slot): number {
    return (this.words[(slot << ROW_SHIFT) + RowWord.marks] ?? 0) >>> UNDO_SHIFT;
  }

  /** Sets that number. */
  setUndoRow(slot: Slot, row: number): void {
    const at = (slot << ROW_SHIFT) + RowWord.marks;
    this.words[at] = ((this.words[at] ?? 0) & WITHOUT_UNDO) | (row << UNDO_SHIFT);
  }

  private setMark(slot: Slot, mark: number, isSet: boolean): void {
    const at = (slot << ROW_SHIFT) + RowWord.marks;
    const marks = this.words[at] ?? 0;
    this.words[at] = isSet ? marks | mark : marks & ~mark;
  }
}
