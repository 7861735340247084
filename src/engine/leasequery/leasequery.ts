// DHCPLEASEQUERY (RFC 4388): which client has an address, or which address a client has. Relays and access
// concentrators ask; they name themselves by giaddr, and the answer goes only there.
//
//   by ciaddr                 DHCPLEASEACTIVE, DHCPLEASEUNASSIGNED; DHCPLEASEUNKNOWN if it is not ours
//   by chaddr, by option 61   DHCPLEASEACTIVE about the lease that was used last; DHCPLEASEUNKNOWN
//
// The query's own option 82 is ignored: the answer has the lease's.

import { type Ipv4, isInNetwork } from "../../base/ipv4.ts";
import { LEASEQUERY_LEASES_MAX } from "../../base/limits/leasequery.ts";
import type { EpochSeconds } from "../../base/time.ts";
import type { Scope } from "../../config/model/scope.ts";
import type { Network } from "../../config/model/settings.ts";
import { type LeaseSlot, NO_LEASE } from "../../lease/table/table.ts";
import type { LeaseInformation } from "../../wire/lease-information.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { RelaySubOption } from "../../wire/options/relay-agent.ts";
import type { Query } from "../../wire/query.ts";
import type { Reason } from "../decision.ts";
import { replySource } from "../deliver/reply-source.ts";
import { isOurIdentifier, serverIdentifier } from "../deliver/server-id.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";
import { isActive, tellLease, tellOptions } from "./lease-information.ts";

/** Types of RFC 6607 section 3.5 that mean the global network. */
const VSS_GLOBAL = 255;
/** RFC 6926 section 6.2.9: every network. */
const VSS_ALL = 254;

const found = new Int32Array(LEASEQUERY_LEASES_MAX);

/** Decides about a DHCPLEASEQUERY. Nothing changes by it. */
export function decideLeasequery(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { query, decision } = exchange;
  const { giaddr } = query;
  if (giaddr === 0) return decision.drop("drop-leasequery-no-giaddr");
  const scope = requestorScope(serving, giaddr);
  if (!mayAsk(serving, scope, giaddr)) return decision.drop("drop-leasequery-denied");
  if (!exchange.isAdmitted) return decision.drop("drop-leasequery-limit");
  decision.isCharged = true;
  if (query.serverId !== 0 && !isOurIdentifier(query.serverId, exchange, serving, exchange.link)) {
    return decision.drop("drop-other-server");
  }
  const isByAddress = query.ciaddr !== 0;
  const isByClientId = query.has(OptionCode.clientId);
  const isByHardware = namesHardware(query);
  if (Number(isByAddress) + Number(isByClientId) + Number(isByHardware) !== 1) {
    return decision.drop("drop-leasequery-malformed");
  }
  decision.reply.reset();
  decision.reply.lease.reset();
  // What another virtual network has is not known here (RFC 6607): this server has one.
  if (namesOtherNetwork(exchange)) return answerUnknown(exchange, serving, scope);
  if (!isByAddress) return answerByClient(exchange, serving, now, scope, isByHardware);
  const slot = serving.table.slotOf(query.ciaddr);
  if (slot === NO_LEASE) return answerUnknown(exchange, serving, scope);
  if (serving.table.isPending(slot)) return decision.awaitCommit(slot);
  if (isActive(serving, slot, now)) return answerActive(exchange, serving, now, scope, slot, 0);
  decision.reply.lease.address = query.ciaddr;
  fillLeasequeryReply(exchange, serving, scope, MessageType.leaseUnassigned, "lease-unassigned");
}

/** The parameters in force where a requestor is: of its subnet, else those outside any. */
export function requestorScope(serving: Serving, requestor: Ipv4): Scope {
  return serving.config.findSubnet(requestor)?.scope ?? serving.config.globalScope;
}

/**
 * Whether a giaddr is a permitted requestor's. Any host can write one: if all may ask, only our own networks are
 * answered, or the answers could be turned on any host.
 */
function mayAsk(serving: Serving, { leasequeryRequestors }: Scope, giaddr: Ipv4): boolean {
  const isOfOurs = serving.config.findSubnet(giaddr) !== undefined;
  for (const { network, mask } of leasequeryRequestors) {
    if (mask === 0 ? isOfOurs : isInNetwork(giaddr, network, mask)) return true;
  }
  return false;
}

