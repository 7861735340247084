// Writes a lease in ISC's dialect of dhcpd.leases(5): two spaces, `binding state`, UTC without a
// zone, `never`. Straight into the caller's buffer, with no value made on the way.
//
// What ISC has no statement for is a `set`, which ISC reads and keeps. Agent information is written
// by ISC's `option agent.circuit-id` and `agent.remote-id`; where these two, in their order, are not
// all of it, the whole follows as `set agent-information`, so that it comes back octet by octet.

import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import { DETAILS_HEADER, DETAILS_OCTETS_MAX, packDetails } from "./client-details.ts";
import { BindingState, type LeaseRecord } from "./lease.ts";
import {
  isPlain,
  writeAddress,
  writeAscii,
  writeHex,
  writeInstant,
  writeNumber,
  writeQuoted,
} from "./leases-file-text.ts";
import { RecordDetails } from "./record-details.ts";
import type { LeaseSlot, LeaseTable } from "./table.ts";

/** Octets that one lease may take at most: writers need as much room. */
export const LEASE_OCTETS_MAX = 8192;

const STATE_WORDS: Readonly<Record<BindingState, string>> = {
  [BindingState.free]: "free",
  [BindingState.offered]: "free",
  [BindingState.bound]: "active",
  [BindingState.expired]: "expired",
  [BindingState.released]: "released",
  [BindingState.abandoned]: "abandoned",
};

const NOBODY = new Uint8Array(DETAILS_HEADER);

/**
 * Writes the present content of a slot at `at` of `target` and returns the offset behind it. There
 * must be room for LEASE_OCTETS_MAX octets.
 */
export function writeSlot(table: LeaseTable, slot: LeaseSlot, target: Uint8Array, at: number): number {
  const handle = table.detailsOf(slot);
  const times = writeTimes(
    target,
    writeHead(target, at, table.addressOf(slot)),
    table.startsAt(slot),
    table.endsAt(slot),
    table.lastTransactionAt(slot),
  );
  const isNobody = handle === 0;
  return writeRest(
    target,
    times,
    table.state(slot),
    isNobody ? NOBODY : table.details.pageOf(handle),
    isNobody ? 0 : table.details.offsetOf(handle),
  );
}

/** Writes a lease given as a value, like `writeSlot` (allocates). */
export function writeRecord(record: LeaseRecord, target: Uint8Array, at: number): number {
  const block = new Uint8Array(DETAILS_OCTETS_MAX);
  const details = new RecordDetails();
  if (details.take(record)) packDetails(details, block, 0);
  const head = writeHead(target, at, record.address);
  const times = writeTimes(target, head, record.startsAt, record.endsAt, record.lastTransactionAt);
  return writeRest(target, times, record.state, block, 0);
}

function writeHead(target: Uint8Array, start: number, address: Ipv4): number {
  return writeAscii(target, writeAddress(target, writeAscii(target, start, "lease "), address), " {\n");
}

function writeTimes(
  target: Uint8Array,
  start: number,
  startsAt: EpochSeconds,
  endsAt: EpochSeconds,
  lastTransactionAt: EpochSeconds,
): number {
  let at = writeInstant(target, writeAscii(target, start, "  starts "), startsAt);
  // Rounded up: a lease must not be over on disk before it is over.
  at = writeInstant(target, writeAscii(target, at, ";\n  ends "), Math.ceil(endsAt));
  at = writeInstant(target, writeAscii(target, at, ";\n  cltt "), lastTransactionAt);
  return writeAscii(target, at, ";\n");
}

/** Writes all behind the times; the client's details are the block at `block` of `page`. */
function writeRest(target: Uint8Array, start: number, state: BindingState, page: Uint8Array, block: number): number {
  const hlen = page[block + 1] ?? 0;
  const clientIdLength = page[block + 2] ?? 0;
  const hostNameLength = page[block + 3] ?? 0;
  const agentLength = page[block + 4] ?? 0;
  const vendorClassLength = page[block + 5] ?? 0;
  const hardware = block + DETAILS_HEADER;
  const clientId = hardware + hlen;
  const hostName = clientId + clientIdLength;
  const agent = hostName + hostNameLength;
  const vendorClass = agent + agentLength;

  let at = writeAscii(target, writeAscii(target, start, "  binding state "), STATE_WORDS[state]);
  at = writeAscii(target, at, ";\n");
  if (hlen > 0) {
    at = writeHardwareType(target, writeAscii(target, at, "  hardware "), page[block] ?? 0);
    at = writeHex(target, at, page, hardware, hlen);
    at = writeAscii(target, at, ";\n");
  }
  if (clientIdLength > 0) {
    at = writeHex(target, writeAscii(target, at, "  uid "), page, clientId, clientIdLength);
    at = writeAscii(target, at, ";\n");
  }
  if (vendorClassLength > 0) {
    at = writeAscii(target, at, "  set vendor-class-identifier = ");
    at = writeAscii(target, writeQuoted(target, at, page, vendorClass, vendorClassLength), ";\n");
  }
  if (agentLength > 0) at = writeAgentInformation(target, at, page, agent, agentLength);
  if (hostNameLength > 0) {
    at = writeAscii(target, at, "  client-hostname ");
    at = writeAscii(target, writeQuoted(target, at, page, hostName, hostNameLength), ";\n");
  }
  return writeAscii(target, at, "}\n");
}

/** ISC's names; it knows none for other types, and reads them as `unknown-N`. */
function writeHardwareType(target: Uint8Array, at: number, htype: number): number {
  switch (htype) {
    case 1:
      return writeAscii(target, at, "ethernet ");
    case 6:
      return writeAscii(target, at, "token-ring ");
    case 8:
      return writeAscii(target, at, "fddi ");
    case 32:
      return writeAscii(target, at, "infiniband ");
    default:
      return writeAscii(target, writeNumber(target, writeAscii(target, at, "unknown-"), htype), " ");
  }
}

function writeAgentInformation(
  target: Uint8Array,
  start: number,
  page: Uint8Array,
  from: number,
  length: number,
): number {
  const end = from + length;
  let at = start;
  let next = from;
  let isWhole = true;
  while (next < end) {
    const code = page[next] ?? 0;
    const subLength = page[next + 1] ?? 0;
    const value = next + 2;
    next = value + subLength;
    if (value > end || next > end) {
      isWhole = false;
      break;
    }
    if ((code !== 1 && code !== 2) || subLength === 0) {
      isWhole = false;
      continue;
    }
    at = writeAscii(target, at, code === 1 ? "  option agent.circuit-id " : "  option agent.remote-id ");
    at = writeAscii(target, writeTextOrHex(target, at, page, value, subLength), ";\n");
  }
  if (isWhole) return at;
  at = writeAscii(target, at, "  set agent-information = ");
  return writeAscii(target, writeQuoted(target, at, page, from, length), ";\n");
}

/** Text where every octet is plain, as ISC prints such values; else hexadecimal. */
function writeTextOrHex(target: Uint8Array, at: number, page: Uint8Array, from: number, length: number): number {
  for (let i = 0; i < length; i++) if (!isPlain(page[from + i] ?? 0)) return writeHex(target, at, page, from, length);
  return writeQuoted(target, at, page, from, length);
}
