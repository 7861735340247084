// DHCPDISCOVER (RFC 2131 section 4.3.1): find an address for the client and offer it.

import type { EpochSeconds } from "../base/time.ts";
import { allocate } from "../lease/allocate.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { holdOffer, isHeld, needsProbe } from "./conflict-check.ts";
import { Change, type Decision, type Reason } from "./decision.ts";
import { leaseSeconds } from "./deliver/lease-seconds.ts";
import { answer } from "./deliver/reply-content.ts";
import type { Exchange } from "./exchange.ts";
import { classify } from "./locate/classify.ts";
import { type LinkPools, usablePools } from "./locate/permitted-pools.ts";
import { placeOfSlot, reservedSlot, subnetOfSlot } from "./locate/reservation.ts";
import { linkOf } from "./locate/select-subnet.ts";
import { offerIpv6Only, offerNothing, prefersIpv6Only } from "./offer-without-address.ts";
import { asksForRapidCommit, commitRapidly } from "./rapid-commit.ts";
import type { Serving } from "./serving.ts";

/** Decides about a DHCPDISCOVER. */
export function decideDiscover(exchange: Exchange, serving: Serving, now: EpochSeconds, decision: Decision): void {
  const { query, client } = exchange;
  const link = linkOf(exchange, serving);
  if (link < 0) return decision.drop("drop-unknown-link");
  if (!exchange.hasClient) return decision.drop("drop-no-client");
  const host = serving.config.findHost(client, link);
  const reserved = reservedSlot(serving, host, link, client, now);
  const membership = classify(exchange, serving);
  const pools = serving.pools.of(link, membership);
  const allowed = pools && usablePools(pools, host, exchange.client, serving.config);
  if (reserved === NO_LEASE && pools !== undefined && allowed?.length === 0) {
    return offerNothing(exchange, serving, decision, { link, host, membership }, whyNone(pools));
  }
  const slot =
    reserved !== NO_LEASE
      ? reserved
      : allocate(
          serving.table,
          allowed ?? [],
          client,
          query.requestedAddress,
          now,
          exchange.tried,
          serving.checked,
          exchange.monotonic,
        );
  if (slot === NO_LEASE) {
    return offerNothing(exchange, serving, decision, { link, host, membership }, "drop-pool-empty");
  }
  if (serving.table.isPending(slot)) return decision.awaitCommit();
  const subnet = subnetOfSlot(serving, slot);
  if (subnet === undefined) return decision.drop("drop-unknown-link");
  const scope = serving.config.scopeOf(placeOfSlot(serving, slot) ?? subnet, host, membership);
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  if (prefersIpv6Only(query, scope)) return offerIpv6Only(exchange, serving, decision, { subnet, host, scope });

  // A reserved address has no rival and an address in use by this client is held by its lease.
  const isKept = reserved !== NO_LEASE || isHeld(exchange, serving, slot, now);
  const isProbed = !isKept && needsProbe(exchange, serving, slot, scope);
  decision.awaitsProbe = !isKept;
  if (asksForRapidCommit(query, scope) && !isProbed) {
    return commitRapidly(exchange, serving, now, decision, { slot, subnet, host, scope, reason: "ack-rapid-commit" });
  }
  const reason = reasonOf(reserved !== NO_LEASE, serving.table.isOwner(slot, client));
  const grant = { reason, messageType: MessageType.offer, subnet, host, scope } as const;
  const seconds = leaseSeconds(query.requestedLeaseSeconds, scope);
  answer(decision, exchange, serving, grant, serving.table.addressOf(slot), seconds);
  if (!decision.hasReply) return;
  decision.slot = slot;
  if (!isKept) holdOffer(exchange, serving, decision, slot, scope, isProbed);
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
