// BOOTP (RFC 951, RFC 1542, RFC 1534): a message without option 53. A host with a fixed address on the link gets that;
// others only get an address of a `range dynamic-bootp`, because a BOOTP client never gives an address back: it is
// leased for ever, or for `dynamic-bootp-lease-length` from its last start on, and not beyond
// `dynamic-bootp-lease-cutoff`.

import type { EpochSeconds } from "../base/time.ts";
import { allocate } from "../lease/allocate.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { holdOffer, isHeld, needsProbe } from "./conflict-check.ts";
import type { Exchange } from "./exchange.ts";
import { grantAddress } from "./grant-address.ts";
import { usablePools } from "./locate/permitted-pools.ts";
import { reservedSlot, siteOfSlot, subnetOfSlot } from "./locate/reservation.ts";
import type { Serving } from "./serving.ts";

/** Decides about a BOOTREQUEST. */
export function decideBootp(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { decision, host } = exchange;
  if (exchange.link < 0) return decision.drop("drop-unknown-link");
  if (!exchange.hasClient) return decision.drop("drop-no-client");
  const slot = reservedSlot(exchange, serving, now);
  if (slot === NO_LEASE) return decideDynamic(exchange, serving, now);
  const subnet = subnetOfSlot(serving, slot);
  if (subnet === undefined) return decision.drop("drop-bootp");
  const scope = serving.config.scopeOf(subnet, host, exchange.classes);
  if (!scope.allowBootp || !scope.allowBooting) return decision.drop("drop-booting-denied");
  decision.answer("bootp-reserved", MessageType.bootp, subnet, host, scope);
  decision.yiaddr = serving.table.addressOf(slot);
}

/** A client without a fixed address on the link. */
function decideDynamic(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { decision, host } = exchange;
  const { table, config, checked } = serving;
  const pools = poolsFor(exchange, serving);
  if (pools.length === 0) return decision.drop("drop-bootp");
  const slot = allocate(table, pools, exchange.client, 0, now, exchange.tried, checked, exchange.monotonic);
  const place = siteOfSlot(serving, slot);
  const subnet = slot === NO_LEASE ? undefined : subnetOfSlot(serving, slot);
  if (place === undefined || subnet === undefined) return decision.drop("drop-pool-empty");
  if (table.isPending(slot)) return decision.awaitCommit(slot);
  const scope = config.scopeOf(place, host, exchange.classes);
  const seconds = Math.min(scope.dynamicBootpLeaseSeconds, scope.dynamicBootpCutoff - Math.ceil(now));
  if (seconds <= 0) return decision.drop("drop-bootp");
  decision.answer("bootp-dynamic", MessageType.bootp, subnet, host, scope);
  grantAddress(exchange, serving, now, slot, seconds);
  if (!decision.hasReply || isHeld(exchange, serving, slot, now)) return;
  // An address at which a host is known to answer must not be given away for ever.
  if (checked.isBusy(table.poolOf(slot), slot, exchange.monotonic)) return decision.drop("drop-pool-empty");
  decision.awaitsProbe = true;
  if (!needsProbe(exchange, serving, slot, scope)) return;
  // Nothing is bound or answered before the address was found silent; it is held meanwhile.
  decision.hasReply = false;
  decision.alsoReleased = NO_LEASE;
  decision.releasedAfter = NO_LEASE;
  holdOffer(exchange, serving, slot, scope, true);
}

/** The pools of the link whose addresses the client may have by BOOTP. */
function poolsFor({ link, host, client, classes }: Exchange, serving: Serving): readonly number[] {
  const { config, table } = serving;
  const permitted = serving.pools.of(link, classes);
  const usable = permitted === undefined ? [] : usablePools(permitted, host, client, config);
  return usable.filter((index) => {
    const pool = table.pools[index];
    const place = config.pools[pool?.declared ?? -1];
    if (pool?.dynamicBootp !== true || place === undefined) return false;
    const { allowDynamicBootp, allowBootp, allowBooting } = config.scopeOf(place, host, classes);
    return allowDynamicBootp && allowBootp && allowBooting;
  });
}
