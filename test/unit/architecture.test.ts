// docs/ARCHITECTURE.md stays short, and the files that the pages name are there.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PAGES = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
/** Where a path of a page may start. */
const FOLDERS = [".", "src", "test", "test/unit", "lab"];

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

function pathsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w/.-])((?:[\w-]+\/)+[\w-]+\.(?:ts|cc|c|h))\b/g)]
    .map(([, path = ""]) => path)
    .filter((path) => !path.includes("NNNN"));
}

function exists(path: string): boolean {
  return FOLDERS.some((folder) => existsSync(join(ROOT, folder, path)));
}

describe("the pages about the code", () => {
  it("are led by one that is read in one sitting", () => {
    expect(read("docs/ARCHITECTURE.md").split("\n").length).toBeLessThanOrEqual(201);
  });

  it("are all named in ARCHITECTURE or CONTRIBUTING", () => {
    const named = read("docs/ARCHITECTURE.md") + read("docs/CONTRIBUTING.md");
    const others = PAGES.filter((page) => page !== "ARCHITECTURE.md" && page !== "CONTRIBUTING.md");
    expect(others.filter((page) => !named.includes(page))).toEqual([]);
  });

  it("are named rightly in the comments of the code", () => {
    const missing = ["src", "native", "helper", "launcher", "script", "c", "test"].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|c|cc|h)$/.test(name) && !/(^|\/)build\//.test(name))
        .flatMap((name) => {
          const comments = read(join(folder, name)).match(/^\s*(?:\/\/|\/?\*).*$/gm) ?? [];
          return pathsIn(comments.join("\n"))
            .filter((path) => path.endsWith(".ts") && !exists(path) && !path.startsWith("src/testing"))
            .map((path) => `${folder}/${name}: ${path}`);
        }),
    );
    expect(missing).toEqual([]);
  });

  it.each(PAGES)("name files that exist: %s", (page) => {
    expect(pathsIn(read(`docs/${page}`)).filter((path) => !exists(path))).toEqual([]);
  });
});
