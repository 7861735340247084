// Where results go and how they are written: the figures as JSON, and the pages that are made of them. lab/results has the
// figures of whole runs, which the documents quote: a run that was made shorter or smaller than usual never takes their
// place.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { say, UsageError } from "./command.ts";
import { ROOT } from "./programs.ts";
import { benchCharts, benchMarkdown } from "./report/bench-page.ts";
import { clusterFaultsMarkdown } from "./report/cluster-faults-page.ts";
import { clusterMarkdown } from "./report/cluster-page.ts";
import { renderMarkdown } from "./report/comparison-markdown.ts";
import { renderPage } from "./report/comparison-page.ts";
import { firstOfferMarkdown } from "./report/first-offer-page.ts";
import { overloadMarkdown } from "./report/overload-page.ts";
import { scaleMarkdown } from "./report/scale-page.ts";
import { shieldMarkdown } from "./report/shield-page.ts";
import { starvationMarkdown } from "./report/starvation-page.ts";
import { type Kind, type Results, readResults } from "./results.ts";

const STORED = join(ROOT, "lab", "results");
/** Left alone by git. */
const PARTIAL = join(STORED, "partial");
/** The folder of the stored comparison. */
const COMPARISON = join(ROOT, "docs", "comparison");
/** Flags that leave a run whole. */
const HARMLESS = [
  "directory",
  "results",
  "output",
  "against",
  "tolerance",
  "save-baseline",
  "first-offer",
  "cluster",
  "shield",
  "starvation",
];

/** The pages of each kind of results, by the name of the file. */
const PAGES: Readonly<Record<Kind, (results: Results) => Readonly<Record<string, string>>>> = {
  bench: (results) => ({ "bench.md": benchMarkdown(results), ...benchCharts(results) }),
  "first-offer": (results) => ({ "first-offer.md": firstOfferMarkdown(results) }),
  scale: (results) => ({ "scale.md": scaleMarkdown(results) }),
  overload: (results) => ({ "overload.md": overloadMarkdown(results) }),
  shield: (results) => ({ "shield.md": shieldMarkdown(results) }),
  starvation: (results) => ({ "starvation.md": starvationMarkdown(results) }),
  cluster: (results) => ({ "cluster.md": clusterMarkdown(results) }),
  "cluster-faults": (results) => ({ "cluster-faults.md": clusterFaultsMarkdown(results) }),
  comparison: (results) => ({ "comparison.md": renderMarkdown(results), "comparison.html": renderPage(results) }),
};

/** Whether a run with these flags is whole: as long and as large as usual. */
export function isWhole(flags: readonly string[]): boolean {
  // The page about a cluster has a place for the other tree; a comparison keeps the parts that are not named.
  const needed: Readonly<Record<string, string>> = { beside: "cluster", parts: "keep", keep: "parts" };
  return flags.every((name) => {
    const other = needed[name];
    return HARMLESS.includes(name) || (other !== undefined && flags.includes(other));
  });
}

/** The names of the flags among the words of a command line. */
export function flagsOf(words: readonly string[]): readonly string[] {
  return words.filter((word) => word.startsWith("--")).map((word) => word.slice(2).replace(/=.*/, ""));
}

/**
 * The folder for the results of a run: the one that a flag names, else by whether the run is whole. Throws a UsageError
 * for the folder of stored figures where the run is not whole.
 */
export function resultsFolder(flag: string, named: string | undefined, flags: readonly string[]): string {
  if (named === undefined) return isWhole(flags) ? STORED : PARTIAL;
  const folder = resolve(named);
  if (!isWhole(flags) && [STORED, COMPARISON].includes(folder)) {
    throw new UsageError(`--${flag}: ${folder} has the figures of whole runs: name another folder for a shorter run`);
  }
  return folder;
}

/** Writes results and their pages; returns the paths of the files. */
export function writeResults(folder: string, results: Results): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const json = `${JSON.stringify(results, null, results.kind === "comparison" ? 1 : 2)}\n`;
  const files = { [`${results.kind}.json`]: json, ...PAGES[results.kind](results) };
  return Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}

/** Makes the pages of stored results anew from their figures, after the pages' text has changed. */
export function renderAgain(folder: string): void {
  for (const kind of Object.keys(PAGES)) {
    const file = join(folder, `${kind}.json`);
    if (!existsSync(file)) continue;
    for (const path of writeResults(folder, readResults(file))) say(path);
  }
}
