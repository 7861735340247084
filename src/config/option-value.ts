// `option NAME VALUE;`: reads the value by the option's format letters (wire/option-format.ts) and
// encodes it. Differences from OpenBSD: an unquoted word or a single hexadecimal number for an
// option of octets is an error (`option host-name abc;` would send the octet 0xbc); 0x is accepted;
// numbers out of range are errors; options that only the server may send are left out, with a warning.

import { getUint32 } from "../base/bytes.ts";
import { OptionCode, type OptionDefinition, SETTABLE_OPTIONS } from "../wire/option-code.ts";
import {
  describeFormat,
  encodeOptionValue,
  isLastOptional,
  isListFormat,
  type OptionElement,
  repeatedLetter,
  rowLetters,
} from "../wire/option-format.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { octetsOf, TOKEN_OCTETS_MAX } from "./lexer.ts";
import { isDefinition, type NamedPlace, readDefinition, readSpace, reportNoSpace } from "./option-definition.ts";
import { readAddress6, readAddresses, readEnterpriseOctets, readServer } from "./option-elements.ts";
import { readExpression } from "./option-expression.ts";
import { isWithinLimits } from "./option-limits.ts";
import type { DefinedOption, OptionSpace } from "./option-names.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import type { BlockKind, OptionParameter, Parameter } from "./syntax.ts";
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

const NAME_EXPECTED = "the name of an option, like routers or domain-name-servers";

/** The length of an option inside another has one octet. */
const SPACE_OPTION_OCTETS_MAX = 255;

/** Options that a configuration cannot give a value that would be sent, and why. */
const SERVER_OPTIONS: ReadonlyMap<number, string> = new Map([
  [OptionCode.requestedAddress, "only clients send it"],
  [OptionCode.leaseTime, "the server computes it: use default-lease-time and max-lease-time"],
  [OptionCode.overload, "the server sets it where it is needed"],
  [OptionCode.messageType, "the server sets it in every reply"],
  [OptionCode.renewalTime, "the server sends half of the lease time"],
  [OptionCode.rebindingTime, "the server sends seven eighths of the lease time"],
  [OptionCode.rapidCommit, "the server sets it where it is due: use rapid-commit true;"],
  [OptionCode.subnetSelection, "it is the client's, and returned as the client sent it"],
  [OptionCode.virtualSubnetSelection, "this server has no virtual subnets, and must not seem to have them"],
  [OptionCode.relayAgentInformation, "it is the relay's, and returned as the relay sent it"],
]);

/** Reads what follows the word `option`: a value, or a definition. */
export function readOption(cursor: Cursor, at: number, block: BlockKind): Parameter | undefined {
  if (cursor.isWord("space") && cursor.peek(1).kind === "word") {
    cursor.next();
    return readSpace(cursor, at, block);
  }
  const named = readNamedPlace(cursor);
  if (named === undefined) return undefined;
  if (isDefinition(cursor)) return readDefinition(cursor, at, block, named);
  const definition = findNamed(cursor, named);
  if (definition === undefined) return undefined;
  const { space } = named;
  const { code } = definition;
  const name = space === undefined ? definition.name : `${space.name}.${definition.name}`;
  if ("carries" in definition && definition.carries !== undefined) {
    cursor.report.error(named.at, `the option ${name} has no value of its own`, {
      expected: `option ${definition.carries.name}.NAME for each option that it carries`,
    });
    return undefined;
  }
  const valueAt = cursor.peek().at;
  const octets = cursor.takeMark("=") ? readExpression(cursor, definition) : readValue(cursor, definition);
  if (octets === "not needed") return { kind: "none", at };
  if (octets === undefined) return undefined;
  const option = { kind: "option", code, space, name, octets, at, valueAt } as const;
  return space === undefined ? forSending(cursor, option) : inSpace(cursor, option);
}

/** A DHCP option, unless only the server itself may send it; undefined after a complaint. */
function forSending(cursor: Cursor, option: OptionParameter): Parameter | undefined {
  const { code, name, octets, at } = option;
  if (code === OptionCode.serverId) {
    cursor.report.warning(at, `option ${name} is read as server-identifier`, {
      expected: "server-identifier ADDRESS;",
    });
    return { kind: "setting", field: "serverIdentifier", value: { serverIdentifier: getUint32(octets, 0) }, at };
  }
  const reason = SERVER_OPTIONS.get(code);
  if (reason === undefined) return isWithinLimits(cursor, option) ? option : undefined;
  cursor.report.warning(at, `option ${name} has no effect here: ${reason}`, { hasNoEffect: true });
  return { kind: "none", at };
}

