// DHCPREQUEST in its four states (RFC 2131 section 4.3.2, table 4):
//
//   state        option 54   option 50   ciaddr      sent to
//   SELECTING    MUST        MUST        zero        broadcast
//   INIT-REBOOT  MUST NOT    MUST        zero        broadcast
//   RENEWING     MUST NOT    MUST NOT    the address unicast
//   REBINDING    MUST NOT    MUST NOT    the address broadcast
//
// Option 54 is looked at before anything changes: a request for another server changes nothing here
// but the offer it declines, and is never NAKed in that server's name.

import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Subnet } from "../config/model/model.ts";
import { isAvailable } from "../lease/allocate.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { RelaySubOption, UNICAST_FLAG } from "../wire/options/relay-agent.ts";
import type { Query } from "../wire/query.ts";
import { Change, type Reason } from "./decision.ts";
import { leaseSeconds } from "./deliver/lease-seconds.ts";
import { isOurIdentifier } from "./deliver/server-id.ts";
import type { Exchange } from "./exchange.ts";
import { grantAddress } from "./grant-address.ts";
import { subjectAddress } from "./locate/locate.ts";
import { usablePools } from "./locate/permitted-pools.ts";
import { isReserved, reservedSlot, siteOfSlot } from "./locate/reservation.ts";
import { refuseRequest } from "./refuse-request.ts";
import { renewForOther } from "./renew-for-other.ts";
import { renewFromReserve } from "./renew-from-reserve.ts";
import type { Serving } from "./serving.ts";

/** The client's state as its message shows it. */
type RequestState = "selecting" | "init-reboot" | "renewing" | "rebinding";

const ACK_REASONS: Readonly<Record<RequestState, Reason>> = {
  selecting: "ack-selecting",
  "init-reboot": "ack-init-reboot",
  renewing: "ack-renew",
  rebinding: "ack-rebind",
};

/** Decides about a DHCPREQUEST. */
export function decideRequest(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { query, decision, link } = exchange;
  const address = subjectAddress(query);
  if (address === 0) return decision.drop("drop-no-address");
  if (!exchange.hasClient) return decision.drop("drop-no-client");
  const requestState = stateOf(exchange, serving);
  if (requestState === "selecting" && !isOurIdentifier(query.serverId, exchange, serving, link)) {
    return withdrawOffer(exchange, serving);
  }

  const subnet = serving.config.findSubnet(address);
  if (exchange.subnet === undefined || subnet === undefined || subnet.sharedNetwork !== link) {
    // On a network that we do not know, an address of a network that we do know is wrong all the same.
    const known = exchange.subnet ?? subnet;
    if (known === undefined) return decision.drop("drop-unknown-link");
    const slot = serving.table.slotOf(address);
    return refuseRequest(exchange, serving, now, "nak-wrong-link", known, slot, requestState === "selecting");
  }
  decideOnLink(exchange, serving, now, requestState, address, subnet);
}

/** Decides about a request for an address of `subnet`, which belongs to the link that it came from. */
function decideOnLink(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  requestState: RequestState,
  address: Ipv4,
  subnet: Subnet,
): void {
  const { query, decision, host } = exchange;
  const { table } = serving;
  const slot = table.slotOf(address);
  const scope = serving.config.scopeOf(siteOfSlot(serving, slot) ?? subnet, host, exchange.classes);
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  if (host === undefined && !scope.allowUnknownClients) return decision.drop("drop-unknown-client-denied");

  if (slot !== NO_LEASE && table.isPending(slot)) return decision.awaitCommit(slot);
  const reserved = reservedSlot(exchange, serving, now);
  const hasAddress = requestState === "renewing" || requestState === "rebinding";
  if (slot === NO_LEASE && reserved === NO_LEASE && hasAddress && renewForOther(exchange, serving, address, subnet))
    return;
  const why =
    slot === NO_LEASE
      ? whyNotOfPool(exchange, serving, requestState, address, subnet, reserved)
      : whyNot(exchange, serving, now, requestState, slot, reserved);
  if (why !== undefined && !why.startsWith("nak")) return decision.drop(why);
  if (why !== undefined) {
    refuseRequest(exchange, serving, now, why, subnet, slot, requestState === "selecting");
    if (decision.hasReply && isOfLease(why, exchange, serving, slot)) decision.refreshFirst(slot);
    return;
  }
  const reason = slot === reserved ? "ack-reserved" : ACK_REASONS[requestState];
  decision.answer(reason, MessageType.ack, subnet, host, scope);
  const seconds = leaseSeconds(query.requestedLeaseSeconds, scope);
  if (hasAddress && renewFromReserve(exchange, serving, now, slot, seconds)) return;
  grantAddress(exchange, serving, now, slot, seconds);
}

/** Whether a NAK follows from the table, which may be behind the store of a cluster, and not from the configuration. */
function isOfLease(why: Reason, { isFresh }: Exchange, serving: Serving, slot: LeaseSlot): boolean {
  if (serving.cluster === undefined || isFresh || slot === NO_LEASE) return false;
  if (serving.table.isWithheld(slot) || isReserved(serving, slot)) return false;
  return why === "nak-taken" || why === "nak-not-available" || why === "nak-wrong-address";
}

