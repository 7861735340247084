// Reads the elements of an option's value by its format letters (wire/options/option-format.ts). A host name without an
// address is left out with the part that needs it: one address of a list, one row, or the whole value.

import { getUint8 } from "../../base/bytes.ts";
import { parseIpv6 } from "../../base/ipv6.ts";
import {
  isLastOptional,
  isListFormat,
  type OptionElement,
  repeatedLetter,
  rowLetters,
} from "../../wire/options/option-format.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { octetsOf, TOKEN_OCTETS_MAX } from "./lexer.ts";
import { readAddressOrName, readBoolean, readHexOctets, readOptionNumber } from "./values.ts";

/** By format letter, the numbers that fit. */
export const NUMBER_RANGES: Readonly<Record<string, { least: number; most: number }>> = {
  l: { least: -(2 ** 31), most: 2 ** 32 - 1 },
  L: { least: 0, most: 2 ** 32 - 1 },
  s: { least: -(2 ** 15), most: 2 ** 16 - 1 },
  S: { least: 0, most: 2 ** 16 - 1 },
  b: { least: -128, most: 255 },
  B: { least: 0, most: 255 },
};

/** Elements for one letter: none where its host name has no address, several where the name has several. */
type Elements = readonly OptionElement[];

/**
 * Reads all rows of a value; undefined after a complaint, none where nothing of the value is left. `isText` says
 * that octets written as a word without quotes are a text.
 */
export function readElements(cursor: Cursor, format: string, isText: boolean): Elements | undefined {
  const letters = rowLetters(format);
  const isList = isListFormat(format);
  const elements: OptionElement[] = [];
  let isWhole = true;
  do {
    const row: Elements[] = [];
    for (const [i, letter] of [...letters].entries()) {
      if (isLastOptional(format) && i === letters.length - 1 && cursor.isMark(";")) break;
      const read = readElement(cursor, letter, isText);
      if (read === undefined) return undefined;
      row.push(read);
    }
    if (row.every((read) => read.length > 0)) {
      // A name with several addresses gives all of them to a list of addresses.
      for (const read of row) elements.push(...(row.length === 1 && isList ? read : read.slice(0, 1)));
    } else if (repeatedLetter(format) !== "") elements.push(...row.flatMap((read) => read.slice(0, 1)));
    else isWhole &&= isList;
  } while (isList && cursor.takeMark(","));
  const repeated = repeatedLetter(format);
  while (repeated !== "" && cursor.takeMark(",")) {
    const read = readElement(cursor, repeated, isText);
    if (read === undefined) return undefined;
    elements.push(...read);
  }
  return isWhole && (isList || elements.length >= letters.length - (isLastOptional(format) ? 1 : 0)) ? elements : [];
}

function readElement(cursor: Cursor, letter: string, isText: boolean): Elements | undefined {
  switch (letter) {
    case "I":
      return readAddressOrName(cursor)?.addresses.map((value) => ({ kind: "address", value }));
    case "i":
      return readAddresses(cursor);
    case "M":
      return readServer(cursor);
    case "D":
      return readDomainNames(cursor);
    default: {
      const element = readOther(cursor, letter, isText);
      return element && [element];
    }
  }
}

function readOther(cursor: Cursor, letter: string, isText: boolean): OptionElement | undefined {
  switch (letter) {
    case "f": {
      const value = readBoolean(cursor);
      return value === undefined ? undefined : { kind: "flag", value };
    }
    case "6":
      return readAddress6(cursor);
    case "t":
    case "u":
      return readText(cursor);
    case "X":
    case "x":
      return readOctets(cursor, isText);
    case "C":
      return readDestination(cursor);
    case "d":
      return readDomainName(cursor);
    default: {
      const value = readOptionNumber(cursor, NUMBER_RANGES[letter] ?? { least: 0, most: 0 });
      return value === undefined ? undefined : { kind: "number", value };
    }
  }
}

/** A string, or one bare word as OpenBSD takes it. */
function readText(cursor: Cursor): OptionElement | undefined {
  const token = cursor.peek();
  if (token.kind !== "string" && token.kind !== "word") return cursor.unexpected('a text between " and "');
  if (token.kind === "string" || !cursor.isMark(".", 1)) return takeOctets(cursor);
  const text = takeDottedText(cursor);
  return cursor.report.error(token.at, `the text ${text} needs quotes`, { expected: `"${text}"` });
}

/** Words joined by dots, as they are written. */
function takeDottedText(cursor: Cursor): string {
  let { text } = cursor.next();
  while (cursor.isMark(".") && cursor.peek(1).kind === "word") text += cursor.next().text + cursor.next().text;
  return text;
}

/** A string, or octets in hexadecimal; a word of one or two such digits is an octet, unless a text is meant. */
function readOctets(cursor: Cursor, isText: boolean): OptionElement | undefined {
  const token = cursor.peek();
  if (token.kind === "string") return takeOctets(cursor);
  const expected = 'a text between " and ", or octets in hexadecimal joined by colons, like 0:1b:ff';
  if (token.kind !== "word") return cursor.unexpected(expected);
  if (!cursor.isMark(":", 1)) return isText ? readText(cursor) : readBareWord(cursor);
  const value = readHexOctets(cursor, { least: 2, most: TOKEN_OCTETS_MAX });
  return value && { kind: "octets", value };
}

