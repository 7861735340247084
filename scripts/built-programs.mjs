// The programs that native/binding.gyp builds, read from that file, so that scripts that ship them or look for changes
// leave none out.

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = join(resolve(dirname(fileURLToPath(import.meta.url)), ".."), "native/binding.gyp");
const text = readFileSync(FILE, "utf8").replace(/^\s*#.*$/gm, "");

/** The files in native/build/Release: the addon and the programs beside it. */
export const BUILT = text
  .split('"target_name"')
  .slice(1)
  .map((target) => {
    const name = /^\s*:\s*"([^"]+)"/.exec(target)?.[1];
    return /"type"\s*:\s*"executable"/.test(target) ? name : `${name}.node`;
  });

/** The folders of the package that sources are in. */
export const SOURCE_FOLDERS = [
  "native",
  ...new Set([...text.matchAll(/\.\.\/([a-z]+)\/\*\.c/g)].map(([, name]) => name)),
];
