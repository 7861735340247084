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
import type { Subnet } from "../config/model.ts";
import { isAvailable } from "../lease/allocate.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table.ts";
import type { Query } from "../wire/query.ts";
import { RelaySubOption, UNICAST_FLAG } from "../wire/relay-agent.ts";
import { classify } from "./classify.ts";
import { Change, type Decision, type Reason } from "./decision.ts";
import { grantAddress } from "./grant-address.ts";
import { usablePools } from "./permitted-pools.ts";
import { recallAgentInformation } from "./recall-agent.ts";
import { refuse } from "./reply-content.ts";
import { isReserved, placeOfSlot, reservedSlot } from "./reservation.ts";
import { linkOf, subnetOfLink } from "./select-subnet.ts";
import { isOurIdentifier } from "./server-id.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** The client's state as its message shows it. */
type RequestState = "selecting" | "init-reboot" | "renewing" | "rebinding";

const ACK_REASONS: Readonly<Record<RequestState, Reason>> = {
  selecting: "ack-selecting",
  "init-reboot": "ack-init-reboot",
  renewing: "ack-renew",
  rebinding: "ack-rebind",
};

/** Decides about a DHCPREQUEST. */
export function decideRequest(inquiry: Inquiry, state: EngineState, now: EpochSeconds, decision: Decision): void {
  const { query } = inquiry;
  const address = query.requestedAddress !== 0 ? query.requestedAddress : query.ciaddr;
  if (address === 0) return decision.drop("drop-no-address");
  if (!inquiry.hasClient) return decision.drop("drop-no-client");
  recallAgentInformation(inquiry, state);
  const link = linkOf(inquiry, state);
  const linkSubnet = link < 0 ? undefined : subnetOfLink(inquiry, state, link);
  const requestState = stateOf(inquiry, state);
  if (requestState === "selecting" && !isOurIdentifier(query.serverId, inquiry, state, link)) {
    return declineOurOffer(inquiry, state, link, decision);
  }

  const subnet = state.config.findSubnet(address);
  if (link < 0 || linkSubnet === undefined) return refuseFromUnknownLink(inquiry, state, subnet, decision);
  if (subnet === undefined || subnet.sharedNetwork !== link) {
    return refuseIfAuthoritative(inquiry, state, "nak-wrong-link", linkSubnet, decision);
  }
  decideOnLink(inquiry, state, now, decision, { requestState, address, link, subnet });
}

/** A request for an address that belongs to the link it came from. */
interface OnLink {
  readonly requestState: RequestState;
  readonly address: Ipv4;
  readonly link: number;
  readonly subnet: Subnet;
}

function decideOnLink(inquiry: Inquiry, state: EngineState, now: EpochSeconds, decision: Decision, on: OnLink): void {
  const { client } = inquiry;
  const { table } = state;
  const { subnet, requestState } = on;
  const host = state.config.findHost(client, on.link);
  const membership = classify(inquiry, state);
  const slot = table.slotOf(on.address);
  const scope = state.config.scopeOf(placeOfSlot(state, slot) ?? subnet, host, membership);
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  if (host === undefined && !scope.allowUnknownClients) return decision.drop("drop-unknown-client-denied");

  const reserved = reservedSlot(state, host, on.link);
  if (reserved !== NO_LEASE && reserved !== slot) {
    return refuseIfAuthoritative(inquiry, state, "nak-reserved-elsewhere", subnet, decision);
  }
  if (slot === NO_LEASE) {
    // On the right subnet, but in no pool of ours: another server's business (or a statically configured host's).
    if (requestState !== "selecting") return decision.drop("drop-not-ours");
    return refuseIfAuthoritative(inquiry, state, "nak-not-available", subnet, decision);
  }
  if (table.isPending(slot)) return decision.drop("drop-already-pending");
  if (slot === reserved)
    return grantAddress(inquiry, state, now, decision, { slot, subnet, host, scope, reason: "ack-reserved" });

  const isOwn = table.isOwner(slot, client);
  // RFC 2131 section 4.3.2: no record of this client means silence, whoever has the address; a record of another address, NAK.
  if (requestState === "init-reboot" && !isOwn && table.findByClient(client, on.link) === NO_LEASE) {
    return decision.drop("drop-unknown-client");
  }
  const isFree = isAvailable(table, slot, client, now) || wasOfferedToCard(inquiry, state, slot, requestState);
  if (isReserved(state, slot) || !isFree) {
    const reason = table.state(slot) === BindingState.abandoned ? "nak-not-available" : "nak-taken";
    return refuseIfAuthoritative(inquiry, state, reason, subnet, decision);
  }
  if (requestState === "init-reboot" && !isOwn) {
    return refuseIfAuthoritative(inquiry, state, "nak-wrong-address", subnet, decision);
  }
  const pools = state.pools.of(on.link, membership);
  if (pools === undefined || !usablePools(pools, host, inquiry, state.config).includes(table.poolOf(slot))) {
    return refuseIfAuthoritative(inquiry, state, "nak-not-permitted", subnet, decision);
  }
  const reason = ACK_REASONS[requestState];
  grantAddress(inquiry, state, now, decision, { slot, subnet, host, scope, reason });
}

