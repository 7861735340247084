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
import { grantAddress } from "./grant-address.ts";
import { classify } from "./locate/classify.ts";
import { usablePools } from "./locate/permitted-pools.ts";
import { placeOfSlot, reservedSlot, subnetOfSlot } from "./locate/reservation.ts";
import { linkOf } from "./locate/select-subnet.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** Decides about a BOOTREQUEST. */
export function decideBootp(inquiry: Inquiry, state: EngineState, now: EpochSeconds, decision: Decision): void {
  const { client } = inquiry;
  const link = linkOf(inquiry, state);
  if (link < 0) return decision.drop("drop-unknown-link");
  if (!inquiry.hasClient) return decision.drop("drop-no-client");
  const host = state.config.findHost(client, link);
  const membership = classify(inquiry, state);
  const slot = reservedSlot(state, host, link, client, now);
  if (slot === NO_LEASE) return decideDynamic(inquiry, state, now, decision, { link, host, membership });
  const subnet = subnetOfSlot(state, slot);
  if (subnet === undefined) return decision.drop("drop-bootp");
  const scope = state.config.scopeOf(subnet, host, membership);
  if (!scope.allowBootp || !scope.allowBooting) return decision.drop("drop-booting-denied");
  const grant = { reason: "bootp-reserved", messageType: MessageType.bootp, subnet, host, scope } as const;
  answer(decision, inquiry, state, grant, state.table.addressOf(slot), -1);
  leaveOptionsOut(inquiry, scope, decision);
}

/** A client without a fixed address on the link. */
interface Asker {
  readonly link: number;
  readonly host: Host | undefined;
  readonly membership: Membership;
}

function decideDynamic(
  inquiry: Inquiry,
  state: EngineState,
  now: EpochSeconds,
  decision: Decision,
  asker: Asker,
): void {
  const { table, config } = state;
  const { host, membership } = asker;
  const pools = poolsFor(inquiry, state, asker);
  if (pools.length === 0) return decision.drop("drop-bootp");
  const slot = allocate(table, pools, inquiry.client, 0, now, inquiry.tried, state.checked, inquiry.monotonic);
  const place = placeOfSlot(state, slot);
  const subnet = slot === NO_LEASE ? undefined : subnetOfSlot(state, slot);
  if (place === undefined || subnet === undefined) return decision.drop("drop-pool-empty");
  if (table.isPending(slot)) return decision.awaitCommit();
  const scope = config.scopeOf(place, host, membership);
  const seconds = Math.min(scope.dynamicBootpLeaseSeconds, scope.dynamicBootpCutoff - Math.floor(now));
  if (seconds <= 0) return decision.drop("drop-bootp");
  grantAddress(inquiry, state, now, decision, {
    slot,
    subnet,
    host,
    scope,
    reason: "bootp-dynamic",
    messageType: MessageType.bootp,
    seconds,
  });
  leaveOptionsOut(inquiry, scope, decision);
  if (!decision.hasReply || isHeld(inquiry, state, slot, now)) return;
  // What somebody is known to answer for is given to nobody for ever.
  if (state.checked.isBusy(table.poolOf(slot), slot, inquiry.monotonic)) return decision.drop("drop-pool-empty");
  decision.awaitsProbe = true;
  if (!needsProbe(inquiry, state, slot, scope)) return;
  // Nothing is bound or answered before the address was found silent; it is held meanwhile.
  decision.hasReply = false;
  decision.alsoReleased = NO_LEASE;
  holdOffer(inquiry, state, decision, slot, scope, true);
}

/** The pools of the link whose addresses the client may have by BOOTP. */
function poolsFor(inquiry: Inquiry, state: EngineState, { link, host, membership }: Asker): readonly number[] {
  const { config, table } = state;
  const permitted = state.pools.of(link, membership);
  const usable = permitted === undefined ? [] : usablePools(permitted, host, inquiry.client, config);
  return usable.filter((index) => {
    const pool = table.pools[index];
    const place = config.pools[pool?.declared ?? -1];
    if (pool?.dynamicBootp !== true || place === undefined) return false;
    const { allowDynamicBootp, allowBootp, allowBooting } = config.scopeOf(place, host, membership);
    return allowDynamicBootp && allowBootp && allowBooting;
  });
}

/** A client that sent no magic cookie may know another vendor area than ours (RFC 1048). */
function leaveOptionsOut({ query }: Inquiry, scope: Scope, decision: Decision): void {
  if (!query.hasCookie && !scope.alwaysReplyRfc1048) decision.reply.options = NO_OPTIONS;
}
