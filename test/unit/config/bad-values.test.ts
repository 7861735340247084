// Every statement and every type of option value has a case in diagnostics/*.txt (or, with files, in
// include.test.ts) in which a bad one is an error, word for word.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tokenize } from "../../../src/config/language/lexer.ts";
import { STATEMENT_WORDS } from "../../../src/config/language/recovery.ts";
import { Report, Source } from "../../../src/config/language/source.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { findExtent, findExtents } from "../../../src/import/statement-extents.ts";
import { optionByName, SETTABLE_OPTIONS } from "../../../src/wire/options/option-code.ts";

const FOLDER = join(import.meta.dirname, "diagnostics");

/** The statements, from their first word on, that an error of some case is in. */
function refusedStatements(): string[] {
  const refused: string[] = [];
  for (const name of readdirSync(FOLDER)) {
    const cases = readFileSync(join(FOLDER, name), "latin1")
      .split(/^>>>\n/m)
      .slice(1);
    for (const text of cases.map((part) => part.split(/^<<<\n/m)[0] ?? "")) refused.push(...refusedIn(text));
  }
  return refused;
}

function refusedIn(text: string): string[] {
  const extents = findExtents(tokenize(new Report(new Source("dhcpd.conf", text))));
  const lines = text.split("\n");
  return loadConfig("dhcpd.conf", text)
    .diagnostics.filter(
      ({ severity, message }) => severity === "error" && !/is not allowed|there is no option /.test(message),
    )
    .flatMap(({ line, column }) => {
      const at = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
      const extent = findExtent(extents, at);
      return extent === undefined ? [] : [text.slice(extent.start, extent.end)];
    });
}

const refused = refusedStatements();

/** Formats of the registry, each with an option that has it. */
const formats = new Map(SETTABLE_OPTIONS.map(({ format, name }) => [format, name]));

describe("a bad value", () => {
  it.each(STATEMENT_WORDS)("of %s is an error with a text that is kept", (word) => {
    const found = refused.filter((statement) => new RegExp(`^${word}(?![\\w-])`, "i").test(statement));
    expect(found).not.toEqual([]);
  });

  it.each([...formats].map(([format, name]) => ({ format, name })))(
    "of an option like $name ($format) is an error with a text that is kept",
    ({ format }) => {
      const found = refused.filter((statement) => {
        const [, name = ""] = /^option\s+([\w-]+)\s/i.exec(statement) ?? [];
        return optionByName(name)?.format === format;
      });
      expect(found).not.toEqual([]);
    },
  );

  it.each([
    "ip-address",
    "boolean",
    "integer",
    "unsigned",
    "text",
    "string",
    "domain-list",
    "array",
    "encapsulate",
    "{",
  ])("of a type with %s is an error with a text that is kept", (type) => {
    const found = refused.filter((statement) => {
      const [, definition = ""] = /^option\s+[\w.-]+\s+code\s+\S+\s*=(.*)/is.exec(statement) ?? [];
      return definition.includes(type);
    });
    expect(found).not.toEqual([]);
  });
});
