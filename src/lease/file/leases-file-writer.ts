// Writes a lease in ISC's dialect of dhcpd.leases(5): two spaces, `binding state`, UTC without a
// zone, `never`. Straight into the caller's buffer, with no value made on the way.
//
// What ISC has no statement for is a `set`, which ISC reads and keeps. Agent information is written
// by ISC's `option agent.circuit-id` and `agent.remote-id`; where these two, in their order, are not
// all of it, the whole follows as `set agent-information`, so that it comes back octet by octet. A client's
// name that is not plain text is `set client-name`.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { BindingState, type LeaseRecord } from "../lease.ts";
import { type DetailsHandle, DetailsHeap } from "../table/client-details.ts";
import {
  agentInformationAt,
  agentInformationLengthAt,
  hardwareAt,
  hlenAt,
  hostNameAt,
  hostNameLengthAt,
  htypeAt,
  idAt,
  idLengthAt,
} from "../table/details-block.ts";
import { RecordDetails } from "../table/record-details.ts";
import type { LeaseSlot, LeaseTable } from "../table/table.ts";
import {
  isPlainText,
  writeAddress,
  writeAscii,
  writeHex,
  writeInstant,
  writeNumber,
  writeQuoted,
  writeQuotedAsIsc,
} from "./leases-file-text.ts";

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

/** Where a record's details are while it is written. */
const scratch = new DetailsHeap();
const recordDetails = new RecordDetails();

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
  return writeRest(target, times, table.state(slot), table.details, handle);
}

/** Writes a lease given as a value, like `writeSlot`. */
export function writeRecord(record: LeaseRecord, target: Uint8Array, at: number): number {
  const handle = recordDetails.take(record) ? scratch.store(recordDetails) : 0;
  const head = writeHead(target, at, record.address);
  const times = writeTimes(target, head, record.startsAt, record.endsAt, record.lastTransactionAt);
  const end = writeRest(target, times, record.state, scratch, handle);
  if (handle !== 0) scratch.release(handle);
  return end;
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

/** Writes all behind the times; the client's details are a block of `details`, or none. */
function writeRest(
  target: Uint8Array,
  start: number,
  state: BindingState,
  details: DetailsHeap,
  handle: DetailsHandle,
): number {
  let at = writeAscii(target, writeAscii(target, start, "  binding state "), STATE_WORDS[state]);
  at = writeAscii(target, at, ";\n");
  if (handle !== 0) at = writeClient(target, at, details, handle);
  return writeAscii(target, at, "}\n");
}

function writeClient(target: Uint8Array, start: number, details: DetailsHeap, handle: DetailsHandle): number {
  const page = details.pageOf(handle);
  const block = details.offsetOf(handle);
  const hlen = hlenAt(page, block);
  const idLength = idLengthAt(page, block);
  const vendorClassLength = details.vendorClassLength(handle);
  const agentLength = agentInformationLengthAt(page, block);
  const hostNameLength = hostNameLengthAt(page, block);

  let at = start;
  if (hlen > 0) {
    at = writeHardwareType(target, writeAscii(target, at, "  hardware "), htypeAt(page, block));
    at = writeHex(target, at, page, hardwareAt(block), hlen);
    at = writeAscii(target, at, ";\n");
  }
  if (idLength > 0) {
    at = writeQuotedAsIsc(target, writeAscii(target, at, "  uid "), page, idAt(page, block), idLength);
    at = writeAscii(target, at, ";\n");
  }
  if (vendorClassLength > 0) {
    const text = details.vendorClassPage(handle);
    at = writeAscii(target, at, "  set vendor-class-identifier = ");
    at = writeQuoted(target, at, text, details.vendorClassOffset(handle), vendorClassLength);
    at = writeAscii(target, at, ";\n");
  }
  if (agentLength > 0) at = writeAgentInformation(target, at, page, agentInformationAt(page, block), agentLength);
  if (hostNameLength > 0) {
    // ISC's server leaves a name with other octets out, and readers would show our escapes as the name.
    const isText = isPlainText(page, hostNameAt(page, block), hostNameLength);
    at = writeAscii(target, at, isText ? "  client-hostname " : "  set client-name = ");
    at = writeAscii(target, writeQuoted(target, at, page, hostNameAt(page, block), hostNameLength), ";\n");
  }
  return at;
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
  if (!isPlainText(page, from, length)) return writeHex(target, at, page, from, length);
  return writeQuoted(target, at, page, from, length);
}
