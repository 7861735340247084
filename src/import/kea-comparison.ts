// Comparisons of Kea's tests as conditions of dhcpd.conf, which compare data of the query with constants: joined texts,
// and choices between texts, are taken apart until only such comparisons are left.

import { ALWAYS, both, either, enclosed, NEVER, negation } from "./condition-text.ts";
import { Untranslatable } from "./kea-tokens.ts";
import { hexOctets, quote } from "./written.ts";

/** One side of a comparison. */
export type Operand = Constant | QueryPart | Joined | Choice;

/** Octets that are the same for every client. */
export interface Constant {
  readonly kind: "constant";
  readonly octets: Uint8Array;
  readonly isText: boolean;
}

/** Data of a query. */
export interface QueryPart {
  readonly kind: "query";
  readonly base: string;
  /** The first octet, and how many. */
  readonly from: number;
  readonly length: number;
  readonly isSuffix: boolean;
  /** What stands between two octets, for those written in hexadecimal. */
  readonly separator: string | undefined;
  /** The case that letters are changed to. */
  readonly cased: LetterCase | undefined;
  /** Octets of zero that Kea has in front of it. */
  readonly padding: number;
}

/** `concat`: operands one behind another. */
export interface Joined {
  readonly kind: "joined";
  readonly parts: readonly Operand[];
}

/** `ifelse`: one of two operands, by a condition. */
interface Choice {
  readonly kind: "choice";
  readonly condition: string;
  readonly yes: Operand;
  readonly no: Operand;
}

/** `lcase` and `ucase`: letters of ASCII only. */
export type LetterCase = "lcase" | "ucase";

/** The most octets that joined parts of a query may be compared with: each gives a comparison or more. */
const JOINED_OCTETS_MAX = 64;

/** Characters of one condition. */
const CONDITION_MAX = 32_768;

/** Data of the query, all of them or a part. */
export function queryPart(base: string, { from = 0, length = Number.POSITIVE_INFINITY, padding = 0 } = {}): QueryPart {
  return { kind: "query", base, from, length, isSuffix: false, separator: undefined, cased: undefined, padding };
}

export function constant(octets: Uint8Array, isText: boolean): Constant {
  return { kind: "constant", octets, isText };
}

/** An operand with a change made to each alternative that it chooses between. */
export function changed(operand: Operand, change: (inner: Constant | QueryPart | Joined) => Operand): Operand {
  if (operand.kind !== "choice") return change(operand);
  return { ...operand, yes: changed(operand.yes, change), no: changed(operand.no, change) };
}

/** Letters of ASCII in one case; octets one a character. */
export function inCase(octets: Uint8Array, cased: LetterCase): Uint8Array {
  const [first, last] = cased === "lcase" ? [0x41, 0x5a] : [0x61, 0x7a];
  return octets.map((octet) => (octet >= first && octet <= last ? octet ^ 0x20 : octet));
}

/** The condition that two sides are equal. */
export function compare(left: Operand, right: Operand): string {
  if (left.kind === "choice") return choose(left, right);
  if (right.kind === "choice") return choose(right, left);
  if (left.kind === "constant" && right.kind === "constant")
    return hexOctets(left.octets) === hexOctets(right.octets) ? ALWAYS : NEVER;
  const [varying, fixed] = left.kind === "constant" ? [right, left] : [left, right];
  if (varying.kind === "constant" || fixed.kind !== "constant")
    throw new Untranslatable("a condition compares what a query holds with a constant");
  return varying.kind === "joined" ? compareJoined(varying.parts, fixed) : comparePart(varying, fixed);
}

function choose({ condition, yes, no }: Choice, other: Operand): string {
  const isYes = both(enclosed(condition), enclosed(compare(yes, other)));
  const isNo = both(negation(enclosed(condition)), enclosed(compare(no, other)));
  return limited(enclosed(either(isYes, isNo)));
}

