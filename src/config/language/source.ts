// Places in a configuration's text, and messages about them.
//
// Everything after the lexer speaks of positions as offsets into the text (of several files: into all
// their texts, one after the other); file, line and column are made when a diagnostic is. The text
// holds one octet of the file per character (that is how the shell reads it), so columns count
// octets, as editors and compilers do.

import { DIAGNOSTICS_MAX } from "../../base/limits/config.ts";
import { lastAtMost } from "../../base/search.ts";
import type { Provenance } from "../model/provenance.ts";

/** Octets of all files of a configuration together. */
export const CONFIG_OCTETS_MAX = 64 * 1024 * 1024;

/** How bad it is: an error refuses the configuration, a warning is a likely mistake, a notice says what was done. */
export type Severity = "error" | "warning" | "notice";

/** Another place that a diagnostic is about, and why. */
export interface RelatedPosition extends Provenance {
  readonly message: string;
}

/** One thing to say about the configuration. */
export interface Diagnostic extends Provenance {
  readonly severity: Severity;
  readonly message: string;
  /** What would have been right here; undefined where the message says it all. */
  readonly expected: string | undefined;
  /** Whether the statement is accepted and does nothing. */
  readonly hasNoEffect: boolean;
  /** Whether ISC's dhcpd takes the statement otherwise, without a word. */
  readonly differsFromIsc: boolean;
  /** The other place involved: the range that overlaps, the first declaration. */
  readonly related: RelatedPosition | undefined;
  /** Where the file is included, nearest first; empty in the main file. */
  readonly includedFrom: readonly Provenance[];
}

/** One file of a configuration, with its lines. */
export class SourceFile {
  readonly file: string;
  readonly text: string;
  /** Position of its first character among the characters of all files. */
  readonly base: number;
  /** Position of the `include` that names it; -1 for the main file. */
  readonly includedAt: number;
  private readonly lineStarts: number[] = [0];

  constructor(file: string, text: string, base: number, includedAt: number) {
    this.file = file;
    this.text = text;
    this.base = base;
    this.includedAt = includedAt;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.lineStarts.push(at + 1);
  }

  /** Line number of a position, from 1. */
  lineOf(at: number): number {
    const { lineStarts } = this;
    return (
      Math.max(
        0,
        lastAtMost(lineStarts.length, (line) => lineStarts[line] ?? 0, at - this.base),
      ) + 1
    );
  }

  /** File, line and column of a position. */
  place(at: number): Provenance {
    const line = this.lineOf(at);
    return { file: this.file, line, column: at - this.base - (this.lineStarts[line - 1] ?? 0) + 1 };
  }

  /** A line without its end; empty outside the text. */
  line(number: number): string {
    const start = this.lineStarts[number - 1];
    if (start === undefined) return "";
    const end = (this.lineStarts[number] ?? this.text.length + 1) - 1;
    return this.text.slice(start, end).replace(/\r$/, "");
  }
}

/** The texts of a configuration: the main file, then each included one in the order of reading; positions count through all of them. */
export class Source {
  readonly main: SourceFile;
  private readonly files: SourceFile[];

  constructor(file: string, text: string) {
    this.main = new SourceFile(file, text, 0, -1);
    this.files = [this.main];
  }

  /** Name of the main file. */
  get file(): string {
    return this.main.file;
  }

  /** Files besides the main one. */
  get includes(): number {
    return this.files.length - 1;
  }

  /** Octets of all files together. */
  get size(): number {
    return this.files.reduce((sum, { text }) => sum + text.length, 0);
  }

  /** Adds the text of a file that is included at `includedAt`. */
  add(file: string, text: string, includedAt: number): SourceFile {
    const last = this.files.at(-1) ?? this.main;
    // One position between two files is the end of the first.
    const added = new SourceFile(file, text, last.base + last.text.length + 1, includedAt);
    this.files.push(added);
    return added;
  }

  /** The file that a position is in. */
  fileAt(at: number): SourceFile {
    const { files } = this;
    return files[lastAtMost(files.length, (file) => files[file]?.base ?? 0, at)] ?? this.main;
  }

