// When a DHCPREQUEST that asks for a wrong address is refused, and when it meets silence (RFC 2131 sections 3.1
// step 4 and 4.3.2): whoever names us by option 54 leaves the answer to nobody else; a client that we have a record
// of is told that its address is wrong; of others we say so only where we are authoritative.

import type { EpochSeconds } from "../base/time.ts";
import type { Host, Subnet } from "../config/model/model.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { Change, type Decision, type Reason } from "./decision.ts";
import { refuse } from "./deliver/reply-content.ts";
import type { Exchange } from "./exchange.ts";
import { hasFixedAddress } from "./locate/reservation.ts";
import type { Serving } from "./serving.ts";

/** A request for an address that its client cannot have. */
export interface Refusal {
  readonly reason: Reason;
  /** Whose parameters hold for the answer. */
  readonly subnet: Subnet;
  /** The link that the request came from; -1 if we serve none there. */
  readonly link: number;
  /** The slot of the address; NO_LEASE if no pool has it. */
  readonly slot: LeaseSlot;
  /** Whether the client has selected us. */
  readonly isSelecting: boolean;
  readonly host: Host | undefined;
}

/** Answers with a NAK, or not at all. A client that is refused the address that it has a lease of has none any more. */
export function refuseRequest(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  decision: Decision,
  refusal: Refusal,
): void {
  const { subnet, slot, reason, isSelecting } = refusal;
  if (!isSelecting && !subnet.scope.authoritative && !isOnRecord(exchange, serving, refusal)) {
    return decision.drop("drop-not-authoritative");
  }
  refuse(decision, exchange, serving, reason, subnet.scope, subnet);
  if (!decision.hasReply || slot === NO_LEASE || reason === "nak-wrong-link") return;
  const { table } = serving;
  if (table.isPending(slot) || table.state(slot) !== BindingState.bound || table.endsAt(slot) <= now) return;
  if (!table.isOwner(slot, exchange.client)) return;
  decision.change = Change.release;
  decision.slot = slot;
  decision.endsAt = Math.floor(now);
}

/** Whether we know which address the client has, or had, or is to have. */
function isOnRecord({ client }: Exchange, serving: Serving, { slot, link, host }: Refusal): boolean {
  const { table } = serving;
  if (slot !== NO_LEASE && table.isOwner(slot, client)) return true;
  return link >= 0 && (table.findByClient(client, link) !== NO_LEASE || hasFixedAddress(serving, host, link));
}
