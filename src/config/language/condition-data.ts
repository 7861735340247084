// The data that conditions compare: options, parts of them, how they are written, and constants. The
// grammar is in condition.ts.

import { Offset } from "../../wire/layout.ts";
import type { LetterCase, MatchKey, Operand, QueryOperand } from "../model/query-condition.ts";
import { inOneCase, partOf, writingOf } from "./comparisons.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";
import { NUMBER_RANGES } from "./option-elements.ts";
import { readOptionData, whole } from "./query-data.ts";
import { readDecimal, readHexOctets, readOptionNumber } from "./values.ts";

/** Functions inside one another. */
export const DATA_DEPTH_MAX = 64;

/** Longest constant: nothing that a query holds in one piece is longer. */
const CONSTANT_OCTETS_MAX = 255;
const SUBSTRING_MAX = 65_535;

const DATA_EXPECTED = 'option NAME, hardware, substring(...), suffix(...), a "text" or octets like 0:1b:ff';

/** Functions of dhcp-eval(5) that there are not, and what to write instead. */
const OTHER_WAYS: ReadonlyMap<string, string> = new Map([
  ["static", "the values in each host that has a fixed-address"],
  ["concat", "a comparison for each part, joined by and"],
]);

/** Reads data of the query, in the order in which they are tried; undefined after a complaint. */
export function readMatchKeys(cursor: Cursor): readonly MatchKey[] | undefined {
  const { at } = cursor.peek();
  const operand = readData(cursor);
  if (operand === undefined) return undefined;
  const keys: MatchKey[] = [];
  for (let next: Operand | undefined = operand; next !== undefined; next = next.otherwise) {
    if (next.kind === "query" && next.cased !== undefined)
      return cursor.report.error(at, "subclasses cannot be found by lcase or ucase", {
        expected: "match if CONDITION;",
      });
    if (next.kind === "query") keys.push({ data: next.data, written: next.written });
    else if (next === operand || next.value.length > 0) {
      return cursor.report.error(at, "this is the same for every client", {
        expected: "option NAME, hardware, or a part of them",
      });
    }
    if (next.kind === "constant") break;
  }
  return keys;
}

/** Reads a constant that is no number; undefined after a complaint. */
export function readConstant(cursor: Cursor): Uint8Array | undefined {
  const token = cursor.peek();
  if (token.kind === "string") {
    cursor.next();
    return octetsOf(token.text);
  }
  if (token.kind !== "word") return cursor.unexpected('a "text" or octets like 0:1b:ff');
  return readHexOctets(cursor, { least: 1, most: CONSTANT_OCTETS_MAX });
}

/**
 * Reads one side of a comparison. `format` is the format of the option on the other side, so that numbers can be
 * written as such.
 */
export function readData(cursor: Cursor, format = "", depth = 0): Operand | undefined {
  const token = cursor.peek();
  if (depth > DATA_DEPTH_MAX)
    return cursor.report.error(token.at, `functions are nested more than ${DATA_DEPTH_MAX} deep`);
  if (token.kind === "string") {
    cursor.next();
    return { kind: "constant", at: token.at, value: octetsOf(token.text) };
  }
  if (cursor.takeWord("option")) return readOptionData(cursor);
  if (cursor.takeWord("hardware")) return whole("hardware", 0, "");
  if (cursor.takeWord("substring")) return readPart(cursor, false, depth);
  if (cursor.takeWord("suffix")) return readPart(cursor, true, depth);
  if (cursor.takeWord("binary-to-ascii")) return readWritten(cursor, depth);
  if (cursor.takeWord("lcase")) return readCased(cursor, "lower", depth);
  if (cursor.takeWord("ucase")) return readCased(cursor, "upper", depth);
  if (cursor.takeWord("extract-int")) return readInteger(cursor, depth);
  if (cursor.takeWord("packet")) return readPacket(cursor);
  if (cursor.takeWord("pick-first-value") || cursor.takeWord("pick")) return readPick(cursor, depth);
  if (token.kind !== "word" || OTHER_WAYS.has(token.text.toLowerCase()) || !/^-?[0-9a-f]/i.test(token.text)) {
    return refuse(cursor);
  }
  return readNumberOrOctets(cursor, format, token.at);
}

function refuse(cursor: Cursor): undefined {
  const token = cursor.peek();
  if (token.kind !== "word") return cursor.unexpected(DATA_EXPECTED);
  return cursor.report.error(token.at, `a condition cannot look at ${nameToken(token)}`, {
    expected: OTHER_WAYS.get(token.text.toLowerCase()) ?? DATA_EXPECTED,
  });
}

function readNumberOrOctets(cursor: Cursor, format: string, at: number): Operand | undefined {
  const range = NUMBER_RANGES[format.charAt(0)];
  if (range !== undefined && /^.A?$/.test(format) && !cursor.isMark(":", 1)) {
    const number = readOptionNumber(cursor, range);
    if (number === undefined) return undefined;
    const size = { l: 4, s: 2, b: 1 }[format.charAt(0).toLowerCase()] ?? 1;
    const value = Uint8Array.from({ length: size }, (_, i) => (number >>> (8 * (size - 1 - i))) & 255);
    return { kind: "constant", at, value };
  }
  const value = readHexOctets(cursor, { least: 1, most: CONSTANT_OCTETS_MAX });
  return value && { kind: "constant", at, value };
}

