// The order in which addresses are given out: a client keeps its current address; a never-used address comes before one
// that a former client may come back to; a declined address comes late, and an unclaimed offer gives way if nothing
// else is free. Every server with the same pools and the same leases chooses the same address for the same client.

import type { Ipv4 } from "../base/ipv4.ts";
import { OFFERS_LOOKED_AT } from "../base/limits/engine.ts";
import type { EpochSeconds, MonotonicSeconds } from "../base/time.ts";
import type { ClientIdentity } from "../wire/client-identity.ts";
import type { CheckedAddresses } from "./checked-addresses.ts";
import { BindingState, OfferCheck } from "./lease.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "./table/table.ts";

/**
 * The slot to offer a client on a link: the client's current or last address; the requested address if it is free for
 * it; its earlier offer; then the first never-used slot from hash(pool, client) on, pool by pool; then the
 * longest-expired or released; then the abandoned one whose rest was over first; then the one with the oldest unclaimed
 * offer to another client, unless that offer still waits for its check. NO_LEASE when all are taken. Among a pool's
 * never-used slots those that `checked` knows to be silent come first: again the first from hash(pool, client) on.
 * Deterministic: same table, client and time, same answer. `tried` (may be empty) lists slots not to consider again.
 * Never a pending slot, but for the client's own current one: its query has to wait for that change.
 */
export function allocate(
  table: LeaseTable,
  pools: readonly number[],
  client: ClientIdentity,
  requested: Ipv4,
  now: EpochSeconds,
  tried: readonly LeaseSlot[],
  checked?: CheckedAddresses,
  monotonic: MonotonicSeconds = 0,
): LeaseSlot {
  const link = table.pools[pools[0] ?? -1]?.sharedNetwork;
  if (link === undefined) return NO_LEASE;
  // A better slot in a pool that the client may not use must not hide the one that it was offered.
  const current = table.findByClient(client, link, pools, tried);
  if (current !== NO_LEASE && table.isPending(current)) return current;
  const hasCurrent = mayOffer(table, pools, client, current, now, tried);
  // An offer of an address that the client never had is no binding: it may still wish for another (RFC 2131 section 4.3.1).
  if (hasCurrent && !isFreshOffer(table, current)) return current;
  const wanted = table.slotOf(requested);
  // A rested address waits for its turn, even if a client asks for it.
  if (mayOffer(table, pools, client, wanted, now, tried) && table.state(wanted) !== BindingState.abandoned) {
    return wanted;
  }
  if (hasCurrent) return current;
  const unused = firstUnused(table, pools, client, tried, monotonic, checked);
  if (unused !== NO_LEASE) return unused;
  const idle = longestIdle(table, pools, tried);
  if (idle !== NO_LEASE) return idle;
  const rested = longestRested(table, pools, now, tried);
  return rested !== NO_LEASE ? rested : oldestOffer(table, pools, tried);
}

function isFreshOffer(table: LeaseTable, slot: LeaseSlot): boolean {
  return table.state(slot) === BindingState.offered && table.lastTransactionAt(slot) === 0;
}

/** Whether `slot` may be bound to `client` now: free, expired, released, rested, or the client's own; not reserved, withheld or pending. */
export function isAvailable(table: LeaseTable, slot: LeaseSlot, client: ClientIdentity, now: EpochSeconds): boolean {
  if (table.isPending(slot) || table.isWithheld(slot) || (table.pools[table.poolOf(slot)]?.reserved ?? true))
    return false;
  switch (table.state(slot)) {
    case BindingState.free:
    case BindingState.released:
      return true;
    case BindingState.expired:
      return !table.isHeldBack(slot) || table.isOwner(slot, client);
    case BindingState.abandoned:
      return table.endsAt(slot) <= now;
    case BindingState.offered:
      return table.isClient(slot, client);
    case BindingState.bound:
      return table.isOwner(slot, client);
  }
}

