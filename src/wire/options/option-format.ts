// The values of options, from elements to octets (RFC 2132 and others).
//
// A format is a row of letters, one for each element of a value. Letters as in OpenBSD's dhcp-options(5):
//   I address   l L int32, uint32   s S int16, uint16   b B int8, uint8   f flag
//   t text   X octets   C destination of a route (RFC 3442)   D list of domain names (RFC 3397)
// and for options that it does not name:
//   6 IPv6 address   d domain name, not compressed   x octets behind their length in one octet
//   u text behind its length in two   i addresses behind their length in one (RFC 7291)
//   M domain names or addresses (RFC 3361)   Z no value at all
// A final `A` makes a list of such rows, a final `a` a list of the last letter only, a final `o`
// leaves the last letter to choice.
// The configuration parser makes elements from tokens; host names are resolved there, not here.

import { type Ipv4, maskOfLength } from "../../base/ipv4.ts";
import { IPV6_OCTETS } from "../../base/ipv6.ts";
import { appendDomainName } from "./domain-name.ts";
import { encodeDomainSearch } from "./domain-search.ts";

/** One element of an option's value. */
export type OptionElement =
  | { readonly kind: "address"; readonly value: Ipv4 }
  | { readonly kind: "addresses"; readonly value: readonly Ipv4[] }
  /** 16 octets. */
  | { readonly kind: "address6"; readonly value: Uint8Array }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "flag"; readonly value: boolean }
  /** For `t`, `u`, `X` and `x`: text as octets, without a terminator. */
  | { readonly kind: "octets"; readonly value: Uint8Array }
  | { readonly kind: "cidr"; readonly network: Ipv4; readonly prefixLength: number }
  | { readonly kind: "name"; readonly value: string };

interface ElementType {
  readonly kind: OptionElement["kind"];
  /** What people call one of them, and several. */
  readonly noun: string;
  readonly nouns: string;
  /** Octets of a number; of `u` and `x`, of the length in front. */
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
  6: { kind: "address6", noun: "an IPv6 address", nouns: "IPv6 addresses", size: IPV6_OCTETS },
  d: { kind: "name", noun: "a quoted domain name", nouns: "quoted domain names", size: 0 },
  x: { kind: "octets", noun: 'a quoted text or octets like "0:1b:ff"', nouns: "octets", size: 1 },
  u: { kind: "octets", noun: "a quoted text", nouns: "quoted texts", size: 2 },
  i: { kind: "addresses", noun: "IP addresses of one server", nouns: "servers, each with its IP addresses", size: 1 },
  M: {
    kind: "name",
    noun: "a quoted domain name or an IP address",
    nouns: "quoted domain names or of IP addresses",
    size: 0,
  },
};

/** How often the elements of a format come: once; row after row; the last one again and again; or without the last. */
type Repeat = "once" | "rows" | "last" | "optional";

const REPEATS: Readonly<Record<string, Repeat>> = { A: "rows", a: "last", o: "optional" };

function repeatOf(format: string): Repeat {
  if (format === "D" || format === "M") return "rows";
  return REPEATS[format.at(-1) ?? ""] ?? "once";
}

/** The letters of one row of a value: the format without its final `A`, `a` or `o`; none where there is no value. */
export function rowLetters(format: string): string {
  const letters = REPEATS[format.at(-1) ?? ""] === undefined ? format : format.slice(0, -1);
  return letters === "Z" ? "" : letters;
}

/** Whether a value is a list, its rows separated by commas. */
export function isListFormat(format: string): boolean {
  return repeatOf(format) === "rows";
}

/** The letter that may be given again and again behind a row, separated by commas; "" if there is none. */
export function repeatedLetter(format: string): string {
  return repeatOf(format) === "last" ? (rowLetters(format).at(-1) ?? "") : "";
}

/** Whether the last element of a row may be left out. */
export function isLastOptional(format: string): boolean {
  return repeatOf(format) === "optional";
}

/** Octets of an element of fixed size, or of the length in front of one of any size; 0 where there is neither. */
export function octetsOfLetter(letter: string): number {
  return ELEMENT_TYPES[letter]?.size ?? 0;
}

/** Octets of one row of a format whose elements all have a fixed size; 0 for other formats. */
export function fixedRowOctets(format: string): number {
  if (repeatOf(format) === "last" || repeatOf(format) === "optional") return 0;
  let octets = 0;
  for (const letter of rowLetters(format)) {
    if (!/[IlLsSbBf6]/.test(letter)) return 0;
    octets += octetsOfLetter(letter);
  }
  return octets;
}

/** What a letter stands for, for error texts: "an IP address". */
export function describeLetter(letter: string): string {
  return ELEMENT_TYPES[letter]?.noun ?? "nothing";
}

