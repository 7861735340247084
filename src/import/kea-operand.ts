// What the two sides of a comparison in Kea's tests are: data of the query, or constants. One side has to be
// constant here.

import { parseIpv4 } from "../base/ipv4.ts";
import { octetsOf } from "../config/language/lexer.ts";
import { optionByCode, optionByName } from "../wire/options/option-code.ts";
import { ALWAYS, NEVER } from "./condition-text.ts";
import { type TestCursor, Untranslatable } from "./kea-tokens.ts";
import { hexOctets, parseOctets, quote } from "./written.ts";

/** One side of a comparison. */
export type Operand = Constant | QueryPart;

interface Constant {
  readonly kind: "constant";
  readonly octets: Uint8Array;
  readonly isText: boolean;
  /** Undefined if it is no number. */
  readonly number: number | undefined;
}

interface QueryPart {
  readonly kind: "query";
  readonly base: string;
  /** The first octet, and how many. */
  readonly from: number;
  readonly length: number;
  readonly isSuffix: boolean;
  /** What stands between two octets, for those written in hexadecimal. */
  readonly separator: string | undefined;
}

/** Finds an option's code by Kea's name. */
export type FindCode = (name: string) => number | undefined;

const RELAY_NAMES: Readonly<Record<number, string>> = {
  1: "agent.circuit-id",
  2: "agent.remote-id",
  4: "agent.DOCSIS-device-class",
  5: "agent.link-selection",
  6: "agent.subscriber-id",
};

/** The options of vendors (RFC 3925): each begins with the enterprise's number. */
const ENTERPRISE_OCTETS = 4;
const ENTERPRISE_BASES: Readonly<Record<string, string>> = { "vendor-class": "option vivco", vendor: "option vivso" };

/** Reads a side of a comparison. */
export function readOperand(cursor: TestCursor, findCode: FindCode): Operand {
  const token = cursor.peek();
  if (token?.kind === "text") {
    cursor.take();
    return { kind: "constant", octets: octetsOf(token.text), isText: true, number: undefined };
  }
  if (cursor.takeWord("substring")) return readSubstring(cursor, findCode);
  if (cursor.takeWord("hexstring")) return readHexString(cursor, findCode);
  if (cursor.isWord("pkt4")) {
    const field = cursor.wordAt(2);
    if (field === "msgtype" || field === "htype") {
      for (let taken = 0; taken < 3; taken++) cursor.take();
      return field === "msgtype" ? whole("option dhcp-message-type") : part("hardware", 0, 1);
    }
  }
  const enterprise = ENTERPRISE_BASES[cursor.wordAt(0)];
  if (enterprise !== undefined && cursor.wordAt(2) === "enterprise") {
    for (let taken = 0; taken < 3; taken++) cursor.take();
    return part(enterprise, 0, ENTERPRISE_OCTETS);
  }
  const base = readBase(cursor, findCode);
  if (base === "hardware") return part(base, 1, Number.POSITIVE_INFINITY);
  if (base !== undefined) return readForm(cursor, base);
  return readConstant(cursor);
}

/** `option[N].exists` and its like, as a condition; undefined, with nothing taken, if it is none. */
export function readExists(cursor: TestCursor, findCode: FindCode): string | undefined {
  const start = cursor.mark();
  const enterprise = ENTERPRISE_BASES[cursor.wordAt(0)];
  if (enterprise !== undefined) {
    cursor.take();
    const number = readEnterprise(cursor);
    if (number !== undefined && cursor.takeMark(".") && cursor.takeWord("exists")) {
      if (number === "*") return `exists ${enterprise.replace(/^option /, "")}`;
      return compare(part(enterprise, 0, ENTERPRISE_OCTETS), numberConstant(number));
    }
  } else {
    const base = readBase(cursor, findCode);
    if (base !== undefined && base !== "hardware" && cursor.takeMark(".") && cursor.takeWord("exists"))
      return `exists ${base.replace(/^option /, "")}`;
  }
  cursor.reset(start);
  return undefined;
}

