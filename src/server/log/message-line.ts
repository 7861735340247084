// The log's line about a DHCP message, in dhcpd(8)'s words and with stable fields. Its facts are copied when the
// message is at hand; the line is made later.

import { sendFailureText } from "../../backend/send-failures.ts";
import { formatHex, NO_OCTETS } from "../../base/bytes.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import { escapeOctets, textOrHex } from "../../base/text.ts";
import type { Subnet } from "../../config/model/model.ts";
import type { Decision, Reason } from "../../engine/decision.ts";
import type { Exchange } from "../../engine/exchange.ts";
import { copyClientName } from "../../wire/client-name.ts";
import { Delivery, deliveryName } from "../../wire/delivery.ts";
import { secondsOnWire } from "../../wire/encode/lease-times.ts";
import { isLeaseInformation, MessageType, messageTypeName } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { RelaySubOption } from "../../wire/options/relay-agent.ts";
import type { Query } from "../../wire/query.ts";
import { REASON_TEXTS } from "./reason-texts.ts";

/** The log shows so many octets of a client's host name: a label has 63 at most. */
const NAME_OCTETS_MAX = 64;

/** What stands for the interface of a client that a router has between it and us. */
export const ROUTED = "a routed network";
/** Room for a name in option 81. */
const fullName = new Uint8Array(255);

/** Fields of a line, in their order. They are put in one after the other, because V8 is slow at spreading objects into one. */
export type Fields = Record<string, string | number>;

/** A line: fields for machines, a sentence for people. */
interface Line {
  readonly fields: Fields;
  readonly text: string;
}

/** What a line will say, as it was when the message was at hand. */
export interface Told {
  readonly messageType: number;
  /** The type of the query that it is, or answers. */
  readonly queryType: number;
  /** The reason of a query; undefined: it is a reply. */
  reason: Reason | undefined;
  readonly hardware: Uint8Array;
  readonly name: Uint8Array;
  readonly host: string;
  readonly subnet: Subnet | undefined;
  readonly xid: number;
  readonly giaddr: number;
  readonly ifindex: number;
  /** See Exchange. */
  readonly isRouted: boolean;
  /** What a query asks for, what a reply is about. */
  address: number;
  readonly serverId: number;
  /** Addresses the datagram came in by, or leaves by. */
  local: number;
  remote: number;
  /** The relay's port, as the relay tells it (RFC 3046 sections 3.1 and 3.2); empty where it does not. */
  readonly circuitId: string;
  readonly remoteId: string;
  /** What a reply grants; 0: it grants nothing. */
  leaseSeconds: number;
  delivery: Delivery;
  errno: number;
  /** The firewall set that holds a reply back; empty: none does. */
  holder: string;
}

/** What the line of a query takes. */
export function tellQuery(exchange: Exchange): Told {
  const { query, arrival, decision } = exchange;
  const told = about(exchange, query.messageType);
  told.reason = decision.reason;
  told.address = askedOf(query);
  told.local = arrival.localAddress;
  told.remote = arrival.remoteAddress;
  return told;
}

/** What the line of a reply takes, but for how it leaves. */
export function tellReply(exchange: Exchange): Told {
  const { query, decision } = exchange;
  const { reply } = decision;
  const told = about(exchange, reply.messageType);
  told.address = addressOf(query, decision);
  if (grantsLease(reply.messageType)) told.leaseSeconds = Math.max(0, secondsOnWire(reply.leaseSeconds));
  return told;
}

function grantsLease(messageType: number): boolean {
  return messageType === MessageType.offer || messageType === MessageType.ack;
}

/** The line of a query; `via`: the relay, or the interface it came in by. */
export function queryLine(told: Told, reason: Reason, via: string): Line {
  const type = messageTypeName(told.messageType);
  const fields: Fields = { event: "query", type, reason };
  if (told.address !== 0) fields["address"] = formatIpv4(told.address);
  const client = putClient(fields, told);
  fields["via"] = via;
  fields["receivedAt"] = formatIpv4(told.local);
  fields["from"] = formatIpv4(told.remote);
  const isForOther = reason === "drop-other-server";
  const serverIdentifier = isForOther ? formatIpv4(told.serverId) : "";
  if (isForOther) fields["serverIdentifier"] = serverIdentifier;
  putRelayPort(fields, told);
  const from = client === "" ? "" : ` from ${client}`;
  const why = isForOther ? `it is for the server ${serverIdentifier}` : REASON_TEXTS[reason];
  return { fields, text: `${type}${askedText(told)}${from} via ${via}${why === "" ? "" : `: ${why}`}` };
}

/** The line of a datagram that is no query. */
export function faultText(reason: string): string {
  return `dropped a datagram: ${reason}`;
}

/** The name of a reply's type: a BOOTP message has none of its own. */
export function replyTypeName(messageType: number): string {
  return messageType === MessageType.bootp ? "BOOTREPLY" : messageTypeName(messageType);
}

