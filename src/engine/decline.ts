// DHCPDECLINE (RFC 2131 section 4.3.3): the client that holds an address says that another host uses it. The server
// believes only the holder, and only for a bounded share of a pool.

import { ABANDON_SECONDS, ABANDONED_SHARE_MAX, MESSAGE_AGE_SECONDS } from "../base/limits/engine.ts";
import type { EpochSeconds } from "../base/time.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { Change } from "./decision.ts";
import { isOurIdentifier } from "./deliver/server-id.ts";
import type { Exchange } from "./exchange.ts";
import { isFromPortOf } from "./locate/relay-port.ts";
import { isReserved, subnetOfSlot } from "./locate/reservation.ts";
import type { Serving } from "./serving.ts";

/** Decides about a DHCPDECLINE. There is never a reply. */
export function decideDecline(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { query, client, decision } = exchange;
  const { table } = serving;
  // Some clients (lwIP) name no server; through a relay, or from another's address, the message does not show which
  // server it is for.
  const { remoteAddress } = exchange.arrival;
  const isOfThisLink = query.giaddr === 0 && (remoteAddress === 0 || remoteAddress === query.requestedAddress);
  if (query.serverId === 0 && !isOfThisLink) return decision.drop("drop-no-server-id");
  if (query.requestedAddress === 0) return decision.drop("drop-no-address");
  const slot = table.slotOf(query.requestedAddress);
  const subnet = slot === NO_LEASE ? undefined : subnetOfSlot(serving, slot);
  if (subnet === undefined || exchange.link !== subnet.sharedNetwork) return decision.drop("drop-not-ours");
  if (query.serverId !== 0 && !isOurIdentifier(query.serverId, exchange, serving, subnet.sharedNetwork))
    return decision.drop("drop-other-server");
  const isHeld = table.state(slot) === BindingState.bound || table.state(slot) === BindingState.offered;
  if (!isHeld || !table.isClient(slot, client) || !table.hasHardwareOf(slot, client)) {
    return decision.drop("drop-not-owner");
  }
  if (!isFromPortOf(exchange, serving, slot)) return decision.drop("drop-not-owner");
  if (table.isPending(slot)) return decision.awaitCommit(slot);
  // A reservation does not change: the operator has to look.
  if (isReserved(serving, slot)) return decision.drop("drop-declined-reservation");
  const pool = table.poolOf(slot);
  const limit = Math.max(1, Math.floor(table.poolSize(pool) * ABANDONED_SHARE_MAX));
  decision.counted = table.countInPool(pool, BindingState.abandoned);
  decision.limit = limit;
  if (decision.counted >= limit || !exchange.isAdmitted) {
    return decision.drop("drop-abandon-limit");
  }
  decision.isCharged = true;
  decision.reason = "declined";
  decision.change = Change.abandon;
  decision.slot = slot;
  decision.endsAt = restEnd(serving, slot, now);
  decision.subnet = subnet;
}

/**
 * When a declined address may be given out again. In a cluster a copy of the message may come late, when its client has
 * a lease of the same address again: then no other client gets it before that lease is over by every server's clock.
 */
function restEnd({ table, cluster }: Serving, slot: LeaseSlot, now: EpochSeconds): EpochSeconds {
  const rested = Math.floor(now) + ABANDON_SECONDS;
  const endsAt = table.endsAt(slot);
  if (cluster === undefined || table.state(slot) !== BindingState.bound || endsAt === Number.POSITIVE_INFINITY)
    return rested;
  return Math.max(rested, endsAt + cluster.clockSkewSeconds + MESSAGE_AGE_SECONDS);
}
