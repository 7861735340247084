// The conditions of classes (ISC's dhcp-eval(5), the part that looks at a query and nothing else):
//
//   condition = term { "or" term }              term = factor { "and" factor }
//   factor    = "not" factor | "(" condition ")" | "exists" OPTION | data ( "=" | "!=" ) data
//   data      = OPTION | "hardware" | "substring" "(" data "," FROM "," LENGTH ")"
//             | "suffix" "(" data "," LENGTH ")" | STRING | octets in hexadecimal | a number
//   OPTION    = "option" NAME | "option" "agent" "." NAME
//
// One side of a comparison is constant. A number is one for options that hold numbers. What the query
// does not have equals nothing.

import { RelaySubOption } from "../wire/relay-agent.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";
import { NUMBER_RANGES, readOptionName } from "./option-value.ts";
import { nearestWord } from "./suggest.ts";
import { readDecimal, readHexOctets, readOptionNumber } from "./values.ts";

/** Octets of a query, or a part of them. */
export interface QueryData {
  /** `relay`: a sub-option of the relay agent's information; `hardware`: type and hardware address. */
  readonly kind: "option" | "relay" | "hardware";
  readonly code: number;
  /** Octets that are left out in front; ignored where `isSuffix`. */
  readonly from: number;
  /** Octets at most; Infinity for all. */
  readonly length: number;
  /** Whether the last `length` octets are meant, not the first. */
  readonly isSuffix: boolean;
}

/** What makes a client a member of a class. */
export type Condition =
  | { readonly kind: "equal"; readonly data: QueryData; readonly value: Uint8Array }
  | { readonly kind: "exists"; readonly data: QueryData }
  | { readonly kind: "not"; readonly inner: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition };

/** Parentheses and `not` inside one another. */
export const CONDITION_DEPTH_MAX = 64;

/** Longest constant: nothing that a query holds in one piece is longer. */
const CONSTANT_OCTETS_MAX = 255;
const SUBSTRING_MAX = 65_535;

const AGENT_NAMES: ReadonlyMap<string, number> = new Map<string, number>([
  ["circuit-id", RelaySubOption.circuitId],
  ["remote-id", RelaySubOption.remoteId],
  ["link-selection", RelaySubOption.linkSelection],
  ["subscriber-id", 6],
]);

const DATA_EXPECTED = 'option NAME, hardware, substring(...), suffix(...), a "text" or octets like 0:1b:ff';

/** Reads a condition; undefined after a complaint. */
export function readCondition(cursor: Cursor): Condition | undefined {
  return new ConditionReader(cursor).readOr(0);
}

