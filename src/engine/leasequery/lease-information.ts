// The values of one lease in an answer to a leasequery (RFC 4388 section 6.4.2, RFC 6926 section 8.2).
// Times are counted from the second of the answer.

import type { EpochSeconds } from "../../base/time.ts";
import { BindingState } from "../../lease/lease.ts";
import type { LeaseSlot } from "../../lease/table/table.ts";
import { rebindingSeconds, renewalSeconds } from "../../wire/encode/lease-times.ts";
import { INFINITE_SECONDS } from "../../wire/layout.ts";
import { DhcpState, type LeaseInformation } from "../../wire/lease-information.ts";
import { NO_OPTIONS } from "../../wire/options/option-set.ts";
import type { Reply } from "../../wire/reply.ts";
import { toldEnd } from "../cluster-terms.ts";
import { rememberedClasses } from "../locate/remembered-classes.ts";
import { siteOfSlot, subnetOfSlot } from "../locate/reservation.ts";
import type { Serving } from "../serving.ts";

/** Whether a client has the address of a slot at `now`. */
export function isActive(serving: Serving, slot: LeaseSlot, now: EpochSeconds): boolean {
  return serving.table.state(slot) === BindingState.bound && toldEnd(serving, slot) > now;
}

/** Fills in which client has the lease of an active slot, and for how long. `lease` has been reset. */
export function tellLease(serving: Serving, slot: LeaseSlot, now: EpochSeconds, lease: LeaseInformation): void {
  const { table } = serving;
  const second = Math.floor(now);
  const endsAt = toldEnd(serving, slot);
  const elapsed = Math.max(0, second - table.lastTransactionAt(slot));
  lease.address = table.addressOf(slot);
  if (table.detailsOf(slot) !== 0) table.copyDetails(slot, lease);
  lease.lastTransactionSeconds = elapsed;
  lease.leaseSeconds = Math.max(0, endsAt - Math.ceil(now));
}

/** The rest of T1 or T2; -1 if it is over, so that the answer has none. */
function timeLeft(seconds: number, elapsed: number, endsAt: EpochSeconds): number {
  if (endsAt === Number.POSITIVE_INFINITY && seconds >= INFINITE_SECONDS) return endsAt;
  return seconds > elapsed ? seconds - elapsed : -1;
}

/** Sets the options that are configured for a lease's client, and T1 and T2; `reply.lease` has the client. */
export function tellOptions(serving: Serving, slot: LeaseSlot, reply: Reply): void {
  const place = siteOfSlot(serving, slot);
  const subnet = subnetOfSlot(serving, slot);
  const host = serving.config.findHost(reply.lease, subnet?.sharedNetwork ?? -1);
  const membership = rememberedClasses(reply.lease, serving);
  reply.options = place === undefined ? NO_OPTIONS : serving.config.scopeOf(place, host, membership).options;
  reply.subnetMask = subnet?.mask ?? 0;
  const { lease, options } = reply;
  const endsAt = toldEnd(serving, slot);
  const whole = endsAt - serving.table.lastTransactionAt(slot);
  lease.renewalSeconds = timeLeft(renewalSeconds(whole, options), lease.lastTransactionSeconds, endsAt);
  lease.rebindingSeconds = timeLeft(rebindingSeconds(whole, options), lease.lastTransactionSeconds, endsAt);
}

/**
 * Fills in what RFC 6926 wants to know of any address, in use or not: its state, since when, and which client has it or
 * had it last. `lease` has been reset.
 */
export function tellBinding(serving: Serving, slot: LeaseSlot, now: EpochSeconds, lease: LeaseInformation): void {
  const { table } = serving;
  const second = Math.floor(now);
  lease.baseTime = second;
  lease.state = stateOf(serving, slot, now);
  if (lease.state === DhcpState.active) tellLease(serving, slot, now, lease);
  else {
    lease.address = table.addressOf(slot);
    const isRemembered = lease.state === DhcpState.expired || lease.state === DhcpState.released;
    if (isRemembered && table.detailsOf(slot) !== 0) table.copyDetails(slot, lease);
    if (isRemembered) lease.lastTransactionSeconds = Math.max(0, second - table.lastTransactionAt(slot));
    // RFC 6926 section 8.3: the time of any state that ends by itself.
    if (lease.state === DhcpState.abandoned) lease.leaseSeconds = Math.max(0, table.endsAt(slot) - second);
  }
  const since = stateSince(serving, slot, lease.state);
  if (since >= 0) lease.stateSeconds = Math.max(0, second - since);
}

/**
 * When a binding last changed, or its client was heard; -1 for an address that no client had, or that was only offered.
 */
export function changedAt(serving: Serving, slot: LeaseSlot, now: EpochSeconds): EpochSeconds {
  const { table } = serving;
  const dhcpState = stateOf(serving, slot, now);
  if (dhcpState === DhcpState.available) return -1;
  const lastTransactionAt = table.lastTransactionAt(slot);
  return dhcpState === DhcpState.expired ? Math.max(lastTransactionAt, toldEnd(serving, slot)) : lastTransactionAt;
}

function stateOf(serving: Serving, slot: LeaseSlot, now: EpochSeconds): DhcpState {
  switch (serving.table.state(slot)) {
    case BindingState.bound:
      return isActive(serving, slot, now) ? DhcpState.active : DhcpState.expired;
    case BindingState.expired:
      return DhcpState.expired;
    case BindingState.released:
      return DhcpState.released;
    case BindingState.abandoned:
      return DhcpState.abandoned;
    case BindingState.free:
    case BindingState.offered:
      return DhcpState.available;
  }
}

function stateSince(serving: Serving, slot: LeaseSlot, dhcpState: DhcpState): EpochSeconds {
  const { table } = serving;
  switch (dhcpState) {
    case DhcpState.active:
    case DhcpState.abandoned:
      return table.startsAt(slot);
    case DhcpState.expired:
      return toldEnd(serving, slot);
    case DhcpState.released:
      return table.lastTransactionAt(slot);
    default:
      return -1;
  }
}
