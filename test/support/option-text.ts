// The values of options for people: from octets back to a configuration's text. A value that does not fit its option's
// format is printed in hexadecimal.

import { formatHex, getUint8, getUint16, getUint32 } from "../../src/base/bytes.ts";
import { formatIpv4, maskOfLength } from "../../src/base/ipv4.ts";
import { IPV6_OCTETS } from "../../src/base/ipv6.ts";
import { escapeOctets, isPrintable } from "../../src/base/text.ts";
import { optionByCode } from "../../src/wire/options/option-code.ts";
import {
  isLastOptional,
  isListFormat,
  octetsOfLetter,
  repeatedLetter,
  rowLetters,
} from "../../src/wire/options/option-format.ts";
import { decodeDomainSearch, domainNameOctets, formatDomainName, formatIpv6 } from "./decoded-names.ts";

/** The value of an option for people, as a configuration would say it; octets in hexadecimal where it is not what its format says. */
export function formatOptionValue(code: number, bytes: Uint8Array): string {
  const { format } = optionByCode(code);
  return formatByFormat(format, bytes) ?? formatHex(bytes, ":");
}

function formatByFormat(format: string, bytes: Uint8Array): string | undefined {
  if (format === "D") return quoteNames(decodeDomainSearch(bytes));
  if (format === "M") return formatServers(bytes);
  const letters = rowLetters(format);
  if (letters === "") return undefined;
  const reader: Reader = { bytes, at: 0 };
  const rows: string[] = [];
  do {
    const row = formatRow(reader, letters, isLastOptional(format));
    if (row === undefined) return undefined;
    rows.push(row);
    const repeated = repeatedLetter(format);
    while (repeated !== "" && reader.at < bytes.length) {
      const element = formatNext(reader, repeated);
      if (element === undefined) return undefined;
      rows.push(element);
    }
  } while (isListFormat(format) && reader.at < bytes.length);
  return reader.at === bytes.length ? rows.join(", ") : undefined;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function formatRow(reader: Reader, letters: string, isOptional: boolean): string | undefined {
  const row: string[] = [];
  for (const [i, letter] of [...letters].entries()) {
    if (isOptional && i === letters.length - 1 && reader.at === reader.bytes.length) break;
    const element = formatNext(reader, letter);
    if (element === undefined) return undefined;
    row.push(element);
  }
  return row.join(" ");
}

function formatNext(reader: Reader, letter: string): string | undefined {
  const { bytes, at } = reader;
  const size = elementOctets(letter, bytes, at);
  if (size > bytes.length - at) return undefined;
  reader.at += size;
  return formatElement(letter, bytes, at, size);
}

/** RFC 3361: names, which may be compressed, behind a 0, or addresses behind a 1. */
function formatServers(bytes: Uint8Array): string | undefined {
  const rest = bytes.subarray(1);
  if (getUint8(bytes, 0) === 1 && rest.length > 0) return formatByFormat("IA", rest);
  return bytes.length < 2 || getUint8(bytes, 0) !== 0 ? undefined : quoteNames(decodeDomainSearch(rest));
}

function quoteNames(names: readonly string[] | undefined): string | undefined {
  return names?.map((name) => `"${name}"`).join(", ");
}

/** Octets of the element at `at`, its length in front included; Infinity if there is none. */
function elementOctets(letter: string, bytes: Uint8Array, at: number): number {
  switch (letter) {
    case "C": {
      const prefixLength = getUint8(bytes, at);
      return prefixLength > 32 ? Number.POSITIVE_INFINITY : 1 + Math.ceil(prefixLength / 8);
    }
    case "d":
      return domainNameOctets(bytes, at);
    case "x":
      return 1 + getUint8(bytes, at);
    case "i": {
      const length = getUint8(bytes, at);
      return length === 0 || length % 4 !== 0 ? Number.POSITIVE_INFINITY : 1 + length;
    }
    case "u":
      return 2 + getUint16(bytes, at);
    case "t":
    case "X":
      return bytes.length - at;
    default:
      return octetsOfLetter(letter);
  }
}

function formatElement(letter: string, bytes: Uint8Array, at: number, size: number): string {
  switch (letter) {
    case "I":
      return formatIpv4(getUint32(bytes, at));
    case "6":
      return formatIpv6(bytes.subarray(at, at + IPV6_OCTETS), 0);
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
    case "t":
      return `"${escapeOctets(bytes.subarray(at, at + size))}"`;
    case "u":
      return `"${escapeOctets(bytes.subarray(at + 2, at + size))}"`;
    case "X":
      return formatOctets(bytes.subarray(at, at + size));
    case "x":
      return formatOctets(bytes.subarray(at + 1, at + size));
    case "d":
      return `"${formatDomainName(bytes, at)}"`;
    case "i":
      return Array.from({ length: (size - 1) / 4 }, (_, i) => formatIpv4(getUint32(bytes, at + 1 + 4 * i))).join(" ");
    default: {
      const prefixLength = getUint8(bytes, at);
      const network = (getUint32(bytes, at + 1) & maskOfLength(prefixLength)) >>> 0;
      return `${formatIpv4(network)}/${prefixLength}`;
    }
  }
}

function formatOctets(bytes: Uint8Array): string {
  return isPrintable(bytes) ? `"${escapeOctets(bytes)}"` : formatHex(bytes, ":");
}
