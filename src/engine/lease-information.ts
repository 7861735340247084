// What an answer to a leasequery tells of one lease (RFC 4388 section 6.4.2, RFC 6926 section 8.2).
// Times are counted from the second of the answer.

import type { EpochSeconds } from "../base/time.ts";
import { BindingState } from "../lease/lease.ts";
import type { LeaseSlot } from "../lease/table.ts";
import type { LeaseInformation } from "../wire/lease-information.ts";
import { rebindingSeconds, renewalSeconds } from "../wire/reply-options.ts";
import type { EngineState } from "./state.ts";

/** Whether a client has the address of a slot at `now`. */
export function isActive(state: EngineState, slot: LeaseSlot, now: EpochSeconds): boolean {
  return state.table.state(slot) === BindingState.bound && state.table.endsAt(slot) > now;
}

/** Fills in who has the lease of a slot that is active, and for how long. `lease` has been reset. */
export function tellLease(state: EngineState, slot: LeaseSlot, now: EpochSeconds, lease: LeaseInformation): void {
  const { table } = state;
  const second = Math.floor(now);
  const endsAt = table.endsAt(slot);
  const elapsed = Math.max(0, second - table.lastTransactionAt(slot));
  lease.address = table.addressOf(slot);
  if (table.detailsOf(slot) !== 0) table.copyDetails(slot, lease);
  lease.lastTransactionSeconds = elapsed;
  lease.leaseSeconds = Math.max(0, endsAt - second);
  const whole = endsAt - table.lastTransactionAt(slot);
  lease.renewalSeconds = timeLeft(renewalSeconds(whole), elapsed, endsAt);
  lease.rebindingSeconds = timeLeft(rebindingSeconds(whole), elapsed, endsAt);
}

/** What is left of T1 or T2; -1 if it is over, so that nothing is told. */
function timeLeft(seconds: number, elapsed: number, endsAt: EpochSeconds): number {
  if (endsAt === Number.POSITIVE_INFINITY) return endsAt;
  return seconds > elapsed ? seconds - elapsed : -1;
}
