// Makes a draft load: every statement that the configuration language refuses, or takes without effect,
// is turned into a comment with the reason, until nothing is left to complain of.

import { tokenize } from "../config/lexer.ts";
import { type LoadContext, loadConfig } from "../config/load.ts";
import { type Diagnostic, Report, Source } from "../config/source.ts";
import type { Draft } from "./draft.ts";
import { excerpt } from "./notice.ts";
import { type Extent, findExtent, findExtents } from "./statement-extents.ts";

/** A statement to comment out, and why. */
interface Removal {
  readonly extent: Extent;
  readonly diagnostic: Diagnostic;
}

/** Comments out what does not load. The draft includes no files. */
export function repair(draft: Draft, context: LoadContext): void {
  for (;;) {
    const { text } = draft;
    const { diagnostics } = loadConfig("draft", text, { ...context, diagnosticsMax: Number.POSITIVE_INFINITY });
    const wrong = diagnostics.filter(({ severity, hasNoEffect }) => severity === "error" || hasNoEffect);
    if (wrong.length === 0) return;
    const removals = removalsOf(text, wrong);
    // Whatever it is, a comment as a whole loads.
    if (removals.length === 0) return removeAll(draft, wrong);
    let line = 1;
    let counted = 0;
    for (const { extent, diagnostic } of removals) {
      line += text.slice(counted, extent.start).split("\n").length - 1;
      counted = extent.start;
      const subject = excerpt(text.slice(extent.start, extent.end));
      draft.notices.push({ ...draft.originOf(line), kind: "lost", subject, reason: reasonOf(diagnostic) });
    }
    draft.replace(removals.map((removal) => replacementOf(removal, text)));
  }
}

/** Statements to be removed, in order, none inside another. */
function removalsOf(text: string, wrong: readonly Diagnostic[]): readonly Removal[] {
  const report = new Report(new Source("draft", text));
  const extents = findExtents(tokenize(report));
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const found = new Map<Extent, Diagnostic>();
  for (const diagnostic of wrong) {
    const at = (lineStarts[diagnostic.line - 1] ?? 0) + diagnostic.column - 1;
    const extent = findExtent(extents, at) ?? findExtent(extents, at - 1) ?? restOfLine(text, at);
    if (extent !== undefined && !found.has(extent)) found.set(extent, diagnostic);
  }
  const sorted = [...found].map(([extent, diagnostic]) => ({ extent, diagnostic }));
  sorted.sort((a, b) => a.extent.start - b.extent.start || b.extent.end - a.extent.end);
  const removals: Removal[] = [];
  for (const removal of sorted) {
    if (removal.extent.start >= (removals.at(-1)?.extent.end ?? 0)) removals.push(removal);
  }
  return removals;
}

/** What stands between statements and is none: a comment of another language. */
function restOfLine(text: string, start: number): Extent | undefined {
  const lineEnd = text.indexOf("\n", start);
  const end = lineEnd < 0 ? text.length : lineEnd;
  return text.slice(start, end).trim() === "" ? undefined : { start, end, headEnd: end, inner: [] };
}

function reasonOf({ message, expected }: Diagnostic): string {
  return expected === undefined ? message : `${message}; expected: ${expected}`;
}

/** The statement as comments on lines of their own. */
function replacementOf(
  { extent, diagnostic }: Removal,
  text: string,
): { readonly start: number; readonly end: number; readonly text: string } {
  const { start, end } = extent;
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const indent = /^[ \t]*/.exec(before)?.[0] ?? "";
  const lines = [`not carried over: ${reasonOf(diagnostic)}`, ...text.slice(start, end).split("\n")];
  const comment = lines.map((line, i) => `${i === 0 ? "" : indent}# ${inside(line, indent)}`).join("\n");
  const isAlone = before.trim() === "";
  // A pool that was for some clients must not become one for all.
  const stead = /^(?:allow|deny)\s+members\b/i.test(text.slice(start, end)) ? `\n${indent}deny all clients;` : "";
  const rest = /^[ \t]*(?:\n|$)/.test(text.slice(end)) ? stead : `${stead}\n${indent}`;
  return { start, end, text: `${isAlone ? "" : `\n${indent}`}${comment}${rest}` };
}

/** A line without the indentation of its statement. */
function inside(line: string, indent: string): string {
  return (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()).replace(/[\r\n]/g, " ").trimEnd();
}

function removeAll(draft: Draft, wrong: readonly Diagnostic[]): void {
  const { text } = draft;
  const [first] = wrong;
  const origin = draft.originOf(first?.line ?? 1);
  const reason = first === undefined ? "it does not load" : reasonOf(first);
  draft.notices.push({ ...origin, kind: "lost", subject: "the whole file", reason });
  const comment = text.replace(/\r/g, " ").split("\n");
  draft.replace([{ start: 0, end: text.length, text: comment.map((line) => `# ${line}`).join("\n") }]);
}
