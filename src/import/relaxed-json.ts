// JSON as Kea reads it: with comments (`#`, `//`, `/* */`), commas behind last elements, and other files in
// place of `<?include "FILE"?>`. Every value knows its place, so that messages can name it.

import type { FileReader } from "../config/language/include.ts";
import type { Position } from "./notice.ts";

/** A value of a JSON text. */
export type JsonNode =
  | { readonly kind: "map"; readonly place: Position; readonly members: readonly JsonMember[] }
  | { readonly kind: "list"; readonly place: Position; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly place: Position; readonly value: string }
  | { readonly kind: "number"; readonly place: Position; readonly value: number }
  | { readonly kind: "boolean"; readonly place: Position; readonly value: boolean }
  | { readonly kind: "null"; readonly place: Position };

/** A member of a map. */
export interface JsonMember {
  readonly name: string;
  /** The place of the name. */
  readonly place: Position;
  readonly value: JsonNode;
}

/** Where and why a text is no JSON. */
export interface JsonError {
  readonly place: Position;
  readonly message: string;
}

/** Maps and lists inside one another. */
export const JSON_DEPTH_MAX = 64;
/** Files inside files, and files in all. */
const INCLUDE_DEPTH_MAX = 10;
const INCLUDES_MAX = 4096;

/** Reads the text of `file` (one octet a character); `readFile` gives the files that it includes. Never throws. */
export function readRelaxedJson(file: string, text: string, readFile: FileReader): JsonNode | JsonError {
  const reader = new Reader(new Frame(file, text), readFile);
  const node = reader.readValue(0);
  if (node !== undefined && reader.isAtEnd()) return node;
  return reader.error ?? { place: reader.place(), message: "the file goes on behind the end of its map" };
}

const SPACE = /(?:[ \t\r\f\v]+|#[^\n]*|\/\/[^\n]*)/y;
const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z]+/y;
const INCLUDE = /<\?[ \t]*include[ \t]+"([^"\n]*)"[ \t]*\?>/y;
const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The octets of a character, one a character: the rest of the text is octets too. */
function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

/** A file that is being read, up to an offset. */
class Frame {
  readonly file: string;
  readonly text: string;
  at = 0;
  line = 1;
  lineStart = 0;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.replace(/^\ufeff|^\xef\xbb\xbf/, "");
  }

  newLine(end: number): void {
    this.line++;
    this.lineStart = end + 1;
  }
}

class Reader {
  error: JsonError | undefined;
  private frame: Frame;
  /** The files that include this one. */
  private readonly outer: Frame[] = [];
  private readonly readFile: FileReader;
  private includes = 0;

  constructor(frame: Frame, readFile: FileReader) {
    this.frame = frame;
    this.readFile = readFile;
  }

  isAtEnd(): boolean {
    this.skip();
    return this.error === undefined && this.frame.at >= this.frame.text.length;
  }

  /** Where the reading is. */
  place(): Position {
    const { file, line, at, lineStart } = this.frame;
    return { file, line, column: at - lineStart + 1 };
  }

  readValue(depth: number): JsonNode | undefined {
    this.skip();
    const place = this.place();
    const character = this.next();
    if (depth > JSON_DEPTH_MAX) return this.fail("maps and lists are nested too deeply");
    if (character === "{") return this.readMap(place, depth);
    if (character === "[") return this.readList(place, depth);
    if (character === '"') {
      const value = this.readString();
      return value === undefined ? undefined : { kind: "string", place, value };
    }
    const number = this.match(NUMBER);
    if (number !== "") return { kind: "number", place, value: Number(number) };
    const word = this.match(WORD);
    if (word === "true" || word === "false") return { kind: "boolean", place, value: word === "true" };
    if (word === "null") return { kind: "null", place };
    return this.fail('a value is missing: { }, [ ], "text", a number, true or false');
  }