/** A condition that is written out; one may stand in another, which doubles it. */
export function limited(condition: string): string {
  if (condition.length > CONDITION_MAX) throw new Untranslatable("written out, its test is too long");
  return condition;
}

/** That operands, one behind another, are the octets: each has some of them, and the rest follows. */
function compareJoined(parts: readonly Operand[], fixed: Constant): string {
  const { octets, isText } = fixed;
  const [first, ...rest] = parts;
  if (first === undefined) return octets.length === 0 ? ALWAYS : NEVER;
  if (rest.length === 0) return compare(first, fixed);
  const last = parts.at(-1);
  if (last?.kind === "constant") {
    const length = octets.length - last.octets.length;
    if (length < 0 || hexOctets(octets.slice(length)) !== hexOctets(last.octets)) return NEVER;
    return compareJoined(parts.slice(0, -1), constant(octets.slice(0, length), isText));
  }
  if (octets.length > JOINED_OCTETS_MAX)
    throw new Untranslatable(`a condition compares what is joined with ${JOINED_OCTETS_MAX} octets at most`);
  let condition = NEVER;
  const most = first.kind === "constant" ? first.octets.length : octets.length;
  for (let length = first.kind === "constant" ? most : 0; length <= Math.min(most, octets.length); length++) {
    const isFirst = compare(first, constant(octets.slice(0, length), isText));
    if (isFirst === NEVER) continue;
    const isRest = compareJoined(rest, constant(octets.slice(length), isText));
    condition = either(condition, enclosed(both(enclosed(isFirst), enclosed(isRest))));
  }
  return limited(enclosed(condition));
}

function comparePart(query: QueryPart, fixed: Constant): string {
  const value = valueFor(query, fixed);
  if (value === undefined) return NEVER;
  const { octets, isText } = value;
  const { length, isSuffix } = query;
  // Data that are not there equal nothing here, and no octets in Kea.
  if (octets.length === 0) return `pick-first-value(${writePart(query)}, "") = ""`;
  // The end of data that are too short is all of them here, and no octets in Kea.
  if (isSuffix ? octets.length !== length : octets.length > length) return NEVER;
  // A single octet could be read as a number.
  const isQuoted = isText || octets.length < 2;
  return `${writePart(query)} = ${isQuoted ? quote(String.fromCharCode(...octets)) : hexOctets(octets)}`;
}

/** The octets that data of the query have where Kea's are the constant; undefined if they never are. */
function valueFor({ separator, cased, padding }: QueryPart, fixed: Constant): Constant | undefined {
  const octets = fixed.octets.slice(padding);
  if (fixed.octets.length < padding || fixed.octets.subarray(0, padding).some((octet) => octet !== 0)) return undefined;
  if (cased !== undefined && hexOctets(inCase(octets, cased)) !== hexOctets(octets)) return undefined;
  if (separator === undefined || octets.length === 0) return { ...fixed, octets };
  const text = String.fromCharCode(...(cased === undefined ? octets : inCase(octets, "lcase")));
  const pieces = separator === "" ? (text.match(/../g) ?? []) : text.split(separator);
  if (!pieces.every((piece) => /^[0-9a-f]{2}$/.test(piece)) || pieces.join(separator) !== text)
    throw new Untranslatable(`hexstring never gives ${quote(String.fromCharCode(...octets))}`);
  return constant(
    Uint8Array.from(pieces, (piece) => Number.parseInt(piece, 16)),
    false,
  );
}

function writePart({ base, from, length, isSuffix, cased, separator }: QueryPart): string {
  if (base === "packet") return `packet(${from}, ${length})`;
  const isWhole = from === 0 && length === Number.POSITIVE_INFINITY;
  const part = isSuffix
    ? `suffix(${base}, ${length})`
    : isWhole
      ? base
      : `substring(${base}, ${from}, ${Math.min(length, 255)})`;
  return cased === undefined || separator !== undefined ? part : `${cased}(${part})`;
}
