// When a DHCPREQUEST that asks for a wrong address is refused, and when it meets silence (RFC 2131 sections 3.1 step 4
// and 4.3.2): no other server answers a client that names us by option 54; a client that we have a record of gets a NAK
// for a wrong address; other clients get one only where we are authoritative.

import type { EpochSeconds } from "../base/time.ts";
import type { Subnet } from "../config/model/model.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { isTooNew } from "./cluster-terms.ts";
import { Change, type Reason } from "./decision.ts";
import type { Exchange } from "./exchange.ts";
import { hasFixedAddress } from "./locate/reservation.ts";
import type { Serving } from "./serving.ts";

/**
 * Answers a request for an address that its client cannot have with a NAK by the parameters of `subnet`, or not at all.
 * A client that is refused the address that it has a lease of has none any more. `slot`: NO_LEASE if no pool has the
 * address; `isSelecting`: whether the client has selected us.
 */
export function refuseRequest(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  reason: Reason,
  subnet: Subnet,
  slot: LeaseSlot,
  isSelecting: boolean,
): void {
  const { decision } = exchange;
  if (!isSelecting && !subnet.scope.authoritative && !isOnRecord(exchange, serving, slot)) {
    return decision.drop("drop-not-authoritative");
  }
  decision.refuse(reason, subnet);
  if (slot === NO_LEASE || reason === "nak-wrong-link") return;
  const { table } = serving;
  if (table.isPending(slot) || table.state(slot) !== BindingState.bound || table.endsAt(slot) <= now) return;
  if (!table.isOwner(slot, exchange.client) || isTooNew(serving, slot, now)) return;
  decision.change = Change.release;
  decision.slot = slot;
  decision.endsAt = Math.floor(now);
}

/** Whether we know which address the client has, or had, or is to have. */
function isOnRecord(exchange: Exchange, serving: Serving, slot: LeaseSlot): boolean {
  const { client, link } = exchange;
  const { table } = serving;
  if (slot !== NO_LEASE && table.isOwner(slot, client)) return true;
  return link >= 0 && (table.findByClient(client, link) !== NO_LEASE || hasFixedAddress(exchange, serving));
}