/** Whether one of the networks holds an address. */
export function isAmong(networks: readonly Network[], address: Ipv4): boolean {
  for (const { network, mask } of networks) if (isInNetwork(address, network, mask)) return true;
  return false;
}

/** Whether chaddr says anything: a requestor that asks by something else leaves zeroes there. */
export function namesHardware(query: Query): boolean {
  for (let i = 0; i < query.hlen; i++) if (query.chaddr[i] !== 0) return true;
  return false;
}

function namesOtherNetwork({ query }: Exchange): boolean {
  const code = OptionCode.virtualSubnetSelection;
  if (query.has(code)) return !isEverybodysNetwork(query.optionByte(code, 0));
  const subOption = RelaySubOption.virtualSubnetSelection;
  return query.relaySubOptionLength(subOption) >= 0 && !isEverybodysNetwork(query.relaySubOptionByte(subOption, 0));
}

/** Whether a VSS type (RFC 6607 section 3.5) means the one network that this server has. */
export function isEverybodysNetwork(type: number): boolean {
  return type === VSS_GLOBAL || type === VSS_ALL;
}

function answerByClient(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  scope: Scope,
  isByHardware: boolean,
): void {
  const { client, decision } = exchange;
  const { table } = serving;
  // Shorter than two octets is no client identifier (RFC 2132 section 9.14): no lease has it.
  const isSearchable = isByHardware || client.clientIdLength > 0;
  const count = !isSearchable
    ? 0
    : isByHardware
      ? table.findAllByHardware(client, found)
      : table.findAllByClient(client, found);
  let newest = NO_LEASE;
  let active = 0;
  for (let i = 0; i < count; i++) {
    const slot = found[i] ?? NO_LEASE;
    if (table.isPending(slot)) return decision.awaitCommit(slot);
    if (!isActive(serving, slot, now)) continue;
    found[active++] = slot;
    if (newest === NO_LEASE || isNewer(serving, slot, newest)) newest = slot;
  }
  if (newest === NO_LEASE) return answerUnknown(exchange, serving, scope);
  answerActive(exchange, serving, now, scope, newest, active);
}

function isNewer(serving: Serving, slot: LeaseSlot, other: LeaseSlot): boolean {
  const difference = serving.table.lastTransactionAt(slot) - serving.table.lastTransactionAt(other);
  return difference > 0 || (difference === 0 && slot < other);
}

/** Answers with a lease; the first `active` of `found` are all that the client has. */
function answerActive(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
  scope: Scope,
  slot: LeaseSlot,
  active: number,
): void {
  const { decision } = exchange;
  const { lease } = decision.reply;
  tellLease(serving, slot, now, lease);
  for (let i = 0; i < active && lease.associatedCount < lease.associated.length; i++) {
    const other = found[i] ?? NO_LEASE;
    if (other !== slot) lease.associated[lease.associatedCount++] = serving.table.addressOf(other);
  }
  tellOptions(serving, slot, decision.reply);
  decision.slot = slot;
  fillLeasequeryReply(exchange, serving, scope, MessageType.leaseActive, "lease-active");
}

/** Hands back the fields by which was asked, since nothing is known, and no option (RFC 4388 section 6.4). */
function answerUnknown(exchange: Exchange, serving: Serving, scope: Scope): void {
  const { query, decision } = exchange;
  const { lease } = decision.reply;
  lease.address = query.ciaddr;
  copyHardware(query, lease);
  fillLeasequeryReply(exchange, serving, scope, MessageType.leaseUnknown, "lease-unknown");
}

function copyHardware({ htype, hlen, chaddr }: Query, lease: LeaseInformation): void {
  lease.htype = htype;
  lease.hlen = hlen;
  for (let i = 0; i < hlen; i++) lease.chaddr[i] = chaddr[i] ?? 0;
}

function fillLeasequeryReply(
  exchange: Exchange,
  serving: Serving,
  scope: Scope,
  messageType: MessageType,
  reason: Reason,
): void {
  const { decision } = exchange;
  const source = replySource(exchange, serving, undefined);
  if (source === 0) return decision.drop("drop-unknown-link");
  decision.reason = reason;
  decision.hasReply = true;
  decision.source = source;
  decision.reply.messageType = messageType;
  decision.reply.serverId = serverIdentifier(exchange, scope, source);
}
