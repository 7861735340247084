// `npm run analyze`: gcc's -fanalyzer (C), clang --analyze and clang-tidy (C and C++) over launcher, helper and addon. The
// exit status is 0 if none of them finds anything; a tool that is missing is a failure. Which checks: .clang-tidy.

import { spawn } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const C_FOLDERS = ["c", "helper", "launcher", "script"];

function filesIn(folder, ending) {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

/** Options that the addon is compiled with, as far as they decide what its code means. */
function addonOptions() {
  const napi = dirname(createRequire(import.meta.url).resolve("node-addon-api/package.json"));
  const headers = resolve(dirname(realpathSync(process.execPath)), "../include/node");
  if (!existsSync(join(headers, "node_api.h")))
    throw new Error(`Node's headers are not in ${headers} (Debian: apt-get install libnode-dev)`);
  const defines = ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"];
  return ["-std=c++20", ...defines.map((name) => `-D${name}`), "-isystem", napi, "-isystem", headers];
}

/** Resolves with what a tool said, if that is anything to be mended. */
function findingsOf({ command, args }) {
  return new Promise((done) => {
    let text = "";
    const child = spawn(command, args, { cwd: ROOT });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.on("error", (error) => done(`${command}: ${error.message}: install it (Debian: gcc, clang, clang-tidy)\n`));
    child.on("close", (status) => done(status !== 0 || /\b(?:warning|error): /.test(text) ? text : ""));
  });
}

const c = ["-std=c11", "-D_GNU_SOURCE"];
const cxx = addonOptions();
const sources = [
  ...C_FOLDERS.flatMap((folder) => filesIn(folder, ".c")).map((file) => ({ file, options: c })),
  ...filesIn("native", ".cc").map((file) => ({ file, options: cxx })),
];
const jobs = sources.flatMap(({ file, options }) => [
  ...(options === c ? [{ command: "gcc", args: [...c, "-O1", "-fanalyzer", "-c", file, "-o", "/dev/null"] }] : []),
  { command: "clang", args: ["--analyze", "--analyzer-output", "text", ...options, file, "-o", "/dev/null"] },
  { command: "clang-tidy", args: ["--quiet", file, "--", ...options] },
]);

let found = 0;
let next = 0;
async function work() {
  while (next < jobs.length) {
    const job = jobs[next++];
    const text = await findingsOf(job);
    if (text === "") continue;
    found += 1;
    process.stdout.write(`${job.command} ${job.args.join(" ")}\n${text}\n`);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(`${sources.length} files, ${jobs.length} analyses: ${found} with findings`);
process.exitCode = found === 0 ? 0 : 1;
