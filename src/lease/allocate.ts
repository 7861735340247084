// The order in which addresses are given out. STUB: signatures only.

import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { ClientIdentity } from "../wire/client-identity.ts";
import type { LeaseSlot, LeaseTable } from "./table.ts";

/**
 * The slot to offer a client on a link: the client's current or last address; the requested
 * address if it is free for it; then the first never-used slot from hash(pool, client) on, pool by
 * pool; then the longest-expired or released; then the abandoned one that has rested longest and
 * whose rest is over. NO_LEASE when all are taken. Deterministic: same table, client and time,
 * same answer. `tried` (may be empty) lists slots not to consider again. Never a pending slot.
 */
export declare function allocate(
  table: LeaseTable,
  pools: readonly number[],
  client: ClientIdentity,
  requested: Ipv4,
  now: EpochSeconds,
  tried: readonly LeaseSlot[],
): LeaseSlot;

/** Whether `slot` may be bound to `client` now: free, expired, released, rested, or the client's own; not reserved, not pending. */
export declare function isAvailable(
  table: LeaseTable,
  slot: LeaseSlot,
  client: ClientIdentity,
  now: EpochSeconds,
): boolean;
