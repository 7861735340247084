// `npm run fuzz`: compiles the fuzzer with the sources as they are, then runs its command line. Node 20 runs no
// TypeScript.

import { spawnSync } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
if (!existsSync(join(ROOT, "node_modules", "typescript")))
  spawnSync("sh", [join("scripts", "prepare.sh")], { cwd: ROOT, stdio: "inherit" });
const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", "test/fuzz"], { cwd: ROOT, stdio: "inherit" });
if (status !== 0) process.exit(1);
// The addon is looked for beside the sources.
const native = join(import.meta.dirname, "build/js/native");
if (!existsSync(native)) symlinkSync(join(ROOT, "native"), native);
const { main } = await import("./build/js/test/fuzz/main.js");
process.exitCode = main(process.argv.slice(2));
