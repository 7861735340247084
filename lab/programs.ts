// The laboratory's programs in C (lab/load): each is compiled when it is first asked for, and again when a source of
// it is younger. Nothing of them is part of the product or of its installation.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The top of the tree that this file belongs to, whether it runs compiled or not. */
export const ROOT = findRoot();

const SOURCES = join(ROOT, "lab", "load");
const BUILT = join(ROOT, "lab", "build");
const FLAGS = [
  "-std=c11",
  "-D_GNU_SOURCE",
  "-O2",
  "-pthread",
  "-Wall",
  "-Wextra",
  "-Wconversion",
  "-Wshadow",
  "-Werror",
];

/** Each program with its sources. */
const PROGRAMS = {
  "anydhcpd-load": [
    "clients.c",
    "dhcp_message.c",
    "exchange.c",
    "frame.c",
    "frame_link.c",
    "histogram.c",
    "load.c",
    "results.c",
    "socket_link.c",
    "wheel.c",
  ],
  "anydhcpd-baseline-echo": ["baseline_echo.c", "dhcp_message.c", "frame.c", "journal.c"],
  "anydhcpd-background-traffic": ["background_traffic.c"],
  "anydhcpd-flood": ["flood.c", "dhcp_message.c", "frame.c"],
  "anydhcpd-wire": ["wire.c"],
  "slow-disk.so": ["slow_disk.c"],
  "clock-step.so": ["clock_step.c"],
} as const;

/** A program of the laboratory by its name; those that end in ".so" are libraries for LD_PRELOAD. */
type LabProgramName = keyof typeof PROGRAMS;

const paths = new Map<LabProgramName, string>();

/** Where a program is once it has been compiled. */
export function programPath(name: LabProgramName): string {
  return join(BUILT, name);
}

/** The path of a program, compiled first where that is needed. Throws with what the compiler says. */
export function builtProgram(name: LabProgramName): string {
  const known = paths.get(name);
  if (known !== undefined) return known;
  const path = programPath(name);
  if (!isCurrent(path)) compile(name, path);
  paths.set(name, path);
  return path;
}

/** A program of a Debian package, installed or as the tests have unpacked it; throws with what to install where there is none. */
export function debianProgram(packageName: string, path: string): string {
  const unpacked = join(unpackedFolder(packageName), basename(path));
  const found = [path, unpacked].find((place) => existsSync(place));
  if (found === undefined) throw new Error(`${path} is missing (Debian: apt-get install ${packageName})`);
  return found;
}

/** Where the tests leave the programs of a Debian package that they have unpacked; it may be missing. */
export function unpackedFolder(packageName: string): string {
  return join(ROOT, ".cache", "debian", "bin", packageName);
}

function compile(name: LabProgramName, path: string): void {
  mkdirSync(BUILT, { recursive: true });
  const kind = name.endsWith(".so") ? ["-shared", "-fPIC"] : [];
  const libraries = name.endsWith(".so") ? ["-ldl", "-lpthread"] : [];
  // Others may be compiling it, too, or running it: it appears whole, under its name.
  const temporary = `${path}.${process.pid}`;
  const argv = [...FLAGS, ...kind, "-o", temporary, ...PROGRAMS[name], ...libraries];
  const { status, error, stderr } = spawnSync(process.env["CC"] ?? "cc", argv, { cwd: SOURCES, encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`${name} cannot be compiled: ${error?.message ?? stderr} (Debian: apt-get install gcc libc6-dev)`);
  }
  renameSync(temporary, path);
}

function isCurrent(path: string): boolean {
  if (!existsSync(path)) return false;
  const { mtimeMs } = statSync(path);
  return readdirSync(SOURCES).every((name) => statSync(join(SOURCES, name)).mtimeMs < mtimeMs);
}

function findRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "bin", "anydhcpd")) && folder !== "/") folder = dirname(folder);
  return folder;
}
