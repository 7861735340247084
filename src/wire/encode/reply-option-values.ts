// Where the value of each option of a reply comes from: from the reply, from the query, or from the configuration. One
// reply is written at a time: `beginOptions`, then options in the caller's order; it remembers options that do not fit.

import { putUint32 } from "../../base/bytes.ts";
import { OPTION_OCTETS_MAX } from "../../base/limits/wire.ts";
import { FILE_OCTETS } from "../layout.ts";
import { MessageType } from "../message-type.ts";
import { OptionCode, optionByCode } from "../options/option-code.ts";
import { OptionWriter } from "../options/option-writer.ts";
import type { Query } from "../query.ts";
import type { Reply } from "../reply.ts";
import { rebindingSeconds, renewalSeconds } from "./lease-times.ts";

/** The shortest lease with a T1, a T2 and an end at three different seconds. */
const RENEWED_SECONDS_MIN = 4;

/** Options that a configuration sets for matching or by mistake, and that only the server itself may send. */
export const NEVER_CONFIGURED = [
  OptionCode.pad,
  OptionCode.requestedAddress,
  OptionCode.leaseTime,
  OptionCode.overload,
  OptionCode.messageType,
  OptionCode.serverId,
  OptionCode.requestList,
  OptionCode.message,
  OptionCode.maxMessageSize,
  OptionCode.rapidCommit,
  OptionCode.relayAgentInformation,
  OptionCode.end,
] as const;

/** code -> 1 where the value is text. */
const IS_TEXT = Uint8Array.from({ length: 256 }, (_, code) => (optionByCode(code).format === "t" ? 1 : 0));

// Scratch of the one reply being encoded: nothing here outlives a call.
/** Puts the octets of options into the message. */
export const writer = new OptionWriter();
const settled = new Uint8Array(256);
const numberOctets = new Uint8Array(4);
const copied = new Uint8Array(OPTION_OCTETS_MAX);
/** Codes that did not fit; the first `leftOut` count. */
const leftOutCodes = new Uint8Array(256);
let leftOut = 0;
let padsText = false;

/** Begins a reply: nothing is left out of it. */
export function forgetLeftOut(): void {
  leftOut = 0;
}

/** How many options did not fit into the reply that was encoded last. */
export function countLeftOut(): number {
  return leftOut;
}

/** Their codes (allocates). */
export function optionsLeftOut(): readonly number[] {
  return [...leftOutCodes.subarray(0, leftOut)];
}

/**
 * Begins the options of the message at `at` of `target`, of at most `limit` octets, of which `reserved` are for
 * option 82. `overload`: fields that may take options too (OVERLOAD_FILE, OVERLOAD_SNAME). `zeroEnds`: every text
 * ends with a zero octet.
 */
export function beginOptions(
  target: Uint8Array,
  at: number,
  limit: number,
  reserved: number,
  overload: number,
  zeroEnds: boolean,
): void {
  writer.beginMessage(target, at, limit, reserved, overload);
  padsText = zeroEnds;
  leftOut = 0;
  settled.fill(0);
  for (let i = 0; i < NEVER_CONFIGURED.length; i++) settled[NEVER_CONFIGURED[i] ?? 0] = 1;
}

/** Keeps an option of any value out of the reply. */
export function keepOut(code: number): void {
  settled[code] = 1;
}

/** Writes an option from the source of its value, unless that was tried before. */
export function store(query: Query, reply: Reply, code: number): void {
  if (settled[code] !== 0) return;
  settled[code] = 1;
  switch (code) {
    case OptionCode.renewalTime:
      if (tellsRenewal(reply)) storeNumber(code, renewalSeconds(reply.leaseSeconds, reply.options));
      return;
    case OptionCode.rebindingTime:
      if (tellsRenewal(reply)) storeNumber(code, rebindingSeconds(reply.leaseSeconds, reply.options));
      return;
    case OptionCode.clientId:
      if (reply.echoClientId) storeCopy(query, code);
      return;
    case OptionCode.clientMachineId:
      // RFC 4578 section 2.3: in both directions.
      if (!query.has(code)) break;
      return storeCopy(query, code);
    case OptionCode.routers:
      // RFC 2132 section 3.3: the mask goes before the routers, even if the client asks for another order.
      store(query, reply, OptionCode.subnetMask);
      break;
    case OptionCode.subnetSelection:
      // RFC 3011 section 2: an identical copy to the client that sent it, asked for or not, and none if the server
      // ignored it.
      if (reply.subnetSelection !== 0) storeNumber(code, reply.subnetSelection);
      return;
    case OptionCode.fqdn:
      // RFC 4702 section 4: an answer to the client's own, asked for or not.
      if (reply.clientName.length > 0) storeOctets(code, reply.clientName, reply.clientName.length);
      return;
    case OptionCode.ipv6OnlyPreferred:
      // RFC 8925 section 3.3: never to a client that does not ask for it.
      if (!query.requests(code)) return;
      break;
    case OptionCode.autoConfigure:
      // RFC 2563 section 2.3: an answer to the client's own.
      if (!query.has(code)) return;
      break;
    default:
  }
  const configured = reply.options.get(code);
  if (configured !== undefined) storeOctets(code, configured, configured.length);
  else storeDefault(reply, code);
}

/** Values that stand in where none is configured. */
function storeDefault(reply: Reply, code: number): void {
  switch (code) {
    case OptionCode.subnetMask:
      if (reply.subnetMask !== 0) storeNumber(code, reply.subnetMask);
      return;
    case OptionCode.routers:
      if (reply.routerIsLease && reply.yiaddr !== 0) storeNumber(code, reply.yiaddr);
      return;
    case OptionCode.hostName:
      if (reply.hostName.length > 0) storeOctets(code, reply.hostName, reply.hostName.length);
      return;
    case OptionCode.bootFile:
      if (isLongFile(reply)) storeOctets(code, reply.fileName, reply.fileName.length);
      return;
    default:
  }
}

/** Gives the client its own option back. */
function storeCopy(query: Query, code: number): void {
  const length = query.copyOption(code, copied, 0);
  if (length > 0) storeOctets(code, copied, length);
}

/** Writes an option of four octets. */
export function storeNumber(code: number, value: number): void {
  putUint32(numberOctets, 0, value);
  storeOctets(code, numberOctets, 4);
}

/** Writes the first `length` of `octets` as an option. */
export function storeOctets(code: number, octets: Uint8Array, length: number): void {
  settled[code] = 1;
  if (writer.put(code, octets, length, padsText && IS_TEXT[code] !== 0)) return;
  leftOutCodes[leftOut] = code;
  leftOut += 1;
}

/** Puts the client's option 82 behind all others, in the octets that are reserved for it. */
export function storeAgentInformation(query: Query, length: number): void {
  query.copyOption(OptionCode.relayAgentInformation, copied, 0);
  writer.putLast(OptionCode.relayAgentInformation, copied, length);
}

/** Whether the name of the boot file is too long for its field, so that option 67 has to carry it. */
export function isLongFile({ fileName }: Reply): boolean {
  return fileName.length >= FILE_OCTETS;
}

/** Whether the reply grants a lease and so tells its time. */
export function tellsTimes(reply: Reply): boolean {
  return reply.leaseSeconds >= 0 && reply.messageType !== MessageType.nak && reply.messageType !== MessageType.bootp;
}

/** Whether it tells T1 and T2 too: they stand before each other and before the end (RFC 2131 section 4.4.5), for which shorter leases have no whole seconds. */
export function tellsRenewal(reply: Reply): boolean {
  return tellsTimes(reply) && reply.leaseSeconds >= RENEWED_SECONDS_MIN;
}
