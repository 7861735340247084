// Free addresses that were probed not long ago: those that were silent, so that a new client can be
// offered one at once, and those for which somebody answered, so that no new client is. Whoever has the
// latter may be a client whose lease we do not know of (records were lost, another server gave it), so
// it is kept from new clients alone, and in memory only. A few for each
// pool; what becomes of the slots is not followed here, so whoever takes one looks at its state.

import { BUSY_PER_POOL, CHECKED_PER_POOL } from "../base/limits.ts";
import type { EpochSeconds } from "../base/time.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";

/** Addresses of one pool; entries are in no order. */
class SlotTimes {
  readonly slots: Int32Array;
  readonly times: Float64Array;
  count = 0;

  constructor(most: number) {
    this.slots = new Int32Array(most);
    this.times = new Float64Array(most);
  }

  /** Place of a slot; -1 if it is not here. */
  placeOf(slot: Slot): number {
    for (let place = 0; place < this.count; place++) if (this.slots[place] === slot) return place;
    return -1;
  }

  /** The time of a slot; 0 if it is not here. */
  of(slot: Slot): EpochSeconds {
    const place = this.placeOf(slot);
    return place < 0 ? 0 : (this.times[place] ?? 0);
  }

  /** Sets the time of a slot; the one with the earliest has to go if there are too many. */
  set(slot: Slot, time: EpochSeconds): void {
    let place = this.placeOf(slot);
    if (place < 0) place = this.count < this.slots.length ? this.count++ : this.earliest();
    this.slots[place] = slot;
    this.times[place] = time;
  }

  /** Takes a slot out. */
  remove(slot: Slot): void {
    const place = this.placeOf(slot);
    if (place < 0) return;
    const last = --this.count;
    this.slots[place] = this.slots[last] ?? NO_SLOT;
    this.times[place] = this.times[last] ?? 0;
  }

  /** How many have a time behind `now`. */
  countAfter(now: EpochSeconds): number {
    let count = 0;
    for (let place = 0; place < this.count; place++) if ((this.times[place] ?? 0) > now) count++;
    return count;
  }

  private earliest(): number {
    let found = 0;
    for (let place = 1; place < this.count; place++) {
      if ((this.times[place] ?? 0) < (this.times[found] ?? 0)) found = place;
    }
    return found;
  }
}

/** See the head of this file. Slots are those of one table: `clear` when it is replaced. */
export class CheckedAddresses {
  private readonly silent = new Map<number, SlotTimes>();
  private readonly busy = new Map<number, SlotTimes>();

  /** Forgets all. */
  clear(): void {
    this.silent.clear();
    this.busy.clear();
  }

  /** Remembers that a slot of a pool was silent, until `until`. */
  add(pool: number, slot: Slot, until: EpochSeconds): void {
    this.busy.get(pool)?.remove(slot);
    timesOf(this.silent, pool, CHECKED_PER_POOL).set(slot, until);
  }

  /** Remembers that somebody has answered for a slot, until `until`; false if that was known already. */
  addBusy(pool: number, slot: Slot, until: EpochSeconds): boolean {
    this.silent.get(pool)?.remove(slot);
    const busy = timesOf(this.busy, pool, BUSY_PER_POOL);
    const isNew = busy.placeOf(slot) < 0;
    busy.set(slot, until);
    return isNew;
  }

  /** Forgets that a slot was silent. */
  remove(pool: number, slot: Slot): void {
    this.silent.get(pool)?.remove(slot);
  }

  /** Whether there is a silent slot in a pool. */
  has(pool: number): boolean {
    return (this.silent.get(pool)?.count ?? 0) > 0;
  }

  /** Until when the slot counts as silent; 0 if it does not. */
  until(pool: number, slot: Slot): EpochSeconds {
    return this.silent.get(pool)?.of(slot) ?? 0;
  }

  /** Whether somebody has answered for the slot, not long before `now`. */
  isBusy(pool: number, slot: Slot, now: EpochSeconds): boolean {
    return (this.busy.get(pool)?.of(slot) ?? 0) > now;
  }

  /**
   * The silent slot of a pool that comes first at or behind `from`, going on at the pool's beginning,
   * of those for which `isUsable` holds; NO_SLOT if there is none.
   */
  next(pool: number, from: Slot, now: EpochSeconds, isUsable: (slot: Slot) => boolean): Slot {
    const silent = this.silent.get(pool);
    let best = NO_SLOT;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (let place = 0; silent !== undefined && place < silent.count; place++) {
      const slot = silent.slots[place] ?? NO_SLOT;
      // Those in front of `from` come after all behind it.
      const distance = slot >= from ? slot - from : slot - from + 0x1_0000_0000;
      if (distance >= bestDistance || (silent.times[place] ?? 0) <= now || !isUsable(slot)) continue;
      best = slot;
      bestDistance = distance;
    }
    return best;
  }

  /** How many slots of a pool count as silent at `now`. */
  countSilent(pool: number, now: EpochSeconds): number {
    return this.silent.get(pool)?.countAfter(now) ?? 0;
  }

  /** How many somebody has answered for. */
  countBusy(pool: number, now: EpochSeconds): number {
    return this.busy.get(pool)?.countAfter(now) ?? 0;
  }
}

function timesOf(pools: Map<number, SlotTimes>, pool: number, most: number): SlotTimes {
  const known = pools.get(pool);
  if (known !== undefined) return known;
  const made = new SlotTimes(most);
  pools.set(pool, made);
  return made;
}
