// The entry to the configuration: text in, Config and diagnostics out. Pure: the shell reads the
// files (one octet a character, "latin1") and resolves host names. Never throws for any text.

import type { HostNames } from "./language/cursor.ts";
import { formatDiagnostic, summarizeNotices } from "./language/diagnostic-text.ts";
import { type FileReader, NO_FILES } from "./language/include.ts";
import { parse } from "./language/parser.ts";
import { CONFIG_OCTETS_MAX, type Diagnostic, Report, Source } from "./language/source.ts";
import type { Config } from "./model/model.ts";
import { resolve } from "./resolve/resolve.ts";

/** A configuration, undefined if there are errors, and everything there is to say about it. */
export interface LoadResult {
  readonly config: Config | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The texts that the diagnostics are about. */
  readonly source: Source;
}

/** What else a configuration may need. */
export interface LoadContext {
  /** The addresses of the host names in it (see `namesIn`). */
  readonly hostNames?: HostNames;
  /** Gives the files that it includes. */
  readonly readFile?: FileReader;
  /** Diagnostics of each severity that are kept; default: DIAGNOSTICS_MAX. */
  readonly diagnosticsMax?: number;
}

const NO_NAMES: HostNames = new Map();

/** Loads the text of `file`. */
export function loadConfig(file: string, text: string, context: LoadContext = {}): LoadResult {
  const { hostNames = NO_NAMES, readFile = NO_FILES } = context;
  const source = new Source(file, text.length > CONFIG_OCTETS_MAX ? "" : text);
  const report = new Report(source, context.diagnosticsMax);
  if (text.length > CONFIG_OCTETS_MAX) {
    report.error(0, `the file has ${text.length} octets`, { expected: `at most ${CONFIG_OCTETS_MAX}` });
    return { config: undefined, diagnostics: report.finish(), source };
  }
  const config = resolve(parse(report, hostNames, readFile), readFile, report);
  return { config: report.hasErrors ? undefined : config, diagnostics: report.finish(), source };
}

/** The host names in the text of `file`, and in the files that it includes, that stand where an address may; each once. */
export function namesIn(file: string, text: string, readFile = NO_FILES): readonly string[] {
  if (text.length > CONFIG_OCTETS_MAX) return [];
  return parse(new Report(new Source(file, text)), NO_NAMES, readFile).names;
}

/**
 * Formats diagnostics for people, each as `formatDiagnostic` does; `source` is the loaded text. Empty if there are
 * none.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], source: Source): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, source)).join("");
}

/** The same with a single line for all notices, which say what was done and ask for nothing. */
export function formatBriefly(diagnostics: readonly Diagnostic[], source: Source): string {
  const isNotice = ({ severity }: Diagnostic): boolean => severity === "notice";
  const others = diagnostics.filter((diagnostic) => !isNotice(diagnostic));
  return formatDiagnostics(others, source) + summarizeNotices(diagnostics.filter(isNotice));
}
