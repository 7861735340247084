// Part of `npm run build`: the programs of src/cli as few files in dist/cli, because Node reads a few large modules in
// half the time of hundreds of small ones. Modules that are loaded only where they are needed (`await import`) stay
// files of their own. Above each piece is a comment with the name of the module that it came from.

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const ROOT = resolve(import.meta.dirname, "..");
/** At the same depth as src/cli: the package's other files are found from there. */
const FOLDER = join(ROOT, "dist/cli");
/** Packages that an installation may do without. */
const OPTIONAL = ["@grpc/grpc-js", "prom-client"];

/** The files of these programs, by name. A warning is an error. */
async function bundle(programs, external, format, extension) {
  const build = await rolldown({
    input: Object.fromEntries(programs.map((file) => [file.replace(/\..*$/, ""), join(ROOT, "src/cli", file)])),
    cwd: ROOT,
    external,
    platform: "node",
    onLog(level, { message }) {
      if (level !== "debug") throw new Error(message);
    },
  });
  const { output } = await build.generate({
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `[name].${extension}`,
    comments: { legal: true, annotation: false, jsdoc: false },
    minify: false,
  });
  await build.close();
  return output.map(({ fileName, code }) => [fileName, inLatin1(code)]);
}

/** V8 keeps a source with one octet a character, or with two where a single character is not of Latin-1. */
function inLatin1(code) {
  return code.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const files = new Map([
  ...(await bundle(["main.ts", "ctl.ts"], OPTIONAL, "esm", "js")),
  ...(await bundle(["start.cts"], ["./main.js"], "cjs", "cjs")),
]);
mkdirSync(FOLDER, { recursive: true });
// A program that starts meanwhile finds each file whole.
for (const [name, code] of files) {
  const path = join(FOLDER, name);
  writeFileSync(`${path}.new`, code);
  renameSync(`${path}.new`, path);
}
for (const name of readdirSync(FOLDER)) if (!files.has(name)) rmSync(join(FOLDER, name));
