// Kea's test expressions (the `test` of a client class) to conditions of dhcpd.conf: comparisons of what
// the query holds with constants, joined by and, or and not. What a condition cannot look at is said.

import { parseIpv4 } from "../base/ipv4.ts";
import { octetsOf } from "../config/lexer.ts";
import { optionByCode, optionByName } from "../wire/option-code.ts";
import { hexOctets, parseOctets, quote } from "./written.ts";

/** A condition, or why there is none. */
export type Translated = { readonly condition: string } | { readonly problem: string };

/** Finds what makes clients members of another class. */
export type FindMembers = (className: string) => Translated;

/** Finds an option's code by Kea's name. */
export type FindCode = (name: string) => number | undefined;

/** Translates a test. */
export function translateTest(test: string, findCode: FindCode, findMembers: FindMembers): Translated {
  const tokens = tokenize(test);
  if (tokens === undefined) return { problem: "its test cannot be read" };
  try {
    const reader = new TestReader(tokens, findCode, findMembers);
    return { condition: reader.readAll() };
  } catch (error) {
    if (error instanceof Untranslatable) return { problem: error.message };
    throw error;
  }
}

/** Says, from any depth, that there is no condition for a test. */
class Untranslatable extends Error {}

interface Token {
  readonly kind: "word" | "text" | "mark";
  readonly text: string;
}

const TOKEN =
  /\s*(?:'((?:[^'\\]|\\.)*)'|([A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[0-9]+){3}|[A-Za-z0-9_-]+|-)|(==|[()[\],.*:+]))/y;
/** Parentheses and `not` inside one another. */
const DEPTH_MAX = 32;
const TOKENS_MAX = 2000;

function tokenize(test: string): readonly Token[] | undefined {
  const text = test.trimEnd();
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const [, quoted, word, mark] = TOKEN.exec(text) ?? [];
    if (quoted !== undefined) tokens.push({ kind: "text", text: quoted.replace(/\\(.)/g, "$1") });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
    else return undefined;
    if (tokens.length > TOKENS_MAX) return undefined;
    at = TOKEN.lastIndex;
  }
  return tokens;
}

/** What one side of a comparison is. */
type Operand =
  | { readonly kind: "constant"; readonly octets: Uint8Array; readonly isText: boolean }
  | {
      readonly kind: "query";
      readonly base: string;
      /** The first octet, and how many. */
      readonly from: number;
      readonly length: number;
      readonly isSuffix: boolean;
      /** What stands between two octets, for those written in hexadecimal. */
      readonly separator: string | undefined;
    };

const RELAY_NAMES: Readonly<Record<number, string>> = {
  1: "agent.circuit-id",
  2: "agent.remote-id",
  4: "agent.DOCSIS-device-class",
  5: "agent.link-selection",
  6: "agent.subscriber-id",
};

