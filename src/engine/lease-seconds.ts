// How long a lease is (RFC 2131 section 4.3.1): what the client asks for, within what the
// configuration allows. The number told to the client is the number stored.

import type { Seconds } from "../base/time.ts";
import type { Scope } from "../config/model.ts";

/** Lease time for a client that asked for `requested` seconds (-1: did not ask; Infinity: for ever). 0 and more than the maximum both mean the maximum. */
export function leaseSeconds(requested: Seconds, scope: Scope): Seconds {
  if (requested < 0) return Math.min(scope.defaultLeaseSeconds, scope.maxLeaseSeconds);
  if (requested === 0 || requested > scope.maxLeaseSeconds) return scope.maxLeaseSeconds;
  return requested;
}
