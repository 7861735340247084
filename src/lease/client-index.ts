// From client keys to slots: open addressing with linear probing over a keyed hash, so that nobody
// can choose keys that collide. One client may have several slots (one or a few for each link).
//
// An entry is a slot plus 1, and above it as many bits of the hash as there is room for: whoever passes
// by an entry of another client need not look at that client's row to know it. The whole hash stands in
// the row. Deletion moves entries back instead of leaving tombstones, so that a long life does not
// slow lookups down. The index is in many parts, each of which grows by itself: to move a million
// entries at once would take long enough for clients to notice.

import { NO_SLOT, type Slot } from "./address-map.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";

/** The lowest bits of a hash choose the part, the next ones the place in it. */
const PART_BITS = 10;
const PARTS = 1 << PART_BITS;
const PART_MASK = PARTS - 1;
/** Places of a part. */
const CAPACITY_MIN = 8;
const EMPTY = 0;
/** What a part is as long as nothing is in it. */
const NOTHING = new Uint32Array(1);
/** Parts are not all of a size: what most of them exceed the mean by, in roots of it. */
const SPREAD = 3;

/** A multimap from key hashes to slots. */
export class ClientIndex {
  /** Number of entries. */
  count = 0;
  /** The table's rows, where each slot's hash stands. */
  private readonly rows: Uint32Array;
  /** Bits of an entry that are the slot plus 1. */
  private readonly slotMask: number;
  private readonly parts: Uint32Array[] = Array.from({ length: PARTS }, () => NOTHING);
  private readonly counts = new Uint32Array(PARTS);

  constructor(rows: LeaseRows) {
    this.rows = rows.words;
    const slots = rows.words.length >>> ROW_SHIFT;
    this.slotMask = 0xffff_ffff >>> Math.clz32(slots);
  }

  /** Makes room for so many entries in all, so that adding them costs little growth. */
  reserve(count: number): void {
    const mean = count / PARTS;
    const wanted = mean < 1 ? 0 : mean + SPREAD * Math.sqrt(mean);
    let capacity = CAPACITY_MIN;
    while (wanted * 3 > capacity * 2) capacity *= 2;
    for (let part = 0; wanted > 0 && part < PARTS; part++) {
      if (capacity > (this.parts[part] ?? NOTHING).length) this.grow(part, capacity);
    }
  }

  /** Adds a slot under the hash that its row says. It must not be in the index. */
  add(slot: Slot): void {
    const part = this.hashOf(slot) & PART_MASK;
    const count = (this.counts[part] ?? 0) + 1;
    const capacity = (this.parts[part] ?? NOTHING).length;
    if (count * 3 > capacity * 2) this.grow(part, Math.max(CAPACITY_MIN, capacity * 2));
    this.place(this.parts[part] ?? NOTHING, this.entryOf(slot));
    this.counts[part] = count;
    this.count++;
  }

  /** Takes a slot out, before its hash changes. It must be in the index. */
  remove(slot: Slot): void {
    const hash = this.hashOf(slot);
    const entry = this.entryOf(slot);
    const part = hash & PART_MASK;
    const entries = this.parts[part] ?? NOTHING;
    const mask = entries.length - 1;
    let hole = (hash >>> PART_BITS) & mask;
    while (entries[hole] !== entry) hole = (hole + 1) & mask;
    this.counts[part] = (this.counts[part] ?? 0) - 1;
    this.count--;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const other = entries[at] ?? EMPTY;
      if (other === EMPTY) break;
      // An entry may fill the hole unless its home lies after the hole, on its way to where it stands.
      const home = (this.hashOf((other & this.slotMask) - 1) >>> PART_BITS) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      entries[hole] = other;
      hole = at;
    }
    entries[hole] = EMPTY;
  }

  /**
   * Walks the entries of a hash: pass -1 first, then what was returned, until it is -1; `slotAt`
   * tells the slot. The index must not change meanwhile.
   */
  next(hash: number, previous: number): number {
    const { slotMask } = this;
    const entries = this.parts[hash & PART_MASK] ?? NOTHING;
    const mask = entries.length - 1;
    let at = previous < 0 ? (hash >>> PART_BITS) & mask : (previous + 1) & mask;
    for (;;) {
      const entry = entries[at] ?? EMPTY;
      if (entry === EMPTY) return -1;
      if (((entry ^ hash) & ~slotMask) === 0 && this.hashOf((entry & slotMask) - 1) === hash) return at;
      at = (at + 1) & mask;
    }
  }

  /** The slot of an entry of `hash` that `next` returned. */
  slotAt(hash: number, at: number): Slot {
    const entry = this.parts[hash & PART_MASK]?.[at] ?? EMPTY;
    return entry === EMPTY ? NO_SLOT : (entry & this.slotMask) - 1;
  }

  private hashOf(slot: Slot): number {
    return this.rows[(slot << ROW_SHIFT) + RowWord.keyHash] ?? 0;
  }

  private entryOf(slot: Slot): number {
    return ((this.hashOf(slot) & ~this.slotMask) | (slot + 1)) >>> 0;
  }

  private place(entries: Uint32Array, entry: number): void {
    const mask = entries.length - 1;
    let at = (this.hashOf((entry & this.slotMask) - 1) >>> PART_BITS) & mask;
    while (entries[at] !== EMPTY) at = (at + 1) & mask;
    entries[at] = entry;
  }

  private grow(part: number, capacity: number): void {
    const old = this.parts[part] ?? NOTHING;
    const entries = new Uint32Array(capacity);
    this.parts[part] = entries;
    for (let at = 0; at < old.length; at++) {
      const entry = old[at] ?? EMPTY;
      if (entry !== EMPTY) this.place(entries, entry);
    }
  }
}
