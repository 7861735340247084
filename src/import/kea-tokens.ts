// The pieces of Kea's test expressions, and a way through them.

/** Says, from any depth, that there is no condition for a test. */
export class Untranslatable extends Error {}

/** A piece of a test. */
export interface Token {
  readonly kind: "word" | "text" | "mark";
  readonly text: string;
}

const TOKEN =
  /\s*(?:'((?:[^'\\]|\\.)*)'|([A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[0-9]+){3}|[A-Za-z0-9_-]+|-)|(==|[()[\],.*:+]))/y;
const TOKENS_MAX = 2000;

/** The pieces of a test; undefined if one of them is none. */
export function tokenizeTest(test: string): readonly Token[] | undefined {
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

/** Goes through the pieces of a test. */
export class TestCursor {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The current piece, which is taken. */
  take(): Token | undefined {
    return this.tokens[this.at++];
  }

  peek(): Token | undefined {
    return this.tokens[this.at];
  }

  /** The value that `read` returns; if that is undefined, no token is taken. */
  attempt<Value>(read: () => Value | undefined): Value | undefined {
    const start = this.at;
    const value = read();
    if (value === undefined) this.at = start;
    return value;
  }

  /** The value that `read` returns between parentheses. */
  inParentheses<Value>(read: () => Value): Value {
    this.expect("(");
    const value = read();
    this.expect(")");
    return value;
  }

  isWord(word: string): boolean {
    return this.wordAt(0) === word;
  }

  wordAt(ahead: number): string {
    const token = this.tokens[this.at + ahead];
    return token?.kind === "word" ? token.text : "";
  }

  isMark(mark: string): boolean {
    const token = this.tokens[this.at];
    return token?.kind === "mark" && token.text === mark;
  }

  takeWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.at++;
    return found;
  }

  takeMark(mark: string): boolean {
    const found = this.isMark(mark);
    if (found) this.at++;
    return found;
  }

  expect(mark: string): void {
    if (!this.takeMark(mark)) throw new Untranslatable(`its test has ${this.name()} where ${mark} should be`);
  }

  name(): string {
    const token = this.tokens[this.at];
    return token === undefined ? "nothing" : `"${token.text}"`;
  }
}
