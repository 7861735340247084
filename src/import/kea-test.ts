// Kea's test expressions (the `test` of a client class) to conditions of dhcpd.conf: comparisons of the query's
// contents with constants, joined by and, or and not. The import reports data that a condition cannot look at.

import { both, either, enclosed, negation } from "./condition-text.ts";
import { compare, limited } from "./kea-comparison.ts";
import { type FindCode, readExists, readOperand, readVendorClass } from "./kea-operand.ts";
import { TestCursor, tokenizeTest, Untranslatable } from "./kea-tokens.ts";

/** A condition, or why there is none. */
export type Translated = { readonly condition: string } | { readonly problem: string };

/** Finds what makes clients members of another class. */
export type FindMembers = (className: string) => Translated;

/** Parentheses and `not` inside one another. */
const DEPTH_MAX = 32;

/** Translates a test. */
export function translateTest(test: string, findCode: FindCode, findMembers: FindMembers): Translated {
  const tokens = tokenizeTest(test);
  if (tokens === undefined) return { problem: "its test cannot be read" };
  try {
    return { condition: limited(new TestReader(new TestCursor(tokens), findCode, findMembers).readAll()) };
  } catch (error) {
    if (error instanceof Untranslatable) return { problem: error.message };
    throw error;
  }
}

class TestReader {
  private readonly cursor: TestCursor;
  private readonly findCode: FindCode;
  private readonly findMembers: FindMembers;
  private depth = 0;

  constructor(cursor: TestCursor, findCode: FindCode, findMembers: FindMembers) {
    this.cursor = cursor;
    this.findCode = findCode;
    this.findMembers = findMembers;
  }

  readAll(): string {
    const condition = this.readOr();
    if (!this.cursor.isAtEnd()) throw new Untranslatable(`its test has ${this.cursor.name()} where it should end`);
    return condition;
  }

  private readOr(): string {
    let condition = this.readAnd();
    while (this.cursor.takeWord("or")) condition = either(condition, this.readAnd());
    return condition;
  }

  private readAnd(): string {
    let condition = this.readFactor();
    while (this.cursor.takeWord("and")) condition = both(condition, this.readFactor());
    return condition;
  }

  private readFactor(): string {
    return this.deeper(() => this.readSimple());
  }

  private deeper(read: () => string): string {
    if (++this.depth > DEPTH_MAX) throw new Untranslatable("its test is nested too deeply");
    const condition = read();
    this.depth--;
    return condition;
  }

  private readSimple(): string {
    const { cursor, findCode } = this;
    if (cursor.takeWord("not")) return negation(this.readFactor());
    if (cursor.isMark("(")) return enclosed(cursor.inParentheses(() => this.readOr()));
    if (cursor.takeWord("member")) return this.readMember();
    const readCondition = (): string => this.deeper(() => this.readOr());
    const simple =
      cursor.attempt(() => readExists(cursor, findCode)) ??
      cursor.attempt(() => readVendorClass(cursor, findCode, readCondition));
    if (simple !== undefined) return simple;
    const left = readOperand(cursor, findCode, readCondition);
    cursor.expect("==");
    return compare(left, readOperand(cursor, findCode, readCondition));
  }

  private readMember(): string {
    const { cursor } = this;
    const token = cursor.inParentheses(() => cursor.take());
    if (token?.kind !== "text") throw new Untranslatable("its test names no class in member()");
    const members = this.findMembers(token.text);
    if ("problem" in members) throw new Untranslatable(`it is about members of ${token.text}: ${members.problem}`);
    return enclosed(members.condition);
  }
}
