// docs/man/anydhcpctl.8 and the program name the same commands and the same flags.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const PAGE = read("docs/man/anydhcpctl.8");
const CONTROL = read("src/cli/ctl.ts");
const PROGRAM = CONTROL + read("src/cli/compare-command.ts");

const sorted = (found: Iterable<RegExpMatchArray>): string[] =>
  [...new Set([...found].map(([, word = ""]) => word))].sort();

describe("anydhcpctl(8)", () => {
  it("has an entry for each command and for no other", () => {
    expect(sorted(PAGE.matchAll(/^\.It Cm (\w+)/gm))).toEqual(sorted(CONTROL.matchAll(/^ {4}case "(\w+)":/gm)));
  });

  it("names each flag that the program takes, and no other", () => {
    const flags = PROGRAM.matchAll(/\b(\w+): \{ type: "(?:string|boolean)"/g);
    // Of the daemon's, mentioned.
    const named = sorted(PAGE.matchAll(/\bFl -(\w+)/g)).filter((flag) => flag !== "observe");
    expect(named).toEqual(sorted(flags));
  });

  it("shows commands only that there are", () => {
    const commands = sorted(CONTROL.matchAll(/^ {4}case "(\w+)":/gm));
    const [, examples = ""] = /^\.Sh EXAMPLES\n(.*?)^\.Sh /ms.exec(PAGE) ?? [];
    for (const [, command] of examples.matchAll(/^anydhcpctl (\w+)/gm)) expect(commands).toContain(command);
  });
});
