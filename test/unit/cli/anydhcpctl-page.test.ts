// docs/man/anydhcpctl.8, the help and the program name the same commands and the same flags.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS, USAGE } from "../../../src/cli/commands.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const PAGE = read("docs/man/anydhcpctl.8");
const names = [...COMMANDS.keys()].sort();

const sorted = (found: Iterable<RegExpMatchArray>): string[] =>
  [...new Set([...found].map(([, word = ""]) => word))].sort();

/** The part of the page about one command, with its line of the synopsis. */
function entryOf(name: string): string {
  const [, synopsis = ""] = new RegExp(`^\\.Nm\\n\\.Cm ${name}\\n(.*?)^\\.(?:Nm|Sh)`, "ms").exec(PAGE) ?? [];
  const [, entry = ""] = new RegExp(`^\\.It Cm ${name}\\b(.*?)^\\.(?:It Cm|Sh) `, "ms").exec(PAGE) ?? [];
  return synopsis + entry;
}

describe("anydhcpctl(8)", () => {
  it("has an entry for each command and for no other, as the help has [U16]", () => {
    expect(sorted(PAGE.matchAll(/^\.It Cm (\w+)/gm))).toEqual(names);
    expect(sorted(USAGE.matchAll(/^ {2}(\w+) /gm))).toEqual(names);
  });

  it.each(names)("names each flag that %s takes, and no other, as its help does [U16]", (name) => {
    const usage = COMMANDS.get(name)?.usage ?? "";
    const helped = sorted(usage.matchAll(/--([a-z][a-z-]*)/g)).filter((flag) => flag !== "help");
    // Each is in the synopsis of the help, or is the long form of one that is.
    const inPage = sorted(entryOf(name).matchAll(/\bFl -([a-z][a-z-]*)/g)).filter(
      (flag) => flag !== "help" && flag !== "observe",
    );
    const shared = name === "status" || name === "reload" ? ["control"] : [];
    expect([...new Set([...inPage, ...shared])].sort()).toEqual(helped);
  });

  it("names in its help each flag that the program takes [U16]", () => {
    const sources = readdirSync(join(ROOT, "src/cli")).filter((name) =>
      /-command\.ts$|^commands\.ts$|^control-client\.ts$/.test(name),
    );
    const taken = sources.flatMap((name) => [
      ...read(`src/cli/${name}`).matchAll(/([\w-]+)"?: (?:\{ type: "(?:string|boolean)"|FLAG\b)/g),
    ]);
    const helped = [...COMMANDS.values()].flatMap(({ usage }) => [...usage.matchAll(/--([a-z][a-z-]*)/g)]);
    expect(sorted(helped).filter((flag) => flag !== "help")).toEqual(sorted(taken));
  });

  it("shows commands only that there are", () => {
    const [, examples = ""] = /^\.Sh EXAMPLES\n(.*?)^\.Sh /ms.exec(PAGE) ?? [];
    const shown = [...examples.matchAll(/^anydhcpctl (\w+)/gm)].map(([, command]) => command);
    expect(shown.length).toBeGreaterThan(4);
    for (const command of shown) expect(names).toContain(command);
  });
});
