// The conditions of classes (ISC's dhcp-eval(5), the part that looks at a query and nothing else):
//
//   condition = term { "or" term }              term = factor { "and" factor }
//   factor    = "not" factor | "(" condition ")" | "known" | "exists" [ "option" ] NAME
//             | data ( "=" | "!=" ) data | data ( "~=" | "~~" ) PATTERN
//   data      = "option" NAME | "hardware" | "substring" "(" data "," FROM "," LENGTH ")"
//             | "suffix" "(" data "," LENGTH ")" | "binary-to-ascii" "(" BASE "," 8 "," STRING "," data ")"
//             | STRING | octets in hexadecimal | a number
//   NAME      = an option | "agent" "." a relay's sub-option | SPACE "." an option of a space
//
// One side of a comparison is constant. A number is one for options that hold numbers. What the query
// does not have equals nothing.

import { RelaySubOption } from "../wire/relay-agent.ts";
import { type Operand, readPattern, unwrite } from "./comparisons.ts";
import { type Cursor, nameToken } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";
import { NUMBER_RANGES, readAnyOption } from "./option-value.ts";
import { nearestWord } from "./suggest.ts";
import { readDecimal, readHexOctets, readOptionNumber } from "./values.ts";

/** Octets of a query, or a part of them. */
export interface QueryData {
  /**
   * `relay`: a sub-option of the relay agent's information; `inner`: an option inside the option
   * `carrier`; `hardware`: type and hardware address.
   */
  readonly kind: "option" | "relay" | "inner" | "hardware";
  readonly code: number;
  readonly carrier: number;
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
  /** The data are items, each behind its length in one octet (RFC 3004 section 4), and one is the value. */
  | { readonly kind: "listed"; readonly data: QueryData; readonly value: Uint8Array }
  | { readonly kind: "exists"; readonly data: QueryData }
  /** A host declaration is about the client. */
  | { readonly kind: "known" }
  | { readonly kind: "not"; readonly inner: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition };

/** Parentheses and `not` inside one another. */
export const CONDITION_DEPTH_MAX = 64;

/** Comparisons in one condition. */
export const COMPARISONS_MAX = 1000;

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

class ConditionReader {
  private readonly cursor: Cursor;
  private comparisons = 0;

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
    if (++this.comparisons > COMPARISONS_MAX) {
      cursor.report.error(at, `the condition has more than ${COMPARISONS_MAX} parts`, {
        expected: "class with match DATA; and a subclass for each value",
      });
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
    if (cursor.takeWord("known")) return { kind: "known" };
    if (cursor.takeWord("exists")) {
      // ISC's has no "option" here.
      cursor.takeWord("option");
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
    if (cursor.peek().kind === "other" && /^~~?$/.test(cursor.peek().text)) return readPattern(cursor, left);
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
    const value = query.written === undefined ? constant.value : unwrite(cursor, query.written, constant);
    if (value === undefined) return undefined;
    if (value.length > query.data.length)
      cursor.report.warning(constant.at, `this has ${value.length} octets and is never equal to ${query.data.length}`, {
        expected: `${query.data.length} octets`,
      });
    const equal = { kind: "equal", data: query.data, value } as const;
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
    if (cursor.takeWord("option")) return this.readOptionData();
    if (cursor.takeWord("hardware")) return whole("hardware", 0, "");
    if (cursor.takeWord("substring")) return this.readPart(false);
    if (cursor.takeWord("suffix")) return this.readPart(true);
    if (cursor.takeWord("binary-to-ascii")) return this.readWritten();
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
    if (inner.written !== undefined) {
      cursor.report.error(at, "a part of binary-to-ascii cannot be compared", {
        expected: 'binary-to-ascii of a part, as in binary-to-ascii(16, 8, ":", substring(hardware, 1, 3))',
      });
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

  /** What follows `binary-to-ascii`. */
  private readWritten(): Operand | undefined {
    const { cursor } = this;
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
    const inner = this.readData();
    if (inner === undefined) return undefined;
    if (!cursor.takeMark(")")) return cursor.unexpected(")");
    if (inner.kind === "query" && inner.written === undefined)
      return { ...inner, format: "", written: { base, separator } };
    cursor.report.error(at, "binary-to-ascii is of data of the query", { expected: "option NAME or hardware" });
    return undefined;
  }

  /** What follows `option` or `exists`. */
  private readOptionData(): Operand | undefined {
    const { cursor } = this;
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

function whole(kind: QueryData["kind"], code: number, format: string, carrier = 0): Operand {
  return {
    kind: "query",
    data: { kind, code, carrier, from: 0, length: Number.POSITIVE_INFINITY, isSuffix: false },
    format,
  };
}
