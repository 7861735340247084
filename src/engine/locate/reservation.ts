// Reservations: the address that a `host` declaration fixes for a client on a link.

import type { EpochSeconds } from "../../base/time.ts";
import type { Site, Subnet } from "../../config/model/model.ts";
import { BindingState } from "../../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../../lease/table/table.ts";
import { ClientIdentity } from "../../wire/client-identity.ts";
import { isOver } from "../cluster-terms.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

/** Room for the client of one lease. */
const holder = new ClientIdentity();

/**
 * The slot of the first fixed address that the client has on its link by its declaration and can have now, or NO_LEASE:
 * an address that another client has a lease of is given when that lease is over (RFC 2131 section 2.2).
 */
export function reservedSlot(exchange: Exchange, serving: Serving, now: EpochSeconds): LeaseSlot {
  const { host, link } = exchange;
  if (host === undefined) return NO_LEASE;
  const { config, table } = serving;
  for (const address of host.fixedAddresses) {
    if (config.findSubnet(address)?.sharedNetwork !== link) continue;
    const slot = table.slotOf(address);
    if (slot === NO_LEASE || table.isWithheld(slot)) continue;
    if (!isHeldByAnother(exchange, serving, slot, now)) return slot;
  }
  return NO_LEASE;
}

/** Whether a fixed address of the client's declaration is on its link. */
export function hasFixedAddress({ host, link }: Exchange, { config }: Serving): boolean {
  return host?.fixedAddresses.some((address) => config.findSubnet(address)?.sharedNetwork === link) ?? false;
}

/**
 * Whether another client has a running lease of the slot, and does not fall under the same host declaration (as another
 * card of the same machine does).
 */
function isHeldByAnother(exchange: Exchange, serving: Serving, slot: LeaseSlot, now: EpochSeconds): boolean {
  const { client, host, link } = exchange;
  const { config, table } = serving;
  if (table.state(slot) !== BindingState.bound || isOver(serving, slot, now) || table.isClient(slot, client))
    return false;
  if (table.detailsOf(slot) === 0) return false;
  table.copyDetails(slot, holder);
  return config.findHost(holder, link) !== host;
}

/** The subnet that holds a slot. */
export function subnetOfSlot(serving: Serving, slot: LeaseSlot): Subnet | undefined {
  const pool = serving.table.pools[serving.table.poolOf(slot)];
  return pool === undefined ? undefined : serving.config.subnets[pool.subnet];
}

/** The site whose parameters hold for a slot: its pool's, or its subnet's if it is reserved; undefined for no slot. */
export function siteOfSlot(serving: Serving, slot: LeaseSlot): Site | undefined {
  if (slot === NO_LEASE) return undefined;
  const pool = serving.table.pools[serving.table.poolOf(slot)];
  if (pool === undefined) return undefined;
  return pool.declared === undefined ? serving.config.subnets[pool.subnet] : serving.config.pools[pool.declared];
}

/** Whether a slot is reserved for some host. */
export function isReserved(serving: Serving, slot: LeaseSlot): boolean {
  return serving.table.pools[serving.table.poolOf(slot)]?.reserved ?? false;
}
