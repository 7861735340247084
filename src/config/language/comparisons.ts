// Comparisons of a condition beyond equal octets: octets that are written as text
// (`binary-to-ascii`) or in one case (`lcase`, `ucase`), and the first of several data that a query has
// (`pick-first-value`). Patterns are in patterns.ts.

import {
  both,
  type Condition,
  type ConstantOperand,
  either,
  type LetterCase,
  not,
  type Operand,
  type QueryData,
  type QueryOperand,
  type Writing,
} from "../model/query-condition.ts";
import type { Cursor } from "./cursor.ts";

/** A part of data: `length` octets behind the first `from`, or the last `length` ones. */
interface Part {
  /** Position of the whole that it is a part of. */
  readonly at: number;
  readonly from: number;
  readonly length: number;
  readonly isSuffix: boolean;
}

/** The condition that an operand is equal to a constant; undefined after a complaint. */
export function equalTo(cursor: Cursor, operand: QueryOperand, constant: ConstantOperand): Condition | undefined {
  const { data, written, cased, otherwise } = operand;
  const isMissing = not({ kind: "exists", data });
  // Octets that are absent have no written form, and a written form is never empty.
  if (constant.value.length === 0 && written !== undefined && otherwise !== undefined) {
    const rest = equalOtherwise(cursor, otherwise, constant);
    return typeof rest === "boolean" ? (rest ? isMissing : never(data)) : rest && both(isMissing, rest);
  }
  const equal = cased === undefined ? equalOctets(cursor, operand, constant) : equalInCase(cursor, operand, constant);
  if (equal === undefined) return undefined;
  if (otherwise === undefined) return equal;
  const rest = equalOtherwise(cursor, otherwise, constant);
  if (rest === undefined || rest === false) return rest === false ? equal : undefined;
  return either(equal, rest === true ? isMissing : both(isMissing, rest));
}

/** As equalTo, of data as they are or as they are written. */
function equalOctets(
  cursor: Cursor,
  { data, written }: QueryOperand,
  constant: ConstantOperand,
): Condition | undefined {
  const value = written === undefined ? constant.value : unwrite(cursor, written, constant);
  if (value === undefined) return undefined;
  // Without a separator many octets are written as this text.
  if (written?.separator === "") return { kind: "written", data, base: written.base, value: constant.value };
  if (value.length > data.length)
    cursor.report.warning(constant.at, `this has ${value.length} octets and is never equal to ${data.length}`, {
      expected: `${data.length} octets`,
    });
  return { kind: "equal", data, value };
}

/** As equalTo, of data whose letters are changed to one case. */
function equalInCase(cursor: Cursor, { data, cased }: QueryOperand, { at, value }: ConstantOperand): Condition {
  const right = inCase(value, cased);
  if (right.some((octet, i) => octet !== value[i])) {
    const name = cased === "lower" ? "lcase" : "ucase";
    cursor.report.warning(at, `${name} is never equal to this`, { expected: `"${String.fromCharCode(...right)}"` });
    return never(data);
  }
  return { kind: "matches", data, value: inCase(value, "lower"), isStart: true, isEnd: true, ignoresCase: true };
}

/** Octets with their letters (of ASCII) in one case. */
function inCase(value: Uint8Array, cased: LetterCase | undefined): Uint8Array {
  const [first, last, bit] = cased === "lower" ? [0x41, 0x5a, 0x20] : [0x61, 0x7a, 0];
  return value.map((octet) => (octet >= first && octet <= last ? (octet & ~0x20) | bit : octet));
}

/**
 * An operand, and the data that stand in for it, with its letters in one case; undefined after a complaint. `at` is its
 * place.
 */
export function inOneCase(cursor: Cursor, operand: Operand, cased: LetterCase, at: number): Operand | undefined {
  if (operand.kind === "constant") return { ...operand, value: inCase(operand.value, cased) };
  if (operand.written !== undefined && cased === "upper")
    return cursor.report.error(at, "binary-to-ascii writes small letters", {
      expected: "binary-to-ascii without ucase",
    });
  const otherwise = operand.otherwise && inOneCase(cursor, operand.otherwise, cased, at);
  if (operand.otherwise !== undefined && otherwise === undefined) return undefined;
  return { ...operand, format: "", cased: operand.written === undefined ? cased : undefined, otherwise };
}

