// The two sides of a comparison in Kea's tests: data of the query, constants, and texts that are made of both.

import { NO_OCTETS, octetsOfUint32 } from "../base/bytes.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import { octetsOf } from "../config/language/lexer.ts";
import { optionByCode, optionByName } from "../wire/options/option-code.ts";
import {
  type Constant,
  changed,
  compare,
  constant,
  inCase,
  type Joined,
  type LetterCase,
  type Operand,
  type QueryPart,
  queryPart,
} from "./kea-comparison.ts";
import { type TestCursor, Untranslatable } from "./kea-tokens.ts";
import { parseOctets } from "./written.ts";

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

/** Fields of the message (RFC 2131 section 2) that Kea has by name. */
const FIELDS: Readonly<Record<string, QueryPart>> = {
  msgtype: queryPart("option dhcp-message-type", { padding: 3 }),
  htype: queryPart("packet", { from: 1, length: 1, padding: 3 }),
  hlen: queryPart("packet", { from: 2, length: 1, padding: 3 }),
  transid: queryPart("packet", { from: 4, length: 4 }),
  ciaddr: queryPart("packet", { from: 12, length: 4 }),
  yiaddr: queryPart("packet", { from: 16, length: 4 }),
  siaddr: queryPart("packet", { from: 20, length: 4 }),
  giaddr: queryPart("packet", { from: 24, length: 4 }),
};

/** Reads a condition, for those that choose between operands. */
export type ReadCondition = () => string;

/** Reads a side of a comparison. */
export function readOperand(cursor: TestCursor, findCode: FindCode, readCondition: ReadCondition): Operand {
  const first = readOne(cursor, findCode, readCondition);
  if (!cursor.isMark("+")) return first;
  const parts = [first];
  while (cursor.takeMark("+")) parts.push(readOne(cursor, findCode, readCondition));
  return joined(parts);
}

function readOne(cursor: TestCursor, findCode: FindCode, readCondition: ReadCondition): Operand {
  const token = cursor.peek();
  if (token?.kind === "text") {
    cursor.take();
    return constant(octetsOf(token.text), true);
  }
  const read = (): Operand => readOperand(cursor, findCode, readCondition);
  const makers: Readonly<Record<string, () => Operand>> = {
    substring: () => readSubstring(cursor, read),
    hexstring: () => readHexString(cursor, read),
    concat: () => readConcat(cursor, read),
    ifelse: () => readChoice(cursor, read, readCondition),
    lcase: () => inLetterCase(read(), "lcase"),
    ucase: () => inLetterCase(read(), "ucase"),
  };
  const word = cursor.wordAt(0);
  const made = Object.hasOwn(makers, word) ? makers[word] : undefined;
  if (made !== undefined) {
    cursor.take();
    return cursor.inParentheses(made);
  }
  const field = cursor.isWord("pkt4") ? FIELDS[cursor.wordAt(2)] : undefined;
  const enterprise = ENTERPRISE_BASES[cursor.wordAt(0)];
  const isEnterprise = enterprise !== undefined && cursor.wordAt(2) === "enterprise";
  if (field !== undefined || isEnterprise) {
    for (let taken = 0; taken < 3; taken++) cursor.take();
    return field ?? queryPart(enterprise ?? "", { length: ENTERPRISE_OCTETS });
  }
  const base = cursor.attempt(() => readBase(cursor, findCode));
  if (base === "hardware") return queryPart(base, { from: 1 });
  if (base !== undefined) return readForm(cursor, base);
  return readConstant(cursor);
}

/** `option[N].exists` and its like, as a condition; undefined if it is none. */
export function readExists(cursor: TestCursor, findCode: FindCode): string | undefined {
  const enterprise = ENTERPRISE_BASES[cursor.wordAt(0)];
  if (enterprise !== undefined) {
    cursor.take();
    const number = readEnterprise(cursor);
    if (number !== undefined && cursor.takeMark(".") && cursor.takeWord("exists")) {
      if (number === "*") return `exists ${enterprise.replace(/^option /, "")}`;
      return compare(queryPart(enterprise, { length: ENTERPRISE_OCTETS }), numberConstant(number));
    }
  } else {
    const base = readBase(cursor, findCode);
    if (base !== undefined && base !== "hardware" && cursor.takeMark(".") && cursor.takeWord("exists"))
      return `exists ${base.replace(/^option /, "")}`;
  }
  return undefined;
}