  private readMap(place: Position, depth: number): JsonNode | undefined {
    const members: JsonMember[] = [];
    this.frame.at++;
    while (!this.take("}")) {
      const namePlace = this.place();
      if (this.next() !== '"') return this.fail('a name between " and " is missing, or }');
      const name = this.readString();
      if (name === undefined) return undefined;
      if (!this.take(":")) return this.fail(`: is missing behind "${name}"`);
      const value = this.readValue(depth + 1);
      if (value === undefined) return undefined;
      members.push({ name, place: namePlace, value });
      if (!this.take(",") && this.next() !== "}") return this.fail(", or } is missing");
    }
    return { kind: "map", place, members };
  }

  private readList(place: Position, depth: number): JsonNode | undefined {
    const items: JsonNode[] = [];
    this.frame.at++;
    while (!this.take("]")) {
      const item = this.readValue(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (!this.take(",") && this.next() !== "]") return this.fail(", or ] is missing");
    }
    return { kind: "list", place, items };
  }

  private readString(): string | undefined {
    const { frame } = this;
    const { text } = frame;
    let value = "";
    for (frame.at++; frame.at < text.length; frame.at++) {
      const character = text.charAt(frame.at);
      if (character === '"') {
        frame.at++;
        return value;
      }
      if (character === "\n") break;
      if (character !== "\\") {
        value += character;
        continue;
      }
      frame.at++;
      const escaped = text.charAt(frame.at);
      const [, digits] = /^u([0-9a-fA-F]{4})/.exec(text.slice(frame.at, frame.at + 5)) ?? [];
      if (digits !== undefined) {
        value += utf8(Number.parseInt(digits, 16));
        frame.at += 4;
      } else value += ESCAPES[escaped] ?? escaped;
    }
    return this.fail("a string does not end");
  }

  /** The next character, where white space is behind us already. */
  private next(): string {
    return this.frame.text.charAt(this.frame.at);
  }

  /** Takes a mark if it is next. */
  private take(mark: string): boolean {
    this.skip();
    if (this.next() !== mark) return false;
    this.frame.at++;
    this.skip();
    return true;
  }

  /** Goes past white space and comments, into files that are included and out of them. */
  private skip(): void {
    for (;;) {
      const { frame } = this;
      const { text } = frame;
      if (frame.at >= text.length) {
        const includer = this.outer.pop();
        if (includer === undefined) return;
        this.frame = includer;
      } else if (text[frame.at] === "\n") {
        frame.newLine(frame.at++);
      } else if (text.startsWith("/*", frame.at)) {
        const close = text.indexOf("*/", frame.at + 2);
        const end = close < 0 ? text.length : close + 2;
        for (let at = text.indexOf("\n", frame.at); at >= 0 && at < end; at = text.indexOf("\n", at + 1))
          frame.newLine(at);
        frame.at = end;
      } else if (text.startsWith("<?", frame.at)) {
        if (!this.enter()) return;
      } else if (this.match(SPACE) === "") return;
    }
  }

  /** Goes into the file that an `<?include "FILE"?>` names; false, with the error set, if it cannot be read. */
  private enter(): boolean {
    const at = this.place();
    INCLUDE.lastIndex = this.frame.at;
    const [whole = "", name = ""] = INCLUDE.exec(this.frame.text) ?? [];
    const isTooMuch = this.outer.length >= INCLUDE_DEPTH_MAX || ++this.includes > INCLUDES_MAX;
    const content =
      whole === ""
        ? { problem: '<?include "FILE"?> was expected' }
        : isTooMuch
          ? { problem: "files include one another without an end" }
          : this.readFile(name);
    if ("problem" in content) {
      this.error ??= { place: at, message: name === "" ? content.problem : `${name}: ${content.problem}` };
      return false;
    }
    this.frame.at += whole.length;
    this.outer.push(this.frame);
    this.frame = new Frame(name, content.text);
    return true;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.frame.at;
    const found = pattern.exec(this.frame.text)?.[0] ?? "";
    this.frame.at += found.length;
    return found;
  }

  private fail(message: string): undefined {
    this.error ??= { place: this.place(), message };
  }
}
