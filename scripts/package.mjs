// npm run package: a Debian package of the programs built here, in ./anydhcpd_VERSION_ARCHITECTURE.deb, by Debian's own
// dpkg-deb. The same tree gives the same octets.
//
// Layout: the package in /usr/lib/anydhcpd with the runtime's node_modules, links in /usr/sbin, the unit, the manual
// pages (with a suffix of our own: ISC's packages have pages of the same names), /etc/dhcpd.conf as a conffile, documents
// and examples in /usr/share/doc/anydhcpd, which all texts of the package name in place of docs/ and etc/.

import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { BUILT } from "./built-programs.mjs";
import { ownLibraries } from "./program-libraries.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** Of sections of the manual. */
const SUFFIX = "anydhcpd";
const DOCUMENTS = "usr/share/doc/anydhcpd";
const INSTALLED = "usr/lib/anydhcpd";
/** Needed to build, not to run. */
const BUILD_ONLY = new Set(["node-addon-api", "node-gyp"]);
/** Of a package that is in dist: its licence stays. */
const NO_LICENCE = /^(?!licen[cs]e|package\.json$)/i;
/** Never loaded by a running server; licences of any form stay. */
const LEFT_OUT =
  /\.(?:[cm]?ts|map)$|^(?!licen[cs]e).*\.(?:md|markdown)$|^(?:test|tests|docs|benchmarks|example|examples|\.github)$/i;

const USAGE = `usage: npm run package -- [--bundle-node] [--out FOLDER] [--version TEXT] [--fast]

Makes a Debian package of what is built here, and writes its path.

  --bundle-node    Node.js goes into the package: for a Debian whose own is older than 20.19; the one that
                   runs this, which needs no libraries of its own, as those from nodejs.org
  --out FOLDER     where the package goes (default: here)
  --version TEXT   its version (default: package.json's; in a git clone with the time and the
                   hash of the last commit behind it, so that a later one is an upgrade)
  --fast           hardly compressed
`;
const values = readArguments();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (values.version !== undefined && !/^\d[\w.+~-]*$/.test(values.version))
  fail(`"${values.version}" is no version of a Debian package: it begins with a digit`, 2);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const commit = lastCommit();
const version = values.version ?? `${manifest.version}${commit === undefined ? "" : versionOf(commit)}`;

function readArguments() {
  const options = {
    "bundle-node": { type: "boolean", default: false },
    fast: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
    out: { type: "string", default: "." },
    version: { type: "string" },
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(`${error.message.split(". ")[0]} (see npm run package -- --help)`, 2);
  }
}

/** The last commit of a clone: its time in seconds and its hash; undefined where this is none, or git is not there. */
function lastCommit() {
  if (!existsSync(join(root, ".git"))) return undefined;
  // The clone may be another user's than root's.
  const words = ["-c", `safe.directory=${root}`, "log", "-1", "--format=%ct %H"];
  const { status, stdout } = spawnSync("git", words, { encoding: "utf8", cwd: root });
  if (status !== 0) return undefined;
  const [seconds, hash] = stdout.trim().split(" ");
  return { seconds, hash };
}

/** Behind the version of package.json: grows from commit to commit. */
function versionOf({ seconds, hash }) {
  const time = new Date(Number(seconds) * 1000).toISOString().replace(/\D/g, "").slice(0, 14);
  return `+git${time}.${hash.slice(0, 7)}`;
}

function run(command, ...args) {
  return execFileSync(command, args, { encoding: "utf8", cwd: root, stdio: ["ignore", "pipe", "inherit"] }).trim();
}

function fail(message, status = 1) {
  process.stderr.write(`npm run package: ${message}\n`);
  process.exit(status);
}

/** Where the package has an example or a document of the tree; undefined if it has none. */
function installedPath(path) {
  const [folder, ...rest] = path.split("/");
  if (!existsSync(join(root, path))) return undefined;
  if (folder === "etc") return `/${DOCUMENTS}/examples/${rest.join("/").replace(/^examples(?:\/|$)/, "")}`;
  return rest.length === 1 && /\.(?:md|json)$/.test(path) ? `/${DOCUMENTS}/${rest[0]}` : undefined;
}