/** Reads data of the query; undefined after a complaint. */
export function readQueryData(cursor: Cursor): QueryData | undefined {
  const { at } = cursor.peek();
  const data = new ConditionReader(cursor).readData();
  if (data === undefined) return undefined;
  if (data.kind !== "constant") return data.data;
  cursor.report.error(at, "this is the same for every client", {
    expected: "option NAME, hardware, or a part of them",
  });
  return undefined;
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

type Operand =
  | { readonly kind: "query"; readonly data: QueryData; readonly format: string }
  | { readonly kind: "constant"; readonly at: number; readonly value: Uint8Array };

class ConditionReader {
  private readonly cursor: Cursor;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  readOr(depth: number): Condition | undefined {
    let left = this.readAnd(depth);
    while (left !== undefined && this.cursor.takeWord("or")) {
      const right = this.readAnd(depth);
      left = right && { kind: "or", left, right };
    }
    return left;
  }

  private readAnd(depth: number): Condition | undefined {
    let left = this.readFactor(depth);
    while (left !== undefined && this.cursor.takeWord("and")) {
      const right = this.readFactor(depth);
      left = right && { kind: "and", left, right };
    }
    return left;
  }

  private readFactor(depth: number): Condition | undefined {
    const { cursor } = this;
    const { at } = cursor.peek();
    if (depth > CONDITION_DEPTH_MAX) {
      cursor.report.error(at, `the condition is nested more than ${CONDITION_DEPTH_MAX} deep`);
      return undefined;
    }
    if (cursor.takeWord("not")) {
      const inner = this.readFactor(depth + 1);
      return inner && { kind: "not", inner };
    }
    if (cursor.takeMark("(")) {
      const inner = this.readOr(depth + 1);
      if (inner === undefined) return undefined;
      return cursor.takeMark(")") ? inner : cursor.unexpected(") at the end of the condition, and, or, or not");
    }
    if (cursor.takeWord("exists")) {
      if (!cursor.isWord("option")) return cursor.unexpected("option NAME");
      const option = this.readOptionData();
      return option?.kind === "query" ? { kind: "exists", data: option.data } : undefined;
    }
    return this.readComparison();
  }

  private readComparison(): Condition | undefined {
    const { cursor } = this;
    const { at } = cursor.peek();
    const left = this.readData();
    if (left === undefined) return undefined;
    const isUnequal = cursor.takeMark("!=");
    if (!isUnequal && !cursor.takeMark("=")) return cursor.unexpected("= or != and what to compare with");
    const right = this.readData(left.kind === "query" ? left.format : "");
    if (right === undefined) return undefined;
    const [query, constant] = left.kind === "query" ? [left, right] : [right, left];
    if (query.kind !== "query" || constant.kind !== "constant") {
      const what = left.kind === "query" ? "both sides depend on the query" : "both sides are constant";
      cursor.report.error(at, what, { expected: "option NAME or the like on one side, a constant on the other" });
      return undefined;
    }
    if (constant.value.length > query.data.length)
      cursor.report.warning(
        constant.at,
        `this has ${constant.value.length} octets and is never equal to ${query.data.length}`,
        {
          expected: `${query.data.length} octets`,
        },
      );
    const equal = { kind: "equal", data: query.data, value: constant.value } as const;
    return isUnequal ? { kind: "not", inner: equal } : equal;
  }

  /** `format`: of the option on the other side, so that numbers can be written as such. */
  readData(format = ""): Operand | undefined {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind === "string") {
      cursor.next();
      return { kind: "constant", at: token.at, value: octetsOf(token.text) };
    }
    if (cursor.isWord("option")) return this.readOptionData();
    if (cursor.takeWord("hardware")) return whole("hardware", 0, "");
    if (cursor.takeWord("substring")) return this.readPart(false);
    if (cursor.takeWord("suffix")) return this.readPart(true);
    if (token.kind !== "word" || !/^-?[0-9a-f]/i.test(token.text)) return this.refuse();
    return this.readNumberOrOctets(format, token.at);
  }

  private refuse(): undefined {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind !== "word") return cursor.unexpected(DATA_EXPECTED);
    cursor.report.error(token.at, `a condition cannot look at ${nameToken(token)}`, { expected: DATA_EXPECTED });
    return undefined;
  }

  private readNumberOrOctets(format: string, at: number): Operand | undefined {
    const { cursor } = this;
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
  private readPart(isSuffix: boolean): Operand | undefined {
    const { cursor } = this;
    if (!cursor.takeMark("(")) return cursor.unexpected("( and what to take a part of");
    const { at } = cursor.peek();
    const inner = this.readData();
    if (inner === undefined) return undefined;
    if (inner.kind === "constant") {
      cursor.report.error(at, "this is the same for every client", { expected: "option NAME or hardware" });
      return undefined;
    }
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
    const { data } = inner;
    const isWhole = data.from === 0 && data.length === Number.POSITIVE_INFINITY;
    if (!isWhole && (isSuffix || data.isSuffix)) {
      cursor.report.error(at, "suffix cannot be mixed with another part", { expected: "one substring or one suffix" });
      return undefined;
    }
    const from = isSuffix ? 0 : data.from + first;
    return {
      kind: "query",
      data: { ...data, from, length: Math.max(0, Math.min(length, data.length - (isSuffix ? 0 : first))), isSuffix },
      format: "",
    };
  }

  /** `option NAME` or `option agent.NAME`. */
  private readOptionData(): Operand | undefined {
    const { cursor } = this;
    cursor.next();
    if (cursor.isWord("agent") && cursor.isMark(".", 1)) {
      const code = readAgentName(cursor);
      return code === undefined ? undefined : whole("relay", code, "");
    }
    const definition = readOptionName(cursor);
    return definition && whole("option", definition.code, definition.format);
  }
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
    return cursor.unexpected(meant === undefined ? names : `${meant}, if that is what you mean`);
  }
  cursor.next();
  return code;
}

function whole(kind: QueryData["kind"], code: number, format: string): Operand {
  return { kind: "query", data: { kind, code, from: 0, length: Number.POSITIVE_INFINITY, isSuffix: false }, format };
}
