// `option NAME = EXPRESSION;`: ISC's way to give an option the octets of a data expression, whatever its
// type. Expressions that are the same for every client are worked out here:
//
//   expression = STRING | octets in hexadecimal | "encode-int" "(" NUMBER "," ( 8 | 16 | 32 ) ")"
//              | "concat" "(" expression { "," expression } ")"

import { OptionCode, type OptionDefinition } from "../wire/option-code.ts";
import { describeFormat, fixedRowOctets, isListFormat } from "../wire/option-format.ts";
import type { Cursor } from "./cursor.ts";
import { octetsOf, TOKEN_OCTETS_MAX } from "./lexer.ts";
import { readHexOctets, readOptionNumber } from "./values.ts";

/** What stands for a boot file's name that depends on the client. */
export const COMPUTED_FILE = `a text: file names are not made from addresses; iPXE puts its own in where a name says so, as in "menu/\${mac:hexhyp}"`;

const EXPECTED =
  "a text, octets like 0:1b:ff, encode-int(...) or concat(...) of these; if CONDITION { ... } where clients differ";

/** What to do about a value that depends on the client, where an `if` cannot help. */
const OTHER_WAYS: ReadonlyMap<number, string> = new Map([
  [OptionCode.hostName, "a text: names are not made from addresses; use-host-decl-names on; gives a host its own name"],
  [OptionCode.bootFile, COMPUTED_FILE],
]);

/** `concat`s inside one another. */
const DEPTH_MAX = 16;

/** Reads what follows the `=`; "not needed" if nothing has to be done for it, undefined after a complaint. */
export function readExpression(cursor: Cursor, definition: OptionDefinition): Uint8Array | "not needed" | undefined {
  const { at } = cursor.peek();
  if (definition.code === OptionCode.requestList && cursor.isWord("concat")) return skipRequestList(cursor, at);
  const octets = readConcat(cursor, 0, OTHER_WAYS.get(definition.code) ?? EXPECTED);
  if (octets === undefined) return undefined;
  const row = fixedRowOctets(definition.format);
  const fits = row === 0 || (isListFormat(definition.format) ? octets.length % row === 0 : octets.length === row);
  if (fits && octets.length > 0) return Uint8Array.from(octets);
  const count = octets.length === 1 ? "one octet is" : `${octets.length} octets are`;
  cursor.report.error(at, `${count} no value of option ${definition.name}`, {
    expected: describeFormat(definition.format),
  });
  return undefined;
}

/** PXELINUX's habit of adding its options to what the client asks for, so that they are sent. */
function skipRequestList(cursor: Cursor, at: number): "not needed" {
  cursor.report.warning(at, "this has no effect: options that are set are sent, asked for or not", {
    hasNoEffect: true,
  });
  while (!cursor.isMark(";") && !cursor.isMark("}") && cursor.peek().kind !== "end") cursor.next();
  return "not needed";
}

function readConcat(cursor: Cursor, depth: number, expected: string): readonly number[] | undefined {
  const token = cursor.peek();
  if (token.kind === "string") {
    cursor.next();
    return [...octetsOf(token.text)];
  }
  if (cursor.isMark("(", 1) && cursor.takeWord("concat")) return readArguments(cursor, depth, expected);
  if (cursor.isMark("(", 1) && cursor.takeWord("encode-int")) return readInteger(cursor);
  if (token.kind === "word" && /^[0-9a-f]{1,2}$/i.test(token.text)) {
    const octets = readHexOctets(cursor, { least: 1, most: TOKEN_OCTETS_MAX });
    return octets && [...octets];
  }
  if (token.kind !== "word") return cursor.unexpected(expected);
  cursor.report.error(token.at, "the value is not the same for every client", { expected });
  return undefined;
}

function readArguments(cursor: Cursor, depth: number, expected: string): readonly number[] | undefined {
  if (depth >= DEPTH_MAX) return cursor.unexpected("a simpler expression");
  cursor.next();
  const octets: number[] = [];
  do {
    const part = readConcat(cursor, depth + 1, expected);
    if (part === undefined) return undefined;
    octets.push(...part);
  } while (cursor.takeMark(","));
  return cursor.takeMark(")") ? octets : cursor.unexpected(", or )");
}

function readInteger(cursor: Cursor): readonly number[] | undefined {
  cursor.next();
  const value = readOptionNumber(cursor, { least: -(2 ** 31), most: 2 ** 32 - 1 });
  if (value === undefined) return undefined;
  if (!cursor.takeMark(",")) return cursor.unexpected(", and a width of 8, 16 or 32");
  const width = { "8": 8, "16": 16, "32": 32 }[cursor.peek().text];
  if (width === undefined) return cursor.unexpected("a width of 8, 16 or 32");
  cursor.next();
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  return Array.from({ length: width / 8 }, (_, i) => (value >>> (width - 8 - 8 * i)) & 255);
}
