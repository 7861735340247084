// Pieces of dhcpd.conf as they are written: strings, octets, names.

import { formatHex } from "../base/bytes.ts";
import { octetsOf } from "../config/language/lexer.ts";

/** A string of any octets (one a character) between quotes. */
export function quote(text: string): string {
  return `"${text.replace(/[^ -~]|["\\]/g, (c) => `\\${(c.charCodeAt(0) & 255).toString(8).padStart(3, "0")}`)}"`;
}

/** Octets in hexadecimal, joined by colons; an empty string where there are none. */
export function hexOctets(octets: Uint8Array): string {
  return octets.length === 0 ? '""' : formatHex(octets, ":");
}

/**
 * The octets that Kea writes as `01:02`, `0102`, `0x0102`, `01 02` or `'text'`; undefined if it is none
 * of these.
 */
export function parseOctets(text: string): Uint8Array | undefined {
  const [, quoted] = /^'(.*)'$/s.exec(text.trim()) ?? [];
  if (quoted !== undefined) return octetsOf(quoted);
  const plain = text.trim().replace(/^0x/i, "");
  const isSeparated = /^[0-9a-f]{1,2}([: -][0-9a-f]{1,2})*$/i.test(plain);
  const isDigits = /^[0-9a-f]+$/i.test(plain);
  if (!isSeparated && !isDigits) return undefined;
  const pieces = /[: -]/.test(plain)
    ? plain.split(/[: -]/)
    : (`${plain.length % 2}` === "1" ? `0${plain}` : plain).match(/../g);
  return Uint8Array.from(pieces ?? [], (piece) => Number.parseInt(piece, 16));
}

/** Whether a text can be the name of a host, an option or a space. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(text);
}
