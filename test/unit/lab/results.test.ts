// Stored results: every reader takes them by their schema, and says which file and what in it is wrong.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBaseline, readResults } from "../../../lab/results.ts";
import { flagsOf, renderAgain, resultsFolder, writeResults } from "../../../lab/writer.ts";
import { SAMPLE } from "../../support/comparison-sample.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const STORED = join(ROOT, "lab/results");
const COMPARISON = join(ROOT, "docs/comparison");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "results-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function stored(text: string): string {
  const file = join(folder, "results.json");
  writeFileSync(file, text);
  return file;
}

describe("results", () => {
  it("are read as they were written", () => {
    const [file = ""] = writeResults(folder, SAMPLE);
    expect(readResults(file)).toEqual(SAMPLE);
  });

  it("are refused with the file and the path of what is wrong", () => {
    const { machine } = SAMPLE;
    const file = stored(JSON.stringify({ ...SAMPLE, machine: { ...machine, cores: "two" } }));
    expect(() => readResults(file)).toThrow(`${file}: machine.cores: Invalid input: expected number`);
    expect(() => readResults(stored("{"))).toThrow(`${file}: Expected property name`);
    expect(() => readResults(stored("{}"))).toThrow(`${file}: format: `);
  });

  it.each(["bench", "first-offer", "overload", "scale", "shield"])(
    "of %s in the tree are what the schema says",
    (name) => {
      expect(readResults(join(STORED, `${name}.json`)).kind).toBe(name);
    },
  );

  it("of the comparison in the tree are, too", () => {
    expect(readResults(join(COMPARISON, "comparison.json")).kind).toBe("comparison");
  });

  it("give their pages again", () => {
    writeResults(folder, SAMPLE);
    for (const name of ["comparison.md", "comparison.html"]) rmSync(join(folder, name));
    renderAgain(folder);
    expect(readdirSync(folder).sort()).toEqual(["comparison.html", "comparison.json", "comparison.md"]);
  });
});

describe("a baseline", () => {
  it("in the tree is what the schema says", () => {
    expect(Object.keys(readBaseline(join(STORED, "baseline.json")).ratios).length).toBeGreaterThan(10);
  });

  it("is refused where it is none", () => {
    const about = { date: "2026-01-01", machine: "a machine", version: "1" };
    expect(() => readBaseline(stored(JSON.stringify(about)))).toThrow("ratios: ");
    expect(() => readBaseline(stored(JSON.stringify({ ...about, ratios: { x: "much" } })))).toThrow("ratios.x: ");
    expect(() => readBaseline(stored(JSON.stringify({ ...about, ratios: { x: 0 } })))).toThrow("ratios.x: ");
  });
});

describe("the folder of a run's results", () => {
  it("is the stored figures' only where the run is whole", () => {
    expect(resultsFolder("results", undefined, flagsOf(["--directory=/disk", "--against"]))).toBe(STORED);
    expect(resultsFolder("results", undefined, flagsOf(["--quick"]))).toBe(join(STORED, "partial"));
    expect(resultsFolder("results", undefined, flagsOf(["--cluster", "--beside", "/tree"]))).toBe(STORED);
    expect(resultsFolder("results", undefined, flagsOf(["--beside", "/tree"]))).toBe(join(STORED, "partial"));
    expect(resultsFolder("output", COMPARISON, flagsOf(["--parts=drops", "--keep"]))).toBe(COMPARISON);
    expect(resultsFolder("output", "/tmp/x", flagsOf(["--quick"]))).toBe("/tmp/x");
  });

  it("is refused where a short run would take the place of stored figures", () => {
    for (const kept of [STORED, COMPARISON]) {
      for (const words of [["--rounds=1"], ["--parts=drops"], ["--keep"], ["--parts=drops", "--keep", "--quick"]]) {
        expect(() => resultsFolder("output", kept, flagsOf(words))).toThrow(/^--output: .* whole runs/);
      }
      expect(resultsFolder("output", kept, flagsOf(["--output", kept]))).toBe(kept);
    }
  });
});
