// helper/check.c, the boundary between the daemon and the kernel: every rule by itself, and no branch without a row.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const TABLE = new URL("check-table.c", import.meta.url).pathname;
const CHECK = new URL("../../helper/check.c", import.meta.url).pathname;

let directory: string;
let rows: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "anydhcpd-table-"));
  execFileSync("cc", ["--coverage", "-std=c11", "-D_GNU_SOURCE", "-o", "table", TABLE, CHECK], { cwd: directory });
  rows = execFileSync("sh", ["-c", "./table || true"], { cwd: directory, encoding: "utf8" });
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("the helper's checks", () => {
  it("allow what keeps every rule and refuse what breaks one", () => {
    expect(rows.match(/^WRONG.*/gm) ?? []).toEqual([]);
    expect(rows.match(/^ok .*: refused$/gm)?.length).toBeGreaterThan(60);
  });

  it("have no branch that the table does not take", () => {
    const text = execFileSync("gcov", ["--branch-probabilities", "table-check.gcda"], {
      cwd: directory,
      encoding: "utf8",
    });
    const [, of = ""] = /File '\S*\/helper\/check\.c'\n([\s\S]*?)\n\n/.exec(text) ?? [];
    expect(of).toMatch(/^Lines executed:100\.00% of \d+$/m);
    expect(of).toMatch(/^Taken at least once:100\.00% of \d+$/m);
  });
});
