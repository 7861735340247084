// The entry to the configuration: text in, Config and diagnostics out. Pure: the shell reads the
// file (one octet a character, "latin1") and resolves host names. Never throws, whatever the text.

import type { HostNames } from "./cursor.ts";
import type { Config } from "./model.ts";
import { parse } from "./parser.ts";
import { resolve } from "./resolve.ts";
import { type Diagnostic, formatDiagnostic, Report, Source } from "./source.ts";

/** Longest text that is looked at. */
export const CONFIG_OCTETS_MAX = 64 * 1024 * 1024;

/** A configuration, undefined if there are errors, and everything there is to say about it. */
export interface LoadResult {
  readonly config: Config | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const NO_NAMES: HostNames = new Map();

/** Loads the text of `file`; `hostNames` has the addresses of the host names in it (see `namesIn`). */
export function loadConfig(file: string, text: string, hostNames: HostNames = NO_NAMES): LoadResult {
  const report = new Report(new Source(file, text.length > CONFIG_OCTETS_MAX ? "" : text));
  if (text.length > CONFIG_OCTETS_MAX) {
    report.error(0, `the file has ${text.length} octets`, { expected: `at most ${CONFIG_OCTETS_MAX}` });
    return { config: undefined, diagnostics: report.finish() };
  }
  const config = resolve(parse(report, hostNames), report);
  return { config: report.hasErrors ? undefined : config, diagnostics: report.finish() };
}

/** The host names in the text of `file` that stand where an address may; each once. */
export function namesIn(file: string, text: string): readonly string[] {
  if (text.length > CONFIG_OCTETS_MAX) return [];
  return parse(new Report(new Source(file, text)), NO_NAMES).names;
}

/** Formats diagnostics for people, each as `formatDiagnostic` does; `text` is the text that was loaded. Empty if there are none. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], text: string): string {
  const source = new Source("", text);
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, source)).join("");
}
