// The boundary of the process that holds the kernel shield: shield/check.c, rule by rule, and its messages as
// src/backend/shield/protocol.ts has them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  KeyAction,
  Layout,
  limitRequest,
  SHIELD_VERSION,
  ShieldResult,
  ShieldTable,
  ShieldVerb,
} from "../../src/backend/shield/protocol.ts";
import { SHIELD_BATCH, SHIELD_RATE_MAX } from "../../src/base/limits/shield.ts";
import { DEFAULT_SHIELD_RATES } from "../../src/base/shield-rates.ts";

const path = (name: string): string => new URL(name, import.meta.url).pathname;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "anydhcpd-shield-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function compile(name: string, ...words: readonly string[]): void {
  execFileSync("cc", ["-std=c11", "-D_GNU_SOURCE", "-o", name, ...words], { cwd: directory });
}

describe("the checks of the kernel shield's process", () => {
  it("allow what keeps every rule and refuse what breaks one, and have no branch that the table does not take", () => {
    compile("table", "--coverage", path("shield-check-table.c"), path("../../shield/check.c"));
    const rows = execFileSync("sh", ["-c", "./table || true"], { cwd: directory, encoding: "utf8" });
    expect(rows.match(/^WRONG.*/gm) ?? []).toEqual([]);
    expect(rows.match(/^ok .*: refused$/gm)?.length).toBeGreaterThan(20);
    const options = { cwd: directory, encoding: "utf8" } as const;
    const text = execFileSync("gcov", ["--branch-probabilities", "table-check.gcda"], options);
    const [, of = ""] = /File '\S*\/shield\/check\.c'\n([\s\S]*?)\n\n/.exec(text) ?? [];
    expect(of).toMatch(/^Lines executed:100\.00% of \d+$/m);
    expect(of).toMatch(/^Taken at least once:100\.00% of \d+$/m);
  });
});

describe("the messages of the kernel shield's process", () => {
  it("are laid out alike on both sides", () => {
    compile("print", path("print-shield-layout.c"));
    const printed = execFileSync("sh", ["-c", "./print"], { cwd: directory, encoding: "utf8" });
    const groups = { verb: ShieldVerb, result: ShieldResult, table: ShieldTable, action: KeyAction, ...Layout };
    const ours = Object.entries(groups).flatMap(([group, values]) =>
      Object.entries(values).map(([name, value]) => `${group}.${name} ${value}`),
    );
    ours.push(`version ${SHIELD_VERSION}`, `batch ${SHIELD_BATCH}`);
    expect(printed.trim().split("\n").sort()).toEqual(ours.sort());
  });

  it("say a rate as the time between two, and a burst as so much of it", () => {
    const rates = {
      ...DEFAULT_SHIELD_RATES,
      hardwareAddress: { perSecond: 4, burst: 3 },
      newClient: { perSecond: SHIELD_RATE_MAX, burst: 1 },
      relay: { perSecond: 0, burst: 1 },
    };
    const words = new BigUint64Array(limitRequest(rates, 1).slice(Layout.limitRequest.limits).buffer);
    expect([...words]).toEqual([
      ...[250_000_000n, 500_000_000n],
      ...[50_000_000n, 4_950_000_000n],
      ...[0n, 0n],
      ...[1000n, 0n],
    ]);
  });
});
