// Tools from Debian's packages, unpacked (never installed) into .cache/debian for tests that need the real thing:
// clients, relays, firewalls, readers of the lease file. A tool that is not available is `undefined`, and the test that
// needs it is skipped by name.

import { execFile } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL("../../.cache/debian", import.meta.url));
const UNPACK = fileURLToPath(new URL("debian-unpack.sh", import.meta.url));
const UNPACK_SOURCE = fileURLToPath(new URL("debian-source.sh", import.meta.url));
/** Fetching lists and packages over a slow line; after this the tool counts as not available. */
const FETCH_DEADLINE_MS = 90_000;

const tools = new Map<string, Promise<string | undefined>>();

/**
 * Returns the path of an executable of a Debian package: `debianTool("nftables", "usr/sbin/nft")`.
 * The system's own copy is used where it is installed; else the package is unpacked, and the path
 * is that of a wrapper which finds the shared libraries beside it. `undefined` if it is not available.
 */
export function debianTool(packageName: string, pathInPackage: string): Promise<string | undefined> {
  const key = `${packageName}/${pathInPackage}`;
  const known = tools.get(key);
  if (known !== undefined) return known;
  const tool = findTool(packageName, pathInPackage);
  tools.set(key, tool);
  return tool;
}

async function findTool(packageName: string, pathInPackage: string): Promise<string | undefined> {
  const installed = placesOf(pathInPackage)
    .map((path) => join("/", path))
    .find(isExecutable);
  if (installed !== undefined) return installed;
  const root = await debianPackage(packageName);
  if (root === undefined) return undefined;
  const program = placesOf(pathInPackage)
    .map((path) => join(root, path))
    .find(isExecutable);
  return program === undefined ? undefined : writeWrapper(packageName, root, program);
}

/**
 * The folder that a package is unpacked in, with what it needs and this machine lacks; `undefined` if it is not
 * available.
 */
export async function debianPackage(packageName: string): Promise<string | undefined> {
  const root = join(CACHE, packageName);
  if (isComplete(root)) return root;
  try {
    await run("sh", [UNPACK, packageName, CACHE], { timeout: FETCH_DEADLINE_MS });
    return root;
  } catch (error) {
    process.stderr.write(`Debian's ${packageName} cannot be had: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}

/** Whether a package is unpacked, and its links lead to where it is now. */
function isComplete(root: string): boolean {
  try {
    return readFileSync(join(root, ".complete"), "utf8") === "relative\n";
  } catch {
    return false;
  }
}

/** The path of a file in the source of a Debian package, as its authors have it; `undefined` if it is not available. */
export async function debianSource(packageName: string, pathInSource: string): Promise<string | undefined> {
  try {
    await run("sh", [UNPACK_SOURCE, packageName, CACHE], { timeout: FETCH_DEADLINE_MS });
    return join(CACHE, "source", packageName, "tree", pathInSource);
  } catch (error) {
    process.stderr.write(
      `the source of ${packageName} cannot be had: ${error instanceof Error ? error.message : error}\n`,
    );
    return undefined;
  }
}

/** Releases of Debian differ in whether a program lies below /usr. */
function placesOf(path: string): readonly string[] {
  return [path, path.startsWith("usr/") ? path.slice("usr/".length) : `usr/${path}`];
}

/**
 * Writes a script that runs the program with the libraries beside it. It finds both from its own place, so that it is right
 * wherever the cache is moved, linked or mounted.
 */
function writeWrapper(packageName: string, root: string, program: string): string {
  const libraries = ["lib", "usr/lib"]
    .map((directory) => join(root, directory))
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => [
      directory,
      ...readdirSync(directory)
        .filter((name) => name.endsWith("-linux-gnu") || name.includes("-linux-gnueabi"))
        .map((name) => join(directory, name))
        // Some libraries lie a folder deeper, and name it by its installed path.
        .flatMap((path) => [path, ...foldersWithLibraries(path)]),
    ]);
  const fromHere = (path: string): string => `$root/${relative(root, path)}`;
  const text = `#!/bin/sh
here=$(readlink -f -- "$0") || exit
root=\${here%/bin/*}/${packageName}
LD_LIBRARY_PATH="${libraries.map(fromHere).join(":")}" exec "${fromHere(program)}" "$@"
`;
  const directory = join(CACHE, "bin", packageName);
  mkdirSync(directory, { recursive: true });
  const wrapper = join(directory, basename(program));
  // Other files of tests may be starting it: it is replaced, never rewritten.
  const written = `${wrapper}.${process.pid}`;
  writeFileSync(written, text, { mode: 0o755 });
  renameSync(written, wrapper);
  return wrapper;
}

function foldersWithLibraries(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name))
    .filter((path) => readdirSync(path).some((name) => /^lib.*\.so(\.|$)/.test(name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
