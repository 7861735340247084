// The DHCP clients people use, unmodified, from Debian's packages. Each runs in the foreground in a
// namespace and tells its events through test/support/client-script.sh.

import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { debianTool } from "./debian-packages.ts";
import type { Namespace, Network } from "./network.ts";
import type { Program } from "./program.ts";

/** A client program on eth0 of a namespace. */
export interface RealClient {
  /** Starts it; events appear as lines "event REASON ADDRESS". */
  start(): Program;
  /** Makes it give its lease back and end. */
  release(running: Program): Promise<void>;
}

/** Makes a client for a namespace; `undefined` if its package is not available. */
export type ClientKind = (network: Network, namespace: Namespace) => Promise<RealClient | undefined>;

/** A copy of the script that every user may run, even if not every user may read the clone. */
function installScript(network: Network): string {
  const script = join(network.directory, "client-script.sh");
  copyFileSync(fileURLToPath(new URL("client-script.sh", import.meta.url)), script);
  chmodSync(script, 0o755);
  return script;
}

const dhclient: ClientKind = async (network, namespace) => {
  const program = await debianTool("isc-dhcp-client", "sbin/dhclient");
  if (program === undefined) return undefined;
  const directory = join(network.directory, `dhclient-${namespace.name}`);
  mkdirSync(directory);
  writeFileSync(join(directory, "conf"), "retry 3; initial-interval 1; backoff-cutoff 2;\n");
  writeFileSync(join(directory, "leases"), "");
  const files = ["-cf", join(directory, "conf"), "-lf", join(directory, "leases"), "-pf", join(directory, "pid")];
  const words = [program, "-4", ...files, "-sf", installScript(network), "-v"];
  return {
    start: () => namespace.spawn([...words, "-d", "eth0"]),
    release: async (running) => {
      await namespace.exec([...words, "-r", "eth0"]);
      await running.ended;
    },
  };
};

const udhcpc: ClientKind = async (network, namespace) => {
  const busybox = await debianTool("busybox", "bin/busybox");
  if (busybox === undefined) return undefined;
  const script = installScript(network);
  return {
    start: () => namespace.spawn([busybox, "udhcpc", "-f", "-i", "eth0", "-s", script, "-R", "-T", "1", "-A", "1"]),
    release: async (running) => {
      await running.stop("SIGTERM");
    },
  };
};

const dhcpcd: ClientKind = async (network, namespace) => {
  const program = await debianTool("dhcpcd-base", "usr/sbin/dhcpcd");
  if (program === undefined) return undefined;
  const script = installScript(network);
  const config = join(network.directory, `dhcpcd-${namespace.name}.conf`);
  writeFileSync(config, "ipv4only\nnoarp\nclientid\nreboot 2\n");
  // Its folders are compiled in; in the namespace's own mounts they are ours.
  for (const path of ["/run", "/var/lib"]) await namespace.exec(["mount", "-t", "tmpfs", "tmpfs", path]);
  await namespace.exec(["mkdir", "-p", "/run/dhcpcd", "/var/lib/dhcpcd"]);
  return {
    start: () => namespace.spawn([program, "-B", "-4", "-d", "-f", config, "-c", script, "-t", "20", "eth0"]),
    release: async (running) => {
      await running.stop("SIGALRM");
    },
  };
};

/** The clients by name. */
export const CLIENTS: Readonly<Record<string, ClientKind>> = { dhclient, udhcpc, dhcpcd };
