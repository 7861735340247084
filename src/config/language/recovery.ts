// The way on after an error, so that one run finds every error and few that are only consequences.

import { BLOCKS } from "./blocks.ts";
import type { Cursor } from "./cursor.ts";
import { STATEMENTS } from "./statements.ts";

// Words of the statements that the parser itself reads.
export const INCLUDE = "include";
export const IF = "if";
export const BOOT = "boot";
export const SWITCH = "switch";

/** The words that statements and blocks start with. */
export const STATEMENT_WORDS: readonly string[] = [...STATEMENTS.keys(), ...BLOCKS.keys(), INCLUDE, IF, BOOT, SWITCH];

/**
 * Takes the end of a statement. One that is missing at a line's end is reported and taken as present; a block needs
 * none.
 */
export function takeSemicolon(cursor: Cursor, isBlock = false): boolean {
  if (cursor.takeMark(";") || isBlock) return true;
  const startsLine = cursor.isAtLineStart() && /^[A-Za-z]/.test(cursor.peek().text);
  const isMissing = startsLine || cursor.isMark("}") || cursor.peek().kind === "end";
  if (!isMissing) cursor.unexpected("; at the end of the statement");
  else cursor.report.error(cursor.lastEnd, "the ; is missing", { expected: "; at the end of the statement" });
  return isMissing;
}

/** Goes on to the opening brace in the same line, if there is one. */
export function skipToBrace(cursor: Cursor): void {
  while (!cursor.isMark("{") && !cursor.isMark("}") && !cursor.isMark(";")) {
    if (cursor.peek().kind === "end" || cursor.isAtLineStart()) return;
    cursor.next();
  }
}

/** Skips the rest of a block, whose opening brace is taken already. */
export function skipBody(cursor: Cursor): void {
  for (let braces = 1; braces > 0 && cursor.peek().kind !== "end"; ) {
    const token = cursor.next();
    if (token.kind === "mark") braces += token.text === "{" ? 1 : token.text === "}" ? -1 : 0;
  }
}

/** Skips the rest of a statement that could not be read; `braces`: how many of its own it has opened and not closed. */
export function recover(cursor: Cursor, braces = 0): void {
  for (;;) {
    const token = cursor.peek();
    if (token.kind === "end") return;
    if (cursor.isMark("}")) {
      if (braces === 0) return;
      cursor.next();
      braces--;
      if (braces === 0) return;
      continue;
    }
    if (braces === 0 && isStatementStart(cursor)) return;
    cursor.next();
    if (token.kind !== "mark") continue;
    if (token.text === "{") braces++;
    if (token.text === ";" && braces === 0) return;
  }
}

/** Whether a statement or block starts here, at the start of a line. */
export function isStatementStart(cursor: Cursor): boolean {
  const token = cursor.peek();
  if (token.kind !== "word" || !cursor.isAtLineStart()) return false;
  const word = token.text.toLowerCase();
  return (
    STATEMENTS.has(word) || BLOCKS.has(word) || word === INCLUDE || word === IF || word === BOOT || word === SWITCH
  );
}
