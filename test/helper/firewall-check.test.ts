// The firewall process's boundary: firewall/check.c, rule by rule, and its messages as src/firewall/protocol.ts has them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIREWALL_BATCH, FIREWALL_NAME_OCTETS_MAX, FIREWALL_SETS_MAX } from "../../src/base/limits/firewall.ts";
import {
  ElementAction,
  FIREWALL_VERSION,
  FirewallVerb,
  Layout,
  NEVER_ENDS,
  SetKey,
  SetResult,
} from "../../src/firewall/protocol.ts";

const TABLE = new URL("firewall-check-table.c", import.meta.url).pathname;
const CHECK = new URL("../../firewall/check.c", import.meta.url).pathname;
const PRINT = new URL("print-firewall-layout.c", import.meta.url).pathname;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "anydhcpd-firewall-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function compile(name: string, ...words: readonly string[]): void {
  execFileSync("cc", ["-std=c11", "-D_GNU_SOURCE", "-o", name, ...words], { cwd: directory });
}

describe("the firewall process's checks", () => {
  it("allow what keeps every rule and refuse what breaks one, and have no branch that the table does not take", () => {
    compile("table", "--coverage", TABLE, CHECK);
    const rows = execFileSync("sh", ["-c", "./table || true"], { cwd: directory, encoding: "utf8" });
    expect(rows.match(/^WRONG.*/gm) ?? []).toEqual([]);
    expect(rows.match(/^ok .*: refused$/gm)?.length).toBeGreaterThan(20);
    const options = { cwd: directory, encoding: "utf8" } as const;
    const text = execFileSync("gcov", ["--branch-probabilities", "table-check.gcda"], options);
    const [, of = ""] = /File '\S*\/firewall\/check\.c'\n([\s\S]*?)\n\n/.exec(text) ?? [];
    expect(of).toMatch(/^Lines executed:100\.00% of \d+$/m);
    expect(of).toMatch(/^Taken at least once:100\.00% of \d+$/m);
  });
});

describe("the messages of the firewall process", () => {
  it("are laid out alike on both sides", () => {
    compile("print", PRINT);
    const printed = execFileSync("sh", ["-c", "./print"], { cwd: directory, encoding: "utf8" });
    const { unanswered, ...results } = SetResult;
    expect(Object.values(results)).not.toContain(unanswered);
    const groups = { verb: FirewallVerb, action: ElementAction, result: results, key: SetKey, ...Layout };
    const ours = Object.entries(groups).flatMap(([group, values]) =>
      Object.entries(values).map(([name, value]) => `${group}.${name} ${value}`),
    );
    const single = { version: FIREWALL_VERSION, batch: FIREWALL_BATCH, setsMax: FIREWALL_SETS_MAX, never: NEVER_ENDS };
    ours.push(...Object.entries({ ...single, nameOctets: FIREWALL_NAME_OCTETS_MAX + 1 }).map((pair) => pair.join(" ")));
    expect(printed.trim().split("\n").sort()).toEqual(ours.sort());
  });
});