function inSpace(cursor: Cursor, option: OptionParameter): Parameter | undefined {
  if (option.octets.length <= SPACE_OPTION_OCTETS_MAX) return option;
  cursor.report.error(option.valueAt, `the value has ${option.octets.length} octets`, {
    expected: `at most ${SPACE_OPTION_OCTETS_MAX} octets in an option of a space`,
  });
  return undefined;
}

/** Reads `[SPACE.]NAME` of an option that there is, case-sensitive; undefined after a complaint. */
export function readAnyOption(
  cursor: Cursor,
): { readonly definition: OptionDefinition; readonly space: OptionSpace | undefined } | undefined {
  const named = readNamedPlace(cursor);
  const definition = named && findNamed(cursor, named);
  return definition && { definition, space: named?.space };
}

/** `[SPACE.]NAME`, be there such an option or not. */
function readNamedPlace(cursor: Cursor): NamedPlace | undefined {
  if (cursor.peek().kind !== "word") return cursor.unexpected(NAME_EXPECTED);
  let space: OptionSpace | undefined;
  if (cursor.isMark(".", 1)) {
    const spaceName = cursor.peek().text;
    space = cursor.optionNames.spaces.get(spaceName);
    if (spaceName === "agent") return refuseAgentOption(cursor);
    if (space === undefined && spaceName !== "dhcp") {
      reportNoSpace(cursor, cursor.optionNames, ", dhcp, or none at all");
      return undefined;
    }
    cursor.next();
    cursor.next();
    if (cursor.peek().kind !== "word") return cursor.unexpected(NAME_EXPECTED);
  }
  const { text: name, at } = cursor.next();
  return { name, at, space };
}

function refuseAgentOption(cursor: Cursor): undefined {
  const { at } = cursor.peek();
  cursor.report.error(at, "what a relay says is nothing that clients are told", {
    expected: "host-identifier option agent.NAME DATA; in a host, or a class with match if option agent.NAME = DATA;",
  });
  return undefined;
}

function findNamed(cursor: Cursor, { name, at, space }: NamedPlace): OptionDefinition | DefinedOption | undefined {
  const { optionNames, report } = cursor;
  const definition = optionNames.find(space, name);
  if (definition !== undefined) return definition;
  const [, digits] = /^option-([0-9]+)$/i.exec(name) ?? [];
  const isNumber = digits !== undefined && space === undefined;
  const named = isNumber ? SETTABLE_OPTIONS.find(({ code }) => code === Number(digits)) : undefined;
  const isSearched = !isNumber && !report.isFull("error");
  const meant = named?.name ?? (isSearched ? nearestWord(name, optionNames.names(space)) : undefined);
  const own =
    space === undefined
      ? `${NAME_EXPECTED}, or option-1 to option-254`
      : `option ${space.name}.${name} code N = TYPE; in front of it`;
  report.error(at, `there is no option ${nameToken({ kind: "word", text: name, at, end: at })}`, {
    expected: meant === undefined ? own : didYouMean(meant),
  });
  return undefined;
}

function readValue(cursor: Cursor, definition: OptionDefinition): Uint8Array | undefined {
  const { format, name } = definition;
  const { at } = cursor.peek();
  if (cursor.isMark(";") && rowLetters(format) !== "") return cursor.unexpected(describeFormat(format));
  if (format === "LxA" && cursor.isMark(":", 1)) return readEnterpriseOctets(cursor);
  const elements = readElements(cursor, format);
  if (elements === undefined) return undefined;
  const octets = encodeOptionValue(format, elements);
  if (typeof octets !== "string") return octets;
  cursor.report.error(at, `bad value of option ${name}: ${octets}`);
  return undefined;
}

