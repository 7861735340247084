// `npm run bench`, `bench:scale`, `bench:overload`, `bench:faults` and `compare`: makes the measured programs and the
// laboratory from the present sources, then runs a command of the laboratory (lab/cli.ts). Node 20 runs no TypeScript.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");

/** Runs a program that has to succeed; what it writes is seen where it fails. */
function run(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}lab: ${command} ${args.join(" ")} failed\n`);
  process.exit(1);
}

/** Whether nothing in src has changed since it was compiled. */
function isProductCompiled() {
  const compiled = join(ROOT, "dist", "cli", "main.js");
  if (!existsSync(compiled)) return false;
  const at = statSync(compiled).mtimeMs;
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true });
  return sources.every((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs < at);
}

if (!existsSync(join(ROOT, "node_modules", "typescript"))) run("sh", join("scripts", "prepare.sh"));
run(process.execPath, join("scripts", "build-native.mjs"));
if (!isProductCompiled()) run("npm", "run", "--silent", "build");
// Writes what has changed only: another run may be using the rest.
run(process.execPath, join("node_modules", "typescript", "bin", "tsc"), "-p", "lab");
// The compiled modules of src look for the addon beside themselves.
const native = join(ROOT, "lab", "build", "js", "native");
if (!existsSync(native)) symlinkSync(join("..", "..", "..", "native"), native);
const { main } = await import("./build/js/lab/cli.js");
process.exitCode = await main(process.argv.slice(2));
