// Free addresses that were probed not long ago: silent ones, so that the server can offer one to a new client at once,
// and those where a host answered, so that it offers them to no new client. That host may be a client whose lease we do
// not know of (records were lost, another server gave it), so the address is kept from new clients alone, and in memory
// only. A few hundred for each pool. This class does not follow the slots' later states, so the caller that takes one
// looks at its state.

import { BUSY_PER_POOL, CHECKED_FRESH_SECONDS, CHECKED_PER_POOL, CHECKED_SECONDS } from "../base/limits/checks.ts";
import type { MonotonicSeconds } from "../base/time.ts";
import { NO_SLOT, type Slot } from "./table/address-map.ts";

/** Slots that a pool has room for before its room is doubled: there may be thousands of pools. */
const ROOM_AT_FIRST = 16;

/** Slots of one pool with a time each, in the order of the slots. */
class SlotTimes {
  slots = new Int32Array(ROOM_AT_FIRST);
  times = new Float64Array(ROOM_AT_FIRST);
  count = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** The place of the first slot that is not below `slot`. */
  placeFrom(slot: Slot): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.slots[middle] ?? 0) < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The time of a slot; 0 if it is not here. */
  of(slot: Slot): MonotonicSeconds {
    const place = this.placeFrom(slot);
    return place < this.count && this.slots[place] === slot ? (this.times[place] ?? 0) : 0;
  }

  /** Sets the time of a slot; the one with the earliest has to go if there are too many. True if the slot is new here. */
  set(slot: Slot, time: MonotonicSeconds): boolean {
    let place = this.placeFrom(slot);
    if (place < this.count && this.slots[place] === slot) {
      this.times[place] = time;
      return false;
    }
    if (this.count === this.slots.length && this.count < this.most) this.grow();
    if (this.count === this.slots.length) {
      const earliest = this.earliest();
      this.removeAt(earliest);
      if (earliest < place) place -= 1;
    }
    this.slots.copyWithin(place + 1, place, this.count);
    this.times.copyWithin(place + 1, place, this.count);
    this.slots[place] = slot;
    this.times[place] = time;
    this.count += 1;
    return true;
  }

  /** Takes a slot out. */
  remove(slot: Slot): void {
    const place = this.placeFrom(slot);
    if (place < this.count && this.slots[place] === slot) this.removeAt(place);
  }

  /** How many have a time behind `now`, of those that `isCounted` holds for. */
  countAfter(now: MonotonicSeconds, isCounted: (slot: Slot) => boolean = isAny): number {
    let count = 0;
    for (let place = 0; place < this.count; place++)
      if ((this.times[place] ?? 0) > now && isCounted(this.slots[place] ?? NO_SLOT)) count++;
    return count;
  }

  /** The place with the earliest time; -1 if there is none. */
  earliest(): number {
    let found = this.count === 0 ? -1 : 0;
    for (let place = 1; place < this.count; place++) {
      if ((this.times[place] ?? 0) < (this.times[found] ?? 0)) found = place;
    }
    return found;
  }

  private grow(): void {
    const { slots, times } = this;
    const room = Math.min(this.most, 2 * slots.length);
    this.slots = new Int32Array(room);
    this.times = new Float64Array(room);
    this.slots.set(slots);
    this.times.set(times);
  }

  private removeAt(place: number): void {
    this.slots.copyWithin(place, place + 1, this.count);
    this.times.copyWithin(place, place + 1, this.count);
    this.count -= 1;
  }
}

function isAny(): boolean {
  return true;
}

/** See the head of this file. Slots are those of one table: `moveTo` or `clear` when it is replaced. */
export class CheckedAddresses {
  private silent = new Map<number, SlotTimes>();
  private busy = new Map<number, SlotTimes>();

  /** Forgets all. */
  clear(): void {
    this.silent.clear();
    this.busy.clear();
  }

  /** Forgets a pool's checks. */
  clearPool(pool: number): void {
    this.silent.delete(pool);
    this.busy.delete(pool);
  }

  /** Takes everything over to another table, where `slotOf` gives a slot's new number (NO_SLOT: none) and `poolOf` the pool of a new one. */
  moveTo(slotOf: (slot: Slot) => Slot, poolOf: (slot: Slot) => number): void {
    const { silent, busy } = this;
    this.silent = new Map();
    this.busy = new Map();
    const move = (from: Map<number, SlotTimes>, to: Map<number, SlotTimes>, most: number): void => {
      for (const { slots, times, count } of from.values()) {
        for (let place = 0; place < count; place++) {
          const slot = slotOf(slots[place] ?? NO_SLOT);
          if (slot !== NO_SLOT) timesOf(to, poolOf(slot), most).set(slot, times[place] ?? 0);
        }
      }
    };
    move(silent, this.silent, CHECKED_PER_POOL);
    move(busy, this.busy, BUSY_PER_POOL);
  }

