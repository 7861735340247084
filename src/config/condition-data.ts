// The data that conditions compare: options, parts of them, how they are written, and constants. The
// grammar is in condition.ts.

import { RelaySubOption } from "../wire/relay-agent.ts";
import { type Operand, partOf, type QueryOperand, type Writing, writingOf } from "./comparisons.ts";
import type { QueryData } from "./condition.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";
import { NUMBER_RANGES } from "./option-elements.ts";
import { readAnyOption } from "./option-place.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import { readDecimal, readHexOctets, readOptionNumber } from "./values.ts";

/** Functions inside one another. */
export const DATA_DEPTH_MAX = 64;

/** Longest constant: nothing that a query holds in one piece is longer. */
const CONSTANT_OCTETS_MAX = 255;
const SUBSTRING_MAX = 65_535;

const AGENT_NAMES: ReadonlyMap<string, number> = new Map<string, number>([
  ["circuit-id", RelaySubOption.circuitId],
  ["remote-id", RelaySubOption.remoteId],
  ["link-selection", RelaySubOption.linkSelection],
  ["subscriber-id", 6],
  ["DOCSIS-device-class", 4],
]);

const DATA_EXPECTED = 'option NAME, hardware, substring(...), suffix(...), a "text" or octets like 0:1b:ff';

/** Functions of dhcp-eval(5) that there are not, and what to write instead. */
const OTHER_WAYS: ReadonlyMap<string, string> = new Map([
  ["lcase", "each spelling that clients send, joined by or"],
  ["ucase", "each spelling that clients send, joined by or"],
  ["concat", "a comparison for each part, joined by and"],
]);

/** Data of a query that subclasses are compared with. */
export interface MatchKey {
  readonly data: QueryData;
  /** How the subclasses write it as text; undefined: they have its octets. */
  readonly written: Writing | undefined;
}

/** Reads data of the query, in the order in which they are tried; undefined after a complaint. */
export function readMatchKeys(cursor: Cursor): readonly MatchKey[] | undefined {
  const { at } = cursor.peek();
  const operand = readData(cursor);
  if (operand === undefined) return undefined;
  const keys: MatchKey[] = [];
  for (let next: Operand | undefined = operand; next !== undefined; next = next.otherwise) {
    if (next.kind === "query") keys.push({ data: next.data, written: next.written });
    else if (next === operand || next.value.length > 0) {
      cursor.report.error(at, "this is the same for every client", {
        expected: "option NAME, hardware, or a part of them",
      });
      return undefined;
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

/** Reads one side of a comparison. `format` is that of the option on the other side, so that numbers can be written as such. */
export function readData(cursor: Cursor, format = "", depth = 0): Operand | undefined {
  const token = cursor.peek();
  if (depth > DATA_DEPTH_MAX) {
    cursor.report.error(token.at, `functions are nested more than ${DATA_DEPTH_MAX} deep`);
    return undefined;
  }
  if (token.kind === "string") {
    cursor.next();
    return { kind: "constant", at: token.at, value: octetsOf(token.text) };
  }
  if (cursor.takeWord("option")) return readOptionData(cursor);
  if (cursor.takeWord("hardware")) return whole("hardware", 0, "");
  if (cursor.takeWord("substring")) return readPart(cursor, false, depth);
  if (cursor.takeWord("suffix")) return readPart(cursor, true, depth);
  if (cursor.takeWord("binary-to-ascii")) return readWritten(cursor, depth);
  if (cursor.takeWord("pick-first-value") || cursor.takeWord("pick")) return readPick(cursor, depth);
  if (token.kind !== "word" || OTHER_WAYS.has(token.text.toLowerCase()) || !/^-?[0-9a-f]/i.test(token.text)) {
    return refuse(cursor);
  }
  return readNumberOrOctets(cursor, format, token.at);
}

function refuse(cursor: Cursor): undefined {
  const token = cursor.peek();
  if (token.kind !== "word") return cursor.unexpected(DATA_EXPECTED);
  cursor.report.error(token.at, `a condition cannot look at ${nameToken(token)}`, {
    expected: OTHER_WAYS.get(token.text.toLowerCase()) ?? DATA_EXPECTED,
  });
  return undefined;
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

/** What follows `pick-first-value`. */
function readPick(cursor: Cursor, depth: number): Operand | undefined {
  if (!cursor.takeMark("(")) return cursor.unexpected("( and what to pick from");
  const { at } = cursor.peek();
  const picks: Operand[] = [];
  do {
    const next = readData(cursor, "", depth + 1);
    if (next === undefined) return undefined;
    picks.push(next);
    if (picks.length > DATA_DEPTH_MAX) {
      cursor.report.error(at, `there are more than ${DATA_DEPTH_MAX} values to pick from`);
      return undefined;
    }
  } while (cursor.takeMark(","));
  if (!cursor.takeMark(")")) return cursor.unexpected(")");
  return picks.reduceRight((rest, pick) => followedBy(pick, rest));
}

/** An operand with another one behind all that it has. */
function followedBy(operand: Operand, rest: Operand): Operand {
  if (operand.kind === "constant") return operand;
  return { ...operand, otherwise: operand.otherwise === undefined ? rest : followedBy(operand.otherwise, rest) };
}

/** Reads what follows `option` or `exists`. */
export function readOptionData(cursor: Cursor): QueryOperand | undefined {
  if (cursor.isWord("agent") && cursor.isMark(".", 1)) {
    const code = readAgentName(cursor);
    return code === undefined ? undefined : whole("relay", code, "");
  }
  const { at } = cursor.peek();
  const found = readAnyOption(cursor);
  if (found === undefined) return undefined;
  const { definition, space } = found;
  if (space === undefined) return whole("option", definition.code, definition.format);
  const [carrier] = space.carriers;
  if (carrier !== undefined) return whole("inner", definition.code, definition.format, carrier);
  cursor.report.error(at, `no option of a query carries the space ${space.name}`, {
    expected: `option NAME code N = encapsulate ${space.name}; in front of it, or an option of DHCP itself`,
  });
  return undefined;
}

/** Reads `agent.NAME`, the code of a sub-option of the relay agent's information; undefined after a complaint. */
export function readAgentName(cursor: Cursor): number | undefined {
  const names = [...AGENT_NAMES.keys()].map((name) => `agent.${name}`).join(", ");
  if (!cursor.isWord("agent") || !cursor.isMark(".", 1)) return cursor.unexpected(names);
  cursor.next();
  cursor.next();
  const token = cursor.peek();
  const code = AGENT_NAMES.get(token.text);
  if (code === undefined) {
    const meant = nearestWord(token.text, AGENT_NAMES.keys());
    return cursor.unexpected(meant === undefined ? names : didYouMean(meant));
  }
  cursor.next();
  return code;
}

function whole(kind: QueryData["kind"], code: number, format: string, carrier = 0): QueryOperand {
  return {
    kind: "query",
    data: { kind, code, carrier, from: 0, length: Number.POSITIVE_INFINITY, isSuffix: false },
    format,
    written: undefined,
    otherwise: undefined,
  };
}
