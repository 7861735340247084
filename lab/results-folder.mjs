// Where results go. lab/results has the figures of whole runs, which the documents quote: a run that was made
// shorter or smaller than usual never takes their place.

import { join, resolve } from "node:path";

const STORED = resolve(import.meta.dirname, "results");
/** Left alone by git. */
const PARTIAL = join(STORED, "partial");
/** Settings that leave a run whole. */
const HARMLESS = ["directory", "results", "against", "tolerance", "save-baseline", "first-offer"];

/** The folder for the results of a run: where `--results` says, else by whether it is whole. `given`: the flags' names. */
export function resultsFolder(results, given) {
  if (results !== undefined) return resolve(results);
  return given.every((name) => HARMLESS.includes(name)) ? STORED : PARTIAL;
}

/** The names of the flags among the words of a command line. */
export function flagsOf(words) {
  return words.filter((word) => word.startsWith("--")).map((word) => word.slice(2).replace(/=.*/, ""));
}
