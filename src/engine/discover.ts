// DHCPDISCOVER (RFC 2131 section 4.3.1): find an address for the client and offer it.

import type { EpochSeconds } from "../base/time.ts";
import { allocate } from "../lease/allocate.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { holdOffer, isHeld, needsProbe } from "./conflict-check.ts";
import { Change, type Reason } from "./decision.ts";
import { leaseSeconds } from "./deliver/lease-seconds.ts";
import type { Exchange } from "./exchange.ts";
import { grantAddress } from "./grant-address.ts";
import { exceededLimit } from "./lease-limits.ts";
import { type LinkPools, usablePools } from "./locate/permitted-pools.ts";
import { reservedSlot, siteOfSlot, subnetOfSlot } from "./locate/reservation.ts";
import { offerIpv6Only, offerNothing, prefersIpv6Only } from "./offer-without-address.ts";
import { asksForRapidCommit } from "./rapid-commit.ts";
import type { Serving } from "./serving.ts";

/** Decides about a DHCPDISCOVER. */
export function decideDiscover(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { query, client, decision, host, classes } = exchange;
  const { table } = serving;
  if (exchange.link < 0) return decision.drop("drop-unknown-link");
  if (!exchange.hasClient) return decision.drop("drop-no-client");
  const reserved = reservedSlot(exchange, serving, now);
  const pools = serving.pools.of(exchange.link, classes);
  const allowed = pools && usablePools(pools, host, client, serving.config);
  if (reserved === NO_LEASE && pools !== undefined && allowed?.length === 0) {
    return offerNothing(exchange, serving, whyNone(pools));
  }
  const slot =
    reserved !== NO_LEASE
      ? reserved
      : allocate(
          table,
          allowed ?? [],
          client,
          query.requestedAddress,
          now,
          exchange.tried,
          serving.checked,
          exchange.monotonic,
        );
  if (slot === NO_LEASE) return offerNothing(exchange, serving, "drop-pool-empty");
  if (table.isPending(slot)) return decision.awaitCommit(slot);
  const subnet = subnetOfSlot(serving, slot);
  if (subnet === undefined) return decision.drop("drop-unknown-link");
  const scope = serving.config.scopeOf(siteOfSlot(serving, slot) ?? subnet, host, classes);
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  if (prefersIpv6Only(query, scope)) return offerIpv6Only(exchange, subnet, scope);
  const exceeded = exceededLimit(exchange, serving, slot);
  if (exceeded !== undefined) return offerNothing(exchange, serving, exceeded);

  // A reserved address has no rival and an address in use by this client is held by its lease.
  const isKept = reserved !== NO_LEASE || isHeld(exchange, serving, slot, now);
  const isProbed = !isKept && needsProbe(exchange, serving, slot, scope);
  decision.awaitsProbe = !isKept;
  if (asksForRapidCommit(query, scope) && !isProbed) {
    decision.isRapidCommit = true;
    const seconds = leaseSeconds(query.requestedLeaseSeconds, scope);
    decision.answer("ack-rapid-commit", MessageType.ack, subnet, host, scope);
    return grantAddress(exchange, serving, now, slot, seconds);
  }
  decision.answer(reasonOf(reserved !== NO_LEASE, table.isOwner(slot, client)), MessageType.offer, subnet, host, scope);
  decision.yiaddr = table.addressOf(slot);
  decision.leaseSeconds = leaseSeconds(query.requestedLeaseSeconds, scope);
  decision.slot = slot;
  if (!isKept) holdOffer(exchange, serving, slot, scope, isProbed);
  else if (isHeld(exchange, serving, slot, now)) decision.change = Change.reoffer;
}

/** Why a client has no pool of the link to get an address of. */
function whyNone(pools: LinkPools): Reason {
  if (pools.dynamic.length === 0) return "drop-pool-empty";
  return pools.known.length > 0 ? "drop-unknown-client-denied" : "drop-not-permitted";
}

function reasonOf(isReserved: boolean, isCurrent: boolean): Reason {
  if (isReserved) return "offer-reserved";
  return isCurrent ? "offer-current" : "offer-new";
}
