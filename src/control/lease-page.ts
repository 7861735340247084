// A page of the leases: found a few in a turn of the event loop, because a search may have to look at all of them.

import { setTimeout as sleep } from "node:timers/promises";
import { parseIpv4 } from "../base/ipv4.ts";
import { LEASE_SEARCH_PAUSE_MS, LEASES_ON_PAGE, LEASES_SEARCHED_PER_TURN } from "../base/limits/control.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { describeLease, type LeasePlace } from "./lease-description.ts";
import { leaseTest } from "./lease-filter.ts";
import type { Lease, LeasePage } from "./messages.ts";
import type { LeasePageRequest } from "./requests.ts";

/** All leases behind an address, in an order that stays; from the first one on where it is undefined. */
export type LeaseSource = (
  after: number | undefined,
) => Iterable<{ readonly record: LeaseRecord; readonly place: LeasePlace }>;

/** The leases that are asked for. */
export async function leasePage(source: LeaseSource, request: LeasePageRequest): Promise<LeasePage> {
  const isWanted = leaseTest(request);
  const leases: Lease[] = [];
  let looked = 0;
  for (const { record, place } of source(request.after === undefined ? undefined : parseIpv4(request.after))) {
    looked += 1;
    if (looked % LEASES_SEARCHED_PER_TURN === 0) await sleep(LEASE_SEARCH_PAUSE_MS);
    const lease = describeLease(record, place);
    if (!isWanted(lease)) continue;
    if (leases.length === LEASES_ON_PAGE) return { leases, more: true };
    leases.push(lease);
  }
  return { leases, more: false };
}