  /** Remembers that a slot of a pool was silent, until `until`. */
  add(pool: number, slot: Slot, until: MonotonicSeconds): void {
    this.busy.get(pool)?.remove(slot);
    timesOf(this.silent, pool, CHECKED_PER_POOL).set(slot, until);
  }

  /** Remembers that a host has answered for a slot, until `until`; false if that was known already. */
  addBusy(pool: number, slot: Slot, until: MonotonicSeconds): boolean {
    this.silent.get(pool)?.remove(slot);
    return timesOf(this.busy, pool, BUSY_PER_POOL).set(slot, until);
  }

  /** Forgets that a slot was silent. */
  remove(pool: number, slot: Slot): void {
    this.silent.get(pool)?.remove(slot);
  }

  /** Whether there is a silent slot in a pool. */
  has(pool: number): boolean {
    return (this.silent.get(pool)?.count ?? 0) > 0;
  }

  /** Forgets that a host has answered for a slot. */
  forgive(pool: number, slot: Slot): void {
    this.busy.get(pool)?.remove(slot);
  }

  /** Until when the slot counts as silent; 0 if it does not. */
  until(pool: number, slot: Slot): MonotonicSeconds {
    return this.silent.get(pool)?.of(slot) ?? 0;
  }

  /** Whether a host has answered for the slot, not long before `now`. */
  isBusy(pool: number, slot: Slot, now: MonotonicSeconds): boolean {
    return this.busyUntil(pool, slot) > now;
  }

  /** The slots that a host has answered for, not long before `now`. */
  *busySlots(now: MonotonicSeconds): Iterable<Slot> {
    for (const { slots, times, count } of this.busy.values())
      for (let place = 0; place < count; place++) if ((times[place] ?? 0) > now) yield slots[place] ?? NO_SLOT;
  }

  /** Until when the slot is kept from new clients because a host has answered for it; 0 if it never was. */
  busyUntil(pool: number, slot: Slot): MonotonicSeconds {
    return this.busy.get(pool)?.of(slot) ?? 0;
  }

  /**
   * The silent slot of a pool that comes first at or behind `from`, going on at the pool's beginning, of those for
   * which `isUsable(slot, subject, tried)` holds: one that was checked in the last CHECKED_FRESH_SECONDS if there is
   * any, else any check that still counts. NO_SLOT if there is none. The last two arguments spare every query a
   * closure.
   */
  next<Subject>(
    pool: number,
    from: Slot,
    now: MonotonicSeconds,
    isUsable: (slot: Slot, subject: Subject, tried: readonly Slot[]) => boolean,
    subject: Subject,
    tried: readonly Slot[],
  ): Slot {
    const silent = this.silent.get(pool);
    if (silent === undefined) return NO_SLOT;
    const fresh = now + CHECKED_SECONDS - CHECKED_FRESH_SECONDS;
    const first = silent.placeFrom(from);
    let older = NO_SLOT;
    for (let step = 0; step < silent.count; step++) {
      const place = (first + step) % silent.count;
      const time = silent.times[place] ?? 0;
      if (time <= now || (time <= fresh && older !== NO_SLOT)) continue;
      const slot = silent.slots[place] ?? NO_SLOT;
      if (!isUsable(slot, subject, tried)) continue;
      if (time > fresh) return slot;
      older = slot;
    }
    return older;
  }

  /** The silent slot that was checked longest ago; NO_SLOT if there is none. */
  oldest(pool: number, isUsable: (slot: Slot) => boolean): Slot {
    const silent = this.silent.get(pool);
    let found = NO_SLOT;
    let time = Number.POSITIVE_INFINITY;
    for (let place = 0; silent !== undefined && place < silent.count; place++) {
      const slot = silent.slots[place] ?? NO_SLOT;
      if ((silent.times[place] ?? 0) >= time || !isUsable(slot)) continue;
      found = slot;
      time = silent.times[place] ?? 0;
    }
    return found;
  }

  /** How many slots of a pool count as silent at `now`. */
  countSilent(pool: number, now: MonotonicSeconds): number {
    return this.silent.get(pool)?.countAfter(now) ?? 0;
  }

  /** The number of slots that a host has answered for and that `isCounted` holds for. */
  countBusy(pool: number, now: MonotonicSeconds, isCounted?: (slot: Slot) => boolean): number {
    return this.busy.get(pool)?.countAfter(now, isCounted) ?? 0;
  }
}

function timesOf(pools: Map<number, SlotTimes>, pool: number, most: number): SlotTimes {
  const known = pools.get(pool);
  if (known !== undefined) return known;
  const made = new SlotTimes(most);
  pools.set(pool, made);
  return made;
}
