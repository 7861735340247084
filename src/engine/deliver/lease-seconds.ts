// How long a lease is (RFC 2131 section 4.3.1): what the client asks for, within what the
// configuration allows. The number sent to the client is the number stored.

import type { Seconds } from "../../base/time.ts";
import type { Scope } from "../../config/model/scope.ts";

/** Lease time for a client that asked for `requested` seconds (-1: did not ask; 0: as if it did not, since no RFC gives that a meaning; Infinity: for ever). Less than the minimum means that, more than the maximum that. */
export function leaseSeconds(requested: Seconds, scope: Scope): Seconds {
  const { defaultLeaseSeconds, maxLeaseSeconds, minLeaseSeconds } = scope;
  const wanted = requested <= 0 ? defaultLeaseSeconds : requested;
  return Math.min(Math.max(wanted, minLeaseSeconds), maxLeaseSeconds);
}
