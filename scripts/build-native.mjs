// Builds native/ (the addon and the privileged helper); npm runs it as the package's install script.
//
// Guarantees: nothing is fetched when Node's headers are installed beside Node, whatever npm's own
// configuration says; nothing is built again when neither sources nor Node have changed; silent but
// for one line on success, everything the tools said on failure, with what is probably missing.
// ANYDHCPD_REBUILD=1 builds in any case.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const native = join(root, "native");
const built = join(native, "build", "Release");
const stamp = join(native, "build", "sources.sha256");
const require = createRequire(import.meta.url);

/** Files whose content decides whether a build is out of date. */
function sources() {
  const list = [fileURLToPath(import.meta.url)];
  for (const folder of ["native", "helper"]) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (/\.(c|cc|h|gyp)$/.test(name)) list.push(join(root, folder, name));
    }
  }
  return list;
}

/** Changes whenever a rebuild is due. */
function fingerprint(napi) {
  const hash = createHash("sha256");
  hash.update(`${process.version} ${process.arch} ${readFileSync(join(napi, "package.json"), "utf8")}\n`);
  for (const file of sources())
    hash
      .update(`${relative(root, file)}\n`)
      .update(readFileSync(file))
      .update("\n");
  return hash.digest("hex");
}

function isUpToDate(wanted) {
  const helperWanted = existsSync(join(root, "helper", "main.c"));
  return (
    process.env.ANYDHCPD_REBUILD !== "1" &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === wanted &&
    existsSync(join(built, "anydhcpd.node")) &&
    (!helperWanted || existsSync(join(built, "anydhcpd-helper")))
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
  // All errors in one run, and the addon even where the helper fails.
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

function main() {
  const nodeGyp = require.resolve("node-gyp/bin/node-gyp.js");
  const napi = dirname(require.resolve("node-addon-api/package.json"));
  const wanted = fingerprint(napi);
  if (isUpToDate(wanted)) return 0;

  const prefix = headerPrefix();
  if (prefix === undefined) console.log("anydhcpd: Node's headers are not installed beside it; node-gyp fetches them");
  const run = spawnSync(
    process.execPath,
    [
      nodeGyp,
      "rebuild",
      ...["-C", native],
      ...["--jobs", "max"],
      ...(prefix === undefined ? [] : [`--nodedir=${prefix}`]),
      "--",
      `-Dnapi_include=${relative(join(native, "build"), napi)}`,
    ],
    { cwd: root, env: environment(prefix !== undefined), encoding: "utf8", maxBuffer: 64 << 20 },
  );
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout ?? ""}${run.stderr ?? ""}`);
    console.error(`\nanydhcpd: cannot build native/${run.error ? `: ${run.error.message}` : ""}`);
    for (const reason of likelyReasons(prefix)) console.error(`  ${reason}`);
    return 1;
  }
  writeFileSync(stamp, wanted);
  console.log("anydhcpd: built native/build/Release/anydhcpd.node");
  return 0;
}

process.exitCode = main();
