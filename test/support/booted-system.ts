// systemd as it boots a machine, in a container over this machine's own files, which it cannot change: a
// temporary layer takes what it writes. Debian's systemd-container is unpacked for it, and systemd itself where it is
// not installed.

import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRoot } from "../helper/stand-in.ts";
import { debianPackage } from "./debian-packages.ts";
import type { Namespace, Network, Outcome } from "./network.ts";
import { eventually } from "./program.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** Where the unit expects the package. */
export const INSTALLED = "/usr/lib/anydhcpd";
const BOOT_DEADLINE_MS = 90_000;

/** Why no system can be booted here; undefined if nothing is known to be in the way. */
export async function obstacleToBooting(): Promise<string | undefined> {
  if (!isRoot) return "needs root of the machine";
  if (!existsSync("/sys/fs/cgroup/systemd") && !existsSync("/sys/fs/cgroup/cgroup.controllers"))
    return "needs a cgroup hierarchy for systemd";
  return (await debianPackage("systemd-container")) === undefined
    ? "Debian's systemd-container cannot be had"
    : undefined;
}

/** A booted systemd that shares a namespace's network. */
export class BootedSystem {
  readonly #namespace: Namespace;
  readonly #pid: number;

  private constructor(namespace: Namespace, pid: number) {
    this.#namespace = namespace;
    this.#pid = pid;
  }

  /** Boots, with these folders of the machine's (`from:to`) to be read; it ends with the namespace. */
  static async boot(
    network: Network,
    namespace: Namespace,
    folders = [`${PACKAGE}:${INSTALLED}`],
  ): Promise<BootedSystem> {
    const unpacked = await debianPackage("systemd-container");
    if (unpacked === undefined) throw new Error("Debian's systemd-container cannot be had");
    const root = join(network.directory, "root");
    mkdirSync(root);
    if (existsSync("/usr/lib/systemd/systemd")) await namespace.exec(["mount", "--bind", "/", root]);
    else await overlaySystemd(network, namespace, unpacked, root);
    const libraries = ["usr/lib", "lib"].flatMap((folder) => librariesBelow(join(unpacked, folder)));
    const nspawn = [
      // What a unit may call is for the unit to say, as on a machine of its own.
      ...[
        "env",
        "SYSTEMD_SECCOMP=0",
        `LD_LIBRARY_PATH=${libraries.join(":")}`,
        join(unpacked, "usr/bin/systemd-nspawn"),
      ],
      ...["--directory", root, "--volatile=overlay", "--boot", "--register=no", "--keep-unit", "--link-journal=no"],
      ...["--capability=all", `--network-namespace-path=/proc/${namespace.pid}/ns/net`, "--console=pipe"],
      ...folders.map((folder) => `--bind-ro=${folder}`),
      "systemd.unit=basic.target",
    ];
    const program = namespace.spawn(nspawn);
    let pid = 0;
    await eventually(
      "systemd has booted",
      async () => {
        if (program.exit !== undefined) throw new Error(`systemd-nspawn ended: ${program.output}`);
        pid = childrenOf(program.pid)[0] ?? 0;
        if (pid === 0) return false;
        const { stdout } = await new BootedSystem(namespace, pid).run("systemctl", "is-system-running");
        return /^(running|degraded)$/m.test(stdout);
      },
      BOOT_DEADLINE_MS,
    );
    const system = new BootedSystem(namespace, pid);
    // Its first process goes on when systemd-nspawn is killed.
    namespace.endWithIt(pid);
    // What a daemon has left on this machine is no part of a test.
    await system.exec("rm", "-rf", "/var/lib/anydhcpd", "/var/lib/anydhcpd-names");
    return system;
  }

  /** Runs a command inside, to its end. */
  run(...argv: readonly string[]): Promise<Outcome> {
    const inside = ["nsenter", `--target=${this.#pid}`, "--mount", "--uts", "--ipc", "--net", "--pid", "--", ...argv];
    return this.#namespace.run(inside, { timeoutMs: 60_000 });
  }

  /** Runs a command that has to succeed; resolves with what it wrote. */
  async exec(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(" ")}: exit ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Writes a file inside. */
  async write(path: string, text: string): Promise<void> {
    await this.exec("sh", "-c", 'printf %s "$2" >"$1"', "sh", path, text);
  }
}

/** Lays Debian's systemd over the machine's files; a folder /lib of the package's would hide the machine's link. */
async function overlaySystemd(network: Network, namespace: Namespace, unpacked: string, root: string): Promise<void> {
  const layer = join(network.directory, "systemd");
  mkdirSync(layer);
  // Layers must not lie in each other: this one is a file system of its own.
  await namespace.exec(["mount", "-t", "tmpfs", "tmpfs", layer]);
  for (const folder of ["etc", "usr"]) await namespace.exec(["cp", "-a", join(unpacked, folder), layer]);
  for (const folder of ["lib", "bin", "sbin"]) {
    if (!existsSync(join(unpacked, folder))) continue;
    await namespace.exec(["mkdir", "-p", join(layer, "usr", folder)]);
    await namespace.exec(["cp", "-a", `${join(unpacked, folder)}/.`, join(layer, "usr", folder)]);
  }
  await namespace.exec(["mount", "-t", "overlay", "overlay", "-o", `lowerdir=${layer}:/`, root]);
}

function librariesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const multiarch = readdirSync(folder)
    .filter((name) => name.includes("-linux-gnu"))
    .map((name) => join(folder, name));
  return [folder, ...multiarch].flatMap((path) => [path, join(path, "systemd")]).filter((path) => existsSync(path));
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return -1;
  }
}
