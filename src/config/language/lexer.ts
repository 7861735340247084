// Splits the text of a dhcpd.conf into tokens (dhcpd.conf(5); white space is free, `#` comments to the
// end of the line). Keywords are not known here: every word is a word.
//
// Differences from OpenBSD, all of them corrections: `\"`, `\\`, `\n` and octal `\NNN` work in strings;
// comments of other languages, and strings and words without an end, are errors that say so.
// Never throws; the token list always ends in an "end" token.

import type { DiagnosticDetails, Report, SourceFile } from "./source.ts";

/** `word`: letters, digits, `-`, `_`; `string`: a quoted one; `mark`: one of `{ } ; , . : / ( ) = !=`; `other`: what no statement has. */
export type TokenKind = "word" | "string" | "mark" | "other" | "end";

/** One token. */
export interface Token {
  readonly kind: TokenKind;
  /** The text as written; of a string its content, unescaped, one octet per character. */
  readonly text: string;
  /** Position of the first character. */
  readonly at: number;
  /** Position behind the last one. */
  readonly end: number;
}

/** Longest word or string in octets (dhcpd.conf(5)'s own limit). */
export const TOKEN_OCTETS_MAX = 1499;

/** The text of one file; complaints are about offsets in it. */
class FileText {
  readonly text: string;
  private readonly file: SourceFile;
  private readonly report: Report;

  constructor(file: SourceFile, report: Report) {
    this.text = file.text;
    this.file = file;
    this.report = report;
  }

  error(at: number, message: string, details?: DiagnosticDetails): undefined {
    this.report.error(at + this.file.base, message, details && this.shift(details));
  }

  warning(at: number, message: string, details: DiagnosticDetails): void {
    this.report.warning(at + this.file.base, message, this.shift(details));
  }

  private shift({ related, ...details }: DiagnosticDetails): DiagnosticDetails {
    return {
      ...details,
      ...(related !== undefined && { related: { ...related, at: related.at + this.file.base } }),
    };
  }
}

/** Splits the text of a file, the main one if none is named; complaints go to `report`. */
export function tokenize(report: Report, file = report.source.main): readonly Token[] {
  const { base } = file;
  const tokens = tokensOf(new FileText(file, report));
  return base === 0 ? tokens : tokens.map((token) => ({ ...token, at: token.at + base, end: token.end + base }));
}

function tokensOf(report: FileText): readonly Token[] {
  const { text } = report;
  const tokens: Token[] = [];
  const strings: StringState = { spanning: -1 };
  // A byte order mark, as UTF-8 octets or as a decoded character.
  let at = text.startsWith("\xef\xbb\xbf") ? 3 : text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    const token = readToken(report, at, strings);
    if (typeof token === "number") {
      at = token;
      continue;
    }
    tokens.push(token.kind === "string" ? token : withinLimit(token, report));
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", at: text.length, end: text.length });
  return tokens;
}

/** A word of a bearable length: the rest is cut off, after a complaint. */
function withinLimit(token: Token, report: FileText): Token {
  const { kind, text, at } = token;
  if (text.length <= TOKEN_OCTETS_MAX) return token;
  report.error(at, `this ${kind} has ${text.length} octets, the limit is ${TOKEN_OCTETS_MAX}`);
  return { ...token, text: text.slice(0, TOKEN_OCTETS_MAX) };
}

interface StringState {
  /** Offset of the first string that has a line end inside; -1 if none has. */
  spanning: number;
}

