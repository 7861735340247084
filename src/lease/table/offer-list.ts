// The unclaimed offers of one pool, oldest first: a linked list through the rows. All offers are held equally long, so
// that the oldest also ends first; an offer that is put in out of turn finds its place from the end.

import { NO_SLOT, type Slot } from "./address-map.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";

/** Slots by the time their offers end. */
export class OfferList {
  private readonly rows: LeaseRows;
  private oldest: Slot = NO_SLOT;
  private newest: Slot = NO_SLOT;

  constructor(rows: LeaseRows) {
    this.rows = rows;
  }

  /** The oldest offer (`previous` NO_SLOT), or the next newer one; NO_SLOT if there is none. */
  next(previous: Slot): Slot {
    return previous === NO_SLOT ? this.oldest : this.link(previous, RowWord.queuePosition);
  }

  /** Puts in a slot that is in no queue, behind all that end no later. */
  insert(slot: Slot): void {
    let before = this.newest;
    while (before !== NO_SLOT && this.rows.endsAt(before) > this.rows.endsAt(slot)) {
      before = this.link(before, RowWord.before);
    }
    const behind = this.next(before);
    this.join(before, slot);
    this.join(slot, behind);
  }

  /** Takes out a slot that is in this list. */
  remove(slot: Slot): void {
    this.join(this.link(slot, RowWord.before), this.link(slot, RowWord.queuePosition));
    this.setLink(slot, RowWord.before, NO_SLOT);
    this.setLink(slot, RowWord.queuePosition, NO_SLOT);
  }

  /** Makes `behind` follow `before`; NO_SLOT stands for an end. */
  private join(before: Slot, behind: Slot): void {
    if (before === NO_SLOT) this.oldest = behind;
    else this.setLink(before, RowWord.queuePosition, behind);
    if (behind === NO_SLOT) this.newest = before;
    else this.setLink(behind, RowWord.before, before);
  }

  private link(slot: Slot, word: number): Slot {
    return (this.rows.words[(slot << ROW_SHIFT) + word] ?? 0) - 1;
  }

  private setLink(slot: Slot, word: number, other: Slot): void {
    this.rows.words[(slot << ROW_SHIFT) + word] = other + 1;
  }
}
