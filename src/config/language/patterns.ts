// `DATA ~= PATTERN` and, ignoring the case of letters, `DATA ~~ PATTERN`: regular expressions that are texts, with or
// without anchors, and alternatives of these. ISC's dhcpd has them all (POSIX, extended); the others are errors.

import { type Condition, either, type Operand, type QueryOperand } from "../model/query-condition.ts";
import type { Cursor } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";

const ALTERNATIVES_MAX = 64;

/** Alternatives in parentheses, with anchors around all of them. */
const GROUP = /^(\^?)\(([^()]*)\)(\$?)$/;

/** Characters that stand for themselves, or punctuation behind a backslash. */
const PLAIN = /^(\^?)((?:[\w :,/@%=;!<>#"'&~-]|\\[^\w\s])*)(\$?)$/;

/** A text to look for: at the start, at the end, as the whole, or anywhere. */
interface Text {
  readonly text: string;
  readonly isStart: boolean;
  readonly isEnd: boolean;
}

/** The condition that `left` matches the pattern behind `~=` or `~~`, whose `~` is next; undefined after a complaint. */
export function readPattern(cursor: Cursor, left: Operand): Condition | undefined {
  const { at, text: mark } = cursor.next();
  const ignoresCase = mark === "~~";
  if (!ignoresCase && !cursor.takeMark("=")) return cursor.unexpected("= behind the ~, and a pattern");
  const token = cursor.peek();
  const texts = token.kind === "string" ? textsOf(token.text) : undefined;
  if (left.kind !== "query" || left.written !== undefined || left.cased !== undefined || !isNothing(left.otherwise))
    return cursor.report.error(at, "a pattern can be compared with octets of the query only", {
      expected: "option NAME, hardware, substring(...) or suffix(...) in front of it",
    });
  if (texts === undefined)
    return cursor.report.error(at, "this regular expression is not supported: TEXT, ^TEXT, TEXT$ and (TEXT|TEXT) are", {
      expected: 'substring(option NAME, 0, 9) = "PXEClient", or conditions joined by and or or',
    });
  cursor.next();
  warnOfLength(cursor, token.at, left, texts);
  return texts.map((text) => conditionOf(left, text, ignoresCase)).reduce(either);
}

/** Reports a text that is longer than the data can be: it is in none of them. */
function warnOfLength(cursor: Cursor, at: number, { data }: QueryOperand, texts: readonly Text[]): void {
  const tooLong = texts.find(({ text }) => text.length > data.length);
  if (tooLong === undefined) return;
  cursor.report.warning(at, `"${tooLong.text}" has ${tooLong.text.length} octets and is never in ${data.length}`, {
    expected: `at most ${data.length} octets`,
  });
}

function conditionOf({ data }: QueryOperand, { text, isStart, isEnd }: Text, ignoresCase: boolean): Condition {
  if (text === "" && !(isStart && isEnd)) return { kind: "exists", data };
  const value = octetsOf(ignoresCase ? text.toLowerCase() : text);
  return { kind: "matches", data, value, isStart, isEnd, ignoresCase };
}

/** The texts that a pattern is alternatives of; undefined if it is more than that. */
function textsOf(pattern: string): readonly Text[] | undefined {
  const [, start = "", inner = pattern, end = ""] = GROUP.exec(pattern) ?? [];
  const texts: Text[] = [];
  for (const alternative of inner.split("|")) {
    const text = textOf(start + alternative + end);
    if (text === undefined || texts.length === ALTERNATIVES_MAX) return undefined;
    texts.push(text);
  }
  return texts;
}

/** One alternative; anything at its start or end (`.*`) is as good as no anchor there. */
function textOf(pattern: string): Text | undefined {
  const bare = pattern.replace(/^\^?\.\*/, "").replace(/(?<!\\)\.\*\$?$/, "");
  const [, start, text, end] = PLAIN.exec(bare) ?? [];
  if (text === undefined) return undefined;
  return { text: text.replace(/\\(.)/g, "$1"), isStart: start !== "", isEnd: end !== "" };
}

/** Whether no pattern with a text in it matches the data that stand in. */
function isNothing(operand: Operand | undefined): boolean {
  return operand === undefined || (operand.kind === "constant" && operand.value.length === 0);
}
