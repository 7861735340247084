// docs/ARCHITECTURE.md stays short, and the files that the pages name are there.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PAGES = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
/** Where a path of a page may start. */
const FOLDERS = [".", "src", "test", "lab"];

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("the pages about the code", () => {
  it("are led by one that is read in one sitting", () => {
    expect(read("docs/ARCHITECTURE.md").split("\n").length).toBeLessThanOrEqual(201);
  });

  it("are all named in ARCHITECTURE or CONTRIBUTING", () => {
    const named = read("docs/ARCHITECTURE.md") + read("docs/CONTRIBUTING.md");
    const others = PAGES.filter((page) => page !== "ARCHITECTURE.md" && page !== "CONTRIBUTING.md");
    expect(others.filter((page) => !named.includes(page))).toEqual([]);
  });

  it.each(PAGES)("name files that exist: %s", (page) => {
    const paths = [...read(`docs/${page}`).matchAll(/(?<![\w/.-])((?:[\w-]+\/)+[\w-]+\.(?:ts|cc|c|h))\b/g)]
      .map(([, path = ""]) => path)
      .filter((path) => !path.includes("NNNN"));
    const missing = paths.filter((path) => !FOLDERS.some((folder) => existsSync(join(ROOT, folder, path))));
    expect(missing).toEqual([]);
  });
});
