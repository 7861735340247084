// The check before an address that is new to a client is given to it (RFC 2131 section 3.1): who needs it, and
// who has had it.

import { OFFER_SECONDS } from "../base/limits.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Scope } from "../config/model.ts";
import { BindingState } from "../lease/lease.ts";
import type { LeaseSlot } from "../lease/table.ts";
import { Change, type Decision } from "./decision.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** Whether the client has a running lease of the slot. */
export function isHeld({ client }: Inquiry, { table }: EngineState, slot: LeaseSlot, now: EpochSeconds): boolean {
  return table.state(slot) === BindingState.bound && table.endsAt(slot) > now && table.isOwner(slot, client);
}

/** Whether the address has to be found silent before the client is given it. */
export function needsProbe(
  inquiry: Inquiry,
  state: EngineState,
  slot: LeaseSlot,
  scope: Scope,
  now: EpochSeconds,
): boolean {
  if (!scope.pingCheck && now >= state.probeAllUntil) return false;
  if (slot === inquiry.probedSlot || state.table.isOwner(slot, inquiry.client)) return false;
  return state.checked.until(state.table.poolOf(slot), slot) <= now;
}

/** Holds the slot for the client as an offer. */
export function holdOffer(
  decision: Decision,
  slot: LeaseSlot,
  scope: Scope,
  isProbed: boolean,
  now: EpochSeconds,
): void {
  decision.slot = slot;
  decision.change = Change.offer;
  decision.endsAt = now + OFFER_SECONDS;
  decision.needsProbe = isProbed;
  decision.probeSeconds = scope.pingTimeoutSeconds;
}
