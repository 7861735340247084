// Kea's lease file (kea-leases4.csv) to ours: the last row of an address counts, and leases that are over are left out.
// Rows that cannot be read are named, the others are carried over.

import { NO_OCTETS } from "../base/bytes.ts";
import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import type { EpochSeconds, Seconds } from "../base/time.ts";
import { octetsOf } from "../config/language/lexer.ts";
import { formatLeaseRecord } from "../lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { INFINITE_SECONDS } from "../wire/layout.ts";
import { excerpt, type Imported, type Notice } from "./notice.ts";
import { parseOctets } from "./written.ts";

/** The columns that we read; a file may have more. */
const COLUMNS = ["address", "hwaddr", "client_id", "valid_lifetime", "expire", "hostname"];

/** Kea's lease states. */
const KeaState = { assigned: 0, declined: 1, reclaimed: 2, released: 3 } as const;

/** What fits in a lease record. */
const CLIENT_ID_OCTETS_MAX = 255;
const DETAIL_OCTETS_MAX = 255;

/** Whether a text is such a file. */
export function isKeaLeaseFile(text: string): boolean {
  return /^\s*address,hwaddr,client_id,/.test(text);
}

/** Imports the text of `file`, which has one octet a character. Never throws. */
export function importKeaLeases(file: string, text: string): Imported {
  const rows = text.split(/\r?\n/);
  const headAt = rows.findIndex((row) => row.trim() !== "");
  const columns = (rows[headAt] ?? "").split(",");
  const missing = COLUMNS.filter((column) => !columns.includes(column));
  const notices: Notice[] = [];
  const lose = (line: number, subject: string, reason: string): undefined => {
    notices.push({ file, line, kind: "lost", subject: excerpt(subject), reason });
  };
  if (missing.length > 0) lose(headAt + 1, "the whole file", `it has no column ${missing.join(", ")}`);
  const latest = new Map<Ipv4, LeaseRecord>();
  for (const [index, row] of rows.entries()) {
    if (missing.length > 0 || index <= headAt || row.trim() === "") continue;
    const fields = row.split(",");
    const field = (column: string): string =>
      (fields[columns.indexOf(column)] ?? "").replace(/&#x([0-9a-f]{2})/gi, octetOf);
    const record = toRecord(field, (reason) => lose(index + 1, row, reason));
    if (record === undefined) continue;
    // A lease that was over and is given again is written anew; the old place says nothing.
    latest.delete(record.address);
    if (record.state !== BindingState.free) latest.set(record.address, record);
  }
  return { text: [...latest.values()].map(formatLeaseRecord).join(""), notices };
}

function octetOf(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

/**
 * A row as a record, `free` if it says that there is no lease; undefined, with the reason reported, if it cannot be
 * read.
 */
function toRecord(field: (column: string) => string, lose: (reason: string) => undefined): LeaseRecord | undefined {
  const address = parseIpv4(field("address"));
  if (address === undefined) return lose(`${excerpt(field("address"))} is no IP address`);
  const hardware = octetsOfField(field("hwaddr"), 16);
  const clientId = octetsOfField(field("client_id"), CLIENT_ID_OCTETS_MAX);
  const lifetime = secondsOf(field("valid_lifetime"));
  const expiresAt = secondsOf(field("expire"));
  // Kea's first versions had no such column: every lease was an assigned one.
  const state = Number(field("state"));
  if (hardware === undefined) return lose("its hwaddr is no address in hexadecimal");
  if (clientId === undefined) return lose("its client_id is no octets in hexadecimal");
  if (lifetime === undefined || expiresAt === undefined) return lose("its times are no numbers");
  const binding = bindingOf(state, lifetime);
  if (binding === undefined) return lose(`it is in a state of no meaning here, ${excerpt(field("state"))}`);
  if (binding === BindingState.bound && hardware.length === 0 && clientId.length === 0)
    return lose("nothing says whose it is");
  const isForEver = lifetime === INFINITE_SECONDS;
  // Kea adds the lifetime to the start, also one without an end.
  const startsAt: EpochSeconds = expiresAt >= lifetime ? expiresAt - lifetime : isForEver ? expiresAt : 0;
  const agent = agentInformationOf(field("user_context"));
  return {
    address,
    state: binding,
    startsAt,
    endsAt: isForEver ? Number.POSITIVE_INFINITY : expiresAt,
    lastTransactionAt: startsAt,
    htype: hardware.length > 0 ? 1 : 0,
    hardwareAddress: hardware,
    clientId,
    hostName: octetsOf(field("hostname").replace(/\.$/, "").slice(0, DETAIL_OCTETS_MAX)),
    agentInformation: agent,
    vendorClass: NO_OCTETS,
  };
}

function secondsOf(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}

/** Our binding state; `free` for a row that takes a lease away, undefined for a state that we do not know. */
function bindingOf(state: number, lifetime: Seconds): BindingState | undefined {
  if (state === KeaState.declined) return BindingState.abandoned;
  if (state === KeaState.reclaimed) return lifetime === 0 ? BindingState.free : BindingState.expired;
  if (state === KeaState.released) return BindingState.released;
  if (state !== KeaState.assigned) return undefined;
  return lifetime === 0 ? BindingState.free : BindingState.bound;
}

function octetsOfField(text: string, most: number): Uint8Array | undefined {
  if (text === "") return NO_OCTETS;
  const octets = parseOctets(text);
  return octets !== undefined && octets.length <= most ? octets : undefined;
}

/** The relay's information, which Kea keeps in a JSON text: `{ "ISC": { "relay-agent-info": { "sub-options": "0x..." } } }`. */
function agentInformationOf(context: string): Uint8Array {
  if (!context.includes("relay-agent-info")) return NO_OCTETS;
  const [, digits] = /"(?:sub-options|relay-agent-info)"\s*:\s*"0x([0-9a-fA-F]+)"/.exec(context) ?? [];
  const octets = digits === undefined ? undefined : parseOctets(digits);
  return octets !== undefined && octets.length <= DETAIL_OCTETS_MAX ? octets : NO_OCTETS;
}
