// Makes a draft load: every statement that the configuration language refuses is turned into a comment with
// the reason, until nothing is left to complain of.

import { tokenize } from "../config/language/lexer.ts";
import { type Diagnostic, Report, Source } from "../config/language/source.ts";
import { phraseExpected } from "../config/language/suggest.ts";
import { type LoadContext, loadConfig } from "../config/load.ts";
import type { Draft } from "./draft.ts";
import { LineCounter } from "./line-counter.ts";
import { LostAccess, type Removal } from "./lost-access.ts";
import { excerpt, type Notice } from "./notice.ts";
import { type Extent, findExtent, findExtents } from "./statement-extents.ts";

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Complaints of each severity that the first round looks at: there may be millions about one line. The next looks at twice as many. */
const ROUND_MAX = 100_000;

/** Rounds that a file may take: each comments out a statement at least, and few reveal another complaint. */
const ROUNDS_MAX = 200;

/** What becomes of statements that load and have no effect. */
export type IdleStatements = "kept" | "commented out";

/**
 * Comments out statements that do not load, and reports those that have no effect: as lost where it is commented out
 * too, as idle where it is kept. The draft includes no files.
 */
export function repair(draft: Draft, context: LoadContext, idle: IdleStatements): void {
  const lost = new LostAccess();
  for (let [round, most] = [1, ROUND_MAX]; ; round++, most *= 2) {
    const { text } = draft;
    const { diagnostics } = loadConfig("draft", text, { ...context, diagnosticsMax: most });
    const without = diagnostics.filter(({ hasNoEffect }) => hasNoEffect);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const wrong = idle === "kept" ? errors : [...errors, ...without];
    // Only warnings are left: all of them are to be reported.
    if (wrong.length === 0 && diagnostics.length >= most) continue;
    const extents = findExtents(tokenize(new Report(new Source("draft", text))));
    const found = removalsOf(text, extents, wrong);
    // As one comment, any text loads.
    if (wrong.length > 0 && (found.length === 0 || round > ROUNDS_MAX)) return removeAll(draft, wrong);
    const removals = wrong.length > 0 ? lost.follow(text, extents, found) : lost.permits(text, extents);
    if (removals.length === 0) return void tell(draft, removalsOf(text, extents, without), "idle");
    const lineStarts = tell(draft, removals, "lost");
    draft.replace(removals.map((removal, i) => replacementOf(removal, text, lineStarts[i] ?? 0)));
  }
}

/** Tells of statements, which are in order; gives where the line of each begins. */
function tell(draft: Draft, removals: readonly Removal[], kind: Notice["kind"]): readonly number[] {
  const { text } = draft;
  const lines = new LineCounter(text);
  return removals.map((removal) => {
    const { start, end } = removal.extent;
    const origin = draft.originOf(lines.lineOf(start));
    const reason = reasonOf(removal);
    draft.tell(origin, kind, excerpt(text.slice(start, end)), kind === "idle" ? withoutSubject(reason) : reason);
    return lines.lineStart;
  });
}

/** A reason behind a statement that is shown: its name need not be said again. */
function withoutSubject(reason: string): string {
  return reason.replace(/^[\w. -]{1,80} has no effect: /, "");
}

/** Statements to be removed, in order, none inside another. */
function removalsOf(text: string, extents: readonly Extent[], wrong: readonly Diagnostic[]): readonly Removal[] {
  if (wrong.length === 0) return [];
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const found = new Map<Extent, Diagnostic>();
  for (const diagnostic of wrong) {
    const at = (lineStarts[diagnostic.line - 1] ?? 0) + diagnostic.column - 1;
    const extent = extentAt(text, extents, at);
    if (extent !== undefined && !found.has(extent)) found.set(extent, diagnostic);
  }
  const branches = branchesBehind(text, extents);
  const sorted = [...found].map(([extent, diagnostic]) => {
    const last = branches.get(extent);
    const { message: reason, expected } = diagnostic;
    const advice = expected && phraseExpected(expected);
    if (last === undefined) return { extent, reason, advice };
    const branched = `${reason}; the elsif and else behind it are left out with it`;
    return { extent: { ...extent, end: last.end }, reason: branched, advice };
  });
  sorted.sort((a, b) => a.extent.start - b.extent.start || b.extent.end - a.extent.end);
  const removals: Removal[] = [];
  for (const removal of sorted) {
    if (removal.extent.start >= (removals.at(-1)?.extent.end ?? 0)) removals.push(removal);
  }
  return removals;
}

