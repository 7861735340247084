// JSON as Kea reads it: with comments (`#`, `//`, `/* */`) and commas behind last elements. Every value
// knows its line, so that what is said of it can name it.

/** A value of a JSON text. */
export type JsonNode =
  | { readonly kind: "map"; readonly line: number; readonly members: readonly JsonMember[] }
  | { readonly kind: "list"; readonly line: number; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly line: number; readonly value: string }
  | { readonly kind: "number"; readonly line: number; readonly value: number }
  | { readonly kind: "boolean"; readonly line: number; readonly value: boolean }
  | { readonly kind: "null"; readonly line: number };

/** A member of a map. */
export interface JsonMember {
  readonly name: string;
  /** Of the name. */
  readonly line: number;
  readonly value: JsonNode;
}

/** Where and why a text is no JSON. */
export interface JsonError {
  readonly line: number;
  readonly message: string;
}

/** Maps and lists inside one another. */
export const JSON_DEPTH_MAX = 64;

/** Reads a text; never throws. */
export function readRelaxedJson(text: string): JsonNode | JsonError {
  const reader = new Reader(text);
  const node = reader.readValue(0);
  if (node !== undefined && reader.isAtEnd()) return node;
  return reader.error ?? { line: reader.line, message: "something stands behind the end" };
}

const SPACE = /(?:[ \t\r\f\v]+|#[^\n]*|\/\/[^\n]*)/y;
const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z]+/y;
const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The octets of a character, one a character: the rest of the text is octets too. */
function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

class Reader {
  line = 1;
  error: JsonError | undefined;
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text.replace(/^\ufeff|^\xef\xbb\xbf/, "");
  }

  isAtEnd(): boolean {
    this.skip();
    return this.at >= this.text.length;
  }

  readValue(depth: number): JsonNode | undefined {
    this.skip();
    const { line } = this;
    const character = this.text[this.at];
    if (depth > JSON_DEPTH_MAX) return this.fail("maps and lists are nested too deeply");
    if (character === "{") return this.readMap(line, depth);
    if (character === "[") return this.readList(line, depth);
    if (character === '"') {
      const value = this.readString();
      return value === undefined ? undefined : { kind: "string", line, value };
    }
    if (this.text.startsWith("<?", this.at)) return this.fail("put the file's text in place of the <?include?>");
    const number = this.match(NUMBER);
    if (number !== "") return { kind: "number", line, value: Number(number) };
    const word = this.match(WORD);
    if (word === "true" || word === "false") return { kind: "boolean", line, value: word === "true" };
    if (word === "null") return { kind: "null", line };
    return this.fail('a value is missing: { }, [ ], "text", a number, true or false');
  }

  private readMap(line: number, depth: number): JsonNode | undefined {
    const members: JsonMember[] = [];
    this.at++;
    while (!this.take("}")) {
      const { line: nameLine } = this;
      if (this.text[this.at] !== '"') return this.fail('a name between " and " is missing, or }');
      const name = this.readString();
      if (name === undefined) return undefined;
      if (!this.take(":")) return this.fail(`: is missing behind "${name}"`);
      const value = this.readValue(depth + 1);
      if (value === undefined) return undefined;
      members.push({ name, line: nameLine, value });
      if (!this.take(",") && this.text[this.at] !== "}") return this.fail(", or } is missing");
      this.skip();
    }
    return { kind: "map", line, members };
  }

  private readList(line: number, depth: number): JsonNode | undefined {
    const items: JsonNode[] = [];
    this.at++;
    while (!this.take("]")) {
      const item = this.readValue(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (!this.take(",") && this.text[this.at] !== "]") return this.fail(", or ] is missing");
    }
    return { kind: "list", line, items };
  }

  private readString(): string | undefined {
    let value = "";
    for (this.at++; this.at < this.text.length; this.at++) {
      const character = this.text.charAt(this.at);
      if (character === '"') {
        this.at++;
        return value;
      }
      if (character === "\n") break;
      if (character !== "\\") {
        value += character;
        continue;
      }
      this.at++;
      const escaped = this.text.charAt(this.at);
      const [, digits] = /^u([0-9a-fA-F]{4})/.exec(this.text.slice(this.at, this.at + 5)) ?? [];
      if (digits !== undefined) {
        value += utf8(Number.parseInt(digits, 16));
        this.at += 4;
      } else value += ESCAPES[escaped] ?? escaped;
    }
    return this.fail("a string does not end");
  }

  /** Takes a mark if it is next. */
  private take(mark: string): boolean {
    this.skip();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    this.skip();
    return true;
  }

  /** Goes past white space and comments. */
  private skip(): void {
    for (;;) {
      if (this.text[this.at] === "\n") {
        this.line++;
        this.at++;
      } else if (this.text.startsWith("/*", this.at)) {
        const close = this.text.indexOf("*/", this.at + 2);
        const end = close < 0 ? this.text.length : close + 2;
        this.line += this.text.slice(this.at, end).split("\n").length - 1;
        this.at = end;
      } else if (this.match(SPACE) === "") return;
    }
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private fail(message: string): undefined {
    this.error ??= { line: this.line, message };
  }
}