/** `vendor-class[N].data == 'TEXT'` as a condition; undefined, with nothing taken, if it is none. */
export function readVendorClass(cursor: TestCursor, findCode: FindCode): string | undefined {
  const start = cursor.mark();
  const number = cursor.takeWord("vendor-class") ? readEnterprise(cursor) : undefined;
  if (typeof number === "number" && cursor.takeMark(".") && cursor.takeWord("data")) {
    const isFirst = !cursor.takeMark("[") || (cursor.takeWord("0") && cursor.takeMark("]"));
    if (isFirst && cursor.takeMark("==")) {
      const base = ENTERPRISE_BASES["vendor-class"] ?? "";
      const isOfVendor = compare(part(base, 0, ENTERPRISE_OCTETS), numberConstant(number));
      const constant = readOperand(cursor, findCode);
      // Lengths of the whole and of the first piece stand in front of it.
      return `(${isOfVendor} and ${compare(part(base, ENTERPRISE_OCTETS + 2, Number.POSITIVE_INFINITY), constant)})`;
    }
  }
  cursor.reset(start);
  return undefined;
}

/** `[N]` or `[*]`. */
function readEnterprise(cursor: TestCursor): number | "*" | undefined {
  if (!cursor.takeMark("[")) return undefined;
  const { text = "" } = cursor.take() ?? {};
  if (!cursor.takeMark("]")) return undefined;
  if (text === "*") return "*";
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

/** `.hex` or `.text` behind an option. */
function readForm(cursor: TestCursor, base: string): Operand {
  cursor.expect(".");
  if (cursor.takeWord("hex")) return whole(base);
  if (cursor.takeWord("text")) {
    const format = optionByName(base.replace(/^option /, ""))?.format;
    // The text of a number or an address is not its octets.
    if (format === "t" || format === "X" || base.includes("agent.")) return whole(base);
  }
  throw new Untranslatable(`a condition cannot look at ${base} in that form`);
}

function readConstant(cursor: TestCursor): Operand {
  const word = cursor.wordAt(0);
  const address = parseIpv4(word);
  const octets = /^0x/i.test(word) ? parseOctets(word) : undefined;
  const number = /^[0-9]{1,10}$/.test(word) ? Number(word) : undefined;
  if (octets === undefined && address === undefined && (number === undefined || number > 0xffffffff))
    throw new Untranslatable(`a condition cannot look at ${cursor.name()}`);
  cursor.take();
  if (octets !== undefined) return { kind: "constant", octets, isText: false, number: undefined };
  if (address !== undefined) return { ...numberConstant(address), number: undefined };
  return numberConstant(number ?? 0);
}

function readSubstring(cursor: TestCursor, findCode: FindCode): Operand {
  cursor.expect("(");
  const inner = readOperand(cursor, findCode);
  cursor.expect(",");
  const from = readInteger(cursor);
  cursor.expect(",");
  const length = cursor.takeWord("all") ? Number.POSITIVE_INFINITY : readInteger(cursor);
  cursor.expect(")");
  const isPlain = inner.kind === "query" && !inner.isSuffix;
  if (!isPlain || length < 0) throw new Untranslatable("a condition cannot look at that part");
  const unit = inner.separator === undefined ? 1 : 2 + inner.separator.length;
  if (from < 0) {
    const isTail = length >= -from && inner.from === 0 && inner.length === Number.POSITIVE_INFINITY && unit === 1;
    if (!isTail) throw new Untranslatable("a condition cannot look at that part");
    return { ...inner, length: -from, isSuffix: true };
  }
  const octets = unit === 1 ? length : (length + unit - 2) / unit;
  if (from % unit !== 0 || (octets % 1 !== 0 && octets !== Number.POSITIVE_INFINITY))
    throw new Untranslatable("a condition cannot look at a part of an octet");
  return { ...inner, from: inner.from + from / unit, length: Math.min(octets, inner.length - from / unit) };
}

function readHexString(cursor: TestCursor, findCode: FindCode): Operand {
  cursor.expect("(");
  const inner = readOperand(cursor, findCode);
  cursor.expect(",");
  const token = cursor.take();
  cursor.expect(")");
  if (inner.kind !== "query" || token?.kind !== "text" || inner.separator !== undefined)
    throw new Untranslatable("a condition cannot look at that hexstring");
  return { ...inner, separator: token.text };
}

function readInteger(cursor: TestCursor): number {
  const sign = cursor.takeWord("-") ? -1 : 1;
  const word = cursor.peek()?.text ?? "";
  if (!/^-?[0-9]{1,6}$/.test(word)) throw new Untranslatable("its test has no number where one should be");
  cursor.take();
  return sign * Number(word);
}

/** `option[N]`, `option[82].option[N]`, `relay4[N]` or `pkt4.mac`, as our conditions name them; undefined, with nothing taken, if it is none. */
function readBase(cursor: TestCursor, findCode: FindCode): string | undefined {
  const start = cursor.mark();
  if (cursor.takeWord("pkt4")) {
    if (cursor.takeMark(".") && cursor.takeWord("mac")) return "hardware";
  } else if (cursor.isWord("relay4") || cursor.isWord("option")) {
    const isRelay = cursor.isWord("relay4");
    cursor.take();
    const code = readIndex(cursor, findCode);
    if (isRelay && code !== undefined) return relayOption(code);
    if (code === 82 && cursor.isMark(".") && cursor.wordAt(1) === "option") {
      cursor.take();
      cursor.take();
      const inner = readIndex(cursor, findCode);
      if (inner !== undefined) return relayOption(inner);
    } else if (code !== undefined && !(cursor.isMark(".") && cursor.wordAt(1) === "option")) {
      return `option ${optionByCode(code).name}`;
    }
  }
  cursor.reset(start);
  return undefined;
}

function relayOption(code: number): string {
  const name = RELAY_NAMES[code];
  if (name === undefined) throw new Untranslatable(`a condition cannot look at the relay's sub-option ${code}`);
  return `option ${name}`;
}

/** `[N]` or `[NAME]`. */
function readIndex(cursor: TestCursor, findCode: FindCode): number | undefined {
  if (!cursor.takeMark("[")) return undefined;
  const word = cursor.take()?.text ?? "";
  cursor.expect("]");
  const code = /^[0-9]{1,3}$/.test(word) ? Number(word) : findCode(word);
  if (code === undefined || code > 254) throw new Untranslatable(`there is no option ${word}`);
  return code;
}

function whole(base: string): QueryPart {
  return part(base, 0, Number.POSITIVE_INFINITY);
}

function part(base: string, from: number, length: number): QueryPart {
  return { kind: "query", base, from, length, isSuffix: false, separator: undefined };
}

function numberConstant(value: number): Constant {
  return { kind: "constant", octets: octetsOfNumber(value, ENTERPRISE_OCTETS), isText: false, number: value };
}

function octetsOfNumber(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (value >>> (8 * (size - 1 - i))) & 255);
}