/** What follows `substring` or `suffix`. */
function readPart(cursor: Cursor, isSuffix: boolean, depth: number): Operand | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and what to take a part of");
  const { at } = cursor.peek();
  const inner = readData(cursor, "", depth + 1);
  if (inner === undefined || !isOfQuery(cursor, inner, at)) return undefined;
  const limits = { least: 0, most: SUBSTRING_MAX, what: "octets" };
  if (!cursor.takeMark(",")) return cursor.unexpected(", and a number of octets");
  const first = readDecimal(cursor, limits);
  if (first === undefined) return undefined;
  let length = first;
  if (!isSuffix) {
    if (!cursor.takeMark(",")) return cursor.unexpected(", and how many octets");
    const second = readDecimal(cursor, limits);
    if (second === undefined) return undefined;
    length = second;
  }
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  return partOf(cursor, inner, { at, from: first, length, isSuffix });
}

function isOfQuery(cursor: Cursor, operand: Operand, at: number): operand is QueryOperand {
  if (operand.kind === "query") return true;
  cursor.report.error(at, "this is the same for every client", { expected: "option NAME or hardware" });
  return false;
}

/** What follows `binary-to-ascii`. */
function readWritten(cursor: Cursor, depth: number): Operand | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and a base");
  const base = readDecimal(cursor, { least: 2, most: 16, what: "bases" });
  if (base === undefined) return undefined;
  if (!cursor.takeMark(",")) return cursor.unexpected(", and how many bits each number has");
  if (cursor.peek().text !== "8") return cursor.unexpected("8: numbers of one octet each");
  cursor.next();
  if (!cursor.takeMark(",")) return cursor.unexpected(", and what stands between the numbers");
  const { kind, text: separator } = cursor.peek();
  if (kind !== "string") return cursor.unexpected('what stands between the numbers, like ":"');
  cursor.next();
  if (!cursor.takeMark(",")) return cursor.unexpected(", and what to write");
  const { at } = cursor.peek();
  const inner = readData(cursor, "", depth + 1);
  if (inner === undefined) return undefined;
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  return writingOf(cursor, inner, { base, separator }, at);
}

/** What follows `lcase` or `ucase`. */
function readCased(cursor: Cursor, cased: LetterCase, depth: number): Operand | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and what to change the case of");
  const { at } = cursor.peek();
  const inner = readData(cursor, "", depth + 1);
  if (inner === undefined) return undefined;
  return cursor.takeMark(")") ? inOneCase(cursor, inner, cased, at) : cursor.unexpected(")");
}

/** Types of the numbers of so many bits. */
const INTEGERS: Readonly<Record<string, string>> = { 8: "B", 16: "S", 32: "L" };

/** What follows `extract-int`: the first octets as a number without sign. */
function readInteger(cursor: Cursor, depth: number): Operand | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and what holds a number");
  const { at } = cursor.peek();
  const inner = readData(cursor, "", depth + 1);
  if (inner === undefined || !isOfQuery(cursor, inner, at)) return undefined;
  if (!cursor.takeMark(",")) return cursor.unexpected(", and a number of bits");
  const bits = cursor.peek().text;
  const format = INTEGERS[bits];
  if (format === undefined) return cursor.unexpected("8, 16 or 32");
  cursor.next();
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  const part = partOf(cursor, inner, { at, from: 0, length: Number(bits) / 8, isSuffix: false });
  return part && { ...part, format };
}

/** What follows `packet`: a part of the message's fixed fields. */
function readPacket(cursor: Cursor): Operand | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and an offset in the message");
  const { at } = cursor.peek();
  const limits = { least: 0, most: SUBSTRING_MAX, what: "octets" };
  const from = readDecimal(cursor, limits);
  if (from === undefined) return undefined;
  if (!cursor.takeMark(",")) return cursor.unexpected(", and how many octets");
  const length = readDecimal(cursor, limits);
  if (length === undefined) return undefined;
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  if (from + length <= Offset.options) return whole("packet", 0, "", 0, { from, length });
  return cursor.report.error(at, "options have no fixed place in a message", {
    expected: `an offset and a length that end within the first ${Offset.options} octets, or option NAME`,
  });
}

/** What follows `pick-first-value`. */
function readPick(cursor: Cursor, depth: number): Operand | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and what to pick from");
  const { at } = cursor.peek();
  const picks: Operand[] = [];
  do {
    const next = readData(cursor, "", depth + 1);
    if (next === undefined) return undefined;
    picks.push(next);
    if (picks.length > DATA_DEPTH_MAX)
      return cursor.report.error(at, `there are more than ${DATA_DEPTH_MAX} values to pick from`);
  } while (cursor.takeMark(","));
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  return picks.reduceRight((rest, pick) => followedBy(pick, rest));
}

/** An operand with another one behind all that it has. */
function followedBy(operand: Operand, rest: Operand): Operand {
  if (operand.kind === "constant") return operand;
  return { ...operand, otherwise: operand.otherwise === undefined ? rest : followedBy(operand.otherwise, rest) };
}