/** The statement that a complaint at an offset is about. Where something is missing behind a whole statement, it is the next. */
function extentAt(text: string, extents: readonly Extent[], at: number): Extent | undefined {
  const found = findExtent(extents, at) ?? findExtent(extents, at - 1) ?? restOfLine(text, at);
  if (found?.end !== at || !/[;}]/.test(text.charAt(at - 1))) return found;
  const next = findExtent(extents, endOfSpace(text, at));
  return next !== undefined && next.start >= at ? next : found;
}

/**
 * The last of the `elsif` and `else` that follow each `if`, `elsif` or `else`: what they mean depends on all the
 * conditions in front of them.
 */
function branchesBehind(text: string, extents: readonly Extent[]): ReadonlyMap<Extent, Extent> {
  const found = new Map<Extent, Extent>();
  const rest = [extents];
  for (let siblings = rest.pop(); siblings !== undefined; siblings = rest.pop()) {
    let last: Extent | undefined;
    for (const extent of siblings.toReversed()) {
      rest.push(extent.inner);
      if (last !== undefined) found.set(extent, last);
      last = /^(?:elsif|else)\b/i.test(text.slice(extent.start, extent.start + 6)) ? (last ?? extent) : undefined;
    }
  }
  return found;
}

/** Text between statements that is none: a comment of another language. */
function restOfLine(text: string, start: number): Extent | undefined {
  const lineEnd = text.indexOf("\n", start);
  const end = lineEnd < 0 ? text.length : lineEnd;
  return text.slice(start, end).trim() === "" ? undefined : { start, end, headEnd: end, inner: [] };
}

function reasonOf({ reason, advice }: Omit<Removal, "extent">): string {
  return advice === undefined ? reason : `${reason}; ${advice}`;
}

/** The statement as comments on lines of their own; `lineStart` is where its first line begins. */
function replacementOf(removal: Removal, text: string, lineStart: number): Replacement {
  const { stead } = removal;
  const { start, end } = removal.extent;
  const indentEnd = endOfBlanks(text, lineStart);
  const indent = text.slice(lineStart, Math.min(indentEnd, start));
  const lines = [`not carried over: ${reasonOf(removal)}`, ...text.slice(start, end).split("\n")];
  const comment = lines.map((line, i) => `${i === 0 ? "" : indent}# ${inside(line, indent)}`).join("\n");
  const isAlone = indentEnd >= start;
  const instead = stead === undefined ? "" : `\n${indent}${stead}`;
  const next = text.charAt(endOfBlanks(text, end));
  const rest = next === "" || next === "\n" ? instead : `${instead}\n${indent}`;
  return { start, end, text: `${isAlone ? "" : `\n${indent}`}${comment}${rest}` };
}

/** Where white space from `at` on ends. */
function endOfSpace(text: string, at: number): number {
  let end = at;
  while (/\s/.test(text.charAt(end))) end++;
  return end;
}

/** Where blanks and tabs from `at` on end. */
function endOfBlanks(text: string, at: number): number {
  let end = at;
  while (text[end] === " " || text[end] === "\t") end++;
  return end;
}

/** A line without the indentation of its statement. */
function inside(line: string, indent: string): string {
  return (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()).replace(/[\r\n]/g, " ").trimEnd();
}

function removeAll(draft: Draft, wrong: readonly Diagnostic[]): void {
  const { text } = draft;
  const [first] = wrong;
  const origin = draft.originOf(first?.line ?? 1);
  const reason = first === undefined ? "it does not load" : reasonOf({ reason: first.message, advice: first.expected });
  draft.tell(origin, "lost", "the whole file", reason);
  const comment = text.replace(/\r/g, " ").split("\n");
  draft.replace([{ start: 0, end: text.length, text: comment.map((line) => `# ${line}`).join("\n") }]);
}