/** The condition that two sides are equal. */
export function compare(left: Operand, right: Operand): string {
  if (left.kind === "constant" && right.kind === "constant")
    return hexOctets(left.octets) === hexOctets(right.octets) ? ALWAYS : NEVER;
  const [query, constant] = left.kind === "query" ? [left, right] : [right, left];
  if (query.kind !== "query" || constant.kind !== "constant")
    throw new Untranslatable("a condition compares what a query holds with a constant");
  const { octets, isText } = constantFor(query, constant);
  // A single octet could be read as a number.
  const isQuoted = isText || octets.length < 2;
  return `${writeQuery(query)} = ${isQuoted ? quote(String.fromCharCode(...octets)) : hexOctets(octets)}`;
}

/** A constant, as the octets that it is compared with. */
function constantFor(
  { separator, length }: QueryPart,
  { octets, isText, number }: Constant,
): { readonly octets: Uint8Array; readonly isText: boolean } {
  if (separator === undefined) {
    if (number === undefined) return { octets, isText };
    const size = length <= ENTERPRISE_OCTETS ? length : number < 256 ? 1 : ENTERPRISE_OCTETS;
    return { octets: octetsOfNumber(number, size), isText };
  }
  const text = String.fromCharCode(...octets);
  const pieces = separator === "" ? (text.match(/../g) ?? []) : text.split(separator);
  if (!pieces.every((piece) => /^[0-9a-f]{2}$/.test(piece)) || pieces.join(separator) !== text)
    throw new Untranslatable(`hexstring never gives ${quote(text)}`);
  return { octets: Uint8Array.from(pieces, (piece) => Number.parseInt(piece, 16)), isText: false };
}

function writeQuery({ base, from, length, isSuffix }: QueryPart): string {
  if (isSuffix) return `suffix(${base}, ${length})`;
  if (from === 0 && length === Number.POSITIVE_INFINITY) return base;
  return `substring(${base}, ${from}, ${Math.min(length, 255)})`;
}
