// The parser's view of the tokens: where it stands, what it expects, what it complains of. Every reader returns
// undefined after it has reported an error; the parser then gives the statement up.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { Token } from "./lexer.ts";
import { OptionNames } from "./option-names.ts";
import type { Report } from "./source.ts";
import { didYouMean, nearestWord } from "./suggest.ts";

/** Addresses of host names, the preferred one first; none for a name that has none. `refused`: a name is an error. */
export type HostNames = ReadonlyMap<string, readonly Ipv4[]> | "refused";

/** A position in the tokens of one file. */
export class Cursor {
  readonly report: Report;
  /** Host names met where an address may stand, in all files. */
  readonly names: Set<string>;
  /** Their addresses, as far as the shell found them. */
  readonly hostNames: HostNames;
  private readonly tokens: readonly Token[];
  private index = 0;

  /** The options that were defined up to here, in all files. */
  readonly optionNames: OptionNames;

  constructor(tokens: readonly Token[], report: Report, hostNames: HostNames, outer?: Cursor) {
    this.tokens = tokens;
    this.report = report;
    this.hostNames = hostNames;
    this.names = outer?.names ?? new Set();
    this.optionNames = outer?.optionNames ?? new OptionNames();
  }

  /** A cursor in the tokens of an included file. */
  within(tokens: readonly Token[]): Cursor {
    return new Cursor(tokens, this.report, this.hostNames, this);
  }

  /** The token `ahead` of the current one; the end token beyond the last. */
  peek(ahead = 0): Token {
    const token = this.tokens[this.index + ahead] ?? this.tokens.at(-1);
    return token ?? { kind: "end", text: "", at: 0, end: 0 };
  }

  /** Takes the current token; the end token is never passed. */
  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.index++;
    return token;
  }

  /** How many tokens were taken. */
  get taken(): number {
    return this.index;
  }

  /** Braces that the tokens from number `first` on have opened and not closed. */
  bracesSince(first: number): number {
    let braces = 0;
    for (let at = first; at < this.index; at++) {
      const token = this.tokens[at];
      if (token?.kind === "mark") braces += token.text === "{" ? 1 : token.text === "}" ? -1 : 0;
    }
    return braces;
  }

  /** Where the last taken token ends. */
  get lastEnd(): number {
    return this.tokens[this.index - 1]?.end ?? this.tokens[0]?.at ?? 0;
  }

  /** The text of the last taken token. */
  get lastText(): string {
    return this.tokens[this.index - 1]?.text ?? "";
  }

  isMark(mark: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "mark" && token.text === mark;
  }

  /** Whether the current token is that word, in any case. */
  isWord(word: string): boolean {
    const token = this.peek();
    return token.kind === "word" && token.text.toLowerCase() === word;
  }

  /** Takes the mark if it is next. */
  takeMark(mark: string): boolean {
    const found = this.isMark(mark);
    if (found) this.index++;
    return found;
  }

  /** Takes the word if it is next. */
  takeWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.index++;
    return found;
  }

  /** Whether the current token is the first of its line. */
  isAtLineStart(): boolean {
    const { source } = this.report;
    return this.index === 0 || source.lineOf(this.peek().at) > source.lineOf(this.lastEnd - 1);
  }

  /** Reports that the current token is not the expected one. */
  unexpected(expected: string): undefined {
    const token = this.peek();
    // Where a value is missing at the end of a line, its place is that end, not the next line's start.
    const isMissing = token.kind === "end" || (this.isAtLineStart() && this.index > 0) || isClosing(token);
    if (isMissing)
      this.report.error(this.lastEnd, `something is missing here, before ${nameToken(token)}`, { expected });
    else this.report.error(token.at, `unexpected ${nameToken(token)}`, { expected });
    return undefined;
  }

  /** The same where one of some words was expected: tells which of them is likely meant. */
  unexpectedWord(words: readonly string[], expected: string): undefined {
    const { kind, text } = this.peek();
    const isOut = kind !== "word" || words.includes(text.toLowerCase());
    const meant = isOut ? undefined : nearestWord(text, words);
    return this.unexpected(meant === undefined ? expected : didYouMean(meant));
  }
}

function isClosing(token: Token): boolean {
  return token.kind === "mark" && (token.text === ";" || token.text === "}");
}

/** A token for error texts. */
export function nameToken(token: Token): string {
  if (token.kind === "end") return "the end of the file";
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}...` : token.text;
  return token.kind === "string" ? `the string "${text}"` : `"${text}"`;
}
