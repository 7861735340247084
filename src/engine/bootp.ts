// BOOTP (RFC 951, RFC 1542, RFC 1534): a message without option 53. A host with a fixed address on the
// link gets that; others only what a `range dynamic-bootp` holds, because a BOOTP client never gives
// an address back: it is leased for ever, or for `dynamic-bootp-lease-length` from its last start on, and not
// beyond `dynamic-bootp-lease-cutoff`.

import type { EpochSeconds } from "../base/time.ts";
import type { Membership } from "../config/model/membership.ts";
import type { Host } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { allocate } from "../lease/allocate.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { NO_OPTIONS } from "../wire/options/option-set.ts";
import { holdOffer, isHeld, needsProbe } from "./conflict-check.ts";
import type { Decision } from "./decision.ts";
import { answer } from "./deliver/reply-content.ts";
import type { Exchange } from "./exchange.ts";
import { grantAddress } from "./grant-address.ts";
import { classify } from "./locate/classify.ts";
import { usablePools } from "./locate/permitted-pools.ts";
import { placeOfSlot, reservedSlot, subnetOfSlot } from "./locate/reservation.ts";
import { linkOf } from "./locate/select-subnet.ts";
import type { Serving } from "./serving.ts";

/** Decides about a BOOTREQUEST. */
export function decideBootp(exchange: Exchange, serving: Serving, now: EpochSeconds, decision: Decision): void {
  const { client } = exchange;
  const link = linkOf(exchange, serving);
  if (link < 0) return decision.drop("drop-unknown-link");
  if (!exchange.hasClient) return decision.drop("drop-no-client");
  const host = serving.config.findHost(client, link);
  const membership = classify(exchange, serving);
  const slot = reservedSlot(serving, host, link, client, now);
  if (slot === NO_LEASE) return decideDynamic(exchange, serving, now, decision, { link, host, membership });
  const subnet = subnetOfSlot(serving, slot);
  if (subnet === undefined) return decision.drop("drop-bootp");
  const scope = serving.config.scopeOf(subnet, host, membership);
  if (!scope.allowBootp || !scope.allowBooting) return decision.drop("drop-booting-denied");
  const grant = { reason: "bootp-reserved", messageType: MessageType.bootp, subnet, host, scope } as const;
  answer(decision, exchange, serving, grant, serving.table.addressOf(slot), -1);
  leaveOptionsOut(exchange, scope, decision);
}

/** A client without a fixed address on the link. */
interface Asker {
  readonly link: number;
  readonly host: Host | undefined;
  readonly membership: Membership;
}

function decideDynamic(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  decision: Decision,
  asker: Asker,
): void {
  const { table, config } = serving;
  const { host, membership } = asker;
  const pools = poolsFor(exchange, serving, asker);
  if (pools.length === 0) return decision.drop("drop-bootp");
  const slot = allocate(table, pools, exchange.client, 0, now, exchange.tried, serving.checked, exchange.monotonic);
  const place = placeOfSlot(serving, slot);
  const subnet = slot === NO_LEASE ? undefined : subnetOfSlot(serving, slot);
  if (place === undefined || subnet === undefined) return decision.drop("drop-pool-empty");
  if (table.isPending(slot)) return decision.awaitCommit();
  const scope = config.scopeOf(place, host, membership);
  const seconds = Math.min(scope.dynamicBootpLeaseSeconds, scope.dynamicBootpCutoff - Math.floor(now));
  if (seconds <= 0) return decision.drop("drop-bootp");
  grantAddress(exchange, serving, now, decision, {
    slot,
    subnet,
    host,
    scope,
    reason: "bootp-dynamic",
    messageType: MessageType.bootp,
    seconds,
  });
  leaveOptionsOut(exchange, scope, decision);
  if (!decision.hasReply || isHeld(exchange, serving, slot, now)) return;
  // What somebody is known to answer for is given to nobody for ever.
  if (serving.checked.isBusy(table.poolOf(slot), slot, exchange.monotonic)) return decision.drop("drop-pool-empty");
  decision.awaitsProbe = true;
  if (!needsProbe(exchange, serving, slot, scope)) return;
  // Nothing is bound or answered before the address was found silent; it is held meanwhile.
  decision.hasReply = false;
  decision.alsoReleased = NO_LEASE;
  holdOffer(exchange, serving, decision, slot, scope, true);
}

/** The pools of the link whose addresses the client may have by BOOTP. */
function poolsFor(exchange: Exchange, serving: Serving, { link, host, membership }: Asker): readonly number[] {
  const { config, table } = serving;
  const permitted = serving.pools.of(link, membership);
  const usable = permitted === undefined ? [] : usablePools(permitted, host, exchange.client, config);
  return usable.filter((index) => {
    const pool = table.pools[index];
    const place = config.pools[pool?.declared ?? -1];
    if (pool?.dynamicBootp !== true || place === undefined) return false;
    const { allowDynamicBootp, allowBootp, allowBooting } = config.scopeOf(place, host, membership);
    return allowDynamicBootp && allowBootp && allowBooting;
  });
}

/** A client that sent no magic cookie may know another vendor area than ours (RFC 1048). */
function leaveOptionsOut({ query }: Exchange, scope: Scope, decision: Decision): void {
  if (!query.hasCookie && !scope.alwaysReplyRfc1048) decision.reply.options = NO_OPTIONS;
}
