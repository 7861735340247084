// Lease files as the server writes them, of as many leases as one likes: clients as they are in a network
// with relays, each with hardware address, client identifier, host name, vendor class and option 82.

import { closeSync, fchmodSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { JOURNAL_HEADER, writeTrailer } from "../../src/store/journal/journal-format.ts";

/** Records of one batch, as compaction writes them. */
const RECORDS_IN_BATCH = 500;
/** Octets after which the buffer is written out. */
const FLUSH_OCTETS = 4 << 20;
const LEASE_SECONDS = 3600;
/** Clients of one relay. */
const CLIENTS_OF_RELAY = 480;
const encoder = new TextEncoder();

const NAMES = ["DESKTOP-", "LAPTOP-", "iPhone-", "android-", "Galaxy-", "printer", "tv-"];
const VENDORS = ["MSFT 5.0", "MSFT 5.0", "MSFT 5.0", "android-dhcp-14", "udhcp 1.36.1", "dhcpcd-9.4.1:Linux", ""];
const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

const hexOf = (value: number): string =>
  `${HEX[(value >>> 24) & 255]}:${HEX[(value >>> 16) & 255]}:${HEX[(value >>> 8) & 255]}:${HEX[value & 255]}`;

/** An address as text. */
export const dottedOf = (address: number): string =>
  `${(address >>> 24) & 255}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

/** Times as the lease file has them; most records share theirs with others. */
const instants = new Map<number, string>();

function instantOf(seconds: number): string {
  const known = instants.get(seconds);
  if (known !== undefined) return known;
  const date = new Date(seconds * 1000);
  const text = `${date.getUTCDay()} ${date.toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ")}`;
  instants.set(seconds, text);
  return text;
}

/** The record of client `number`: clients of different numbers have different keys. */
function recordOf(
  number: number,
  address: number,
  { startsAt, endsAt, lastTransactionAt }: { startsAt: number; endsAt: number; lastTransactionAt: number },
): string {
  const kind = number % NAMES.length;
  const hardware = `02:5c:${hexOf(number)}`;
  const relay = Math.floor(number / CLIENTS_OF_RELAY);
  const port = number % CLIENTS_OF_RELAY;
  const vendor = VENDORS[kind] === "" ? "" : `  set vendor-class-identifier = "${VENDORS[kind]}";\n`;
  const name = `${NAMES[kind]}${(number ^ 0x5a5a5a).toString(36).toUpperCase().padStart(7, "0")}`;
  return `lease ${dottedOf(address)} {
  starts ${instantOf(startsAt)};
  ends ${instantOf(endsAt)};
  cltt ${instantOf(lastTransactionAt)};
  binding state active;
  hardware ethernet ${hardware};
  uid 01:${hardware};
${vendor}  option agent.circuit-id "ge-${port >> 6}/0/${port & 63}:${100 + (relay % 3000)}";
  option agent.remote-id 00:1b:${hexOf(relay)};
  client-hostname "${name}";
}
`;
}

/** The leases to write. Times are in Unix seconds. */
export interface Writing {
  /** Leases of clients 0 to `count - 1`, of the addresses from `first` on. */
  readonly count: number;
  readonly first: number;
  readonly now: number;
  /** The numbers in the order of the file, each as often as it is to stand there; in the order of addresses by default. */
  readonly order?: Uint32Array;
  /** Small ones are what commits leave. */
  readonly recordsInBatch?: number;
  /** When a number's lease ends; an hour after it began by default. */
  readonly endsAt?: (number: number) => number;
}

/** Writes a lease file; returns its length in octets. */
export function writeLeaseFile(path: string, writing: Writing): number {
  const { count, first, now, order, recordsInBatch = RECORDS_IN_BATCH, endsAt } = writing;
  const fd = openSync(path, "w");
  // The daemon has to write it, as any user.
  fchmodSync(fd, 0o666);
  const buffer = new Uint8Array(FLUSH_OCTETS * 2);
  const total = order?.length ?? count;
  let sequence = 0;
  let octets = 0;
  let length = 0;
  let batch = "";
  const closeBatch = (): void => {
    const { written } = encoder.encodeInto(batch, buffer.subarray(length));
    length = writeTrailer(buffer, length, length + written, ++sequence);
    batch = "";
    if (length > FLUSH_OCTETS) flush();
  };
  const flush = (): void => {
    for (let at = 0; at < length; ) at += writeSync(fd, buffer, at, length - at);
    octets += length;
    length = 0;
  };
  batch = new TextDecoder().decode(JOURNAL_HEADER);
  closeBatch();
  for (let i = 0; i < total; i++) {
    const number = order?.[i] ?? i;
    const at = now - (number % (LEASE_SECONDS / 2));
    const end = endsAt?.(number) ?? at + LEASE_SECONDS;
    const startsAt = at - (number % 7) * LEASE_SECONDS;
    batch += recordOf(number, first + number, { startsAt, endsAt: end, lastTransactionAt: at });
    if ((i + 1) % recordsInBatch === 0) closeBatch();
  }
  if (batch !== "") closeBatch();
  flush();
  // As a file from before is: or else the server's first sync would have to wait for all of it.
  fdatasyncSync(fd);
  closeSync(fd);
  return octets;
}

/** Each of `count` numbers `times` times, in no order but the same every time. */
export function shuffled(count: number, times: number): Uint32Array {
  const order = new Uint32Array(count * times);
  for (let i = 0; i < order.length; i++) order[i] = i % count;
  let seed = 1;
  for (let i = order.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const other = seed % (i + 1);
    const value = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = value;
  }
  return order;
}