const SPACE = /[ \t\r\n\f\v]+/y;
const WORD = /[A-Za-z0-9_-]+/y;
const OTHER = /[^ \t\r\n\f\vA-Za-z0-9_{};,.:/()=!"#-]+/y;

/** The token at `at`, or the offset to go on from. */
function readToken(report: FileText, at: number, strings: StringState): Token | number {
  const { text } = report;
  const character = text.charAt(at);
  const space = matchEnd(SPACE, text, at);
  if (space > at) return space;
  if (character === "#") return lineEnd(text, at);
  if (startsForeignComment(text, at)) return skipForeignComment(report, at);
  if (character === '"') return readString(report, at, strings);
  if (text.startsWith("!=", at)) return { kind: "mark", text: "!=", at, end: at + 2 };
  if ("{};,.:/()=".includes(character)) return { kind: "mark", text: character, at, end: at + 1 };
  const word = matchEnd(WORD, text, at);
  if (word > at) return { kind: "word", text: text.slice(at, word), at, end: word };
  const end = Math.max(matchEnd(OTHER, text, at), at + 1);
  return { kind: "other", text: text.slice(at, end), at, end };
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Two slashes inside a word are none: keys in base64 have them. */
function startsForeignComment(text: string, at: number): boolean {
  if (text[at] !== "/") return false;
  return text[at + 1] === "*" || (text[at + 1] === "/" && !/[A-Za-z0-9+/]/.test(text.charAt(at - 1)));
}

function skipForeignComment(report: FileText, at: number): number {
  const { text } = report;
  const isBlock = text[at + 1] === "*";
  report.error(at, `${isBlock ? "/* */" : "//"} is not a comment here`, {
    expected: "# in front of each line that is a comment",
  });
  const close = isBlock ? text.indexOf("*/", at + 2) : -1;
  return close < 0 ? lineEnd(text, at) : close + 2;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n" };

function readString(report: FileText, start: number, strings: StringState): Token {
  const { text } = report;
  let content = "";
  let at = start + 1;
  // Bounded, so that a text full of quotes costs no more than its length times a constant.
  while (at < text.length && text[at] !== '"' && content.length <= TOKEN_OCTETS_MAX) {
    if (text[at] === "\\" && at + 1 < text.length) {
      const octal = /[0-7]{1,3}/y;
      const digitsEnd = matchEnd(octal, text, at + 1);
      if (digitsEnd > at + 1) {
        const value = Number.parseInt(text.slice(at + 1, digitsEnd), 8);
        if (value > 255)
          report.error(at, `\\${text.slice(at + 1, digitsEnd)} is no octet`, { expected: "\\0 to \\377" });
        content += String.fromCharCode(value & 255);
        at = digitsEnd;
        continue;
      }
      const escaped = text.charAt(at + 1);
      const known = ESCAPES[escaped];
      if (known === undefined)
        report.warning(at, `the backslash has no effect in front of ${nameCharacter(escaped)}`, {
          expected: '\\", \\\\, \\n or up to three octal digits',
        });
      content += known ?? octetsOfCharacter(escaped);
      at += 2;
      continue;
    }
    content += octetsOfCharacter(text.charAt(at));
    at++;
  }
  if (text[at] !== '"' || content.length > TOKEN_OCTETS_MAX) return endlessString(report, start, strings);
  if (strings.spanning < 0 && text.slice(start, at).includes("\n")) strings.spanning = start;
  return { kind: "string", text: content, at: start, end: at + 1 };
}

/** A quote that is missing somewhere shifts all later ones, so the first string with a line end in it is the suspect. */
function endlessString(report: FileText, start: number, strings: StringState): Token {
  const { text } = report;
  report.error(start, `the string that starts here does not end within ${TOKEN_OCTETS_MAX} octets`, {
    expected: 'a closing " (inside a string write \\")',
    ...(strings.spanning >= 0 && {
      related: { at: strings.spanning, message: "this string runs over a line end: is its closing quote missing?" },
    }),
  });
  // Most likely it was to end with its statement: going on there finds the other errors.
  const rest = text.slice(start, lineEnd(text, start));
  const semicolon = rest.indexOf(";");
  const end = start + (semicolon < 0 ? rest.length : semicolon);
  return { kind: "string", text: text.slice(start + 1, end).slice(0, TOKEN_OCTETS_MAX), at: start, end };
}

/** One octet stays itself; a character that is none becomes its UTF-8 octets. */
function octetsOfCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x100) return character;
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

function nameCharacter(character: string): string {
  return character === "\n" || character === "\r" ? "a line end" : character;
}

/** The octets of a string token's text. */
export function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
