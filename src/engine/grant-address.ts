// Gives a client an address for good: an ACK that waits for the store (RFC 2131 section 4.3.1 and
// 4.3.2, RFC 4039 section 3.1). A repeated message gets the same answer again and stores nothing.

import { REPEAT_SECONDS } from "../base/limits/engine.ts";
import type { EpochSeconds, Seconds } from "../base/time.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { isTooNew, toldEnd } from "./cluster-terms.ts";
import { Change } from "./decision.ts";
import type { Exchange } from "./exchange.ts";
import { exceededLimit } from "./lease-limits.ts";
import type { Serving } from "./serving.ts";

/**
 * Gives the address of `slot` with the answer that the decision has already, for `fresh` seconds, or for the rest of
 * the lease that a repeated message has brought; unless a change of the client's other lease is under way.
 */
export function grantAddress(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  slot: LeaseSlot,
  fresh: Seconds,
): void {
  const { client, decision } = exchange;
  const { table } = serving;
  const second = Math.floor(now);
  // Ends are whole seconds: a client that counts from a moment within one relies on the address until the same moment.
  const nextSecond = Math.ceil(now);
  const isRepeat =
    table.state(slot) === BindingState.bound &&
    table.isClient(slot, client) &&
    table.hasDetailsOf(slot, client) &&
    !table.isReoffered(slot) &&
    second - table.lastTransactionAt(slot) < REPEAT_SECONDS &&
    second >= table.lastTransactionAt(slot) &&
    // In a cluster the table may be behind for any other.
    (serving.cluster === undefined || table.isConfirmedHere(slot)) &&
    toldEnd(serving, slot) > nextSecond;
  const other = isRepeat ? NO_LEASE : heldElsewhere(exchange, serving, slot, now);
  // Two requests for two addresses in one breath must not give the client both.
  if (other !== NO_LEASE && table.isPending(other)) return decision.awaitCommit(other);
  decision.yiaddr = table.addressOf(slot);
  decision.slot = slot;
  decision.leaseSeconds = isRepeat ? repeatedSeconds(serving, slot, nextSecond, fresh) : fresh;
  if (isRepeat) {
    decision.reason = "ack-repeated";
    return;
  }
  const exceeded = exceededLimit(exchange, serving, slot);
  if (exceeded !== undefined) return decision.drop(exceeded);
  decision.change = Change.bind;
  decision.endsAt = promisedEnd(exchange, serving, slot, nextSecond + fresh);
  if (serving.cluster === undefined) decision.alsoReleased = other;
  // The request may be older than the other lease, which is the client's choice then.
  else if (other !== NO_LEASE && !isTooNew(serving, other, now)) decision.releasedAfter = other;
}

/**
 * Rest of a lease that the client gets again. In a cluster another server may have promised its end, by another clock.
 */
function repeatedSeconds(serving: Serving, slot: LeaseSlot, now: EpochSeconds, fresh: Seconds): Seconds {
  const rest = toldEnd(serving, slot) - now;
  return serving.cluster === undefined ? rest : Math.min(rest, fresh);
}

/**
 * End of a lease in the store: in a cluster no earlier than the end promised before, perhaps by a server whose clock is
 * ahead.
 */
function promisedEnd(
  { client }: Exchange,
  { table, cluster }: Serving,
  slot: LeaseSlot,
  told: EpochSeconds,
): EpochSeconds {
  if (cluster === undefined) return told;
  const isOwn = table.state(slot) === BindingState.bound && table.isOwner(slot, client);
  return Math.max(told + cluster.reserveSeconds, isOwn ? table.endsAt(slot) : 0);
}

/** The lease that the client gives up by taking another one on the same link. */
function heldElsewhere(
  { client, decision }: Exchange,
  { table }: Serving,
  slot: LeaseSlot,
  now: EpochSeconds,
): LeaseSlot {
  const other = table.findByClient(client, decision.subnet?.sharedNetwork ?? -1);
  if (other === NO_LEASE || other === slot) return NO_LEASE;
  return table.state(other) === BindingState.bound && table.endsAt(other) > now ? other : NO_LEASE;
}
