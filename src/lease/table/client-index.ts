// From client keys to slots: open addressing with linear probing over a keyed hash, so that no client can choose keys
// that collide. One client may have several slots (one or a few for each link).
//
// An entry is a slot plus 1, and above it as many bits of the hash as there is room for: a search that passes an entry
// of another client need not look at that client's row. The whole hash stands in the row. Deletion moves entries back
// instead of leaving tombstones, so that a long life does not slow lookups down. When the index grows, its entries move
// a few at a time, with the additions that follow: to move a million at once would take so long that clients notice.

import { NO_SLOT, type Slot } from "./address-map.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";

const CAPACITY_MIN = 64;
const EMPTY = 0;
/** Places of the former entries that an addition looks at: all of them are done long before the next growth. */
const MOVED_WITH_ADDITION = 8;
/** The former entries while there are none. */
const NONE = new Uint32Array(0);

/** A multimap from key hashes to slots. */
export class ClientIndex {
  /** Number of entries. */
  count = 0;
  /** The table's rows, where each slot's hash stands. */
  private readonly rows: Uint32Array;
  /** Bits of an entry that are the slot plus 1. */
  private readonly slotMask: number;
  private entries = new Uint32Array(CAPACITY_MIN);
  private mask = CAPACITY_MIN - 1;
  /** Entries that have not been moved yet since the index has grown: whole runs of neighbouring entries. */
  private former = NONE;
  /** Where moving goes on, and how many places are left. */
  private movingAt = 0;
  private movingLeft = 0;

  constructor(rows: LeaseRows) {
    this.rows = rows.words;
    const slots = rows.words.length >>> ROW_SHIFT;
    this.slotMask = 0xffff_ffff >>> Math.clz32(slots);
  }

  /** Makes room for so many entries in all, so that adding them costs no growth. */
  reserve(count: number): void {
    let capacity = this.entries.length;
    while (count * 3 > capacity * 2) capacity *= 2;
    if (capacity > this.entries.length) this.grow(capacity);
  }

  /** Adds a slot under the hash that its row says. It must not be in the index. */
  add(slot: Slot): void {
    if ((this.count + 1) * 3 > this.entries.length * 2) this.grow(this.entries.length * 2);
    this.place(this.entryOf(slot));
    this.count++;
    if (this.former !== NONE) this.move(MOVED_WITH_ADDITION);
  }

  /** Takes a slot out, before its hash changes. It must be in the index. */
  remove(slot: Slot): void {
    const entry = this.entryOf(slot);
    const hash = this.hashOf(slot);
    this.count--;
    if (!this.removeFrom(this.entries, entry, hash)) this.removeFrom(this.former, entry, hash);
  }

  /**
   * Walks the entries of a hash: pass -1 first, then the returned value, until that is -1; `slotAt` gives the slot. The
   * index must not change meanwhile.
   */
  next(hash: number, previous: number): number {
    const { entries, mask } = this;
    if (previous < entries.length) {
      const at = this.seek(entries, hash, previous < 0 ? hash & mask : (previous + 1) & mask);
      if (at >= 0) return at;
    }
    return this.former === NONE ? -1 : this.nextFormer(hash, previous - entries.length);
  }

  /** The slot of an entry that `next` returned. */
  slotAt(at: number): Slot {
    const { entries } = this;
    const entry = (at < entries.length ? entries[at] : this.former[at - entries.length]) ?? EMPTY;
    return entry === EMPTY ? NO_SLOT : (entry & this.slotMask) - 1;
  }

  /** `next` among the former entries, whose places count on from those of the present ones. */
  private nextFormer(hash: number, previous: number): number {
    const mask = this.former.length - 1;
    const at = this.seek(this.former, hash, previous < 0 ? hash & mask : (previous + 1) & mask);
    return at < 0 ? -1 : at + this.entries.length;
  }

  /** The first entry of a hash from place `from` on, or -1. */
  private seek(entries: Uint32Array, hash: number, from: number): number {
    const { slotMask } = this;
    const mask = entries.length - 1;
    for (let at = from; ; at = (at + 1) & mask) {
      const entry = entries[at] ?? EMPTY;
      if (entry === EMPTY) return -1;
      if (((entry ^ hash) & ~slotMask) === 0 && this.hashOf((entry & slotMask) - 1) === hash) return at;
    }
  }

  private removeFrom(entries: Uint32Array, entry: number, hash: number): boolean {
    const mask = entries.length - 1;
    let hole = hash & mask;
    for (; entries[hole] !== entry; hole = (hole + 1) & mask) if ((entries[hole] ?? EMPTY) === EMPTY) return false;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const other = entries[at] ?? EMPTY;
      if (other === EMPTY) break;
      // An entry may fill the hole unless its home lies after the hole, on its way to where it stands.
      const home = this.hashOf((other & this.slotMask) - 1) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      entries[hole] = other;
      hole = at;
    }
    entries[hole] = EMPTY;
    return true;
  }

  private hashOf(slot: Slot): number {
    return this.rows[(slot << ROW_SHIFT) + RowWord.keyHash] ?? 0;
  }

  private entryOf(slot: Slot): number {
    return ((this.hashOf(slot) & ~this.slotMask) | (slot + 1)) >>> 0;
  }

  private place(entry: number): void {
    let at = this.hashOf((entry & this.slotMask) - 1) & this.mask;
    while (this.entries[at] !== EMPTY) at = (at + 1) & this.mask;
    this.entries[at] = entry;
  }

  private grow(capacity: number): void {
    this.move(Number.POSITIVE_INFINITY);
    this.former = this.entries;
    this.entries = new Uint32Array(capacity);
    this.mask = capacity - 1;
    // Between two runs.
    this.movingAt = this.former.indexOf(EMPTY);
    this.movingLeft = this.former.length;
  }

  /** Moves former entries, from at least so many places, and to the end of a run: lookups end where a run does. */
  private move(places: number): void {
    const { former } = this;
    const mask = former.length - 1;
    for (let looked = 0; this.movingLeft > 0; looked++, this.movingLeft--) {
      const entry = former[this.movingAt] ?? EMPTY;
      if (entry === EMPTY && looked >= places) return;
      if (entry !== EMPTY) this.place(entry);
      former[this.movingAt] = EMPTY;
      this.movingAt = (this.movingAt + 1) & mask;
    }
    this.former = NONE;
  }
}
