// Encodes answers to leasequeries (RFC 4388 section 6.4.2, RFC 6926 section 8.2).
//
// The chaddr, client identifier and agent information are the lease's, not the query's. A requestor that sends a
// parameter request list gets its options, and the options that every answer has: 53, 54, 61, 91, 92 and the status. A
// requestor that sends no list gets all. Agent information comes last (RFC 3046 section 2.1).

import { putUint16, putUint32 } from "../../base/bytes.ts";
import { MESSAGE_OCTETS_MIN, REPLY_OCTETS_MAX } from "../../base/limits/wire.ts";
import type { Seconds } from "../../base/time.ts";
import { BOOTREPLY, CHADDR_OCTETS, MAGIC_COOKIE, Offset } from "../layout.ts";
import { DhcpState, type LeaseInformation, StatusCode } from "../lease-information.ts";
import { OptionCode } from "../options/option-code.ts";
import { OptionWriter, optionOctets } from "../options/option-writer.ts";
import type { Query } from "../query.ts";
import type { Reply } from "../reply.ts";
import { secondsOnWire } from "./lease-times.ts";
import { NEVER_CONFIGURED } from "./reply-option-values.ts";
import { messageOctetsMax } from "./reply-size.ts";

const STATUS_OCTETS_MAX = 255;

/** Options that are the answer's own, or a client's alone. */
const OWN_OPTIONS: readonly number[] = [
  ...NEVER_CONFIGURED,
  OptionCode.renewalTime,
  OptionCode.rebindingTime,
  OptionCode.clientId,
  OptionCode.clientLastTransactionTime,
  OptionCode.associatedIp,
  OptionCode.statusCode,
  OptionCode.baseTime,
  OptionCode.startTimeOfState,
  OptionCode.queryStartTime,
  OptionCode.queryEndTime,
  OptionCode.dhcpState,
  OptionCode.dataSource,
  OptionCode.virtualSubnetSelection,
];

// Scratch of the one answer being encoded: nothing here outlives a call.
const writer = new OptionWriter();
const settled = new Uint8Array(256);
const octets = new Uint8Array(STATUS_OCTETS_MAX);

/**
 * Encodes `reply` with its `lease` at `at` of `target`, which has REPLY_OCTETS_MAX octets from there
 * on; returns its length. What does not fit is left out.
 */
export function encodeLeaseInformation(query: Query, reply: Reply, target: Uint8Array, at: number): number {
  const end = encodeWithin(query, reply, target, at, messageOctetsMax(query, reply));
  return Math.max(end - at, MESSAGE_OCTETS_MIN);
}

/** The same for a stream, where messages are neither padded nor cut to a datagram's size. */
export function encodeStreamed(query: Query, reply: Reply, target: Uint8Array, at: number): number {
  return encodeWithin(query, reply, target, at, REPLY_OCTETS_MAX) - at;
}

function encodeWithin(query: Query, reply: Reply, target: Uint8Array, at: number, limit: number): number {
  const { lease } = reply;
  target.fill(0, at, at + MESSAGE_OCTETS_MIN);
  encodeHeader(query, lease, target, at);
  const agentLength = wants(query, OptionCode.relayAgentInformation) ? lease.agentInformationLength : 0;
  settled.fill(0);
  writer.beginMessage(target, at, limit, agentLength > 0 ? optionOctets(agentLength) : 0, 0);
  writeOwnOptions(reply);
  writeTimes(query, lease);
  writeBinding(query, lease);
  writeOthers(query, reply);
  if (agentLength > 0) writer.putLast(OptionCode.relayAgentInformation, lease.agentInformation, agentLength);
  return writer.finish();
}

function encodeHeader(query: Query, lease: LeaseInformation, target: Uint8Array, at: number): void {
  target[at + Offset.op] = BOOTREPLY;
  target[at + Offset.htype] = lease.htype;
  target[at + Offset.hlen] = lease.hlen;
  putUint32(target, at + Offset.xid, query.xid);
  putUint16(target, at + Offset.flags, query.flags);
  putUint32(target, at + Offset.ciaddr, lease.address);
  putUint32(target, at + Offset.giaddr, query.giaddr);
  const hlen = Math.min(lease.hlen, CHADDR_OCTETS);
  for (let i = 0; i < hlen; i++) target[at + Offset.chaddr + i] = lease.chaddr[i] ?? 0;
  putUint32(target, at + Offset.cookie, MAGIC_COOKIE);
}

