// Which options a reply carries, and in which order (RFC 2131 section 4.3.1 and table 3, RFC 3046
// section 2.2, RFC 2563, RFC 3011, RFC 3442, RFC 6842, RFC 8925).
//
// Order: 53, 54, 51, 80, 56; the classless routes if asked for; the request list; what else there is, in
// dhcpd(8)'s default order; the relay's option 82. The request list is a priority and, where the configuration
// wants that, a filter; for option 108 it always is one.
// If not everything fits, the options that an RFC demands come first: the client's own options 61, 97 and 118.
// An option that does not fit is left out and smaller ones behind it are still tried; file and sname
// are overloaded only when something would be left out otherwise.

import { NO_OCTETS } from "../../base/bytes.ts";
import { Offset, OVERLOAD_FILE, OVERLOAD_SNAME } from "../layout.ts";
import { MessageType } from "../message-type.ts";
import { DEFAULT_RANKS, OptionCode } from "../options/option-code.ts";
import { optionOctets } from "../options/option-writer.ts";
import type { Query } from "../query.ts";
import type { Reply } from "../reply.ts";
import { rebindingSeconds, renewalSeconds, secondsOnWire } from "./lease-times.ts";
import {
  beginOptions,
  countLeftOut,
  isLongFile,
  keepOut,
  store,
  storeAgentInformation,
  storeNumber,
  storeOctets,
  tellsRenewal,
  tellsTimes,
  writer,
} from "./reply-option-values.ts";
import { agentOctetsToEcho, messageOctetsMax } from "./reply-size.ts";
import { isPlainReply, type LeaseTimes } from "./reply-template.ts";

const PIECE_OCTETS_MAX = 255;

/** Options that may be there without being configured, in default order. */
const COMPUTED = [
  OptionCode.renewalTime,
  OptionCode.rebindingTime,
  OptionCode.clientId,
  OptionCode.subnetMask,
  OptionCode.routers,
  OptionCode.hostName,
  OptionCode.bootFile,
  OptionCode.fqdn,
  OptionCode.subnetSelection,
  OptionCode.clientMachineId,
] as const;

/** Copies of the client's own options that RFC 6842, RFC 4578 and RFC 3011 demand. */
const DEMANDED = [OptionCode.clientId, OptionCode.clientMachineId, OptionCode.subnetSelection] as const;

/** What a reply has beside them although the client does not ask for it. */
const UNASKED = [OptionCode.renewalTime, OptionCode.rebindingTime, OptionCode.fqdn, OptionCode.autoConfigure] as const;

// Scratch of the one reply being encoded: nothing here outlives a call.
const typeOctet = new Uint8Array(1);
const times: LeaseTimes = { lease: -1, renewal: -1, rebinding: -1 };

/**
 * Writes the options of `reply` behind the magic cookie of the message at `at`, and into file and
 * sname where they are needed and free; returns the offset after the options.
 */
export function encodeOptions(query: Query, reply: Reply, target: Uint8Array, at: number): number {
  const limit = messageOctetsMax(query, reply);
  const agentLength = agentOctetsToEcho(query, limit);
  const reserved = agentLength > 0 ? optionOctets(agentLength) : 0;
  const padsText = endsInZero(query);
  const isPlain = agentLength <= PIECE_OCTETS_MAX && isPlainReply(query, reply);
  const templates = isPlain ? reply.options.templates : undefined;
  if (templates !== undefined) {
    noteTimes(reply);
    const first = at + Offset.options;
    const end = templates.write(query, reply, times, padsText, target, first, at + limit - 1 - reserved);
    if (end >= 0) return finishCopy(query, target, end, agentLength);
  }
  beginOptions(target, at, limit, reserved, 0, padsText);
  writeOptions(query, reply, false);
  if (templates !== undefined && countLeftOut() === 0) {
    templates.addTemplate(query, reply, times, padsText, target, at + Offset.options, writer.end);
  }
  if (countLeftOut() > 0) writeTight(query, reply, target, at, limit, reserved, padsText);
  if (agentLength > 0) storeAgentInformation(query, agentLength);
  return writer.finish();
}

/**
 * Writes the options again, since not all have found room: demanded ones first, and in file and sname where those are
 * free.
 */
function writeTight(
  query: Query,
  reply: Reply,
  target: Uint8Array,
  at: number,
  limit: number,
  reserved: number,
  padsText: boolean,
): void {
  const overload = freeFields(reply);
  beginOptions(target, at, limit, reserved, overload, padsText);
  writeOptions(query, reply, true);
  // The options left out are too long for these fields too: the fields stay empty, without option 52.
  if (overload === 0 || writer.overloaded !== 0) return;
  beginOptions(target, at, limit, reserved, 0, padsText);
  writeOptions(query, reply, true);
}

/** Puts option 82 and END behind options that a template has written. */
function finishCopy(query: Query, target: Uint8Array, end: number, agentLength: number): number {
  let at = end;
  if (agentLength > 0) {
    target[at] = OptionCode.relayAgentInformation;
    target[at + 1] = agentLength;
    at += 2 + query.copyOption(OptionCode.relayAgentInformation, target, at + 2);
  }
  target[at] = OptionCode.end;
  return at + 1;
}

