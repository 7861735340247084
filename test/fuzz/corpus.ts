// Inputs that once reached new code, in test/fuzz/corpus: one a line, in base64, for each target.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Coverage } from "./coverage.ts";
import { ROOT } from "./root.ts";
import type { Target } from "./target.ts";

/** Octets of all inputs of a target: the repository stays small. */
const CORPUS_OCTETS_MAX = 24_000;

/** The inputs of a target. */
export function corpusOf(name: string): Uint8Array[] {
  const file = join(ROOT, "test/fuzz/corpus", `${name}.txt`);
  if (!existsSync(file)) return [];
  return readFileSync(file, "latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => new Uint8Array(Buffer.from(line, "base64")));
}

/** Of all these, the ones that are needed to reach what all reach, shortest first, as the text of a file. */
export function corpusText(target: Target, inputs: readonly Uint8Array[]): string {
  const coverage = new Coverage();
  for (const octets of target.seeds) target.run(octets);
  coverage.add(coverage.take());
  let room = CORPUS_OCTETS_MAX;
  const kept: string[] = [];
  for (const octets of [...inputs].sort((a, b) => a.length - b.length)) {
    target.run(octets);
    const reach = coverage.take();
    if (octets.length > room || !coverage.isNews(reach)) continue;
    coverage.add(reach);
    room -= octets.length;
    kept.push(Buffer.from(octets).toString("base64"));
  }
  coverage.close();
  return kept.map((line) => `${line}\n`).join("");
}
