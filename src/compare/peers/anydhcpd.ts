// Ourselves as a peer. Not durable means: the same daemon with its lease file on a file system in
// memory, where a sync costs a system call and no more. There is no way to tell it not to sync.

import { join } from "node:path";
import { PACKAGE_ROOT } from "../package-root.ts";
import { dhcpdConf } from "./dhcpd-conf.ts";
import type { Peer } from "./peer.ts";

/** How anydhcpd is run. */
export interface AnydhcpdOptions {
  readonly backend?: "udp" | "bpf";
  /** Whether the lease file is on the disk. Default true. */
  readonly durable?: boolean;
  /** Further flags. */
  readonly flags?: readonly string[];
}

/** anydhcpd, as it starts from this package. */
export function anydhcpd({ backend = "udp", durable = true, flags = [] }: AnydhcpdOptions = {}): Peer {
  const program = join(PACKAGE_ROOT, "bin", "anydhcpd");
  return {
    id: `anydhcpd-${backend}${durable ? "" : "-memory"}`,
    title: `anydhcpd, ${backend}${durable ? "" : ", lease file in memory"}`,
    package: "anydhcpd",
    program,
    versionArgv: ["cat", join(PACKAGE_ROOT, "package.json")],
    versionPattern: /"version": "([^"]+)"/,
    conflictDetection: "icmp",
    durability: durable ? "ack" : "never",
    refusal: () => undefined,
    prepare(service, { directory, memoryDirectory }) {
      const config = join(directory, "etc", "dhcpd.conf");
      const leases = join(durable ? join(directory, "db") : memoryDirectory, "dhcpd.leases");
      const listeners = service.addresses.map((address) => `listen on ${address};`);
      return {
        files: { [config]: dhcpdConf(service, listeners) },
        argv: [
          program,
          `--backend=${backend}`,
          "-c",
          config,
          "-l",
          leases,
          `--control=${join(directory, "control.sock")}`,
          ...flags,
          ...service.interfaces,
        ],
        environment: {},
        readyLine: /"msg":"ready"/,
      };
    },
  };
}
