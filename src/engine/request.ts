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
import type { Membership } from "../config/model/membership.ts";
import type { Host, Subnet } from "../config/model/model.ts";
import { isAvailable } from "../lease/allocate.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { RelaySubOption, UNICAST_FLAG } from "../wire/options/relay-agent.ts";
import type { Query } from "../wire/query.ts";
import { Change, type Decision, type Reason } from "./decision.ts";
import { isOurIdentifier } from "./deliver/server-id.ts";
import { grantAddress } from "./grant-address.ts";
import { classify } from "./locate/classify.ts";
import { usablePools } from "./locate/permitted-pools.ts";
import { isReserved, placeOfSlot, reservedSlot } from "./locate/reservation.ts";
import { linkOf, subnetOfLink } from "./locate/select-subnet.ts";
import { recallAgentInformation } from "./recall-agent.ts";
import { refuseRequest } from "./refuse-request.ts";
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
  if (linkSubnet === undefined || subnet === undefined || subnet.sharedNetwork !== link) {
    // Of a network that we do not know we can still tell that an address of one that we do know is wrong there.
    const known = linkSubnet ?? subnet;
    if (known === undefined) return decision.drop("drop-unknown-link");
    const wrongLink = { reason: "nak-wrong-link", subnet: known, link, slot: state.table.slotOf(address) } as const;
    const asker = { isSelecting: requestState === "selecting", host: state.config.findHost(inquiry.client, link) };
    return refuseRequest(inquiry, state, now, decision, { ...wrongLink, ...asker });
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

  if (slot !== NO_LEASE && table.isPending(slot)) return decision.awaitCommit();
  const reserved = reservedSlot(state, host, on.link, client, now);
  const why = whyNot(inquiry, state, now, { ...on, host, membership, slot, reserved });
  if (why !== undefined && !why.startsWith("nak")) return decision.drop(why);
  if (why !== undefined) {
    const isSelecting = requestState === "selecting";
    return refuseRequest(inquiry, state, now, decision, {
      reason: why,
      subnet,
      link: on.link,
      slot,
      isSelecting,
      host,
    });
  }
  const reason = slot === reserved ? "ack-reserved" : ACK_REASONS[requestState];
  grantAddress(inquiry, state, now, decision, { slot, subnet, host, scope, reason });
}

/** Who asks for what on a link. */
interface Asked extends OnLink {
  readonly host: Host | undefined;
  readonly membership: Membership;
  /** NO_LEASE if no pool has the address. */
  readonly slot: LeaseSlot;
  /** The address that is reserved for the client, and that it can have now. */
  readonly reserved: LeaseSlot;
}

/** Why a client cannot have an address; undefined if it can. */
function whyNot(inquiry: Inquiry, state: EngineState, now: EpochSeconds, asked: Asked): Reason | undefined {
  const { client } = inquiry;
  const { table } = state;
  const { requestState, address, link, subnet, host, slot, reserved } = asked;
  if (reserved !== NO_LEASE && reserved !== slot) return "nak-reserved-elsewhere";
  if (slot === NO_LEASE) {
    if (requestState === "selecting" || state.links.isOwn(address)) return "nak-not-available";
    // The range has moved: the lease file knows that the address was ours to give.
    if (subnet.scope.authoritative && table.hasOutside(address, client)) return "nak-not-available";
    // On the right subnet, but in no pool of ours: another server's business (or a statically configured host's).
    return "drop-not-ours";
  }
  if (table.isWithheld(slot)) return "nak-not-available";
  if (slot === reserved) return undefined;

  const isOwn = table.isOwner(slot, client);
  // RFC 2131 section 4.3.2: no record of this client means silence, whoever has the address; a record of another address, NAK.
  if (requestState === "init-reboot" && !isOwn && table.findByClient(client, link) === NO_LEASE) {
    return "drop-unknown-client";
  }
  const isFree = isAvailable(table, slot, client, now) || wasOfferedToCard(inquiry, state, slot, requestState);
  if (isReserved(state, slot) || !isFree) {
    return table.state(slot) === BindingState.abandoned ? "nak-not-available" : "nak-taken";
  }
  if (requestState === "init-reboot" && !isOwn) return "nak-wrong-address";
  const pools = state.pools.of(link, asked.membership);
  const isPermitted =
    pools !== undefined && usablePools(pools, host, inquiry.client, state.config).includes(table.poolOf(slot));
  return isPermitted ? undefined : "nak-not-permitted";
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
