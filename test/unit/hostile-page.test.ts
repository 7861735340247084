// docs/hostile-input.md: every case has a row, and every test that a row names is there.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/hostile-input.md"), "utf8");
const CASES = 40;

const rows = PAGE.split("\n").filter((line) => line.startsWith("| "));
const named = rows.flatMap((row) =>
  [...row.matchAll(/([a-z0-9/-]+) "([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title })),
);

describe("docs/hostile-input.md", () => {
  it("has a row for each of the cases, with a test in it", () => {
    for (let number = 1; number <= CASES; number++) {
      const row = rows.find((line) => line.startsWith(`| ${number} |`)) ?? "";
      expect(/[a-z0-9/-]+ "[^"]+"/.test(row), `case ${number}`).toBe(true);
    }
  });

  it.each(named)("names a test of $file: $title", ({ file, title }) => {
    const path = join(ROOT, "test", `${file}.test.ts`);
    expect(existsSync(path) && readFileSync(path, "utf8").includes(title)).toBe(true);
  });
});