function mayOffer(
  table: LeaseTable,
  pools: readonly number[],
  client: ClientIdentity,
  slot: LeaseSlot,
  now: EpochSeconds,
  tried: readonly LeaseSlot[],
): boolean {
  if (slot === NO_LEASE || !pools.includes(table.poolOf(slot)) || tried.includes(slot)) return false;
  return isAvailable(table, slot, client, now);
}

function firstUnused(
  table: LeaseTable,
  pools: readonly number[],
  client: ClientIdentity,
  tried: readonly LeaseSlot[],
  monotonic: MonotonicSeconds,
  checked: CheckedAddresses | undefined,
): LeaseSlot {
  for (const pool of pools) {
    let from = table.firstCandidate(pool, client.orderHash);
    if (checked?.has(pool) === true) {
      const silent = checked.next(pool, from, monotonic, isUnused, table, tried);
      if (silent !== NO_LEASE) return silent;
    }
    // Each round comes past one tried slot or one in use at least. When all that is left is in use, the
    // check before an offer will say so.
    const inUse = checked?.countBusy(pool, monotonic) ?? 0;
    let last = NO_LEASE;
    for (let round = 0; round <= tried.length + inUse; round++) {
      const slot = table.nextFree(pool, from);
      if (slot === NO_LEASE) break;
      from = slot + 1;
      if (tried.includes(slot)) continue;
      if (checked?.isBusy(pool, slot, monotonic) !== true) return slot;
      last = slot;
    }
    if (last !== NO_LEASE) return last;
  }
  return NO_LEASE;
}

function isUnused(slot: LeaseSlot, table: LeaseTable, tried: readonly LeaseSlot[]): boolean {
  const isFree = table.state(slot) === BindingState.free && !table.isWithheld(slot);
  return isFree && !table.isPending(slot) && !tried.includes(slot);
}

/** The longest-expired or -released slot of all the pools. */
function longestIdle(table: LeaseTable, pools: readonly number[], tried: readonly LeaseSlot[]): LeaseSlot {
  let best = NO_LEASE;
  for (const pool of pools) {
    let slot = table.nextIdle(pool, NO_LEASE);
    while (slot !== NO_LEASE && tried.includes(slot)) slot = table.nextIdle(pool, slot);
    // Those behind it have ended later still.
    if (slot !== NO_LEASE && table.isHeldBack(slot)) continue;
    if (isEarlier(table, slot, best)) best = slot;
  }
  return best;
}

/** The abandoned slot of all the pools whose rest was over first, if it is over. */
function longestRested(
  table: LeaseTable,
  pools: readonly number[],
  now: EpochSeconds,
  tried: readonly LeaseSlot[],
): LeaseSlot {
  let best = NO_LEASE;
  for (const pool of pools) {
    let slot = table.nextResting(pool, NO_LEASE);
    while (slot !== NO_LEASE && tried.includes(slot)) slot = table.nextResting(pool, slot);
    if (isEarlier(table, slot, best)) best = slot;
  }
  return best !== NO_LEASE && table.endsAt(best) <= now ? best : NO_LEASE;
}

/** The slot of all the pools whose unclaimed offer is the oldest; of each pool some are looked at. */
function oldestOffer(table: LeaseTable, pools: readonly number[], tried: readonly LeaseSlot[]): LeaseSlot {
  let best = NO_LEASE;
  for (const pool of pools) {
    let slot = table.nextOffer(pool, NO_LEASE);
    for (let looked = 1; slot !== NO_LEASE && !mayGiveWay(table, slot, tried); looked++) {
      slot = looked < OFFERS_LOOKED_AT ? table.nextOffer(pool, slot) : NO_LEASE;
    }
    if (isEarlier(table, slot, best)) best = slot;
  }
  return best;
}

function mayGiveWay(table: LeaseTable, slot: LeaseSlot, tried: readonly LeaseSlot[]): boolean {
  if (table.isWithheld(slot) || tried.includes(slot)) return false;
  return table.offerCheck(slot) !== OfferCheck.underWay;
}

function isEarlier(table: LeaseTable, slot: LeaseSlot, other: LeaseSlot): boolean {
  return slot !== NO_LEASE && (other === NO_LEASE || table.endsAt(slot) < table.endsAt(other));
}
