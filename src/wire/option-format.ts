// The values of options: between what a configuration says and octets (RFC 2132 and others).
//
// A format is a row of letters, one for each element of a value; a final `A` makes it a list of
// such rows. Letters as in OpenBSD's dhcp-options(5):
//   I address   l L int32, uint32   s S int16, uint16   b B int8, uint8   f flag
//   t text   X octets   C destination of a route (RFC 3442)   D list of domain names (RFC 3397)
// The configuration parser makes elements from tokens; host names are resolved there, not here.

import { formatHex, getUint8, getUint16, getUint32 } from "../base/bytes.ts";
import { formatIpv4, type Ipv4, maskOfLength } from "../base/ipv4.ts";
import { escapeOctets, isPrintable } from "../base/text.ts";
import { decodeDomainSearch, encodeDomainSearch } from "./domain-search.ts";
import { optionByCode } from "./option-code.ts";

/** One element of an option's value. */
export type OptionElement =
  | { readonly kind: "address"; readonly value: Ipv4 }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "flag"; readonly value: boolean }
  /** For `t` and `X`: text as octets, without a terminator. */
  | { readonly kind: "octets"; readonly value: Uint8Array }
  | { readonly kind: "cidr"; readonly network: Ipv4; readonly prefixLength: number }
  | { readonly kind: "name"; readonly value: string };

interface ElementType {
  readonly kind: OptionElement["kind"];
  /** What people call one of them, and several. */
  readonly noun: string;
  readonly nouns: string;
  /** Octets of a number. */
  readonly size: number;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  I: { kind: "address", noun: "an IP address", nouns: "IP addresses", size: 4 },
  l: { kind: "number", noun: "a number of 32 bits", nouns: "numbers of 32 bits", size: 4 },
  L: { kind: "number", noun: "a number of 32 bits", nouns: "numbers of 32 bits", size: 4 },
  s: { kind: "number", noun: "a number of 16 bits", nouns: "numbers of 16 bits", size: 2 },
  S: { kind: "number", noun: "a number of 16 bits", nouns: "numbers of 16 bits", size: 2 },
  b: { kind: "number", noun: "a number of 8 bits", nouns: "numbers of 8 bits", size: 1 },
  B: { kind: "number", noun: "a number of 8 bits", nouns: "numbers of 8 bits", size: 1 },
  f: { kind: "flag", noun: "true or false", nouns: "true or false", size: 1 },
  t: { kind: "octets", noun: "a quoted text", nouns: "quoted texts", size: 0 },
  X: { kind: "octets", noun: 'a quoted text or octets like "0:1b:ff"', nouns: "octets", size: 0 },
  C: { kind: "cidr", noun: "a network like 10.1.0.0/16", nouns: "networks like 10.1.0.0/16", size: 0 },
  D: { kind: "name", noun: "a quoted domain name", nouns: "quoted domain names", size: 0 },
};

/** The letters of one row of a value: the format without its `A`. */
export function rowLetters(format: string): string {
  return format.endsWith("A") ? format.slice(0, -1) : format;
}

/** Whether a value is a list, its rows separated by commas. */
export function isListFormat(format: string): boolean {
  return format.endsWith("A") || format === "D";
}

/** What a letter stands for, for error texts: "an IP address". */
export function describeLetter(letter: string): string {
  return ELEMENT_TYPES[letter]?.noun ?? "nothing";
}

/** What a format expects, for error texts: "a list of IP addresses". */
export function describeFormat(format: string): string {
  const letters = [...rowLetters(format)];
  if (letters.length === 0) return "no value";
  if (format === "CIA") return "a list of routes like 10.1.0.0/16 192.0.2.1";
  if (format === "IIA") return "a list of pairs of IP addresses";
  if (isListFormat(format)) return `a list of ${ELEMENT_TYPES[letters[0] ?? ""]?.nouns ?? "nothing"}`;
  return letters.map(describeLetter).join(" and ");
}

/**
 * Encodes the elements of a value, all rows of a list in one array; returns an error text in words
 * for a configuration's author if they do not fit the format.
 */
export function encodeOptionValue(format: string, elements: readonly OptionElement[]): Uint8Array | string {
  const letters = rowLetters(format);
  const isWhole = isListFormat(format) ? elements.length % letters.length === 0 : elements.length === letters.length;
  if (elements.length === 0 || !isWhole) return `expected ${describeFormat(format)}`;
  if (format === "D") return encodeNames(elements);
  const octets: number[] = [];
  for (const [i, element] of elements.entries()) {
    const error = appendElement(letters[i % letters.length] ?? "", element, octets);
    if (error !== undefined) return error;
  }
  return Uint8Array.from(octets);
}

