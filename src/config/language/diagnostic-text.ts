// Diagnostics as text for people: the line as it is written, tabs included, with anything that a terminal
// could obey replaced.

import type { Diagnostic, RelatedPosition, Source } from "./source.ts";
import { phraseExpected } from "./suggest.ts";

/**
 * Formats one diagnostic for people: `file:line:column: severity: message`, the line, a caret under
 * the column, the expected words, where the file is included, and the other place in the same form.
 */
export function formatDiagnostic(diagnostic: Diagnostic, source: Source): string {
  const { expected, related, includedFrom } = diagnostic;
  let output = formatPlace(source, diagnostic, diagnostic.severity);
  if (expected !== undefined) output += `  ${showText(phraseExpected(expected))}\n`;
  for (const { file, line, column } of includedFrom) output += `  included at ${showText(file)}:${line}:${column}\n`;
  if (related !== undefined) output += formatPlace(source, related, "note");
  return output;
}

/** One line for all notices: the first, with its place, and how many more there are. Empty if there are none. */
export function summarizeNotices(notices: readonly Diagnostic[]): string {
  const [first, ...others] = notices;
  if (first === undefined) return "";
  const more = others.length === 1 ? "1 more notice" : `${others.length} more notices`;
  const rest = others.length === 0 ? "" : `; and ${more}, which anydhcpctl check --verbose shows`;
  return `${showText(first.file)}:${first.line}:${first.column}: notice: ${showText(first.message)}${rest}\n`;
}

function formatPlace(source: Source, place: RelatedPosition, label: string): string {
  const head = `${showText(place.file)}:${place.line}:${place.column}: ${label}: ${showText(place.message)}\n`;
  const line = withoutSecret(source.line(place.line, place.file));
  return line.trim() === "" ? head : head + showLine(line, place.column);
}

/** The text may end up in a log: it must not hold the secret of a key. */
function withoutSecret(line: string): string {
  return line.replace(
    /(\bsecret\s+"?)([^\s";}]+)/gi,
    (_all, before: string, secret: string) => before + "*".repeat(secret.length),
  );
}

/** Longest part of a source line that is shown, and how much of that is kept in front of the caret. */
const SHOWN_MAX = 120;
const SHOWN_BEFORE = 80;

function showLine(line: string, column: number): string {
  // Past any line the caret still stands one column behind it.
  const from = column > SHOWN_MAX ? column - 1 - SHOWN_BEFORE : 0;
  const before = (from > 0 ? "..." : "") + showText(line.slice(from, column - 1));
  const rest = line.slice(column - 1, from + SHOWN_MAX);
  const after = line.length > from + SHOWN_MAX ? "..." : "";
  return `${before}${showText(rest)}${after}\n${before.replace(/[^\t]/gu, " ")}^\n`;
}

/** Decodes UTF-8 where the octets are that, and replaces characters that a terminal could obey. */
function showText(octets: string): string {
  const decoded = octets.replace(
    /[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}/g,
    (sequence) => {
      let code = sequence.charCodeAt(0) & (0xff >> (sequence.length + 1));
      for (let i = 1; i < sequence.length; i++) code = code * 64 + (sequence.charCodeAt(i) & 0x3f);
      return String.fromCodePoint(code);
    },
  );
  return decoded.replace(/[^\t\P{C}]|[\u2028\u2029]/gu, "?");
}
