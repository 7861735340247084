// The check before a client gets an address that is new to it (RFC 2131 section 3.1): which clients need it, and which
// have had it.

import { OFFER_SECONDS } from "../base/limits/engine.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Scope } from "../config/model/scope.ts";
import { BindingState, OfferCheck } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { isOver } from "./cluster-terms.ts";
import { Change } from "./decision.ts";
import type { Exchange } from "./exchange.ts";
import type { Serving } from "./serving.ts";

/** Room for the slots of one client: one of each link that it is on, and two of a pool that it may not use any more. */
const held = new Int32Array(32);

/** Whether the client has a lease of the slot that no other client can have. */
export function isHeld({ client }: Exchange, serving: Serving, slot: LeaseSlot, now: EpochSeconds): boolean {
  const { table } = serving;
  return table.state(slot) === BindingState.bound && !isOver(serving, slot, now) && table.isOwner(slot, client);
}

/** Whether the address was found silent, for this query or not long ago. */
function isChecked(exchange: Exchange, { table, checked }: Serving, slot: LeaseSlot): boolean {
  if (slot === exchange.probed || table.offerCheck(slot) === OfferCheck.silent) return true;
  return checked.until(table.poolOf(slot), slot) > exchange.monotonic;
}

/** Whether the address has to be found silent before the client is given it. */
export function needsProbe(exchange: Exchange, serving: Serving, slot: LeaseSlot, scope: Scope): boolean {
  if (!scope.pingCheck && exchange.monotonic >= serving.probeAllUntil) return false;
  return !serving.table.isOwner(slot, exchange.client) && !isChecked(exchange, serving, slot);
}

/** Holds the slot for the client as an offer. */
export function holdOffer(
  exchange: Exchange,
  serving: Serving,
  slot: LeaseSlot,
  scope: Scope,
  isProbed: boolean,
): void {
  const { decision } = exchange;
  decision.slot = slot;
  decision.change = Change.offer;
  decision.endsAt = exchange.monotonic + OFFER_SECONDS;
  decision.isChecked = isChecked(exchange, serving, slot);
  decision.needsProbe = isProbed;
  decision.probeSeconds = scope.pingTimeoutSeconds;
  decision.alsoWithdrawn = offeredElsewhere(exchange, serving, slot);
}

/** Another address on the link that the client is offered: it is never offered two. */
function offeredElsewhere({ client }: Exchange, { table }: Serving, slot: LeaseSlot): LeaseSlot {
  // A client that is offered the same address again has no other offer.
  if (table.state(slot) === BindingState.offered && table.isClient(slot, client)) return NO_LEASE;
  const link = table.pools[table.poolOf(slot)]?.sharedNetwork;
  const count = table.findAllByClient(client, held);
  for (let i = 0; i < count; i++) {
    const other = held[i] ?? NO_LEASE;
    if (other === slot || table.state(other) !== BindingState.offered || table.isPending(other)) continue;
    if (table.pools[table.poolOf(other)]?.sharedNetwork === link) return other;
  }
  return NO_LEASE;
}