/** As equalTo, for the data that stands in; for a constant the result is known now. */
function equalOtherwise(cursor: Cursor, operand: Operand, constant: ConstantOperand): Condition | boolean | undefined {
  if (operand.kind === "query") return equalTo(cursor, operand, constant);
  return operand.value.length === constant.value.length && operand.value.every((o, i) => o === constant.value[i]);
}

function never(data: QueryData): Condition {
  const exists: Condition = { kind: "exists", data };
  return both(exists, not(exists));
}

/** The part of an operand and of the data that stands in for it; undefined after a complaint. */
export function partOf(cursor: Cursor, operand: QueryOperand, part: Part): QueryOperand | undefined {
  const { data, written } = operand;
  const { at, from, length, isSuffix } = part;
  if (written !== undefined)
    return cursor.report.error(at, "a part of binary-to-ascii cannot be compared", {
      expected: 'binary-to-ascii of a part, as in binary-to-ascii(16, 8, ":", substring(hardware, 1, 3))',
    });
  const isWhole = data.from === 0 && data.length === Number.POSITIVE_INFINITY;
  if (!isWhole && (isSuffix || data.isSuffix))
    return cursor.report.error(at, "suffix cannot be mixed with another part", {
      expected: "one substring or one suffix",
    });
  const otherwise = operand.otherwise && partOfAny(cursor, operand.otherwise, part);
  if (operand.otherwise !== undefined && otherwise === undefined) return undefined;
  const most = Math.max(0, Math.min(length, data.length - (isSuffix ? 0 : from)));
  return {
    kind: "query",
    data: { ...data, from: isSuffix ? 0 : data.from + from, length: most, isSuffix },
    format: "",
    written: undefined,
    cased: operand.cased,
    otherwise,
  };
}

function partOfAny(cursor: Cursor, operand: Operand, part: Part): Operand | undefined {
  if (operand.kind === "query") return partOf(cursor, operand, part);
  const { from, length, isSuffix } = part;
  const { value } = operand;
  const start = isSuffix ? Math.max(0, value.length - length) : from;
  return { ...operand, value: value.slice(start, start + length) };
}

/** An operand, and the data that stand in for it, written as text; undefined after a complaint. `at` is its place. */
export function writingOf(cursor: Cursor, operand: Operand, written: Writing, at: number): Operand | undefined {
  // No octets are written as an empty text.
  if (operand.kind === "constant" && operand.value.length === 0) return operand;
  if (operand.kind === "constant" || operand.written !== undefined || operand.cased !== undefined)
    return cursor.report.error(at, "binary-to-ascii is of data of the query", { expected: "option NAME or hardware" });
  const otherwise = operand.otherwise && writingOf(cursor, operand.otherwise, written, at);
  if (operand.otherwise !== undefined && otherwise === undefined) return undefined;
  return { ...operand, format: "", written, otherwise };
}

/** Octets whose written form is the constant; undefined, after a complaint, if there are none. */
function unwrite(cursor: Cursor, written: Writing, constant: ConstantOperand): Uint8Array | undefined {
  const octets = octetsWritten(written, constant.value);
  if (octets instanceof Uint8Array) return octets;
  return cursor.report.error(constant.at, "binary-to-ascii never writes this", { expected: octets });
}

/**
 * Octets whose written form is a text (one octet a character); for a text that is no written form, the expected form.
 * With a separator there is one such row of octets, without one there may be many.
 */
export function octetsWritten({ base, separator }: Writing, value: Uint8Array): Uint8Array | string {
  const text = String.fromCharCode(...value);
  const numbers = text.split(separator);
  if (numbers.length === 0) return "the digits of a number";
  const octets = numbers.map((number) => Number.parseInt(number, base));
  const right = octets.map((octet) => octet.toString(base)).join(separator);
  const areOctets = octets.every((octet) => octet <= 255);
  if (areOctets && right === text) return Uint8Array.from(octets);
  if (areOctets) return `"${right}": no leading zeros, small letters`;
  return separator === "" ? `digits of numbers to base ${base}` : "numbers from 0 to 255 with the separator";
}