  /** File, line and column of a position. */
  place(at: number): Provenance {
    return this.fileAt(at).place(at);
  }

  /** Line number of a position in its file, from 1. */
  lineOf(at: number): number {
    return this.fileAt(at).lineOf(at);
  }

  /** A line of a file (the main one if no other has that name) without its end; empty outside the text. */
  line(number: number, file = this.file): string {
    return (this.files.find((candidate) => candidate.file === file) ?? this.main).line(number);
  }

  /** The text at a position, at most `length` octets and to the end of its file. */
  textAt(at: number, length: number): string {
    const { text, base } = this.fileAt(at);
    return text.slice(at - base, at - base + length);
  }

  /** The way to a position: where its file is included, from the main file on, then the position itself. */
  route(at: number): readonly number[] {
    const route = [at];
    for (let next = this.fileAt(at); next.includedAt >= 0; next = this.fileAt(next.includedAt)) {
      route.unshift(next.includedAt);
    }
    return route;
  }
}

/** The parts of a diagnostic that are not always there. */
export interface DiagnosticDetails {
  readonly expected?: string;
  readonly hasNoEffect?: boolean;
  readonly differsFromIsc?: boolean;
  readonly related?: { readonly at: number; readonly message: string };
}

/** Collects diagnostics, by default at most DIAGNOSTICS_MAX of each severity. */
export class Report {
  readonly source: Source;
  private readonly most: number;
  private readonly entries: { readonly route: readonly number[]; readonly diagnostic: Diagnostic }[] = [];
  private readonly counts = { error: 0, warning: 0, notice: 0 };

  constructor(source: Source, most = DIAGNOSTICS_MAX) {
    this.source = source;
    this.most = most;
  }

  /** Reports an error; returns what a reader returns that gives up. */
  error(at: number, message: string, details?: DiagnosticDetails): undefined {
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

  /** Whether no more diagnostics of a severity are kept: the caller need not work out their text. */
  isFull(severity: Severity): boolean {
    return this.counts[severity] >= this.most;
  }

  /** Everything reported, in the order of the text; a last one says how much was left out. */
  finish(): readonly Diagnostic[] {
    const sorted = this.entries.toSorted((a, b) => compareRoutes(a.route, b.route)).map(({ diagnostic }) => diagnostic);
    for (const severity of ["error", "warning", "notice"] as const) {
      const more = this.counts[severity] - this.most;
      const last = sorted.findLast((diagnostic) => diagnostic.severity === severity);
      if (more <= 0 || last === undefined) continue;
      const message = `${more} more ${severity}${more === 1 ? " is" : "s are"} not shown`;
      sorted.push({ ...last, message, expected: undefined, related: undefined });
    }
    return sorted;
  }

  private add(severity: Severity, at: number, message: string, details: DiagnosticDetails = {}): void {
    this.counts[severity]++;
    if (this.counts[severity] > this.most) return;
    const { expected, hasNoEffect = false, differsFromIsc = false, related } = details;
    const { source } = this;
    const route = source.route(at);
    const diagnostic = {
      ...source.place(at),
      severity,
      message: shorten(message),
      expected: expected && shorten(expected),
      hasNoEffect,
      differsFromIsc,
      related: related && { ...source.place(related.at), message: shorten(related.message) },
      includedFrom: route
        .slice(0, -1)
        .map((include) => source.place(include))
        .reverse(),
    };
    this.entries.push({ route, diagnostic });
  }
}

/** Octets of a message: more than any has that quotes ordinary words of a configuration. */
const MESSAGE_OCTETS_MAX = 600;

/** A text without its middle if it quotes too much to read. */
function shorten(text: string): string {
  if (text.length <= MESSAGE_OCTETS_MAX) return text;
  return `${text.slice(0, MESSAGE_OCTETS_MAX / 2)}...${text.slice(-MESSAGE_OCTETS_MAX / 2)}`;
}

/** The order of reading: an included file counts where it is included. */
function compareRoutes(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
