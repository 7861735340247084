// From client keys to slots: open addressing with linear probing over a keyed hash, so that nobody
// can choose keys that collide. One client may have several slots (one or a few for each link).
//
// An entry is a slot plus 1, and above it as many bits of the hash as there is room for: whoever passes
// by an entry of another client need not look at that client's row to know it. The whole hash stands in
// the row. Deletion moves entries back instead of leaving tombstones, so that a long life does not
// slow lookups down.

import { NO_SLOT, type Slot } from "./address-map.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";

const CAPACITY_MIN = 64;
const EMPTY = 0;

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
  }

  /** Takes a slot out, before its hash changes. It must be in the index. */
  remove(slot: Slot): void {
    const entry = this.entryOf(slot);
    let hole = this.hashOf(slot) & this.mask;
    while (this.entries[hole] !== entry) hole = (hole + 1) & this.mask;
    this.count--;
    for (let at = (hole + 1) & this.mask; ; at = (at + 1) & this.mask) {
      const other = this.entries[at] ?? EMPTY;
      if (other === EMPTY) break;
      // An entry may fill the hole unless its home lies after the hole, on its way to where it stands.
      const home = this.hashOf((other & this.slotMask) - 1) & this.mask;
      if (((at - home) & this.mask) < ((at - hole) & this.mask)) continue;
      this.entries[hole] = other;
      hole = at;
    }
    this.entries[hole] = EMPTY;
  }

  /**
   * Walks the entries of a hash: pass -1 first, then what was returned, until it is -1; `slotAt`
   * tells the slot. The index must not change meanwhile.
   */
  next(hash: number, previous: number): number {
    const { entries, mask, slotMask } = this;
    let at = previous < 0 ? hash & mask : (previous + 1) & mask;
    for (;;) {
      const entry = entries[at] ?? EMPTY;
      if (entry === EMPTY) return -1;
      if (((entry ^ hash) & ~slotMask) === 0 && this.hashOf((entry & slotMask) - 1) === hash) return at;
      at = (at + 1) & mask;
    }
  }

  /** The slot of an entry that `next` returned. */
  slotAt(at: number): Slot {
    const entry = this.entries[at] ?? EMPTY;
    return entry === EMPTY ? NO_SLOT : (entry & this.slotMask) - 1;
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
    const old = this.entries;
    this.entries = new Uint32Array(capacity);
    this.mask = this.entries.length - 1;
    for (const entry of old) if (entry !== EMPTY) this.place(entry);
  }
}