/** A text with the paths of documents and examples as the package has them, and sections of manual pages by our suffix. */
function withInstalledPaths(text) {
  return text
    .replace(/(?<![\w/.-])(?:docs|etc)\/[\w./-]*[\w-]/g, (path) => installedPath(path) ?? path)
    .replace(/\bman:(dhcpd\.conf|dhcp-options|dhcpd\.leases)\((\d)\)/g, `man:$1($2${SUFFIX})`);
}

/** Copies a file of text that people read. */
function copyText(from, to) {
  writeFileSync(to, withInstalledPaths(readFileSync(from, "utf8")));
  chmodSync(to, lstatSync(from).mode);
}

/** Copies a package of node_modules and all that it needs, as `require` finds it from there. */
function copyDependency(name, from, seen, { isOptional = false, leftOut = LEFT_OUT } = {}) {
  const folder = findPackage(name, from);
  if (folder === undefined) {
    if (isOptional) return;
    fail(`${name} is not in node_modules. Run npm ci, then this again.`);
  }
  const place = folder.slice(root.length + 1);
  if (seen.has(place) || name.startsWith("@types/")) return;
  seen.add(place);
  cpSync(folder, join(stage, INSTALLED, place), {
    recursive: true,
    filter: (path) => path === folder || (basename(path) !== "node_modules" && !leftOut.test(basename(path))),
  });
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const needed of Object.keys(dependencies).sort()) copyDependency(needed, folder, seen, { leftOut });
}

/** The folder of a package, looked for as Node does from `from`. */
function findPackage(name, from) {
  for (const place of createRequire(join(from, "package.json")).resolve.paths(name) ?? []) {
    if (existsSync(join(place, name, "package.json"))) return realpathSync(join(place, name));
  }
  return undefined;
}

/** The newest symbol versions that our programs ask of the C and C++ libraries, as Debian's dependencies. */
function libraries() {
  const symbols = BUILT.map((name) => run("objdump", "-T", join(stage, INSTALLED, "native/build/Release", name)));
  const newest = (pattern) =>
    [...symbols.join("\n").matchAll(pattern)]
      .map(([, found]) => found)
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
      .at(-1);
  const gcc = run("gcc", "-dumpversion").split(".")[0];
  return [`libc6 (>= ${newest(/GLIBC_(2\.[0-9]+)/g)})`, `libgcc-s1 (>= 3.0)`, `libstdc++6 (>= ${gcc})`];
}

/** Rights as a package has them, under any umask. */
function settleRights(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) continue;
    if (entry.isDirectory()) settleRights(path);
    else chmodSync(path, (lstatSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
  chmodSync(folder, 0o755);
}

function installedKibibytes(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + installedKibibytes(path) + 4;
    return sum + Math.ceil(lstatSync(path).size / 1024);
  }, 0);
}

/** The Node.js that goes into the package: the one that runs this. */
function nodeToBundle() {
  const path = realpathSync(process.execPath);
  const libraries = ownLibraries(run("objdump", "-p", path));
  if (libraries.length > 0)
    fail(
      `${path} cannot go into the package: it needs ${libraries.join(", ")}, which other machines may not have. Debian's own ` +
        "Node.js is made so. Run this by a Node.js from nodejs.org, or leave out --bundle-node.",
    );
  return path;
}

if (!existsSync("/usr/bin/dpkg-deb")) fail("dpkg-deb is missing. It is part of Debian: run this there.");
if (!existsSync(join(root, "dist/cli/start.cjs")))
  fail("dist is missing. Run npm ci and npm run build, then this again.");
const bundledNode = values["bundle-node"] ? nodeToBundle() : undefined;
run(process.execPath, join(root, "scripts/build-native.mjs"));

const stage = mkdtempSync(join(tmpdir(), "anydhcpd-package-"));
process.once("exit", () => rmSync(stage, { recursive: true, force: true }));
const at = (...path) => {
  const place = join(stage, ...path);
  mkdirSync(dirname(place), { recursive: true });
  return place;
};

for (const folder of ["bin", "dist/cli", "dist/page/browser"])
  cpSync(join(root, folder), at(INSTALLED, folder), { recursive: true });
