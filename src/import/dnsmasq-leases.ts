// dnsmasq's lease file to ours: a line for each lease, the newest first, with its end, hardware address,
// address, host name and client identifier; `*` stands for an unknown value. Leases of IPv6 follow a line
// that begins with `duid`.

import { NO_OCTETS } from "../base/bytes.ts";
import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import { octetsOf } from "../config/language/lexer.ts";
import { formatLeaseRecord } from "../lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { INFINITE_SECONDS } from "../wire/layout.ts";
import { excerpt, type Imported, type Notice } from "./notice.ts";
import { parseOctets } from "./written.ts";

const LINE = /^([0-9]{1,15}) (\S+) ([0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*) (\S+) (\S+)$/;
const ETHERNET = 1;
const HARDWARE_OCTETS_MAX = 16;
const DETAIL_OCTETS_MAX = 255;

/** Whether a text is such a file. */
export function isDnsmasqLeaseFile(text: string): boolean {
  const [line = ""] = /\S[^\n]*/.exec(text.slice(0, 2048)) ?? [];
  return LINE.test(line.trimEnd()) || /^duid [0-9a-fA-F:]+\s*$/.test(line);
}

/**
 * Imports the text of `file`, which has one octet a character, at the time `now`: the file does not say when a lease
 * was made. Never throws.
 */
export function importDnsmasqLeases(file: string, text: string, now: EpochSeconds): Imported {
  const notices: Notice[] = [];
  const latest = new Map<Ipv4, LeaseRecord>();
  for (const [index, line] of text.split("\n").entries()) {
    const row = line.trimEnd();
    if (row === "" || row.startsWith("duid ")) continue;
    const record = readLine(row, now);
    if (typeof record === "string")
      notices.push({ file, line: index + 1, kind: "lost", subject: excerpt(row), reason: record });
    // Of two leases of an address the newer one stands first.
    else if (!latest.has(record.address)) latest.set(record.address, record);
  }
  return { text: [...latest.values()].map(formatLeaseRecord).join(""), notices };
}

/** The lease of a line, or why there is none. */
function readLine(row: string, now: EpochSeconds): LeaseRecord | string {
  const [, end = "", card = "", dotted = "", name = "", id = ""] = LINE.exec(row) ?? [];
  if (dotted.includes(":")) return "this server is for DHCPv4 only";
  const address = parseIpv4(dotted);
  if (address === undefined)
    return "it is no lease: its end, hardware address, address, name and identifier were expected";
  const { htype, octets: hardwareAddress } = hardwareOf(card);
  const clientId = id === "*" ? NO_OCTETS : parseOctets(id);
  if (hardwareAddress === undefined) return `${excerpt(card)} is no hardware address`;
  if (clientId === undefined || clientId.length > DETAIL_OCTETS_MAX) return `${excerpt(id)} is no client identifier`;
  if (hardwareAddress.length === 0 && clientId.length === 0) return "nothing says whose it is";
  const seconds = Number(end);
  const endsAt = seconds === 0 || seconds >= INFINITE_SECONDS ? Number.POSITIVE_INFINITY : seconds;
  const startsAt = Math.min(now, endsAt);
  return {
    address,
    state: BindingState.bound,
    startsAt,
    endsAt,
    lastTransactionAt: startsAt,
    htype,
    hardwareAddress,
    clientId,
    hostName: octetsOf(name === "*" ? "" : name.slice(0, DETAIL_OCTETS_MAX)),
    agentInformation: NO_OCTETS,
    vendorClass: NO_OCTETS,
  };
}

/** A hardware address; an address that is not Ethernet's stands behind its type. */
function hardwareOf(text: string): { readonly htype: number; readonly octets: Uint8Array | undefined } {
  if (text === "*") return { htype: 0, octets: NO_OCTETS };
  const [, type, digits = text] = /^([0-9a-fA-F]{2})-(.*)$/.exec(text) ?? [];
  const octets = digits.includes(":") ? parseOctets(digits) : undefined;
  const isFit = octets !== undefined && octets.length <= HARDWARE_OCTETS_MAX;
  return { htype: type === undefined ? ETHERNET : Number.parseInt(type, 16), octets: isFit ? octets : undefined };
}
