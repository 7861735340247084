// npm run package: a Debian package of what is built here, in ./anydhcpd_VERSION_ARCHITECTURE.deb, by Debian's own
// dpkg-deb. The same tree gives the same octets.
//
//   --bundle-node    Node.js goes into the package: for a Debian whose own is older than 20.19
//   --out FOLDER     where the package goes; default: here
//   --version TEXT   another version than package.json's (tests of an upgrade)
//   --fast           hardly compressed (tests)
//
// Layout: the package in /usr/lib/anydhcpd with the runtime's node_modules, links in /usr/sbin, the unit, the manual
// pages (with a suffix of our own: ISC's packages have pages of the same names), /etc/dhcpd.conf as a conffile.

import { execFileSync } from "node:child_process";
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

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const INSTALLED = "usr/lib/anydhcpd";
/** Needed to build, not to run. */
const BUILD_ONLY = new Set(["node-addon-api", "node-gyp"]);
/** Never loaded by a running server; licences stay, whatever their form. */
const LEFT_OUT =
  /\.(?:[cm]?ts|map)$|^(?!licen[cs]e).*\.(?:md|markdown)$|^(?:test|tests|docs|benchmarks|example|examples|\.github)$/i;

const { values } = parseArgs({
  options: {
    "bundle-node": { type: "boolean", default: false },
    fast: { type: "boolean", default: false },
    out: { type: "string", default: "." },
    version: { type: "string" },
  },
});
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const version = values.version ?? manifest.version;

function run(command, ...args) {
  return execFileSync(command, args, { encoding: "utf8", cwd: root, stdio: ["ignore", "pipe", "inherit"] }).trim();
}

function fail(message) {
  process.stderr.write(`npm run package: ${message}\n`);
  process.exit(1);
}

/** Copies a folder without what is left out. */
function copy(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => path === from || !LEFT_OUT.test(basename(path)) });
}

/** Copies a package of node_modules and all that it needs, as `require` finds it from there. */
function copyDependency(name, from, seen, isOptional = false) {
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
    filter: (path) => path === folder || (basename(path) !== "node_modules" && !LEFT_OUT.test(basename(path))),
  });
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const needed of Object.keys(dependencies).sort()) copyDependency(needed, folder, seen);
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

/** Rights as a package has them, whatever the umask here. */
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

if (!existsSync("/usr/bin/dpkg-deb")) fail("dpkg-deb is missing. It is part of Debian: run this there.");
if (!existsSync(join(root, "dist/cli/start.cjs")))
  fail("dist is missing. Run npm ci and npm run build, then this again.");
run(process.execPath, join(root, "scripts/build-native.mjs"));

const stage = mkdtempSync(join(tmpdir(), "anydhcpd-package-"));
process.once("exit", () => rmSync(stage, { recursive: true, force: true }));
const at = (...path) => {
  const place = join(stage, ...path);
  mkdirSync(dirname(place), { recursive: true });
  return place;
};

copy(join(root, "bin"), at(INSTALLED, "bin"));
copy(join(root, "dist"), at(INSTALLED, "dist"));
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
for (const needed of Object.keys(manifest.dependencies).sort())
  if (!BUILD_ONLY.has(needed)) copyDependency(needed, root, seen);
for (const needed of Object.keys(manifest.optionalDependencies ?? {}).sort()) copyDependency(needed, root, seen, true);
if (values["bundle-node"]) copyFileSync(realpathSync(process.execPath), at(INSTALLED, "node"));

for (const program of ["anydhcpd", "anydhcpctl"])
  symlinkSync(`../lib/anydhcpd/bin/${program}`, at("usr/sbin", program));
copyFileSync(join(root, "etc/systemd/anydhcpd.service"), at("usr/lib/systemd/system/anydhcpd.service"));
copyFileSync(join(root, "etc/names/anydhcpd-unbound.service"), at("usr/lib/systemd/system/anydhcpd-unbound.service"));
copyFileSync(join(root, "etc/names/anydhcpd-unbound"), at(INSTALLED, "etc/names/anydhcpd-unbound"));
copyFileSync(join(root, "scripts/debian/dhcpd.conf"), at("etc/dhcpd.conf"));
for (const page of readdirSync(join(root, "docs/man")).sort()) {
  const section = page.slice(-1);
  const suffix = page.startsWith("anydhcp") ? "" : "anydhcpd";
  const text = readFileSync(join(root, "docs/man", page));
  writeFileSync(at(`usr/share/man/man${section}`, `${page}${suffix}.gz`), gzipSync(text, { level: 9 }));
}
const documents = "usr/share/doc/anydhcpd";
copyFileSync(join(root, "LICENSE"), at(documents, "copyright"));
for (const file of ["README.md", "CHANGELOG.md"]) copyFileSync(join(root, file), at(documents, file));
for (const entry of readdirSync(join(root, "etc")).sort())
  cpSync(join(root, "etc", entry), at(documents, "examples", entry), { recursive: true });

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
const isRepository = existsSync(join(root, ".git"));
const epoch = process.env.SOURCE_DATE_EPOCH ?? (isRepository ? run("git", "log", "-1", "--format=%ct") : "0");
const compression = values.fast ? ["-Zgzip", "-z1"] : ["-Zxz"];
execFileSync("dpkg-deb", [...compression, "--root-owner-group", "--build", stage, out], {
  env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
  stdio: ["ignore", "ignore", "inherit"],
});
process.stdout.write(`${out}\n`);
