// The queue in which each slot waits for its next change. One queue a slot:
//
//   free               the bitmap of its pool: never used, or forgotten
//   offered            its pool's `offers`: the oldest ends first, and gives way first
//   bound              `due`, the wheel, by the time it ends; none if it never does
//   expired, released  its pool's `idle` queue: the longest over is used again first
//   abandoned          its pool's `resting` queue: the first whose rest ends comes back first
//   pending            none (but see below), so that no client is offered it
//   withheld           `due` only, while a client has a lease of it
//
// A prolonged lease stays in `due` at its old time and is put off when that comes: a renewal costs
// no queue operation. A slot that becomes pending stays there likewise, and is taken out only when
// its time comes before its answer.

import type { EpochSeconds } from "../../base/time.ts";
import { BindingState } from "../lease.ts";
import { type AddressMap, NO_SLOT, type Slot } from "./address-map.ts";
import { DueWheel } from "./due-wheel.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { FreeBitmap } from "./free-bitmap.ts";
import type { LeaseRows } from "./lease-rows.ts";
import { OfferList } from "./offer-list.ts";

/** What belongs to one pool. */
interface PoolQueues {
  readonly firstSlot: Slot;
  /** Positions count from `firstSlot`. */
  readonly free: FreeBitmap;
  readonly idle: ExpiryQueue;
  readonly resting: ExpiryQueue;
  readonly offers: OfferList;
}

/** Bitmaps and queues of a table. */
export class SlotQueues {
  private readonly map: AddressMap;
  private readonly rows: LeaseRows;
  private readonly due: DueWheel;
  private readonly pools: readonly PoolQueues[];

  constructor(map: AddressMap, rows: LeaseRows) {
    this.map = map;
    this.rows = rows;
    this.due = new DueWheel(rows);
    const starts = Array.from(map.poolStarts.subarray(0, -1));
    this.pools = starts.map((firstSlot, pool) => ({
      firstSlot,
      free: new FreeBitmap(map.poolSize(pool)),
      idle: new ExpiryQueue(rows, map.poolSize(pool)),
      resting: new ExpiryQueue(rows, map.poolSize(pool)),
      offers: new OfferList(rows),
    }));
  }

  /** Takes a slot out of the queue of its present state. Bound ones may stay in `due`. */
  leave(slot: Slot): void {
    const state = this.rows.state(slot);
    if (state === BindingState.offered) return this.poolOf(slot)?.offers.remove(slot);
    if (this.rows.isWithheld(slot)) return;
    switch (state) {
      case BindingState.free: {
        const pool = this.poolOf(slot);
        return pool?.free.take(slot - pool.firstSlot);
      }
      case BindingState.expired:
      case BindingState.released:
        return this.poolOf(slot)?.idle.remove(slot);
      case BindingState.abandoned:
        return this.poolOf(slot)?.resting.remove(slot);
      case BindingState.bound:
        return;
    }
  }

  /**
   * Puts a slot that has left its queue, and may still be in `due`, into the queue of its present state. `endedAt`: an
   * end that it has been put into `due` with, or a later one; Infinity if none is known.
   */
  enter(slot: Slot, endedAt: EpochSeconds = Number.POSITIVE_INFINITY): void {
    const state = this.rows.state(slot);
    const endsAt = this.rows.endsAt(slot);
    const isDue = this.due.has(slot);
    if (state === BindingState.bound) {
      if (isDue && endsAt >= endedAt) return;
      if (isDue) this.due.remove(slot);
      if (endsAt !== Number.POSITIVE_INFINITY) this.due.insert(slot, endsAt);
      return;
    }
    if (isDue) this.due.remove(slot);
    const pool = this.poolOf(slot);
    if (state === BindingState.offered) return pool?.offers.insert(slot);
    if (this.rows.isWithheld(slot)) return;
    if (state === BindingState.free) pool?.free.free(slot - pool.firstSlot);
    else if (state === BindingState.abandoned) pool?.resting.push(slot, endsAt);
    else pool?.idle.push(slot, endsAt);
  }

  /** Takes a pending slot out of `due`, if it is there: its times are replaced. */
  leaveDue(slot: Slot): void {
    if (this.due.has(slot)) this.due.remove(slot);
  }

  /** A lease that is over by `now`, pending ones left out; NO_SLOT if there is none. */
  firstDue(now: EpochSeconds): Slot {
    return this.due.firstDue(now);
  }

  /** The first free slot of a pool at or after its slot `from`, going on at its first; NO_SLOT if none. */
  nextFree(pool: number, from: Slot): Slot {
    const queues = this.pools[pool];
    if (queues === undefined) return NO_SLOT;
    const position = from - queues.firstSlot;
    const found = queues.free.next(position < queues.free.size ? position : 0);
    return found < 0 ? NO_SLOT : queues.firstSlot + found;
  }

  /** The first slot of all at or after `from` that is not in its pool's bitmap: not free, or pending; NO_SLOT if none. */
  nextTaken(from: Slot): Slot {
    let position = from;
    for (let pool = this.map.poolOf(from); pool < this.pools.length; pool++) {
      const queues = this.pools[pool];
      if (queues === undefined) break;
      const found = queues.free.nextTaken(Math.max(0, position - queues.firstSlot));
      if (found >= 0) return queues.firstSlot + found;
      position = 0;
    }
    return NO_SLOT;
  }

  /** The longest-expired or -released slot of a pool (`previous` NO_SLOT), or the one after `previous`; NO_SLOT if none. */
  nextIdle(pool: number, previous: Slot): Slot {
    return next(this.pools[pool]?.idle, previous);
  }

  /** The abandoned slot of a pool whose rest ends first (`previous` NO_SLOT), or the one after `previous`; NO_SLOT if none. */
  nextResting(pool: number, previous: Slot): Slot {
    return next(this.pools[pool]?.resting, previous);
  }

  /** The oldest offer of a pool (`previous` NO_SLOT), or the one made after `previous`; NO_SLOT if none. */
  nextOffer(pool: number, previous: Slot): Slot {
    return this.pools[pool]?.offers.next(previous) ?? NO_SLOT;
  }

  private poolOf(slot: Slot): PoolQueues | undefined {
    return this.pools[this.map.poolOf(slot)];
  }
}

function next(queue: ExpiryQueue | undefined, previous: Slot): Slot {
  if (queue === undefined) return NO_SLOT;
  return previous === NO_SLOT ? queue.first() : queue.after(previous);
}
