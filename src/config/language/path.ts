// Paths that the launcher reads too: it takes the octets between the quotes as they stand (launcher/statements.c).

import type { Cursor } from "./cursor.ts";
import type { Token } from "./lexer.ts";

/** Whether a string has a backslash of any meaning. */
export function hasBackslash({ text, at, end }: Token): boolean {
  const QUOTES = 2;
  return text.includes("\\") || end - at > text.length + QUOTES;
}

/** The demands on a path. */
export interface PathRules {
  /** "a socket": the kind of file at the path. */
  readonly what: string;
  readonly octetsMax: number;
  /** Whether a well-formed path will do; default: any will. */
  readonly isSound?: (path: string) => boolean;
}

/** Takes a path from the root on, between quotes; undefined after a complaint. */
export function readPath(cursor: Cursor, { what, octetsMax, isSound = () => true }: PathRules): string | undefined {
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected(`the path of ${what} between quotes`);
  cursor.next();
  const { text, at } = token;
  const isPath = text.startsWith("/") && text.length <= octetsMax && !/[\0\n]/.test(text) && !hasBackslash(token);
  if (isPath && isSound(text)) return text;
  return cursor.report.error(at, `this is no path of ${what}`, {
    expected: `a path from the root on between quotes, at most ${octetsMax} octets, without a backslash`,
  });
}
