// Statements of which there is one at most, and which the launcher has to find: it reads no included files.

import type { Report } from "../language/source.ts";
import type { Block, Parameter } from "../language/syntax.ts";
import type { Provenance } from "../model/provenance.ts";

const OF_LAUNCHER: ReadonlySet<string> = new Set([
  "event-script",
  "firewall-set",
  "hosts-file",
  "metrics",
  "status-page",
]);

/** Where the statements stand that the launcher acts on and may find in trouble, by their names: the first of each. */
export function launcherPlaces(blocks: readonly Block[], { source }: Report): ReadonlyMap<string, Provenance> {
  const places = new Map<string, Provenance>();
  for (const { parameters } of blocks)
    for (const { kind, at } of parameters)
      if (OF_LAUNCHER.has(kind) && !places.has(kind)) places.set(kind, source.place(at));
  return places;
}

/** The only statement of a kind at the top level; undefined if there is none. */
export function onlyOne<K extends Parameter["kind"]>(
  { parameters }: Block,
  kind: K,
  report: Report,
): Extract<Parameter, { kind: K }> | undefined {
  const isOfKind = (parameter: Parameter): parameter is Extract<Parameter, { kind: K }> => parameter.kind === kind;
  const [first, ...others] = parameters.filter(isOfKind);
  if (first === undefined) return undefined;
  const { source } = report;
  for (const other of others)
    report.error(other.at, `there is a second ${kind} statement`, {
      expected: "one for all of the configuration",
      related: { at: first.at, message: "the first one" },
    });
  if (source.place(first.at).file !== source.file)
    report.error(first.at, `${kind} stands in an included file`, {
      expected: `the statement in ${source.file} itself`,
    });
  return first;
}
