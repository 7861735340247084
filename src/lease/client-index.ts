// From client keys to slots: open addressing with linear probing over a keyed hash, so that nobody
// can choose keys that collide. One client may have several slots (one or a few for each link).
// Entries are slots alone; their hashes stand in the table's column. Deletion moves entries back
// instead of leaving tombstones, so that a long life does not slow lookups down.

import { NO_SLOT, type Slot } from "./address-map.ts";

const CAPACITY_MIN = 64;
const EMPTY = 0;

/** A multimap from key hashes to slots. */
export class ClientIndex {
  /** Number of entries. */
  count = 0;
  /** The table's column of key hashes, by slot. */
  private readonly hashes: Uint32Array;
  /** Slot plus 1; 0 where empty. */
  private entries = new Uint32Array(CAPACITY_MIN);
  private mask = CAPACITY_MIN - 1;

  constructor(hashes: Uint32Array) {
    this.hashes = hashes;
  }

  /** Adds a slot under the hash that its column says. It must not be in the index. */
  add(slot: Slot): void {
    if ((this.count + 1) * 3 > this.entries.length * 2) this.grow();
    this.place(slot);
    this.count++;
  }

  /** Takes a slot out, before its hash changes. It must be in the index. */
  remove(slot: Slot): void {
    let hole = (this.hashes[slot] ?? 0) & this.mask;
    while (this.entries[hole] !== slot + 1) hole = (hole + 1) & this.mask;
    this.count--;
    for (let at = (hole + 1) & this.mask; ; at = (at + 1) & this.mask) {
      const entry = this.entries[at] ?? EMPTY;
      if (entry === EMPTY) break;
      // An entry may fill the hole unless its home lies after the hole, on its way to where it stands.
      const home = (this.hashes[entry - 1] ?? 0) & this.mask;
      if (((at - home) & this.mask) < ((at - hole) & this.mask)) continue;
      this.entries[hole] = entry;
      hole = at;
    }
    this.entries[hole] = EMPTY;
  }

  /**
   * Walks the entries of a hash: pass -1 first, then what was returned, until it is -1; `slotAt`
   * tells the slot. The index must not change meanwhile.
   */
  next(hash: number, previous: number): number {
    let at = previous < 0 ? hash & this.mask : (previous + 1) & this.mask;
    for (;;) {
      const entry = this.entries[at] ?? EMPTY;
      if (entry === EMPTY) return -1;
      if (this.hashes[entry - 1] === hash) return at;
      at = (at + 1) & this.mask;
    }
  }

  /** The slot of an entry that `next` returned. */
  slotAt(at: number): Slot {
    return (this.entries[at] ?? EMPTY) === EMPTY ? NO_SLOT : (this.entries[at] ?? EMPTY) - 1;
  }

  private place(slot: Slot): void {
    let at = (this.hashes[slot] ?? 0) & this.mask;
    while (this.entries[at] !== EMPTY) at = (at + 1) & this.mask;
    this.entries[at] = slot + 1;
  }

  private grow(): void {
    const old = this.entries;
    this.entries = new Uint32Array(old.length * 2);
    this.mask = this.entries.length - 1;
    for (const entry of old) if (entry !== EMPTY) this.place(entry - 1);
  }
}
