// Writes a lease in ISC's dialect of dhcpd.leases(5): two spaces, `binding state`, UTC without a
// zone, `never`. Straight into the caller's buffer, with no value made on the way.
//
// Values without a statement of ISC's are written by `set`, which ISC reads and keeps. Agent information is written
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
  ascii,
  isPlainText,
  writeAddress,
  writeHex,
  writeInstant,
  writeNumber,
  writeOctets,
  writeQuoted,
  writeQuotedAsIsc,
} from "./leases-file-text.ts";

/** Octets that one lease may take at most: writers need as much room. */
export const LEASE_OCTETS_MAX = 8192;

const STATE_WORDS: Readonly<Record<BindingState, Uint8Array>> = {
  [BindingState.free]: ascii("free"),
  [BindingState.offered]: ascii("free"),
  [BindingState.bound]: ascii("active"),
  [BindingState.expired]: ascii("expired"),
  [BindingState.released]: ascii("released"),
  [BindingState.abandoned]: ascii("abandoned"),
};

// Words of a record, in their order.
const LEASE = ascii("lease ");
const OPEN = ascii(" {\n");
const STARTS = ascii("  starts ");
const ENDS = ascii(";\n  ends ");
const CLTT = ascii(";\n  cltt ");
const END = ascii(";\n");
const BINDING_STATE = ascii("  binding state ");
const CLOSE = ascii("}\n");
const HARDWARE = ascii("  hardware ");
const ETHERNET = ascii("ethernet ");
const TOKEN_RING = ascii("token-ring ");
const FDDI = ascii("fddi ");
const INFINIBAND = ascii("infiniband ");
const UNKNOWN = ascii("unknown-");
const SPACE = ascii(" ");
const UID = ascii("  uid ");
const VENDOR_CLASS = ascii("  set vendor-class-identifier = ");
const CIRCUIT_ID = ascii("  option agent.circuit-id ");
const REMOTE_ID = ascii("  option agent.remote-id ");
const AGENT_INFORMATION = ascii("  set agent-information = ");
const HOST_NAME = ascii("  client-hostname ");
const CLIENT_NAME = ascii("  set client-name = ");

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
  return writeOctets(target, writeAddress(target, writeOctets(target, start, LEASE), address), OPEN);
}

function writeTimes(
  target: Uint8Array,
  start: number,
  startsAt: EpochSeconds,
  endsAt: EpochSeconds,
  lastTransactionAt: EpochSeconds,
): number {
  let at = writeInstant(target, writeOctets(target, start, STARTS), startsAt);
  // Rounded up: a lease must not be over on disk before it is over.
  at = writeInstant(target, writeOctets(target, at, ENDS), Math.ceil(endsAt));
  at = writeInstant(target, writeOctets(target, at, CLTT), lastTransactionAt);
  return writeOctets(target, at, END);
}

/** Writes all behind the times; the client's details are a block of `details`, or none. */
function writeRest(
  target: Uint8Array,
  start: number,
  state: BindingState,
  details: DetailsHeap,
  handle: DetailsHandle,
): number {
  let at = writeOctets(target, writeOctets(target, start, BINDING_STATE), STATE_WORDS[state]);
  at = writeOctets(target, at, END);
  if (handle !== 0) at = writeClient(target, at, details, handle);
  return writeOctets(target, at, CLOSE);
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
    at = writeHardwareType(target, writeOctets(target, at, HARDWARE), htypeAt(page, block));
    at = writeHex(target, at, page, hardwareAt(block), hlen);
    at = writeOctets(target, at, END);
  }
  if (idLength > 0) {
    at = writeQuotedAsIsc(target, writeOctets(target, at, UID), page, idAt(page, block), idLength);
    at = writeOctets(target, at, END);
  }
  if (vendorClassLength > 0) {
    const text = details.vendorClassPage(handle);
    at = writeOctets(target, at, VENDOR_CLASS);
    at = writeQuoted(target, at, text, details.vendorClassOffset(handle), vendorClassLength);
    at = writeOctets(target, at, END);
  }
  if (agentLength > 0) at = writeAgentInformation(target, at, page, agentInformationAt(page, block), agentLength);
  if (hostNameLength > 0) {
    // ISC's server leaves a name with other octets out, and readers would show our escapes as the name.
    const isText = isPlainText(page, hostNameAt(page, block), hostNameLength);
    at = writeOctets(target, at, isText ? HOST_NAME : CLIENT_NAME);
    at = writeOctets(target, writeQuoted(target, at, page, hostNameAt(page, block), hostNameLength), END);
  }
  return at;
}

/** ISC's names; it knows none for other types, and reads them as `unknown-N`. */
function writeHardwareType(target: Uint8Array, at: number, htype: number): number {
  switch (htype) {
    case 1:
      return writeOctets(target, at, ETHERNET);
    case 6:
      return writeOctets(target, at, TOKEN_RING);
    case 8:
      return writeOctets(target, at, FDDI);
    case 32:
      return writeOctets(target, at, INFINIBAND);
    default:
      return writeOctets(target, writeNumber(target, writeOctets(target, at, UNKNOWN), htype), SPACE);
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
    at = writeOctets(target, at, code === 1 ? CIRCUIT_ID : REMOTE_ID);
    at = writeOctets(target, writeTextOrHex(target, at, page, value, subLength), END);
  }
  if (isWhole) return at;
  at = writeOctets(target, at, AGENT_INFORMATION);
  return writeOctets(target, writeQuoted(target, at, page, from, length), END);
}

/** Text where every octet is plain, as ISC prints such values; else hexadecimal. */
function writeTextOrHex(target: Uint8Array, at: number, page: Uint8Array, from: number, length: number): number {
  if (!isPlainText(page, from, length)) return writeHex(target, at, page, from, length);
  return writeQuoted(target, at, page, from, length);
}
