// Where things stand in a configuration's text, and what there is to say about them.
//
// Everything after the lexer speaks of positions as offsets into the text; line and column are made
// when a diagnostic is. The text holds one octet of the file per character (that is how the shell
// reads it), so columns count octets, as editors and compilers do. Formatting shows the line as
// it is written, tabs included, with anything a terminal could obey replaced.

import { DIAGNOSTICS_MAX } from "../base/limits.ts";
import type { Provenance } from "./model.ts";

/** How bad it is: an error refuses the configuration, a warning is a likely mistake, a notice tells what was done. */
export type Severity = "error" | "warning" | "notice";

/** Another place that a diagnostic is about, and why. */
export interface RelatedPlace extends Provenance {
  readonly message: string;
}

/** One thing to say about the configuration. */
export interface Diagnostic extends Provenance {
  readonly severity: Severity;
  readonly message: string;
  /** What would have been right here; undefined where the message says it all. */
  readonly expected: string | undefined;
  /** The other place involved: the range that overlaps, the first declaration. */
  readonly related: RelatedPlace | undefined;
}

/** A configuration's text with its lines. */
export class Source {
  readonly file: string;
  readonly text: string;
  private readonly lineStarts: number[] = [0];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.lineStarts.push(at + 1);
  }

  /** File, line and column of an offset. */
  place(at: number): Provenance {
    const line = this.lineOf(at);
    return { file: this.file, line, column: at - (this.lineStarts[line - 1] ?? 0) + 1 };
  }

  /** Line number of an offset, from 1. */
  lineOf(at: number): number {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** A line without its end; empty outside the text. */
  line(number: number): string {
    const start = this.lineStarts[number - 1];
    if (start === undefined) return "";
    const end = (this.lineStarts[number] ?? this.text.length + 1) - 1;
    return this.text.slice(start, end).replace(/\r$/, "");
  }
}

/** The parts of a diagnostic that are not always there. */
export interface DiagnosticDetails {
  readonly expected?: string;
  readonly related?: { readonly at: number; readonly message: string };
}

/** Collects diagnostics, at most DIAGNOSTICS_MAX of each severity. */
export class Report {
  readonly source: Source;
  private readonly diagnostics: Diagnostic[] = [];
  private readonly counts = { error: 0, warning: 0, notice: 0 };

  constructor(source: Source) {
    this.source = source;
  }

  error(at: number, message: string, details?: DiagnosticDetails): void {
    this.add("error", at, message, details);
  }

  warning(at: number, message: string, details?: DiagnosticDetails): void {
    this.add("warning", at, message, details);
  }

  notice(at: number, message: string, details?: DiagnosticDetails): void {
    this.add("notice", at, message, details);
  }

  /** Whether the configuration must be refused. */
  get hasErrors(): boolean {
    return this.counts.error > 0;
  }

  /** Everything reported, in the order of the text; a last one says how much was left out. */
  finish(): readonly Diagnostic[] {
    const sorted = this.diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
    for (const severity of ["error", "warning", "notice"] as const) {
      const more = this.counts[severity] - DIAGNOSTICS_MAX;
      const last = sorted.findLast((diagnostic) => diagnostic.severity === severity);
      if (more <= 0 || last === undefined) continue;
      const message = `${more} more ${severity}${more === 1 ? " is" : "s are"} not shown`;
      sorted.push({ ...last, message, expected: undefined, related: undefined });
    }
    return sorted;
  }

  private add(severity: Severity, at: number, message: string, details: DiagnosticDetails = {}): void {
    this.counts[severity]++;
    if (this.counts[severity] > DIAGNOSTICS_MAX) return;
    const { expected, related } = details;
    this.diagnostics.push({
      ...this.source.place(at),
      severity,
      message,
      expected,
      related: related && { ...this.source.place(related.at), message: related.message },
    });
  }
}

/**
 * Formats one diagnostic for people: `file:line:column: severity: message`, the line, a caret under
 * the column, what was expected, and the other place in the same form.
 */
export function formatDiagnostic(diagnostic: Diagnostic, source: Source): string {
  const { expected, related } = diagnostic;
  let output = formatPlace(source, diagnostic, diagnostic.severity);
  if (expected !== undefined) output += `  expected: ${showText(expected)}\n`;
  if (related !== undefined) output += formatPlace(source, related, "note");
  return output;
}

function formatPlace(source: Source, place: RelatedPlace, label: string): string {
  const head = `${place.file}:${place.line}:${place.column}: ${label}: ${showText(place.message)}\n`;
  const line = source.line(place.line);
  return line.trim() === "" ? head : head + showLine(line, place.column);
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

/** Decodes UTF-8 where the octets are that, and replaces what a terminal could obey. */
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