/** Why a client cannot have an address that no pool has; `reserved`: the address that is reserved for it, and that it can have now. */
function whyNotOfPool(
  { client }: Exchange,
  serving: Serving,
  requestState: RequestState,
  address: Ipv4,
  subnet: Subnet,
  reserved: LeaseSlot,
): Reason {
  if (reserved !== NO_LEASE) return "nak-reserved-elsewhere";
  // By a newer configuration, which another server of the cluster has already, the address may be the client's.
  if (serving.cluster !== undefined && !serving.links.isOwn(address)) return "drop-not-ours";
  if (requestState === "selecting" || serving.links.isOwn(address)) return "nak-not-available";
  // The lease file's record of such an address is older than the split.
  if (serving.config.findOtherRange(address) !== undefined) return "drop-not-ours";
  // The range has moved: the lease file knows that the address was ours to give.
  if (subnet.scope.authoritative && serving.table.hasOutside(address, client)) return "nak-not-available";
  // On the right subnet, but in no pool of ours: another server's business (or a statically configured host's).
  return "drop-not-ours";
}

/** Why a client cannot have the address of a slot; undefined if it can. */
function whyNot(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  requestState: RequestState,
  slot: LeaseSlot,
  reserved: LeaseSlot,
): Reason | undefined {
  const { client, link } = exchange;
  const { table } = serving;
  if (reserved !== NO_LEASE && reserved !== slot) return "nak-reserved-elsewhere";
  if (table.isWithheld(slot)) return "nak-not-available";
  if (slot === reserved) return undefined;

  const isOwn = table.isOwner(slot, client);
  // RFC 2131 section 4.3.2: without a record of this client the server is silent, even if another client has the
  // address; with a record of another address, it sends a NAK.
  if (requestState === "init-reboot" && !isOwn && table.findByClient(client, link) === NO_LEASE) {
    return "drop-unknown-client";
  }
  if (requestState === "selecting" && !isOwn && isInUse(exchange, serving, slot)) return "nak-not-available";
  const isFree = isAvailable(table, slot, client, now) || mayTakeOffer(exchange, serving, slot, requestState);
  if (isReserved(serving, slot) || !isFree) {
    return table.state(slot) === BindingState.abandoned ? "nak-not-available" : "nak-taken";
  }
  if (requestState === "init-reboot" && !isOwn) return "nak-wrong-address";
  const pools = serving.pools.of(link, exchange.classes);
  const isPermitted =
    pools !== undefined && usablePools(pools, exchange.host, client, serving.config).includes(table.poolOf(slot));
  return isPermitted ? undefined : "nak-not-permitted";
}

/**
 * Whether a host without a lease answers at an address that no client has and none is offered. A host that uses the
 * address already renews it, or asks for it as its own after a restart: it does not select it.
 */
function isInUse({ monotonic }: Exchange, { table, checked }: Serving, slot: LeaseSlot): boolean {
  return table.isNobodys(slot) && checked.isBusy(table.poolOf(slot), slot, monotonic);
}

/**
 * Whether the client may have an address that is offered to another one. Some clients send their identifier with the
 * request only: an offer to their card is for them. In a full pool the offer may have gone on to the next client
 * (lease/allocate.ts): the first client to request the address gets it, or a client that asks for offers fast enough
 * would keep all others from it. In a cluster, another server may have offered the address to this client.
 */
function mayTakeOffer(
  { client }: Exchange,
  { table, cluster }: Serving,
  slot: LeaseSlot,
  requestState: RequestState,
): boolean {
  if (table.state(slot) !== BindingState.offered || table.isPending(slot)) return false;
  if (cluster !== undefined) return true;
  if (requestState !== "selecting") return false;
  return isLastOfPool(table, slot) || (client.hlen > 0 && table.hasHardwareOf(slot, client));
}

/** Whether a new client could be offered nothing of the slot's pool but what others are offered. */
function isLastOfPool(table: LeaseTable, slot: LeaseSlot): boolean {
  const pool = table.poolOf(slot);
  const { free, expired, released } = BindingState;
  return [free, expired, released].every((state) => table.countInPool(pool, state) === 0);
}

function stateOf(exchange: Exchange, serving: Serving): RequestState {
  const { query, arrival } = exchange;
  // Some clients that renew write 0.0.0.0 although they have to name no server: that names none.
  const isRenewal = query.serverId === 0 && query.ciaddr !== 0;
  if (query.has(54) && !isRenewal) return "selecting";
  if (query.ciaddr === 0) return "init-reboot";
  if (query.giaddr !== 0) return isUnicastToRelay(query) ? "renewing" : "rebinding";
  return serving.links.isOwn(arrival.localAddress) ? "renewing" : "rebinding";
}

/** RFC 5010 section 5: through a relay, only the relay can tell a renewing client from a rebinding one. */
function isUnicastToRelay(query: Query): boolean {
  // In a longer value the first octet counts.
  const isFlags = query.relaySubOptionLength(RelaySubOption.flags) >= 1;
  return isFlags && (query.relaySubOptionByte(RelaySubOption.flags, 0) & UNICAST_FLAG) !== 0;
}

/** The client took another server's offer: ours is free again, at once and in memory only. */
function withdrawOffer(exchange: Exchange, serving: Serving): void {
  const { decision, link } = exchange;
  decision.drop("drop-other-server");
  if (link < 0) return;
  const slot = serving.table.findByClient(exchange.client, link);
  if (slot === NO_LEASE || serving.table.isPending(slot)) return;
  if (serving.table.state(slot) !== BindingState.offered) return;
  decision.change = Change.withdraw;
  decision.slot = slot;
}