/** A word without quotes where octets are meant: one octet, or an error that says how to write a text. */
function readBareWord(cursor: Cursor): OptionElement | undefined {
  const { at } = cursor.peek();
  const text = takeDottedText(cursor);
  if (/^[0-9a-f]{1,2}$/i.test(text)) {
    const value = Number.parseInt(text, 16);
    const escaped = value.toString(8).padStart(3, "0");
    cursor.report.warning(at, `${text} is read as one octet, 0x${value.toString(16)}`, {
      expected: `"${text}" for the text, "\\${escaped}" for the octet`,
    });
    return { kind: "octets", value: Uint8Array.of(value) };
  }
  const isDigits = /^(0x)?[0-9a-f]+$/i.test(text);
  return cursor.report.error(at, isDigits ? `${text} could be a text or a number` : `the text ${text} needs quotes`, {
    expected: `"${text}"`,
  });
}

/** Takes a word or string as it is. */
function takeOctets(cursor: Cursor): OptionElement {
  return { kind: "octets", value: octetsOf(cursor.next().text) };
}

/** 1 to 4 decimal octets, `/`, a prefix length. */
function readDestination(cursor: Cursor): OptionElement | undefined {
  const expected = "a network like 10.1.0.0/16 or 10.1/16; 0/0 is the default route";
  const { at } = cursor.peek();
  const octets: number[] = [];
  do {
    const token = cursor.peek();
    if (token.kind !== "word") return cursor.unexpected(expected);
    if (!/^[0-9]{1,3}$/.test(token.text) || Number(token.text) > 255 || octets.length === 4)
      return cursor.report.error(token.at, `unexpected ${nameToken(token)} in a network`, { expected });
    cursor.next();
    octets.push(Number(token.text));
  } while (cursor.takeMark("."));
  if (!cursor.takeMark("/")) return cursor.unexpected(`/ and a prefix length: ${expected}`);
  const prefixLength = readOptionNumber(cursor, { least: 0, most: 32 });
  if (prefixLength === undefined) return undefined;
  const network = octets
    .concat(0, 0, 0)
    .slice(0, 4)
    .reduce((sum, octet) => sum * 256 + octet, 0);
  const hostBits = network % 2 ** (32 - prefixLength);
  if (hostBits !== 0)
    cursor.report.warning(at, `the network has bits behind its prefix length of ${prefixLength}: they are not sent`);
  return { kind: "cidr", network, prefixLength };
}

/** Domain names of a search list: a string with several, which ISC's dhcpd takes as one odd name, is read as these. */
function readDomainNames(cursor: Cursor): Elements | undefined {
  const { at } = cursor.peek();
  const element = readDomainName(cursor);
  if (element?.kind !== "name") return undefined;
  const names = element.value.split(/[ ,]+/).filter((name) => name !== "");
  if (names.length <= 1) return [element];
  cursor.report.warning(at, `this string holds ${names.length} domain names: each is sent as one of its own`, {
    expected: names.map((name) => `"${name}"`).join(", "),
  });
  return names.map((value) => ({ kind: "name", value }));
}

function readDomainName(cursor: Cursor): OptionElement | undefined {
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected('a domain name between " and ", more of them after commas');
  cursor.next();
  return { kind: "name", value: token.text };
}

/** An IPv6 address, written without white space. */
function readAddress6(cursor: Cursor): OptionElement | undefined {
  const expected = "an IPv6 address like 2001:db8::1";
  const { at } = cursor.peek();
  let text = "";
  while (isPartOfAddress(cursor) && (text === "" || cursor.peek().at === cursor.lastEnd)) text += cursor.next().text;
  if (text === "") return cursor.unexpected(expected);
  const value = parseIpv6(text);
  if (value !== undefined) return { kind: "address6", value };
  return cursor.report.error(at, `${text} is not an IPv6 address`, { expected });
}

function isPartOfAddress(cursor: Cursor): boolean {
  return cursor.peek().kind === "word" || cursor.isMark(":") || cursor.isMark(".");
}

/** Addresses of one server with white space between them. */
function readAddresses(cursor: Cursor): Elements | undefined {
  const value: number[] = [];
  do {
    const written = readAddressOrName(cursor);
    if (written === undefined) return undefined;
    value.push(...written.addresses);
  } while (cursor.peek().kind === "word" && !cursor.isAtLineStart());
  return value.length === 0 ? [] : [{ kind: "addresses", value }];
}

/** A quoted domain name, or an address. */
function readServer(cursor: Cursor): Elements | undefined {
  if (cursor.peek().kind === "string") return [{ kind: "name", value: cursor.next().text }];
  return readAddressOrName(cursor)?.addresses.map((value) => ({ kind: "address", value }));
}

/**
 * The whole value of an option of enterprise numbers and their octets (RFC 3925) in hexadecimal, as
 * ISC's configurations have it; checked all the same.
 */
export function readEnterpriseOctets(cursor: Cursor): Uint8Array | undefined {
  const { at } = cursor.peek();
  const octets = readHexOctets(cursor, { least: 5, most: TOKEN_OCTETS_MAX });
  if (octets === undefined || isEnterpriseData(octets)) return octets;
  return cursor.report.error(at, "these octets are not what RFC 3925 says", {
    expected: "four octets of enterprise number, one of length, as many octets of data, and so on",
  });
}

function isEnterpriseData(octets: Uint8Array): boolean {
  let at = 0;
  while (octets.length - at >= 5) at += 5 + getUint8(octets, at + 4);
  return at === octets.length;
}
