// `option NAME = EXPRESSION;` and `filename = EXPRESSION;`: ISC's way to make a value from parts. Values that are the
// same for every client are worked out here; those that depend on other options are kept as parts, and worked out when
// a client's options are known (scope.ts):
//
//   expression = STRING | octets in hexadecimal | "encode-int" "(" NUMBER "," ( 8 | 16 | 32 ) ")"
//              | "concat" "(" expression { "," expression } ")" | "config-option" NAME

import { OptionCode, type OptionDefinition } from "../../wire/options/option-code.ts";
import { describeFormat, fixedRowOctets, isListFormat } from "../../wire/options/option-format.ts";
import type { Cursor } from "./cursor.ts";
import { octetsOf, TOKEN_OCTETS_MAX } from "./lexer.ts";
import { readAnyOption } from "./option-place.ts";
import type { ValuePart } from "./syntax.ts";
import { readHexOctets, readOptionNumber } from "./values.ts";

/** Stands for a boot file's name that depends on the client. */
export const COMPUTED_FILE = `a text: file names are not made from addresses; iPXE puts its own in where a name says so, as in "menu/\${mac:hexhyp}"`;

const EXPECTED =
  "a text, octets like 0:1b:ff, config-option NAME, encode-int(...) or concat(...) of these; if CONDITION { ... } where clients differ";

/** What to do about a value that depends on the client, where an `if` cannot help. */
const OTHER_WAYS: ReadonlyMap<number, string> = new Map([
  [OptionCode.hostName, "a text: names are not made from addresses; use-host-decl-names on; gives a host its own name"],
  [OptionCode.bootFile, COMPUTED_FILE],
]);

/** `concat`s inside one another. */
const DEPTH_MAX = 16;

/** Codes that the configuration adds to the client's request list. */
export interface AddedCodes {
  readonly added: readonly number[];
}

/** Reads what follows the `=`; undefined after a complaint. */
export function readExpression(
  cursor: Cursor,
  definition: OptionDefinition,
): Uint8Array | "unset" | readonly ValuePart[] | AddedCodes | undefined {
  const { at } = cursor.peek();
  if (definition.code === OptionCode.requestList && isAddition(cursor)) return readAddition(cursor);
  const parts = readParts(cursor, OTHER_WAYS.get(definition.code) ?? EXPECTED);
  const octets = parts && joinConstant(parts);
  if (octets === undefined) return parts;
  if (octets.length === 0) {
    cursor.report.warning(at, `option ${definition.name} is not sent: its value is empty`);
    return "unset";
  }
  if (fitsFormat(octets, definition.format)) return octets;
  const count = octets.length === 1 ? "one octet is" : `${octets.length} octets are`;
  return cursor.report.error(at, `${count} no value of option ${definition.name}`, {
    expected: describeFormat(definition.format),
  });
}

/** Whether octets can be a value of a format. */
function fitsFormat(octets: Uint8Array, format: string): boolean {
  const row = fixedRowOctets(format);
  return row === 0 || (isListFormat(format) ? octets.length % row === 0 : octets.length === row);
}

/** Reads an expression as its parts; undefined after a complaint. `expected` is said where one depends on the client. */
export function readParts(cursor: Cursor, expected: string): readonly ValuePart[] | undefined {
  return readConcat(cursor, 0, expected);
}

/** The octets of parts that depend on nothing; undefined if one does. */
export function joinConstant(parts: readonly ValuePart[]): Uint8Array | undefined {
  const octets: number[] = [];
  for (const part of parts) {
    if (!(part instanceof Uint8Array)) return undefined;
    for (const octet of part) octets.push(octet);
  }
  return Uint8Array.from(octets);
}

/** Whether the client's own list comes first in the new list. */
function isAddition(cursor: Cursor): boolean {
  return cursor.isWord("concat") && cursor.isMark("(", 1) && cursor.peek(2).text.toLowerCase() === "option";
}

/** `concat(option dhcp-parameter-request-list, CODES ...)`: PXELINUX's habit of having its options sent, asked for or not. */
function readAddition(cursor: Cursor): AddedCodes | undefined {
  for (let i = 0; i < 3; i++) cursor.next();
  const name = cursor.peek();
  if (name.text !== "dhcp-parameter-request-list")
    return cursor.report.error(name.at, "the value is not the same for every client", {
      expected: "option dhcp-parameter-request-list, the client's own list",
    });
  cursor.next();
  const added: number[] = [];
  while (cursor.takeMark(",")) {
    const { at } = cursor.peek();
    const parts = readConcat(cursor, 1, "codes of options in hexadecimal, like d0,d1 or d0:d1");
    if (parts === undefined) return undefined;
    const codes = joinConstant(parts);
    if (codes === undefined)
      return cursor.report.error(at, "these are no codes of options", {
        expected: "octets in hexadecimal, like d0,d1",
      });
    added.push(...codes);
  }
  return cursor.takeMark(")") ? { added } : cursor.unexpected(", or )");
}

function readConcat(cursor: Cursor, depth: number, expected: string): readonly ValuePart[] | undefined {
  const token = cursor.peek();
  if (token.kind === "string") {
    cursor.next();
    return [octetsOf(token.text)];
  }
  if (cursor.takeWord("config-option")) {
    const found = readAnyOption(cursor);
    return found && [{ code: found.definition.code, space: found.space, name: found.definition.name, at: token.at }];
  }
  if (cursor.isMark("(", 1) && cursor.takeWord("concat")) return readArguments(cursor, depth, expected);
  if (cursor.isMark("(", 1) && cursor.takeWord("encode-int")) return readInteger(cursor);
  if (token.kind === "word" && /^[0-9a-f]{1,2}$/i.test(token.text)) {
    const octets = readHexOctets(cursor, { least: 1, most: TOKEN_OCTETS_MAX });
    return octets && [octets];
  }
  if (token.kind !== "word") return cursor.unexpected(expected);
  const isOption = cursor.isWord("option");
  return cursor.report.error(token.at, "the value is not the same for every client", {
    expected: isOption
      ? `config-option NAME for what this file sets (option NAME is what the client sends), or ${expected}`
      : expected,
  });
}

function readArguments(cursor: Cursor, depth: number, expected: string): readonly ValuePart[] | undefined {
  if (depth >= DEPTH_MAX) return cursor.unexpected("a simpler expression");
  cursor.next();
  const parts: ValuePart[] = [];
  do {
    const part = readConcat(cursor, depth + 1, expected);
    if (part === undefined) return undefined;
    parts.push(...part);
  } while (cursor.takeMark(","));
  return cursor.takeMark(")") ? parts : cursor.unexpected(", or )");
}

function readInteger(cursor: Cursor): readonly ValuePart[] | undefined {
  cursor.next();
  const value = readOptionNumber(cursor, { least: -(2 ** 31), most: 2 ** 32 - 1 });
  if (value === undefined) return undefined;
  if (!cursor.takeMark(",")) return cursor.unexpected(", and a width of 8, 16 or 32");
  const width = { "8": 8, "16": 16, "32": 32 }[cursor.peek().text];
  if (width === undefined) return cursor.unexpected("a width of 8, 16 or 32");
  cursor.next();
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  return [Uint8Array.from({ length: width / 8 }, (_, i) => (value >>> (width - 8 - 8 * i)) & 255)];
}