for (const name of BUILT) {
  const place = at(INSTALLED, "native/build/Release", name);
  copyFileSync(join(root, "native/build/Release", name), place);
  run("strip", "--strip-unneeded", "--remove-section=.comment", place);
}
const { name, description, license, type, engines } = manifest;
writeFileSync(
  at(INSTALLED, "package.json"),
  `${JSON.stringify({ name, version, description, license, type, engines }, undefined, 2)}\n`,
);
const seen = new Set();
for (const needed of Object.keys(manifest.optionalDependencies ?? {}).sort())
  copyDependency(needed, root, seen, { isOptional: true });
for (const needed of Object.keys(manifest.dependencies).sort())
  if (!BUILD_ONLY.has(needed)) copyDependency(needed, root, seen, { leftOut: NO_LICENCE });
if (bundledNode !== undefined) copyFileSync(bundledNode, at(INSTALLED, "node"));

for (const program of ["anydhcpd", "anydhcpctl"])
  symlinkSync(`../lib/anydhcpd/bin/${program}`, at("usr/sbin", program));
copyText(join(root, "etc/systemd/anydhcpd.service"), at("usr/lib/systemd/system/anydhcpd.service"));
copyText(join(root, "etc/names/anydhcpd-unbound.service"), at("usr/lib/systemd/system/anydhcpd-unbound.service"));
copyFileSync(join(root, "scripts/debian/dhcpd.conf"), at("etc/dhcpd.conf"));
for (const page of readdirSync(join(root, "docs/man")).sort()) {
  const section = page.slice(-1);
  const suffix = page.startsWith("anydhcp") ? "" : SUFFIX;
  const text = withInstalledPaths(readFileSync(join(root, "docs/man", page), "utf8"));
  writeFileSync(at(`usr/share/man/man${section}`, `${page}${suffix}.gz`), gzipSync(text, { level: 9 }));
}
copyFileSync(join(root, "LICENSE"), at(DOCUMENTS, "copyright"));
for (const file of ["README.md", "CHANGELOG.md", "SECURITY.md"]) copyText(join(root, file), at(DOCUMENTS, file));
for (const folder of ["docs", "etc"]) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = path.slice(root.length + 1);
    const place = entry.isFile() ? installedPath(name) : undefined;
    if (place === undefined) continue;
    copyText(path, at(place));
    // Units and configurations name the programs among the examples by this path.
    if ((lstatSync(path).mode & 0o100) !== 0) copyText(path, at(INSTALLED, name));
  }
}

for (const script of ["postinst", "prerm", "postrm"]) {
  copyFileSync(join(root, "scripts/debian", script), at("DEBIAN", script));
  chmodSync(at("DEBIAN", script), 0o755);
}
writeFileSync(at("DEBIAN/conffiles"), "/etc/dhcpd.conf\n");
const node = values["bundle-node"] ? [] : ["nodejs (>= 20.19)"];
const control = {
  Package: "anydhcpd",
  Version: version,
  Architecture: run("dpkg", "--print-architecture"),
  Maintainer: "The anydhcpd developers <anydhcpd@localhost>",
  "Installed-Size": installedKibibytes(stage),
  "Pre-Depends": "init-system-helpers (>= 1.54~)",
  Depends: [...libraries(), ...node, "passwd"].join(", "),
  Section: "net",
  Priority: "optional",
  Description: `${description.split(",")[0]}\n anydhcpd answers from ordinary UDP sockets: a firewall sees its messages, each reply has the\n source address that its query was sent to, and the process that reads messages has no privilege.`,
};
writeFileSync(
  at("DEBIAN/control"),
  Object.entries(control)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join(""),
);
settleRights(stage);

const out = resolve(values.out, `anydhcpd_${version}_${control.Architecture}.deb`);
mkdirSync(dirname(out), { recursive: true });
const epoch = process.env.SOURCE_DATE_EPOCH ?? commit?.seconds ?? "0";
const compression = values.fast ? ["-Zgzip", "-z1"] : ["-Zxz"];
execFileSync("dpkg-deb", [...compression, "--root-owner-group", "--build", stage, out], {
  env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
  stdio: ["ignore", "ignore", "inherit"],
});
process.stdout.write(`${out}\n`);