class TestReader {
  private readonly tokens: readonly Token[];
  private readonly findCode: FindCode;
  private readonly findMembers: FindMembers;
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[], findCode: FindCode, findMembers: FindMembers) {
    this.tokens = tokens;
    this.findCode = findCode;
    this.findMembers = findMembers;
  }

  readAll(): string {
    const condition = this.readOr();
    if (this.at < this.tokens.length) throw new Untranslatable(`its test has ${this.name()} where it should end`);
    return condition;
  }

  private readOr(): string {
    let condition = this.readAnd();
    while (this.takeWord("or")) condition += ` or ${this.readAnd()}`;
    return condition;
  }

  private readAnd(): string {
    let condition = this.readFactor();
    while (this.takeWord("and")) condition += ` and ${this.readFactor()}`;
    return condition;
  }

  private readFactor(): string {
    if (++this.depth > DEPTH_MAX) throw new Untranslatable("its test is nested too deeply");
    const condition = this.readSimple();
    this.depth--;
    return condition;
  }

  private readSimple(): string {
    if (this.takeWord("not")) return `not ${this.readFactor()}`;
    if (this.takeMark("(")) {
      const inner = this.readOr();
      this.expect(")");
      return `(${inner})`;
    }
    if (this.takeWord("member")) return this.readMember();
    const exists = this.readExists();
    if (exists !== undefined) return exists;
    const left = this.readOperand();
    this.expect("==");
    return compare(left, this.readOperand());
  }

  private readMember(): string {
    this.expect("(");
    const token = this.tokens[this.at++];
    if (token?.kind !== "text") throw new Untranslatable("its test names no class in member()");
    this.expect(")");
    const members = this.findMembers(token.text);
    if ("problem" in members) throw new Untranslatable(`it is about members of ${token.text}: ${members.problem}`);
    return `(${members.condition})`;
  }

  /** `option[N].exists` and its like; undefined, with nothing taken, if it is none. */
  private readExists(): string | undefined {
    const start = this.at;
    const base = this.readBase();
    if (base !== undefined && this.takeMark(".") && this.takeWord("exists")) {
      return base === "hardware" ? undefined : `exists ${base.replace(/^option /, "")}`;
    }
    this.at = start;
    return undefined;
  }

  private readOperand(): Operand {
    const token = this.tokens[this.at];
    if (token?.kind === "text") {
      this.at++;
      return { kind: "constant", octets: octetsOf(token.text), isText: true };
    }
    if (this.takeWord("substring")) return this.readSubstring();
    if (this.takeWord("hexstring")) return this.readHexString();
    if (this.isWord("pkt4") && this.wordAt(2) === "msgtype") {
      this.at += 3;
      return whole("option dhcp-message-type");
    }
    const base = this.readBase();
    if (base === "hardware") return { ...whole(base), from: 1 };
    if (base !== undefined) return this.readForm(base);
    return this.readConstant();
  }

  /** `.hex` or `.text` behind an option. */
  private readForm(base: string): Operand {
    this.expect(".");
    if (this.takeWord("hex")) return whole(base);
    if (this.takeWord("text")) {
      const format = optionByName(base.replace(/^option /, ""))?.format;
      // The text of a number or an address is not its octets.
      if (format === "t" || format === "X" || base.includes("agent.")) return whole(base);
    }
    throw new Untranslatable(`a condition cannot look at ${base} in that form`);
  }

  private readConstant(): Operand {
    const word = this.tokens[this.at]?.kind === "word" ? (this.tokens[this.at]?.text ?? "") : "";
    const address = parseIpv4(word);
    const octets = /^0x/i.test(word) ? parseOctets(word) : undefined;
    const number = /^[0-9]+$/.test(word) ? Number(word) : undefined;
    this.at++;
    if (octets !== undefined) return { kind: "constant", octets, isText: false };
    if (address !== undefined) return numberConstant(address, 4);
    if (number !== undefined && number < 256) return numberConstant(number, 1);
    this.at--;
    throw new Untranslatable(`a condition cannot look at ${this.name()}`);
  }

  private readSubstring(): Operand {
    this.expect("(");
    const inner = this.readOperand();
    this.expect(",");
    const from = this.readInteger();
    this.expect(",");
    const length = this.takeWord("all") ? Number.POSITIVE_INFINITY : this.readInteger();
    this.expect(")");
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

  private readHexString(): Operand {
    this.expect("(");
    const inner = this.readOperand();
    this.expect(",");
    const token = this.tokens[this.at++];
    this.expect(")");
    if (inner.kind !== "query" || token?.kind !== "text" || inner.separator !== undefined)
      throw new Untranslatable("a condition cannot look at that hexstring");
    return { ...inner, separator: token.text };
  }

  private readInteger(): number {
    const sign = this.takeWord("-") ? -1 : 1;
    const word = this.tokens[this.at]?.text ?? "";
    if (!/^-?[0-9]{1,6}$/.test(word)) throw new Untranslatable("its test has no number where one should be");
    this.at++;
    return sign * Number(word);
  }

  /** `option[N]`, `option[82].option[N]`, `relay4[N]` or `pkt4.mac`, as our conditions name them; undefined, with nothing taken, if it is none. */
  private readBase(): string | undefined {
    const start = this.at;
    if (this.takeWord("pkt4")) {
      if (this.takeMark(".") && this.takeWord("mac")) return "hardware";
    } else if (this.isWord("relay4") || this.isWord("option")) {
      const isRelay = this.isWord("relay4");
      this.at++;
      const code = this.readIndex();
      if (isRelay && code !== undefined) return this.relayOption(code);
      if (code === 82 && this.isMark(".") && this.wordAt(1) === "option") {
        this.at += 2;
        const inner = this.readIndex();
        if (inner !== undefined) return this.relayOption(inner);
      } else if (code !== undefined && !(this.isMark(".") && this.wordAt(1) === "option")) {
        return `option ${optionByCode(code).name}`;
      }
    }
    this.at = start;
    return undefined;
  }

  private relayOption(code: number): string {
    const name = RELAY_NAMES[code];
    if (name === undefined) throw new Untranslatable(`a condition cannot look at the relay's sub-option ${code}`);
    return `option ${name}`;
  }

  /** `[N]` or `[NAME]`. */
  private readIndex(): number | undefined {
    if (!this.takeMark("[")) return undefined;
    const word = this.tokens[this.at++]?.text ?? "";
    this.expect("]");
    const code = /^[0-9]{1,3}$/.test(word) ? Number(word) : this.findCode(word);
    if (code === undefined || code > 254) throw new Untranslatable(`there is no option ${word}`);
    return code;
  }

  private isWord(word: string): boolean {
    return this.wordAt(0) === word;
  }

  private wordAt(ahead: number): string {
    const token = this.tokens[this.at + ahead];
    return token?.kind === "word" ? token.text : "";
  }

  private isMark(mark: string): boolean {
    const token = this.tokens[this.at];
    return token?.kind === "mark" && token.text === mark;
  }

  private takeWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.at++;
    return found;
  }

  private takeMark(mark: string): boolean {
    const found = this.isMark(mark);
    if (found) this.at++;
    return found;
  }

  private expect(mark: string): void {
    if (!this.takeMark(mark)) throw new Untranslatable(`its test has ${this.name()} where ${mark} should be`);
  }

  private name(): string {
    const token = this.tokens[this.at];
    return token === undefined ? "nothing" : `"${token.text}"`;
  }
}

