// Lease time, T1 and T2 of a reply (RFC 2131 sections 3.3 and 4.4.5).

import type { Seconds } from "../../base/time.ts";
import { INFINITE_SECONDS } from "../layout.ts";
import type { OptionSet } from "../options/option-set.ts";

/** Seconds as a reply says them: for ever is all ones. */
export function secondsOnWire(seconds: Seconds): number {
  return seconds >= INFINITE_SECONDS ? INFINITE_SECONDS : Math.floor(seconds);
}

/** T1: the configured time, if it goes with the lease time and T2; else half of the lease time. */
export function renewalSeconds(leaseSeconds: Seconds, options: OptionSet): Seconds {
  const { renewalSeconds: configured } = options;
  if (configured < 0 && options.rebindingSeconds < 0) return defaultRenewal(leaseSeconds);
  const wanted = within(configured, leaseSeconds, defaultRenewal(leaseSeconds));
  return areSound(leaseSeconds, options) ? wanted : defaultRenewal(leaseSeconds);
}

/** T2: the configured time, if it goes with the lease time and T1; else seven eighths of the lease time. */
export function rebindingSeconds(leaseSeconds: Seconds, options: OptionSet): Seconds {
  const { rebindingSeconds: configured } = options;
  if (configured < 0) return defaultRebinding(leaseSeconds);
  const wanted = within(configured, leaseSeconds, defaultRebinding(leaseSeconds));
  return areSound(leaseSeconds, options) ? wanted : defaultRebinding(leaseSeconds);
}

/** Whether T1 as configured, or its default, comes before T2 as configured, or its default, for a lease of so many seconds. */
export function areSound(
  leaseSeconds: Seconds,
  options: Pick<OptionSet, "renewalSeconds" | "rebindingSeconds">,
): boolean {
  const renewal = within(options.renewalSeconds, leaseSeconds, defaultRenewal(leaseSeconds));
  return renewal < within(options.rebindingSeconds, leaseSeconds, defaultRebinding(leaseSeconds));
}

/** A configured time (-1: none) if it comes before the end of the lease. */
function within(configured: Seconds, leaseSeconds: Seconds, byDefault: Seconds): Seconds {
  return configured > 0 && configured < leaseSeconds ? configured : byDefault;
}

function defaultRenewal(leaseSeconds: Seconds): Seconds {
  return leaseSeconds >= INFINITE_SECONDS ? INFINITE_SECONDS : Math.floor(leaseSeconds / 2);
}

/** In dhcpd(8)'s whole numbers: half, a quarter and an eighth, the second and third of the half, each rounded down. */
function defaultRebinding(leaseSeconds: Seconds): Seconds {
  if (leaseSeconds >= INFINITE_SECONDS) return INFINITE_SECONDS;
  const renewal = defaultRenewal(leaseSeconds);
  return renewal + Math.floor(renewal / 2) + Math.floor(renewal / 4);
}
