// Readers of single values: numbers, booleans, strings, names, addresses, octets (dhcpd.conf(5)). Each takes its tokens
// from the cursor and returns the value, or undefined after it has reported an error at the wrong element.

import { formatIpv4, type Ipv4, isInNetwork, maskOfLength, parseIpv4 } from "../../base/ipv4.ts";
import type { Seconds } from "../../base/time.ts";
import { INFINITE_SECONDS } from "../../wire/layout.ts";
import type { Network } from "../model/settings.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";
import type { AddressAt } from "./syntax.ts";

const ADDRESS_EXPECTED = "an IP address: four decimal numbers from 0 to 255, like 192.0.2.1";

/** A decimal number from `least` to `most`; `what` says what it counts ("seconds"). */
export function readDecimal(cursor: Cursor, limits: { least: number; most: number; what: string }): number | undefined {
  const { least, most, what } = limits;
  const expected = `${what} from ${least} to ${most}`;
  const token = cursor.peek();
  if (token.kind !== "word" || !/^-?[0-9]/.test(token.text)) return cursor.unexpected(expected);
  const value = Number(token.text);
  if (!/^-?[0-9]+$/.test(token.text) || value < least || value > most) {
    const isNumber = /^-?[0-9]+$/.test(token.text);
    const seconds = what === "seconds" ? inSeconds(token.text) : undefined;
    const advice = seconds === undefined ? "" : `: write ${seconds}`;
    const problem = isNumber ? "is out of range" : `is not a decimal number${advice}`;
    return cursor.report.error(token.at, `${token.text} ${problem}`, { expected });
  }
  cursor.next();
  return value;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** The seconds of a time with a unit, as other programs write it (`1h`); undefined if it is none. */
function inSeconds(text: string): Seconds | undefined {
  const [, digits = "", unit = ""] = /^([0-9]{1,9})([smhdw])$/i.exec(text) ?? [];
  return digits === "" ? undefined : Number(digits) * (UNIT_SECONDS[unit.toLowerCase()] ?? 1);
}

/** Seconds of a lease: a decimal number, or `infinite` and -1 as ISC's dhcpd has them. Infinity is for ever. */
export function readLeaseSeconds(cursor: Cursor, least: number): Seconds | undefined {
  const isForEver = cursor.isWord("infinite") || (cursor.peek().kind === "word" && cursor.peek().text === "-1");
  if (isForEver) cursor.next();
  const value = isForEver ? INFINITE_SECONDS : readDecimal(cursor, { least, most: INFINITE_SECONDS, what: "seconds" });
  return value === INFINITE_SECONDS ? Number.POSITIVE_INFINITY : value;
}

/** A number of an option: decimal, octal after a leading 0 (with a warning), hexadecimal after 0x, minus sign allowed. */
export function readOptionNumber(cursor: Cursor, range: { least: number; most: number }): number | undefined {
  const expected = `a number from ${range.least} to ${range.most}`;
  const token = cursor.peek();
  if (token.kind !== "word" || !/^-?[0-9]/.test(token.text)) return cursor.unexpected(expected);
  const [, sign = "", digits = ""] = /^(-?)(.*)$/.exec(token.text) ?? [];
  const value = (sign === "" ? 1 : -1) * parseDigits(digits);
  if (Number.isNaN(value)) {
    const isOctal = /^0[0-9]+$/.test(digits);
    return cursor.report.error(
      token.at,
      `${token.text} is not a number${isOctal ? ": after a leading 0 it is octal" : ""}`,
      {
        expected,
      },
    );
  }
  if (value < range.least || value > range.most)
    return cursor.report.error(token.at, `${token.text} is out of range`, { expected });
  if (/^0[0-9]+$/.test(digits))
    cursor.report.warning(token.at, `${token.text} is read as octal, because of its leading 0: it is ${value}`);
  cursor.next();
  return value === 0 ? 0 : value;
}

function parseDigits(digits: string): number {
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return /^(0x[0-9a-f]+|0|[1-9][0-9]*)$/i.test(digits) ? Number(digits) : Number.NaN;
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, on: true, false: false, off: false };

/** true, on, false or off, in any case; behind a `=`, as ISC's expressions have it, 1 and 0 too. */
export function readBoolean(cursor: Cursor): boolean | undefined {
  const isExpression = cursor.takeMark("=");
  const token = cursor.peek();
  if (isExpression && /^0?[01]$/.test(token.text)) return cursor.next().text.endsWith("1");
  const value = token.kind === "word" ? BOOLEANS[token.text.toLowerCase()] : undefined;
  if (value === undefined) return cursor.unexpected("true, on, false or off");
  cursor.next();
  return value;
}

/** A quoted string of at most `most` octets. */
export function readString(cursor: Cursor, most: number): Uint8Array | undefined {
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected(`a string between " and "`);
  if (token.text.length > most)
    return cursor.report.error(token.at, `the string has ${token.text.length} octets`, {
      expected: `at most ${most} octets`,
    });
  cursor.next();
  return octetsOf(token.text);
}

/** Words joined by dots, as written: a host name, or an address. `expected` is for the error text. */
export function readDottedName(cursor: Cursor, expected: string): string | undefined {
  if (cursor.peek().kind !== "word") return cursor.unexpected(expected);
  let name = cursor.next().text;
  while (cursor.takeMark(".")) {
    if (cursor.peek().kind !== "word") return cursor.unexpected(expected);
    name += `.${cursor.next().text}`;
  }
  return name;
}

/** A dotted quad, nothing else. */
export function readAddress(cursor: Cursor): AddressAt | undefined {
  const { at } = cursor.peek();
  if (!/^[0-9]/.test(cursor.peek().text)) return cursor.unexpected(ADDRESS_EXPECTED);
  const text = readDottedName(cursor, ADDRESS_EXPECTED);
  return text === undefined ? undefined : toAddress(cursor, text, at);
}

/** How an address is written: in numbers, or as a host name with its addresses. */
export interface WrittenAddresses {
  /** Empty, after a warning, for a name that cannot be resolved. */
  readonly addresses: readonly Ipv4[];
  readonly at: number;
}

/** A dotted quad, or a host name that the shell has resolved: a name without an address is left out, with a warning. */
export function readAddressOrName(cursor: Cursor): WrittenAddresses | undefined {
  const { at } = cursor.peek();
  const text = readDottedName(cursor, `${ADDRESS_EXPECTED}, or a host name`);
  if (text === undefined) return undefined;
  if (/^[0-9.]+$/.test(text) || /^0x[0-9a-f]+$/i.test(text)) {
    const placed = toAddress(cursor, text, at);
    return placed && { addresses: [placed.address], at };
  }
  if (cursor.hostNames === "refused")
    return cursor.report.error(at, `${text} is not an IP address`, { expected: ADDRESS_EXPECTED });
  cursor.names.add(text);
  const addresses = cursor.hostNames.get(text) ?? [];
  if (addresses.length === 0)
    cursor.report.warning(at, `the host name ${text} cannot be resolved: it is left out`, {
      expected: "its address; or a reload of the configuration once the name can be resolved",
    });
  return { addresses, at };
}

/** Addresses or names separated by commas. */
export function readAddressList(cursor: Cursor): readonly AddressAt[] | undefined {
  const list: AddressAt[] = [];
  do {
    const written = readAddressOrName(cursor);
    if (written === undefined) return undefined;
    for (const address of written.addresses) list.push({ address, at: written.at });
  } while (cursor.takeMark(","));
  return list;
}

function toAddress(cursor: Cursor, text: string, at: number): AddressAt | undefined {
  const address = parseIpv4(text);
  if (address !== undefined) return { address, at };
  return cursor.report.error(at, `${text} is not an IP address${whyNoAddress(text)}`, { expected: ADDRESS_EXPECTED });
}

function whyNoAddress(text: string): string {
  const parts = text.split(".");
  const large = parts.find((part) => /^[0-9]+$/.test(part) && Number(part) > 255);
  if (large !== undefined) return `: ${large} is above 255`;
  const padded = parts.find((part) => /^0[0-9]+$/.test(part));
  if (padded !== undefined) return `: ${padded} has a leading 0, which some programs read as octal`;
  return parts.length === 4 ? "" : `: it has ${parts.length} number${parts.length === 1 ? "" : "s"}, not four`;
}

/** Octets in hexadecimal joined by colons, at least `least` and at most `most`. */
export function readHexOctets(cursor: Cursor, limits: { least: number; most: number }): Uint8Array | undefined {
  const { least, most } = limits;
  const count = least === most ? `${least} octets` : `${least} to ${most} octets`;
  const expected = `${count} in hexadecimal joined by colons, like ${least === 6 ? "0:1b:ff:0:2:a1" : "0:1b:ff"}`;
  const start = cursor.peek().at;
  const octets: number[] = [];
  do {
    const token = cursor.peek();
    if (token.kind !== "word" && token.kind !== "string") return cursor.unexpected(expected);
    if (token.kind === "string" || !/^[0-9a-f]{1,2}$/i.test(token.text))
      return cursor.report.error(token.at, `${nameToken(token)} is not an octet in hexadecimal${hexAdvice(cursor)}`, {
        expected,
      });
    cursor.next();
    octets.push(Number.parseInt(token.text, 16));
  } while (cursor.takeMark(":"));
  if (octets.length >= least && octets.length <= most) return Uint8Array.from(octets);
  return cursor.report.error(start, `${octets.length} octet${octets.length === 1 ? "" : "s"} here`, { expected });
}

/** How to write the octets at the cursor, which another program writes with dashes, dots, quotes or nothing between them. */
function hexAdvice(cursor: Cursor): string {
  let { text } = cursor.peek();
  for (let ahead = 1; cursor.isMark(".", ahead) && cursor.peek(ahead + 1).kind === "word"; ahead += 2) {
    text += `.${cursor.peek(ahead + 1).text}`;
  }
  const pieces = text.replace(/^0x/i, "").split(/[-:. ]/);
  const isOctets = pieces.length > 1 && pieces.every((piece) => /^[0-9a-f]{1,2}$/i.test(piece));
  if (isOctets) return `: write ${pieces.join(":")}`;
  const isDigits = pieces.every((piece) => /^([0-9a-f]{2})+$/i.test(piece));
  return isDigits ? `: write ${pieces.join("").match(/../g)?.join(":") ?? ""}` : "";
}

/** `ADDRESS` or `ADDRESS/LENGTH`. */
export function readNetwork(cursor: Cursor): Network | undefined {
  const placed = readAddress(cursor);
  if (placed === undefined) return undefined;
  const { address, at } = placed;
  if (!cursor.takeMark("/")) return { network: address, mask: maskOfLength(32) };
  const length = readDecimal(cursor, { least: 0, most: 32, what: "a prefix length" });
  if (length === undefined) return undefined;
  const mask = maskOfLength(length);
  if (isInNetwork(address, address, mask)) return { network: address, mask };
  const right = formatIpv4((address & mask) >>> 0);
  return cursor.report.error(at, `${formatIpv4(address)} is not the number of a /${length} network`, {
    expected: `${right}/${length}, the network that it is in`,
  });
}
