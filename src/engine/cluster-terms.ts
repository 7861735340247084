// Terms between servers that share their leases, and what follows from them for a decision.
//
// The store keeps each lease longer than its client knows, by the reserve: while the store is away, a client that
// renews gets the rest of that time. An address rests after the end of its lease, because clocks differ
// (LeaseTable.expire). A message may have waited in the network while another server has changed the lease.

import { MESSAGE_AGE_SECONDS } from "../base/limits/engine.ts";
import type { EpochSeconds, Seconds } from "../base/time.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import type { LeaseSlot } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { Change } from "./decision.ts";
import type { Exchange } from "./exchange.ts";
import type { ClusterTerms, Serving } from "./serving.ts";

/** The end of a lease as its client knows it; for a slot without a lease, its end. */
export function toldEnd({ table, cluster }: Serving, slot: LeaseSlot): EpochSeconds {
  const endsAt = table.endsAt(slot);
  return cluster === undefined ? endsAt : endsAt - reserveIn(table.state(slot), cluster);
}

/** A lease of the store with the end that `toldEnd` gives. */
export function toldRecord(record: LeaseRecord, { cluster }: Pick<Serving, "cluster">): LeaseRecord {
  return cluster === undefined ? record : { ...record, endsAt: record.endsAt - reserveIn(record.state, cluster) };
}

function reserveIn(state: BindingState, { reserveSeconds }: ClusterTerms): Seconds {
  return state === BindingState.bound || state === BindingState.expired ? reserveSeconds : 0;
}

/**
 * Whether a bound lease is over for other clients. In a cluster a bound lease never is: see LeaseTable.expire.
 */
export function isOver({ table, cluster }: Serving, slot: LeaseSlot, now: EpochSeconds): boolean {
  return cluster === undefined && table.endsAt(slot) <= now;
}

/** Whether a lease is so new that a message may be older than it, and mean the lease before it. */
export function isTooNew({ table, cluster }: Serving, slot: LeaseSlot, now: EpochSeconds): boolean {
  if (cluster === undefined) return false;
  return now - table.lastTransactionAt(slot) < MESSAGE_AGE_SECONDS + cluster.clockSkewSeconds;
}

/**
 * Whether a decision gives an address to a client that does not use it now. A client that renews uses it, even if the
 * server has no record of that. For any other client a lease in the store may be void: a store that was restored to an
 * older state has forgotten which client has the address instead.
 */
export function givesNewAddress({ decision, query }: Exchange): boolean {
  const { change, messageType, yiaddr } = decision;
  const isOffer = messageType === MessageType.offer && yiaddr !== 0;
  return isOffer || (change === Change.bind && query.ciaddr === 0);
}
