// Reservations: the address that a `host` declaration fixes for a client on a link.

import type { Host, Place, Subnet } from "../config/model.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table.ts";
import type { EngineState } from "./state.ts";

/** The slot of the first fixed address that `host` has on the link, or NO_LEASE. */
export function reservedSlot(state: EngineState, host: Host | undefined, link: number): LeaseSlot {
  if (host === undefined) return NO_LEASE;
  for (const address of host.fixedAddresses) {
    if (state.config.findSubnet(address)?.sharedNetwork !== link) continue;
    return state.table.slotOf(address);
  }
  return NO_LEASE;
}

/** The subnet that holds a slot. */
export function subnetOfSlot(state: EngineState, slot: LeaseSlot): Subnet | undefined {
  const pool = state.table.pools[state.table.poolOf(slot)];
  return pool === undefined ? undefined : state.config.subnets[pool.subnet];
}

/** Whose parameters hold for a slot: its pool's, of a reserved one its subnet's; undefined for no slot. */
export function placeOfSlot(state: EngineState, slot: LeaseSlot): Place | undefined {
  if (slot === NO_LEASE) return undefined;
  const pool = state.table.pools[state.table.poolOf(slot)];
  if (pool === undefined) return undefined;
  return pool.declared === undefined ? state.config.subnets[pool.subnet] : state.config.pools[pool.declared];
}

/** Whether a slot is reserved for some host. */
export function isReserved(state: EngineState, slot: LeaseSlot): boolean {
  return state.table.pools[state.table.poolOf(slot)]?.reserved ?? false;
}
