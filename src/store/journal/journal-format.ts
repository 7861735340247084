// What the journal adds to dhcpd.leases(5) text: one comment line after each batch of records, the
// trailer, by which recovery knows that the batch is whole. To every other reader it is a comment.
//
//   #= <sequence> <octets> <crc>\n
//
// `octets` counts what lies between the previous trailer and this line. `crc` is CRC-32C (RFC 3720
// appendix B.4) in eight lower-case digits over exactly those octets and the trailer's own text up to
// the digits, so that no octet of a file is outside a checksum but the digits themselves, which are
// compared as written. Sequences rise by one from batch to batch and go on from file to file: an
// old block that a crash brings back to light never fits.
//
// A file starts with a batch of comments only: the header.

import { crc32c } from "../../native/system-calls.ts";

/** How a file that we write begins. */
export const HEADER_START = new TextEncoder().encode("# anydhcpd leases, format ");

/** First lines of a file that we write; they make its first batch. */
export const JOURNAL_HEADER = new TextEncoder().encode(
  "# anydhcpd leases, format 1: see dhcpd.leases(5); the last record of an address counts.\n" +
    "# A line that begins with #= is the checksum of the lines above it. Stop the daemon before\n" +
    "# you edit: records without a checksum are read as well, but damage in them goes unseen.\n",
);

/** Text of the batch that ends a FILE.new which is whole and newer than FILE (see journal-files.ts). */
export const COMPLETE_MARK = new TextEncoder().encode("#= complete\n");

/** Longest trailer: two decimal numbers of 16 digits at most. */
export const TRAILER_OCTETS_MAX = 3 + 16 + 1 + 16 + 1 + 8 + 1;

const CRC_DIGITS = 8;
const HASH = 0x23;
const EQUALS = 0x3d;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const DIGITS = new TextEncoder().encode("0123456789abcdef");

/**
 * Writes the trailer of the batch `target[start..end)` at `end`; returns where the trailer ends.
 * `target` must have TRAILER_OCTETS_MAX octets left there. Allocates nothing.
 */
export function writeTrailer(target: Uint8Array, start: number, end: number, sequence: number): number {
  let at = end;
  target[at++] = HASH;
  target[at++] = EQUALS;
  target[at++] = SPACE;
  at = writeDecimal(target, at, sequence);
  target[at++] = SPACE;
  at = writeDecimal(target, at, end - start);
  target[at++] = SPACE;
  at = writeCrc(target, at, crc32c(target, start, at));
  target[at++] = NEWLINE;
  return at;
}

function writeDecimal(target: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    target[i] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return at + digits;
}

function writeCrc(target: Uint8Array, at: number, crc: number): number {
  for (let i = 0; i < CRC_DIGITS; i++) target[at + i] = DIGITS[(crc >>> (28 - 4 * i)) & 15] as number;
  return at + CRC_DIGITS;
}

/** What a trailer line says; `crcAt` is the position of its digits. */
export interface Trailer {
  readonly sequence: number;
  readonly octets: number;
  readonly crcAt: number;
}

/** Reads the line `bytes[start..end)`, newline included; undefined if it is no trailer of ours. */
export function parseTrailer(bytes: Uint8Array, start: number, end: number): Trailer | undefined {
  if (end - start > TRAILER_OCTETS_MAX || bytes[end - 1] !== NEWLINE) return undefined;
  const match = /^#= ([1-9]\d{0,15}) (0|[1-9]\d{0,15}) [0-9a-f]{8}\n$/.exec(latin1(bytes, start, end));
  if (match === null) return undefined;
  return { sequence: Number(match[1]), octets: Number(match[2]), crcAt: end - 1 - CRC_DIGITS };
}

/** Whether the digits of a trailer are the checksum of the batch that starts at `start`. */
export function isBatchWhole(bytes: Uint8Array, start: number, trailer: Trailer): boolean {
  const crc = crc32c(bytes, start, trailer.crcAt);
  for (let i = 0; i < CRC_DIGITS; i++) {
    if (bytes[trailer.crcAt + i] !== DIGITS[(crc >>> (28 - 4 * i)) & 15]) return false;
  }
  return true;
}

/** Whether a last line without newline may be the beginning of a trailer that was never finished. */
export function isTrailerBeginning(line: string): boolean {
  return /^#(=( ([1-9]\d{0,15}( ((0|[1-9]\d{0,15})( [0-9a-f]{0,8})?)?)?)?)?)?$/.test(line);
}

/** Octets as text, one character each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}
