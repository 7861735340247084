// Readers of the elements that only a few options have: IPv6 addresses, the addresses of one server,
// servers by name or address, and what is written as raw octets although it has a structure.

import { getUint8 } from "../base/bytes.ts";
import { parseIpv6 } from "../base/ipv6.ts";
import type { OptionElement } from "../wire/option-format.ts";
import type { Cursor } from "./cursor.ts";
import { TOKEN_OCTETS_MAX } from "./lexer.ts";
import { readAddressOrName, readHexOctets } from "./values.ts";

/** An IPv6 address, written without white space. */
export function readAddress6(cursor: Cursor): OptionElement | undefined {
  const expected = "an IPv6 address like 2001:db8::1";
  const { at } = cursor.peek();
  let text = "";
  while (isPartOfAddress(cursor) && (text === "" || cursor.peek().at === cursor.lastEnd)) text += cursor.next().text;
  if (text === "") return cursor.unexpected(expected);
  const value = parseIpv6(text);
  if (value !== undefined) return { kind: "address6", value };
  cursor.report.error(at, `${text} is not an IPv6 address`, { expected });
  return undefined;
}

function isPartOfAddress(cursor: Cursor): boolean {
  return cursor.peek().kind === "word" || cursor.isMark(":") || cursor.isMark(".");
}

/** Addresses of one server with white space between them. */
export function readAddresses(cursor: Cursor): OptionElement | undefined {
  const value: number[] = [];
  do {
    const placed = readAddressOrName(cursor);
    if (placed === undefined) return undefined;
    value.push(placed.address);
  } while (cursor.peek().kind === "word" && !cursor.isAtLineStart());
  return { kind: "addresses", value };
}

/** A quoted domain name, or an address. */
export function readServer(cursor: Cursor): OptionElement | undefined {
  if (cursor.peek().kind === "string") return { kind: "name", value: cursor.next().text };
  const placed = readAddressOrName(cursor);
  return placed && { kind: "address", value: placed.address };
}

/**
 * The whole value of an option of enterprise numbers and their octets (RFC 3925) in hexadecimal, as
 * ISC's configurations have it; checked all the same.
 */
export function readEnterpriseOctets(cursor: Cursor): Uint8Array | undefined {
  const { at } = cursor.peek();
  const octets = readHexOctets(cursor, { least: 5, most: TOKEN_OCTETS_MAX });
  if (octets === undefined || isEnterpriseData(octets)) return octets;
  cursor.report.error(at, "these octets are not what RFC 3925 says", {
    expected: "four octets of enterprise number, one of length, as many octets of data, and so on",
  });
  return undefined;
}

function isEnterpriseData(octets: Uint8Array): boolean {
  let at = 0;
  while (octets.length - at >= 5) at += 5 + getUint8(octets, at + 4);
  return at === octets.length;
}
