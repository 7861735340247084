// One query on its way to its reply, with all that came with it.

import type { MonotonicSeconds } from "../base/time.ts";
import type { LeaseSlot } from "../lease/table/table.ts";
import type { Arrival } from "../wire/arrival.ts";
import type { ClientIdentity } from "../wire/client-identity.ts";
import type { Query } from "../wire/query.ts";

/** One query with all that came with it; the object is filled anew for each. */
export interface Exchange {
  readonly query: Query;
  readonly arrival: Arrival;
  /** When it is decided, by the monotonic clock: for offers, checks and rates, whose time no setting of the clock changes. */
  readonly monotonic: MonotonicSeconds;
  readonly client: ClientIdentity;
  /** False if the query names no client at all: `client` is meaningless then. */
  readonly hasClient: boolean;
  /** Addresses that were found in use while this very query waited. */
  readonly tried: readonly LeaseSlot[];
  /** The address that was found unused while this very query waited, or NO_LEASE. */
  readonly probedSlot: LeaseSlot;
}