function whole(base: string): Operand & { kind: "query" } {
  const length = Number.POSITIVE_INFINITY;
  return { kind: "query", base, from: 0, length, isSuffix: false, separator: undefined };
}

function numberConstant(value: number, size: number): Operand {
  const octets = Uint8Array.from({ length: size }, (_, i) => (value >>> (8 * (size - 1 - i))) & 255);
  return { kind: "constant", octets, isText: false };
}

function compare(left: Operand, right: Operand): string {
  const [query, constant] = left.kind === "query" ? [left, right] : [right, left];
  if (query.kind !== "query" || constant.kind !== "constant")
    throw new Untranslatable("a condition compares what a query holds with a constant");
  const { separator } = query;
  let { octets, isText } = constant;
  if (separator !== undefined) {
    const text = String.fromCharCode(...octets);
    const pieces = separator === "" ? (text.match(/../g) ?? []) : text.split(separator);
    if (!pieces.every((piece) => /^[0-9a-f]{2}$/.test(piece)) || pieces.join(separator) !== text)
      throw new Untranslatable(`hexstring never gives ${quote(text)}`);
    octets = Uint8Array.from(pieces, (piece) => Number.parseInt(piece, 16));
    isText = false;
  }
  // A single octet could be read as a number.
  const isQuoted = isText || octets.length < 2;
  return `${writeQuery(query)} = ${isQuoted ? quote(String.fromCharCode(...octets)) : hexOctets(octets)}`;
}

function writeQuery({ base, from, length, isSuffix }: Operand & { kind: "query" }): string {
  if (isSuffix) return `suffix(${base}, ${length})`;
  if (from === 0 && length === Number.POSITIVE_INFINITY) return base;
  return `substring(${base}, ${from}, ${Math.min(length, 255)})`;
}
