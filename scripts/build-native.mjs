// Builds native/ (the addon), the launcher and the helper; npm runs it as the package's install script.
//
// Guarantees: nothing is fetched when Node's headers are installed beside Node, even if npm's own configuration
// differs; nothing is built again while the sources are the same, under any Node (Node-API and libuv keep their binary
// interface from version to version); one line on success, all output of the tools on failure, with the parts that are
// probably missing. ANYDHCPD_REBUILD=1 builds in any case.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BUILT, SOURCE_FOLDERS } from "./built-programs.mjs";

const script = fileURLToPath(import.meta.url);
const root = resolve(dirname(script), "..");
const native = join(root, "native");
const built = join(native, "build", "Release");
const stamp = join(native, "build", "built-from");
const require = createRequire(import.meta.url);

/** What the objects were made for; another one makes all of them useless. */
function toolchain(napi) {
  return `${process.arch} node-addon-api ${JSON.parse(readFileSync(join(napi, "package.json"), "utf8")).version}`;
}

/** A hash of everything we compile. */
function sourceHash() {
  const hash = createHash("sha256").update(readFileSync(script));
  for (const folder of SOURCE_FOLDERS) {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (!/\.(c|cc|h|gyp)$/.test(name)) continue;
      hash.update(`\n${folder}/${name}\n`).update(readFileSync(join(root, folder, name)));
    }
  }
  return hash.digest("hex");
}

/** The stamp of the last successful build: its toolchain and its sources. */
function readStamp() {
  return existsSync(stamp) ? readFileSync(stamp, "utf8").split("\n") : [];
}

function isUpToDate(wanted) {
  return (
    process.env.ANYDHCPD_REBUILD !== "1" &&
    readStamp().join("\n") === wanted.join("\n") &&
    BUILT.every((name) => existsSync(join(built, name)))
  );
}

/** The prefix under which this Node's own headers lie, or undefined. */
function headerPrefix() {
  const prefix = resolve(dirname(realpathSync(process.execPath)), "..");
  return existsSync(join(prefix, "include", "node", "node.h")) ? prefix : undefined;
}

/**
 * The environment for node-gyp. With headers at hand npm's configuration is left out: node-gyp
 * prefers npm_config_nodedir, npm_config_disturl and the like to its own command line.
 */
function environment(headersAreLocal) {
  const result = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (headersAreLocal && /^npm_(config|package_config)_/i.test(name)) continue;
    result[name] = value;
  }
  // All errors in one run, and the addon even where the launcher or the helper fails.
  result.MAKEFLAGS = `${process.env.MAKEFLAGS ?? ""} --keep-going`;
  return result;
}

function isRunnable(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/** Sentences for a user whose build failed. */
function likelyReasons(prefix) {
  const reasons = [];
  for (const [command, debian] of [
    [process.env.CXX ?? "g++", "g++"],
    [process.env.CC ?? "cc", "gcc"],
    ["make", "make"],
    [process.env.PYTHON ?? "python3", "python3"],
  ]) {
    if (!isRunnable(command))
      reasons.push(`${command} is not found or does not run (Debian: apt-get install ${debian})`);
  }
  if (prefix === undefined) {
    reasons.push(
      `Node's headers are not installed beside ${process.execPath} (Debian: apt-get install libnode-dev), so node-gyp tried to fetch them`,
    );
  }
  return reasons;
}

/** Runs this script again under a lock, so that builds started at once wait for each other; undefined without flock(1). */
function runLocked() {
  const run = spawnSync("flock", [script, process.execPath, script], {
    stdio: "inherit",
    env: { ...process.env, ANYDHCPD_BUILD_LOCKED: "1" },
  });
  return run.error === undefined ? (run.status ?? 1) : undefined;
}

/** Runs one node-gyp command; false and everything it said on failure. */
function runNodeGyp(command, prefix, napi) {
  const run = spawnSync(
    process.execPath,
    [
      require.resolve("node-gyp/bin/node-gyp.js"),
      command,
      ...["-C", native],
      ...["--jobs", "max"],
      ...(prefix === undefined ? [] : [`--nodedir=${prefix}`]),
      ...(command === "build" ? [] : ["--", `-Dnapi_include=${relative(join(native, "build"), napi)}`]),
    ],
    { cwd: root, env: environment(prefix !== undefined), encoding: "utf8", maxBuffer: 64 << 20 },
  );
  if (run.status === 0) return true;
  process.stderr.write(`${run.stdout ?? ""}${run.stderr ?? ""}`);
  console.error(`\nanydhcpd: cannot build native/${run.error ? `: ${run.error.message}` : ""}`);
  for (const reason of likelyReasons(prefix)) console.error(`  ${reason}`);
  return false;
}

function main() {
  const napi = dirname(require.resolve("node-addon-api/package.json"));
  const wanted = [toolchain(napi), sourceHash()];
  if (isUpToDate(wanted)) return 0;
  const status = process.env.ANYDHCPD_BUILD_LOCKED === "1" ? undefined : runLocked();
  if (status !== undefined) return status;

  const prefix = headerPrefix();
  if (prefix === undefined) console.log("anydhcpd: Node's headers are not installed beside it; node-gyp fetches them");
  // If only sources have changed, the old programs stay in use until their successors are there.
  const isIncremental = process.env.ANYDHCPD_REBUILD !== "1" && readStamp()[0] === wanted[0];
  const commands = isIncremental ? ["configure", "build"] : ["rebuild"];
  if (!commands.every((command) => runNodeGyp(command, prefix, napi))) return 1;
  writeFileSync(stamp, wanted.join("\n"));
  console.log("anydhcpd: built the addon and the programs beside it in native/build/Release");
  return 0;
}

process.exitCode = main();