function encodeNames(elements: readonly OptionElement[]): Uint8Array | string {
  const names: string[] = [];
  for (const element of elements) {
    if (element.kind !== "name") return `expected ${describeLetter("D")}`;
    names.push(element.value);
  }
  return encodeDomainSearch(names);
}

/** Appends one element's octets; returns an error text if it is not what the letter stands for. */
function appendElement(letter: string, element: OptionElement, octets: number[]): string | undefined {
  const type = ELEMENT_TYPES[letter];
  if (type === undefined || type.kind !== element.kind) return `expected ${describeLetter(letter)}`;
  switch (element.kind) {
    case "address":
      appendNumber(element.value, 4, octets);
      return undefined;
    case "number":
      // dhcpd(8) takes a minus sign for unsigned numbers too; what does not fit at all is an error.
      if (!fits(element.value, type.size)) return `${element.value} does not fit: expected ${type.noun}`;
      appendNumber(element.value, type.size, octets);
      return undefined;
    case "flag":
      octets.push(element.value ? 1 : 0);
      return undefined;
    case "octets":
      for (const octet of element.value) octets.push(octet);
      return undefined;
    case "cidr":
      return appendDestination(element.network, element.prefixLength, octets);
    case "name":
      return `expected ${describeLetter(letter)}`;
  }
}

function fits(value: number, size: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** (8 * size - 1)) && value < 2 ** (8 * size);
}

function appendNumber(value: number, size: number, octets: number[]): void {
  for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) octets.push((value >>> shift) & 255);
}

/** RFC 3442: the prefix length, then its significant octets only; dhcpd(8) leaves host bits in, we do not. */
function appendDestination(network: Ipv4, prefixLength: number, octets: number[]): string | undefined {
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) {
    return `/${prefixLength}: expected a prefix length from 0 to 32`;
  }
  octets.push(prefixLength);
  const masked = (network & maskOfLength(prefixLength)) >>> 0;
  for (let bit = 0; bit < prefixLength; bit += 8) octets.push((masked >>> (24 - bit)) & 255);
  return undefined;
}

/** The value of an option for people, as a configuration would say it; octets in hexadecimal where it is not what its format says. */
export function formatOptionValue(code: number, bytes: Uint8Array): string {
  const { format } = optionByCode(code);
  return formatByFormat(format, bytes) ?? formatHex(bytes, ":");
}

function formatByFormat(format: string, bytes: Uint8Array): string | undefined {
  if (format === "t") return `"${escapeOctets(bytes)}"`;
  if (format === "X") return isPrintable(bytes) ? `"${escapeOctets(bytes)}"` : formatHex(bytes, ":");
  if (format === "D")
    return decodeDomainSearch(bytes)
      ?.map((name) => `"${name}"`)
      .join(", ");
  const letters = rowLetters(format);
  const rows: string[] = [];
  let at = 0;
  do {
    const row: string[] = [];
    for (const letter of letters) {
      const size = elementOctets(letter, bytes, at);
      if (size > bytes.length - at) return undefined;
      row.push(formatElement(letter, bytes, at));
      at += size;
    }
    rows.push(row.join(" "));
  } while (isListFormat(format) && at < bytes.length);
  return at === bytes.length ? rows.join(", ") : undefined;
}

function elementOctets(letter: string, bytes: Uint8Array, at: number): number {
  if (letter !== "C") return ELEMENT_TYPES[letter]?.size ?? 0;
  const prefixLength = getUint8(bytes, at);
  return prefixLength > 32 ? Number.POSITIVE_INFINITY : 1 + Math.ceil(prefixLength / 8);
}

function formatElement(letter: string, bytes: Uint8Array, at: number): string {
  switch (letter) {
    case "I":
      return formatIpv4(getUint32(bytes, at));
    case "l":
      return String(getUint32(bytes, at) | 0);
    case "L":
      return String(getUint32(bytes, at));
    case "s":
      return String((getUint16(bytes, at) << 16) >> 16);
    case "S":
      return String(getUint16(bytes, at));
    case "b":
      return String((getUint8(bytes, at) << 24) >> 24);
    case "B":
      return String(getUint8(bytes, at));
    case "f":
      return getUint8(bytes, at) === 0 ? "false" : "true";
    default: {
      const prefixLength = getUint8(bytes, at);
      const network = (getUint32(bytes, at + 1) & maskOfLength(prefixLength)) >>> 0;
      return `${formatIpv4(network)}/${prefixLength}`;
    }
  }
}
