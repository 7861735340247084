// Reservations: the address that a `host` declaration fixes for a client on a link.

import type { EpochSeconds } from "../../base/time.ts";
import type { Host, Place, Subnet } from "../../config/model/model.ts";
import { BindingState } from "../../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../../lease/table/table.ts";
import type { ClientIdentity } from "../../wire/client-identity.ts";
import type { Serving } from "../serving.ts";

/**
 * The slot of the first fixed address that `host`, the client of the query, has on the link and can have now, or
 * NO_LEASE: an address that another client has a lease of is given when that lease is over (RFC 2131 section 2.2).
 */
export function reservedSlot(
  serving: Serving,
  host: Host | undefined,
  link: number,
  client: ClientIdentity,
  now: EpochSeconds,
): LeaseSlot {
  if (host === undefined) return NO_LEASE;
  const { table } = serving;
  for (const address of host.fixedAddresses) {
    if (serving.config.findSubnet(address)?.sharedNetwork !== link) continue;
    const slot = table.slotOf(address);
    if (slot === NO_LEASE || table.isWithheld(slot)) continue;
    if (!isHeldByAnother(serving, slot, host, link, client, now)) return slot;
  }
  return NO_LEASE;
}

/** Whether a fixed address of `host` is on the link. */
export function hasFixedAddress(serving: Serving, host: Host | undefined, link: number): boolean {
  return host?.fixedAddresses.some((address) => serving.config.findSubnet(address)?.sharedNetwork === link) ?? false;
}

/** Whether somebody has a running lease of the slot who is neither the client nor otherwise `host` (by another of its cards, say). */
function isHeldByAnother(
  serving: Serving,
  slot: LeaseSlot,
  host: Host,
  link: number,
  client: ClientIdentity,
  now: EpochSeconds,
): boolean {
  const { table, holder } = serving;
  if (table.state(slot) !== BindingState.bound || table.endsAt(slot) <= now || table.isClient(slot, client))
    return false;
  if (table.detailsOf(slot) === 0) return false;
  table.copyDetails(slot, holder);
  return serving.config.findHost(holder, link) !== host;
}

/** The subnet that holds a slot. */
export function subnetOfSlot(serving: Serving, slot: LeaseSlot): Subnet | undefined {
  const pool = serving.table.pools[serving.table.poolOf(slot)];
  return pool === undefined ? undefined : serving.config.subnets[pool.subnet];
}

/** Whose parameters hold for a slot: its pool's, of a reserved one its subnet's; undefined for no slot. */
export function placeOfSlot(serving: Serving, slot: LeaseSlot): Place | undefined {
  if (slot === NO_LEASE) return undefined;
  const pool = serving.table.pools[serving.table.poolOf(slot)];
  if (pool === undefined) return undefined;
  return pool.declared === undefined ? serving.config.subnets[pool.subnet] : serving.config.pools[pool.declared];
}

/** Whether a slot is reserved for some host. */
export function isReserved(serving: Serving, slot: LeaseSlot): boolean {
  return serving.table.pools[serving.table.poolOf(slot)]?.reserved ?? false;
}
