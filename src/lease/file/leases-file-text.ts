// The smallest pieces of dhcpd.leases(5) as it is written: words, numbers, dates, hexadecimal and
// quoted octets, straight into a buffer. Each function writes at `at` and returns where it ended.
//
// In quoted text, octets that are not plain ASCII, the quote and the backslash become three octal digits, which ISC's
// reader and ours take back. So no text of a client can end a string, a statement or a line.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds } from "../../base/time.ts";

const HEX = ascii("0123456789abcdef");
const NEVER = ascii("never");
const DAY_SECONDS = 86_400;
/** Year 9999 ends here; a later time is written as never. */
const SECONDS_MAX = 253_402_300_799;

/** Octets of `6 2026/11/21 02:36:07`. */
const INSTANT_OCTETS = 21;
/**
 * Instants that were written lately, by their second: a commit has the same few. A second's place is its remainder by a
 * number that divides no usual lease time, so that start and end of a lease have two places.
 */
const INSTANT_PLACES = 7;
const lateSeconds = new Float64Array(INSTANT_PLACES).fill(-1);
const lateInstants = new Uint8Array(INSTANT_PLACES * INSTANT_OCTETS);

/** ASCII text as octets, for `writeOctets`: a character of a string takes three times as long to copy. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Writes octets as they are. */
export function writeOctets(target: Uint8Array, at: number, octets: Uint8Array): number {
  for (let i = 0; i < octets.length; i++) target[at + i] = octets[i] ?? 0;
  return at + octets.length;
}

/** Writes an integer in 0 .. 999999 in as few digits as it has. */
export function writeNumber(target: Uint8Array, at: number, value: number): number {
  let width = 1;
  for (let limit = 10; value >= limit; limit *= 10) width++;
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    target[i] = 0x30 + rest - next * 10;
    rest = next;
  }
  return at + width;
}

/** Writes a number in 0 .. 99 in two digits. */
function writeTwoDigits(target: Uint8Array, at: number, value: number): number {
  const tens = (value / 10) | 0;
  target[at] = 0x30 + tens;
  target[at + 1] = 0x30 + value - tens * 10;
  return at + 2;
}

/** Writes an address as a dotted quad. */
export function writeAddress(target: Uint8Array, start: number, address: Ipv4): number {
  let at = start;
  for (let shift = 24; shift >= 0; shift -= 8) {
    at = writeNumber(target, at, (address >>> shift) & 255);
    if (shift > 0) target[at++] = 0x2e;
  }
  return at;
}

/**
 * Writes `6 2026/11/21 02:36:07` (weekday, Sunday 0; UTC), or `never`. Fractions are cut off; times
 * before 1970 become its start.
 */
export function writeInstant(target: Uint8Array, start: number, instant: EpochSeconds): number {
  if (instant > SECONDS_MAX) return writeOctets(target, start, NEVER);
  const seconds = instant > 0 ? Math.floor(instant) : 0;
  const place = seconds % INSTANT_PLACES;
  const late = place * INSTANT_OCTETS;
  if (lateSeconds[place] !== seconds) {
    lateSeconds[place] = seconds;
    writeSecond(lateInstants, late, seconds);
  }
  for (let i = 0; i < INSTANT_OCTETS; i++) target[start + i] = lateInstants[late + i] ?? 0;
  return start + INSTANT_OCTETS;
}

function writeSecond(target: Uint8Array, start: number, seconds: number): number {
  const days = Math.floor(seconds / DAY_SECONDS);
  let at = writeNumber(target, start, (days + 4) % 7);
  target[at++] = 0x20;
  at = writeDay(target, at, days);
  target[at++] = 0x20;
  const time = seconds - days * DAY_SECONDS;
  at = writeTwoDigits(target, at, (time / 3600) | 0);
  target[at++] = 0x3a;
  at = writeTwoDigits(target, at, ((time / 60) | 0) % 60);
  target[at++] = 0x3a;
  return writeTwoDigits(target, at, time % 60);
}

/** Writes the date of a day counted from 1970-01-01. Years start in March here, so that the leap day is their last. */
function writeDay(target: Uint8Array, start: number, day: number): number {
  const shifted = day + 719_468;
  const era = (shifted / 146_097) | 0;
  const dayOfEra = shifted - era * 146_097;
  const leapDays = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const marchMonth = ((5 * dayOfYear + 2) / 153) | 0;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  let at = writeNumber(target, start, year);
  target[at++] = 0x2f;
  at = writeTwoDigits(target, at, month);
  target[at++] = 0x2f;
  return writeTwoDigits(target, at, dayOfYear - (((153 * marchMonth + 2) / 5) | 0) + 1);
}

/** Writes octets as two hexadecimal digits each, joined by colons. */
export function writeHex(target: Uint8Array, start: number, source: Uint8Array, from: number, length: number): number {
  let at = start;
  for (let i = 0; i < length; i++) {
    const octet = source[from + i] ?? 0;
    if (i > 0) target[at++] = 0x3a;
    target[at++] = HEX[octet >>> 4] ?? 0;
    target[at++] = HEX[octet & 15] ?? 0;
  }
  return at;
}

/** Writes octets between quotes; see the head of this file. */
export function writeQuoted(
  target: Uint8Array,
  start: number,
  source: Uint8Array,
  from: number,
  length: number,
): number {
  let at = start;
  target[at++] = 0x22;
  for (let i = 0; i < length; i++) at = writeInQuotes(target, at, source[from + i] ?? 0);
  target[at++] = 0x22;
  return at;
}

/** Writes octets between quotes exactly as ISC's server does: programs compare such texts. */
export function writeQuotedAsIsc(
  target: Uint8Array,
  start: number,
  source: Uint8Array,
  from: number,
  length: number,
): number {
  let at = start;
  target[at++] = 0x22;
  for (let i = 0; i < length; i++) {
    const octet = source[from + i] ?? 0;
    if (octet === 0x22 || octet === 0x5c) {
      target[at++] = 0x5c;
      target[at++] = octet;
    } else at = writeInQuotes(target, at, octet);
  }
  target[at++] = 0x22;
  return at;
}

function writeInQuotes(target: Uint8Array, at: number, octet: number): number {
  if (isPlain(octet)) {
    target[at] = octet;
    return at + 1;
  }
  target[at] = 0x5c;
  target[at + 1] = 0x30 + (octet >>> 6);
  target[at + 2] = 0x30 + ((octet >>> 3) & 7);
  target[at + 3] = 0x30 + (octet & 7);
  return at + 4;
}

/** Whether all of `source[from .. from + length)` may stand in quotes as it is. */
export function isPlainText(source: Uint8Array, from: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (!isPlain(source[from + i] ?? 0)) return false;
  return true;
}

function isPlain(octet: number): boolean {
  return octet >= 0x20 && octet < 0x7f && octet !== 0x22 && octet !== 0x5c;
}