/** Fills `times` with what the reply says. */
function noteTimes(reply: Reply): void {
  const saysRenewal = tellsRenewal(reply);
  times.lease = tellsTimes(reply) ? secondsOnWire(reply.leaseSeconds) : -1;
  times.renewal = saysRenewal ? renewalSeconds(reply.leaseSeconds, reply.options) : -1;
  times.rebinding = saysRenewal ? rebindingSeconds(reply.leaseSeconds, reply.options) : -1;
}

/** Fields that may take options: never in a BOOTP reply, whose client does not know option 52. */
function freeFields(reply: Reply): number {
  if (reply.messageType === MessageType.bootp) return 0;
  const file = reply.fileName.length === 0 || isLongFile(reply) ? OVERLOAD_FILE : 0;
  return reply.serverName.length === 0 ? file | OVERLOAD_SNAME : file;
}

/** dhcpd(8): a client whose own host name ends in a zero octet finds one after every text. */
function endsInZero(query: Query): boolean {
  const length = query.optionLength(OptionCode.hostName);
  return length > 0 && query.optionByte(OptionCode.hostName, length - 1) === 0;
}

/** Writes all but option 82, demanded ones first if `isTight`; `countLeftOut` has how many did not fit. */
function writeOptions(query: Query, reply: Reply, isTight: boolean): void {
  if (reply.messageType !== MessageType.bootp) writeOwnOptions(reply);
  if (reply.messageType === MessageType.nak) return store(query, reply, OptionCode.clientId);
  if (isTight) writeDemandedOptions(query, reply);
  const hasList = writeRequestedOptions(query, reply);
  if (hasList && reply.options.requestedOnly) writeUnaskedOptions(query, reply);
  else writeOtherOptions(query, reply);
}

function writeOwnOptions(reply: Reply): void {
  typeOctet[0] = reply.messageType;
  storeOctets(OptionCode.messageType, typeOctet, 1);
  if (reply.serverId !== 0) storeNumber(OptionCode.serverId, reply.serverId);
  const isNak = reply.messageType === MessageType.nak;
  if (tellsTimes(reply)) storeNumber(OptionCode.leaseTime, secondsOnWire(reply.leaseSeconds));
  if (reply.rapidCommit) storeOctets(OptionCode.rapidCommit, NO_OCTETS, 0);
  const configured = isNak ? undefined : reply.options.get(OptionCode.message);
  const message = reply.message.length > 0 ? reply.message : (configured ?? NO_OCTETS);
  if (message.length > 0) storeOctets(OptionCode.message, message, message.length);
}

/** Writes the options of the request list; a configured list replaces the client's. Returns whether there is one. */
function writeRequestedOptions(query: Query, reply: Reply): boolean {
  const configured = reply.options.get(OptionCode.requestList);
  const count = configured?.length ?? query.optionLength(OptionCode.requestList);
  let wantsClassless = false;
  let wantsMicrosoft = false;
  for (let i = 0; i < count; i++) {
    const code = configured?.[i] ?? query.optionByte(OptionCode.requestList, i);
    wantsClassless ||= code === OptionCode.classlessRoutes;
    wantsMicrosoft ||= code === OptionCode.microsoftRoutes;
  }
  if (wantsClassless) storeRoutes(query, reply, OptionCode.classlessRoutes);
  if (wantsMicrosoft) storeRoutes(query, reply, OptionCode.microsoftRoutes);
  for (let i = 0; i < count; i++) {
    store(query, reply, configured?.[i] ?? query.optionByte(OptionCode.requestList, i));
  }
  return count >= 0;
}

/**
 * RFC 3442: routes that a client asks for replace the static routes and, if there is a default route among them, the
 * routers; others get both.
 */
function storeRoutes(query: Query, reply: Reply, code: number): void {
  const before = countLeftOut();
  store(query, reply, code);
  if (countLeftOut() > before || !reply.options.has(code)) return;
  keepOut(OptionCode.staticRoutes);
  if (reply.options.hasDefaultRoute(code)) keepOut(OptionCode.routers);
}

function writeDemandedOptions(query: Query, reply: Reply): void {
  for (let i = 0; i < DEMANDED.length; i++) {
    const code = DEMANDED[i] ?? 0;
    if (query.has(code)) store(query, reply, code);
  }
}

/** What a client gets beside what it asks for, where the request list is a filter. */
function writeUnaskedOptions(query: Query, reply: Reply): void {
  writeDemandedOptions(query, reply);
  for (let i = 0; i < UNASKED.length; i++) store(query, reply, UNASKED[i] ?? 0);
  const { always } = reply.options;
  for (let i = 0; i < always.length; i++) store(query, reply, always[i] ?? 0);
  // Clients have come to rely on the mask that comes with an address.
  if (reply.yiaddr !== 0) store(query, reply, OptionCode.subnetMask);
}

/**
 * Options that the client did not ask for: the configured ones in their order, the computed ones at their places among
 * them.
 */
function writeOtherOptions(query: Query, reply: Reply): void {
  const { codes } = reply.options;
  let computed = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    while (computed < COMPUTED.length && rankOf(COMPUTED[computed] ?? 0) < rankOf(code)) {
      store(query, reply, COMPUTED[computed] ?? 0);
      computed += 1;
    }
    store(query, reply, code);
  }
  for (; computed < COMPUTED.length; computed++) store(query, reply, COMPUTED[computed] ?? 0);
}

function rankOf(code: number): number {
  return DEFAULT_RANKS[code] ?? 0;
}
