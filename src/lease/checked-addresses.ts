// Free addresses that were probed not long ago and found silent, so that a new client can be offered
// one at once. A few for each pool, in memory only; what becomes of the slots is not followed here, so
// whoever takes one looks at its state.

import { CHECKED_PER_POOL } from "../base/limits.ts";
import type { EpochSeconds } from "../base/time.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";

/** The checked addresses of one pool; entries are in no order. */
interface CheckedPool {
  readonly slots: Int32Array;
  readonly until: Float64Array;
  count: number;
}

/** See the head of this file. Slots are those of one table: `clear` when it is replaced. */
export class CheckedAddresses {
  private readonly pools = new Map<number, CheckedPool>();

  /** Forgets all. */
  clear(): void {
    this.pools.clear();
  }

  /** Remembers that a slot of a pool was silent, until `until`; the one that was checked longest ago has to go if there are too many. */
  add(pool: number, slot: Slot, until: EpochSeconds): void {
    const checked = this.pools.get(pool) ?? this.open(pool);
    let place = this.placeOf(checked, slot);
    if (place < 0) place = checked.count < CHECKED_PER_POOL ? checked.count++ : oldest(checked);
    checked.slots[place] = slot;
    checked.until[place] = until;
  }

  /** Forgets a slot. */
  remove(pool: number, slot: Slot): void {
    const checked = this.pools.get(pool);
    const place = checked === undefined ? -1 : this.placeOf(checked, slot);
    if (checked === undefined || place < 0) return;
    const last = --checked.count;
    checked.slots[place] = checked.slots[last] ?? NO_SLOT;
    checked.until[place] = checked.until[last] ?? 0;
  }

  /** Whether anything is known of a pool. */
  has(pool: number): boolean {
    return (this.pools.get(pool)?.count ?? 0) > 0;
  }

  /** Until when the slot counts as checked; 0 if it does not. */
  until(pool: number, slot: Slot): EpochSeconds {
    const checked = this.pools.get(pool);
    const place = checked === undefined ? -1 : this.placeOf(checked, slot);
    return checked === undefined || place < 0 ? 0 : (checked.until[place] ?? 0);
  }

  /**
   * The checked slot of a pool that comes first at or behind `from`, going on at the pool's beginning,
   * of those for which `isUsable` holds; NO_SLOT if there is none.
   */
  next(pool: number, from: Slot, now: EpochSeconds, isUsable: (slot: Slot) => boolean): Slot {
    const checked = this.pools.get(pool);
    let best = NO_SLOT;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (let place = 0; checked !== undefined && place < checked.count; place++) {
      const slot = checked.slots[place] ?? NO_SLOT;
      // Those in front of `from` come after all behind it.
      const distance = slot >= from ? slot - from : slot - from + 0x1_0000_0000;
      if (distance >= bestDistance || (checked.until[place] ?? 0) <= now || !isUsable(slot)) continue;
      best = slot;
      bestDistance = distance;
    }
    return best;
  }

  /** How many slots of a pool count as checked at `now`. */
  count(pool: number, now: EpochSeconds): number {
    const checked = this.pools.get(pool);
    let count = 0;
    for (let place = 0; checked !== undefined && place < checked.count; place++) {
      if ((checked.until[place] ?? 0) > now) count++;
    }
    return count;
  }

  private open(pool: number): CheckedPool {
    const slots = new Int32Array(CHECKED_PER_POOL);
    const opened = { slots, until: new Float64Array(CHECKED_PER_POOL), count: 0 };
    this.pools.set(pool, opened);
    return opened;
  }

  private placeOf(checked: CheckedPool, slot: Slot): number {
    for (let place = 0; place < checked.count; place++) if (checked.slots[place] === slot) return place;
    return -1;
  }
}

function oldest(checked: CheckedPool): number {
  let found = 0;
  for (let place = 1; place < checked.count; place++) {
    if ((checked.until[place] ?? 0) < (checked.until[found] ?? 0)) found = place;
  }
  return found;
}