/** Whether the requestor gets an option that it may choose. */
function wants(query: Query, code: number): boolean {
  return !query.has(OptionCode.requestList) || query.requests(code);
}

function writeOwnOptions(reply: Reply): void {
  const { lease } = reply;
  octets[0] = reply.messageType;
  put(OptionCode.messageType, octets, 1);
  if (reply.serverId !== 0) putNumber(OptionCode.serverId, reply.serverId);
  if (lease.status !== StatusCode.success) writeStatus(lease);
  if (lease.clientIdLength > 0) put(OptionCode.clientId, lease.clientId, lease.clientIdLength);
  if (lease.lastTransactionSeconds >= 0) {
    putNumber(OptionCode.clientLastTransactionTime, secondsOnWire(lease.lastTransactionSeconds));
  }
  if (lease.associatedCount === 0) return;
  for (let i = 0; i < lease.associatedCount; i++) putUint32(octets, 4 * i, lease.associated[i] ?? 0);
  put(OptionCode.associatedIp, octets, 4 * lease.associatedCount);
}

function writeStatus({ status, statusText }: LeaseInformation): void {
  const length = Math.min(statusText.length, STATUS_OCTETS_MAX - 1);
  octets[0] = status;
  for (let i = 0; i < length; i++) octets[1 + i] = statusText.charCodeAt(i) & 0x7f;
  put(OptionCode.statusCode, octets, 1 + length);
}

function writeTimes(query: Query, lease: LeaseInformation): void {
  putSeconds(query, OptionCode.leaseTime, lease.leaseSeconds);
  putSeconds(query, OptionCode.renewalTime, lease.renewalSeconds);
  putSeconds(query, OptionCode.rebindingTime, lease.rebindingSeconds);
}

/** What RFC 6926 adds. */
function writeBinding(query: Query, lease: LeaseInformation): void {
  putSeconds(query, OptionCode.baseTime, lease.baseTime);
  putSeconds(query, OptionCode.startTimeOfState, lease.stateSeconds);
  if (lease.state === DhcpState.none) return;
  octets[0] = lease.state;
  if (wants(query, OptionCode.dhcpState)) put(OptionCode.dhcpState, octets, 1);
  octets[0] = 0;
  if (wants(query, OptionCode.dataSource)) put(OptionCode.dataSource, octets, 1);
}

/** Writes the values that the client has sent, and those that the configuration gives it. */
function writeOthers(query: Query, reply: Reply): void {
  const { lease, options } = reply;
  for (let i = 0; i < OWN_OPTIONS.length; i++) settled[OWN_OPTIONS[i] ?? 0] = 1;
  if (lease.vendorClassLength > 0 && wants(query, OptionCode.vendorClass)) {
    put(OptionCode.vendorClass, lease.vendorClass, lease.vendorClassLength);
  }
  for (let i = 0; i < options.codes.length; i++) {
    const code = options.codes[i] ?? 0;
    const value = options.get(code);
    if (value !== undefined && settled[code] === 0 && wants(query, code)) put(code, value, value.length);
  }
  if (lease.hostNameLength > 0 && settled[OptionCode.hostName] === 0 && wants(query, OptionCode.hostName)) {
    put(OptionCode.hostName, lease.hostName, lease.hostNameLength);
  }
  if (reply.subnetMask !== 0 && settled[OptionCode.subnetMask] === 0 && wants(query, OptionCode.subnetMask)) {
    putNumber(OptionCode.subnetMask, reply.subnetMask);
  }
}

function putSeconds(query: Query, code: number, seconds: Seconds): void {
  if (seconds >= 0 && wants(query, code)) putNumber(code, secondsOnWire(seconds));
}

function putNumber(code: number, value: number): void {
  putUint32(octets, 0, value);
  put(code, octets, 4);
}

function put(code: number, value: Uint8Array, length: number): void {
  settled[code] = 1;
  writer.put(code, value, length, false);
}