/** Some clients say their identifier with the request only: what was offered to their card is for them. */
function wasOfferedToCard(
  { client }: Inquiry,
  { table }: EngineState,
  slot: LeaseSlot,
  requestState: RequestState,
): boolean {
  const isOffer = requestState === "selecting" && table.state(slot) === BindingState.offered;
  return isOffer && client.hlen > 0 && !table.isPending(slot) && table.hasHardwareOf(slot, client);
}

function stateOf(inquiry: Inquiry, state: EngineState): RequestState {
  const { query, arrival } = inquiry;
  // Some clients that renew write 0.0.0.0 where they have to name no server: that is nobody.
  const isRenewal = query.serverId === 0 && query.ciaddr !== 0;
  if (query.has(54) && !isRenewal) return "selecting";
  if (query.ciaddr === 0) return "init-reboot";
  if (query.giaddr !== 0) return isUnicastToRelay(query) ? "renewing" : "rebinding";
  return state.links.isOwn(arrival.localAddress) ? "renewing" : "rebinding";
}

/** RFC 5010 section 5: through a relay, only the relay can tell a renewing client from a rebinding one. */
function isUnicastToRelay(query: Query): boolean {
  // What is longer than one octet is told by its first.
  const isFlags = query.relaySubOptionLength(RelaySubOption.flags) >= 1;
  return isFlags && (query.relaySubOptionByte(RelaySubOption.flags, 0) & UNICAST_FLAG) !== 0;
}

/** The client took another server's offer: ours is free again, at once and in memory only. */
function declineOurOffer(inquiry: Inquiry, state: EngineState, link: number, decision: Decision): void {
  decision.drop("drop-other-server");
  if (link < 0) return;
  const slot = state.table.findByClient(inquiry.client, link);
  if (slot === NO_LEASE || state.table.isPending(slot)) return;
  if (state.table.state(slot) !== BindingState.offered) return;
  decision.change = Change.withdraw;
  decision.slot = slot;
}

/** A relay of a network we do not know forwards a request for an address of one that we do know: it cannot be right there. */
function refuseFromUnknownLink(
  inquiry: Inquiry,
  state: EngineState,
  subnet: Subnet | undefined,
  decision: Decision,
): void {
  if (subnet === undefined) return decision.drop("drop-unknown-link");
  refuseIfAuthoritative(inquiry, state, "nak-wrong-link", subnet, decision);
}

/** NAKs if we are authoritative for the network in question, else stays silent. */
function refuseIfAuthoritative(
  inquiry: Inquiry,
  state: EngineState,
  reason: Reason,
  subnet: Subnet,
  decision: Decision,
): void {
  if (!subnet.scope.authoritative) return decision.drop("drop-not-authoritative");
  refuse(decision, inquiry, state, reason, subnet.scope, subnet);
}