/** Reads all rows of a value. */
function readElements(cursor: Cursor, format: string): readonly OptionElement[] | undefined {
  const letters = rowLetters(format);
  const elements: OptionElement[] = [];
  const take = (letter: string): boolean => {
    const element = readElement(cursor, letter);
    if (element !== undefined) elements.push(element);
    return element !== undefined;
  };
  do {
    for (const [i, letter] of [...letters].entries()) {
      if (isLastOptional(format) && i === letters.length - 1 && cursor.isMark(";")) break;
      if (!take(letter)) return undefined;
    }
  } while (isListFormat(format) && cursor.takeMark(","));
  const repeated = repeatedLetter(format);
  while (repeated !== "" && cursor.takeMark(",")) if (!take(repeated)) return undefined;
  return elements;
}

function readElement(cursor: Cursor, letter: string): OptionElement | undefined {
  switch (letter) {
    case "I": {
      const placed = readAddressOrName(cursor);
      return placed && { kind: "address", value: placed.address };
    }
    case "f": {
      const value = readBoolean(cursor);
      return value === undefined ? undefined : { kind: "flag", value };
    }
    case "6":
      return readAddress6(cursor);
    case "i":
      return readAddresses(cursor);
    case "M":
      return readServer(cursor);
    case "t":
    case "u":
      return readText(cursor);
    case "X":
    case "x":
      return readOctets(cursor);
    case "C":
      return readDestination(cursor);
    case "d":
    case "D":
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
  if (token.kind === "word" && cursor.isMark(".", 1)) {
    cursor.report.error(token.at, `the text that starts with ${nameToken(token)} needs quotes`, {
      expected: 'a text between " and "',
    });
    return undefined;
  }
  return takeOctets(cursor);
}

/** A string, or at least two octets in hexadecimal; a single word could be meant as either. */
function readOctets(cursor: Cursor): OptionElement | undefined {
  const token = cursor.peek();
  if (token.kind === "string") return takeOctets(cursor);
  const expected = 'a text between " and ", or octets in hexadecimal joined by colons, like 0:1b:ff';
  if (token.kind !== "word") return cursor.unexpected(expected);
  if (!cursor.isMark(":", 1)) return refuseBareWord(cursor);
  const value = readHexOctets(cursor, { least: 2, most: TOKEN_OCTETS_MAX });
  return value && { kind: "octets", value };
}

/** A word without quotes where octets may be meant: says how to write either. */
function refuseBareWord(cursor: Cursor): undefined {
  const token = cursor.next();
  let text = token.text;
  while (cursor.isMark(".") && cursor.peek(1).kind === "word") text += cursor.next().text + cursor.next().text;
  const [, octet] = /^(?:0x)?([0-9a-f]{1,2})$/i.exec(text) ?? [];
  const escaped = Number.parseInt(octet ?? "0", 16)
    .toString(8)
    .padStart(3, "0");
  const isDigits = /^(0x)?[0-9a-f]+$/i.test(text);
  cursor.report.error(token.at, isDigits ? `${text} could be a text or a number` : `the text ${text} needs quotes`, {
    expected: octet === undefined ? `"${text}"` : `"${text}" for the text, "\\${escaped}" for the octet 0x${octet}`,
  });
  return undefined;
}

/** Takes a word or string as it is; an option without octets would be malformed (RFC 2132). */
function takeOctets(cursor: Cursor): OptionElement {
  const token = cursor.next();
  if (token.text === "") cursor.report.error(token.at, "the string is empty", { expected: "at least one octet" });
  return { kind: "octets", value: octetsOf(token.text) };
}

/** 1 to 4 decimal octets, `/`, a prefix length. */
function readDestination(cursor: Cursor): OptionElement | undefined {
  const expected = "a network like 10.1.0.0/16 or 10.1/16; 0/0 is the default route";
  const { at } = cursor.peek();
  const octets: number[] = [];
  do {
    const token = cursor.peek();
    if (token.kind !== "word") return cursor.unexpected(expected);
    if (!/^[0-9]{1,3}$/.test(token.text) || Number(token.text) > 255 || octets.length === 4) {
      cursor.report.error(token.at, `unexpected ${nameToken(token)} in a network`, { expected });
      return undefined;
    }
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

function readDomainName(cursor: Cursor): OptionElement | undefined {
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected('a domain name between " and ", more of them after commas');
  cursor.next();
  return { kind: "name", value: token.text };
}
