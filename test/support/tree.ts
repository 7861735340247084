// Files of this repository, for tests of their text.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The top of the tree. */
export const ROOT = join(import.meta.dirname, "../..");

/** The text of a file; `path` from the top. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Paths of all files below a folder whose names have an ending, from the top. */
export function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name}`)
    .filter((path) => /\.[a-z0-9]+$/.test(path));
}