/** `vendor-class[N].data == 'TEXT'` as a condition; undefined if it is none. */
export function readVendorClass(
  cursor: TestCursor,
  findCode: FindCode,
  readCondition: ReadCondition,
): string | undefined {
  const number = cursor.takeWord("vendor-class") ? readEnterprise(cursor) : undefined;
  if (typeof number !== "number" || !cursor.takeMark(".") || !cursor.takeWord("data")) return undefined;
  const isFirst = !cursor.takeMark("[") || (cursor.takeWord("0") && cursor.takeMark("]"));
  if (!isFirst || !cursor.takeMark("==")) return undefined;
  const base = ENTERPRISE_BASES["vendor-class"] ?? "";
  const isOfVendor = compare(queryPart(base, { length: ENTERPRISE_OCTETS }), numberConstant(number));
  const other = readOperand(cursor, findCode, readCondition);
  // Lengths of the whole and of the first piece stand in front of it.
  return `(${isOfVendor} and ${compare(queryPart(base, { from: ENTERPRISE_OCTETS + 2 }), other)})`;
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
  if (cursor.takeWord("hex")) return queryPart(base);
  if (cursor.takeWord("text")) {
    const format = optionByName(base.replace(/^option /, ""))?.format;
    // The text of a number or an address is not its octets.
    if (format === "t" || format === "X" || base.includes("agent.")) return queryPart(base);
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
  return octets === undefined ? numberConstant(address ?? number ?? 0) : constant(octets, false);
}

function readSubstring(cursor: TestCursor, read: () => Operand): Operand {
  const inner = read();
  cursor.expect(",");
  const from = readInteger(cursor);
  cursor.expect(",");
  const length = cursor.takeWord("all") ? Number.POSITIVE_INFINITY : readInteger(cursor);
  return changed(inner, (each) => partOf(each, from, length));
}

function partOf(inner: Operand, from: number, length: number): Operand {
  if (inner.kind === "constant" && length >= 0) return { ...inner, octets: octetsFrom(inner.octets, from, length) };
  if (inner.kind !== "query" || inner.isSuffix || inner.padding > 0 || length < 0)
    throw new Untranslatable("a condition cannot look at that part");
  const unit = inner.separator === undefined ? 1 : 2 + inner.separator.length;
  if (from < 0) {
    const isTail = length >= -from && inner.from === 0 && inner.length === Number.POSITIVE_INFINITY && unit === 1;
    if (!isTail) throw new Untranslatable("a condition cannot look at that part");
    return { ...inner, length: -from, isSuffix: true };
  }
  const octets = unit === 1 ? length : (length + unit - 2) / unit;
  if (from % unit !== 0 || (octets % 1 !== 0 && octets !== Number.POSITIVE_INFINITY))
    throw new Untranslatable("a condition cannot look at a part of an octet");
  const rest = Math.max(0, inner.length - from / unit);
  return { ...inner, from: inner.from + from / unit, length: Math.min(octets, rest) };
}

/** As in Kea: no octets if the part begins outside. */
function octetsFrom(octets: Uint8Array, from: number, length: number): Uint8Array {
  const first = from < 0 ? octets.length + from : from;
  return first < 0 ? NO_OCTETS : octets.slice(first, first + length);
}

function readHexString(cursor: TestCursor, read: () => Operand): Operand {
  const inner = read();
  cursor.expect(",");
  const token = cursor.take();
  return changed(inner, (each) => {
    if (each.kind !== "query" || each.padding > 0 || token?.kind !== "text" || each.separator !== undefined)
      throw new Untranslatable("a condition cannot look at that hexstring");
    return { ...each, separator: token.text };
  });
}

function readConcat(cursor: TestCursor, read: () => Operand): Operand {
  const parts = [read()];
  while (cursor.takeMark(",")) parts.push(read());
  return joined(parts);
}

function joined(parts: readonly Operand[]): Operand {
  return { kind: "joined", parts: parts.flatMap((part) => (part.kind === "joined" ? part.parts : [part])) };
}

function readChoice(cursor: TestCursor, read: () => Operand, readCondition: ReadCondition): Operand {
  const condition = readCondition();
  cursor.expect(",");
  const yes = read();
  cursor.expect(",");
  const no = read();
  return { kind: "choice", condition, yes, no };
}

function inLetterCase(operand: Operand, cased: LetterCase): Operand {
  const change = (each: Constant | QueryPart | Joined): Operand => {
    if (each.kind === "constant") return { ...each, octets: inCase(each.octets, cased) };
    if (each.kind === "joined") return { ...each, parts: each.parts.map((part) => changed(part, change)) };
    return { ...each, cased };
  };
  return changed(operand, change);
}

function readInteger(cursor: TestCursor): number {
  const sign = cursor.takeWord("-") ? -1 : 1;
  const word = cursor.peek()?.text ?? "";
  if (!/^-?[0-9]{1,6}$/.test(word)) throw new Untranslatable("its test has no number where one should be");
  cursor.take();
  return sign * Number(word);
}

/** `option[N]`, `option[82].option[N]`, `relay4[N]` or `pkt4.mac`, as our conditions name them; undefined if it is none. */
function readBase(cursor: TestCursor, findCode: FindCode): string | undefined {
  if (cursor.takeWord("pkt4")) return cursor.takeMark(".") && cursor.takeWord("mac") ? "hardware" : undefined;
  const isRelay = cursor.takeWord("relay4");
  if (!isRelay && !cursor.takeWord("option")) return undefined;
  const code = readIndex(cursor, findCode);
  if (code === undefined) return undefined;
  if (isRelay) return relayOption(code);
  if (!cursor.isMark(".") || cursor.wordAt(1) !== "option") return `option ${optionByCode(code).name}`;
  if (code !== 82) return undefined;
  cursor.take();
  cursor.take();
  const inner = readIndex(cursor, findCode);
  return inner === undefined ? undefined : relayOption(inner);
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

/** Kea's numbers have four octets. */
function numberConstant(value: number): Constant {
  return constant(octetsOfUint32(value), false);
}