/** What a format expects, for error texts: "a list of IP addresses". */
export function describeFormat(format: string): string {
  const letters = [...rowLetters(format)];
  const last = ELEMENT_TYPES[letters.at(-1) ?? ""];
  if (letters.length === 0 || last === undefined) return "no value";
  if (format === "CIA") return "a list of routes like 10.1.0.0/16 192.0.2.1";
  if (format === "IIA") return "a list of pairs of IP addresses";
  if (format === "LxA") return 'a list of enterprise numbers with their octets, like 4491 "x" or 4491 1:2:ff';
  switch (repeatOf(format)) {
    case "rows":
      return letters.length === 1
        ? `a list of ${last.nouns}`
        : `a list of rows, each of ${letters.map(describeLetter).join(" and ")}`;
    case "last":
      return [...letters.slice(0, -1).map(describeLetter), `a list of ${last.nouns}`].join(" and ");
    case "optional":
      return [...letters.slice(0, -1).map(describeLetter), `perhaps ${last.noun}`].join(" and ");
    case "once":
      return letters.map(describeLetter).join(" and ");
  }
}

/**
 * Encodes the elements of a value, all rows of a list in one array; returns an error text in words
 * for a configuration's author if they do not fit the format.
 */
export function encodeOptionValue(format: string, elements: readonly OptionElement[]): Uint8Array | string {
  const letters = rowLetters(format);
  if (!isRightCount(format, letters.length, elements.length)) return `expected ${describeFormat(format)}`;
  if (format === "D") return encodeNames(elements);
  if (format === "M") return encodeServers(elements);
  const octets: number[] = [];
  const isRows = isListFormat(format);
  for (const [i, element] of elements.entries()) {
    const letter = letters[isRows ? i % letters.length : Math.min(i, letters.length - 1)] ?? "";
    const error = appendElement(letter, element, octets);
    if (error !== undefined) return error;
  }
  return Uint8Array.from(octets);
}

function isRightCount(format: string, letters: number, elements: number): boolean {
  if (format === "Z") return elements === 0;
  if (letters === 0 || elements === 0) return false;
  switch (repeatOf(format)) {
    case "rows":
      return elements % letters === 0;
    case "last":
      return elements >= letters;
    case "optional":
      return elements === letters || elements === letters - 1;
    case "once":
      return elements === letters;
  }
}

function encodeNames(elements: readonly OptionElement[]): Uint8Array | string {
  const names: string[] = [];
  for (const element of elements) {
    if (element.kind !== "name") return `expected ${describeLetter("D")}`;
    names.push(element.value);
  }
  return encodeDomainSearch(names);
}

/** RFC 3361 section 3: an octet 0 and names, or an octet 1 and addresses. */
function encodeServers(elements: readonly OptionElement[]): Uint8Array | string {
  const isNames = elements[0]?.kind === "name";
  const octets: number[] = [isNames ? 0 : 1];
  for (const element of elements) {
    if (element.kind !== (isNames ? "name" : "address"))
      return "expected either domain names or IP addresses, not both";
    const error = appendElement(isNames ? "d" : "I", element, octets);
    if (error !== undefined) return error;
  }
  return Uint8Array.from(octets);
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
      return appendOctets(element.value, type.size, octets);
    case "address6":
      return appendOctets(element.value, 0, octets);
    case "addresses":
      return appendAddresses(element.value, octets);
    case "cidr":
      return appendDestination(element.network, element.prefixLength, octets);
    case "name":
      return letter === "d" ? appendDomainName(element.value, octets) : `expected ${describeLetter(letter)}`;
  }
}

function fits(value: number, size: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** (8 * size - 1)) && value < 2 ** (8 * size);
}

function appendNumber(value: number, size: number, octets: number[]): void {
  for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) octets.push((value >>> shift) & 255);
}

/** Appends octets behind their length in `lengthOctets` octets. */
function appendOctets(value: Uint8Array, lengthOctets: number, octets: number[]): string | undefined {
  const most = 2 ** (8 * lengthOctets) - 1;
  if (lengthOctets > 0 && value.length > most) return `${value.length} octets do not fit: expected at most ${most}`;
  appendNumber(value.length, lengthOctets, octets);
  for (const octet of value) octets.push(octet);
  return undefined;
}

function appendAddresses(addresses: readonly Ipv4[], octets: number[]): string | undefined {
  const most = Math.floor(255 / 4);
  if (addresses.length > most)
    return `${addresses.length} addresses of one server do not fit: expected at most ${most}`;
  octets.push(4 * addresses.length);
  for (const address of addresses) appendNumber(address, 4, octets);
  return undefined;
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