/** The line of a reply that has left, or was not sent. */
export function replyLine(told: Told, via: string): Line {
  const type = replyTypeName(told.messageType);
  const address = formatIpv4(told.address);
  const fields: Fields = { event: "reply", type, address };
  const client = putClient(fields, told);
  fields["via"] = via;
  fields["source"] = formatIpv4(told.local);
  fields["to"] = formatIpv4(told.remote);
  fields["delivery"] = deliveryName(told.delivery);
  if (told.leaseSeconds > 0) fields["leaseSeconds"] = told.leaseSeconds;
  putRelayPort(fields, told);
  const failure = failureOf(told);
  if (told.holder !== "") fields["reason"] = "drop-firewall";
  if (failure !== "") fields["failure"] = failure;
  const to = client === "" ? "" : ` to ${client}`;
  return { fields, text: `${type} on ${address}${to} via ${via}${failure === "" ? "" : ` was not sent: ${failure}`}` };
}

function failureOf({ holder, errno }: Told): string {
  if (holder !== "") return `the firewall set ${holder} did not take the element`;
  return errno === 0 ? "" : sendFailureText(errno);
}

/** Puts in the relay's port, where the relay tells it. */
export function putRelayPort(fields: Fields, { circuitId, remoteId }: Told): void {
  if (circuitId !== "") fields["circuitId"] = circuitId;
  if (remoteId !== "") fields["remoteId"] = remoteId;
}

/** Puts in whom a message is about. Returns the same for people: the hardware address, and names behind it; empty without an address. */
function putClient(fields: Fields, { hardware: octets, name: nameOctets, host, subnet, xid }: Told): string {
  const hardware = formatHex(octets, ":");
  const name = escapeOctets(nameOctets);
  fields["hardware"] = hardware;
  if (name !== "") fields["hostName"] = name;
  if (host !== "") fields["host"] = host;
  if (subnet !== undefined) fields["subnet"] = `${formatIpv4(subnet.network)}/${subnet.prefixLength}`;
  fields["xid"] = xid;
  if (hardware === "") return "";
  const hostText = host !== "" && host !== name ? `host ${host}` : "";
  const names = name !== "" && hostText !== "" ? `${name}, ${hostText}` : `${name}${hostText}`;
  return names === "" ? hardware : `${hardware} (${names})`;
}

/** A text of the relay's (RFC 3046), or octets where it is none; empty where there is none. */
function agentText(query: Query, subOption: number): string {
  if (query.giaddr === 0 || !query.has(OptionCode.relayAgentInformation)) return "";
  return textOrHex(query.relaySubOption(subOption));
}

/** What a query and its reply tell alike. */
function about({ query, arrival, decision, isRouted }: Exchange, messageType: number): Told {
  return {
    messageType,
    queryType: query.messageType,
    reason: undefined,
    hardware: query.chaddr.slice(0, query.hlen),
    name: nameOf(query),
    host: decision.host?.name ?? "",
    subnet: decision.subnet,
    xid: query.xid,
    giaddr: query.giaddr,
    ifindex: arrival.ifindex,
    isRouted,
    address: 0,
    serverId: query.serverId,
    local: 0,
    remote: 0,
    circuitId: agentText(query, RelaySubOption.circuitId),
    remoteId: agentText(query, RelaySubOption.remoteId),
    leaseSeconds: 0,
    delivery: Delivery.none,
    errno: 0,
    holder: "",
  };
}

/** What the client calls itself, as its lease has it: option 12, else option 81. */
function nameOf(query: Query): Uint8Array {
  const hostName = query.option(OptionCode.hostName) ?? NO_OCTETS;
  if (hostName.length > 0) return hostName.slice(0, NAME_OCTETS_MAX);
  return fullName.slice(0, Math.min(copyClientName(query, fullName), NAME_OCTETS_MAX));
}

/** The address that a query is about; 0: none. */
function askedOf({ messageType, requestedAddress, ciaddr }: Query): number {
  if (messageType === MessageType.request) return requestedAddress !== 0 ? requestedAddress : ciaddr;
  if (messageType === MessageType.decline || messageType === MessageType.discover) return requestedAddress;
  return messageType === MessageType.leaseQuery || messageType === MessageType.release ? ciaddr : 0;
}

function askedText({ messageType, address }: Told): string {
  const text = formatIpv4(address);
  if (messageType === MessageType.request) return ` for ${text}`;
  const mayAsk = messageType === MessageType.leaseQuery || messageType === MessageType.discover;
  if (mayAsk && address !== 0) return ` for ${text}`;
  if (messageType === MessageType.release) return ` of ${text}`;
  return messageType === MessageType.decline ? ` on ${text}` : "";
}

/** The address that a reply is about: the client's, or the refused one. */
function addressOf({ ciaddr, requestedAddress }: Query, { reply }: Decision): number {
  if (isLeaseInformation(reply.messageType as MessageType)) return reply.ciaddr;
  if (reply.yiaddr !== 0) return reply.yiaddr;
  return ciaddr !== 0 ? ciaddr : requestedAddress;
}
