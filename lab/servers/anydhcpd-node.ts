// Our own server as one of a cluster, with a name and a state of its own, and with a clock that can be set.

import { join } from "node:path";
import { builtProgram, ROOT } from "../programs.ts";
import { dhcpdConf } from "./dhcpd-conf.ts";
import type { Server } from "./server.ts";

/** BIRD follows in less than a second. */
const DRAIN_SECONDS = 2;

/** How a server of a cluster is run. */
export interface NodeOptions {
  /** Its name in the cluster. */
  readonly name: string;
  /** The members of etcd, as URLs. */
  readonly endpoints: readonly string[];
  /** A file of eight octets: the seconds by which its clock is off (lab/load/clock_step.c). Undefined: the clock is the machine's. */
  readonly clockFile?: string;
}

/** One server of a cluster. What it remembers of its cluster stays below its folder when it is started again. */
export function anydhcpdNode({ name, endpoints, clockFile }: NodeOptions): Server {
  return {
    id: `anydhcpd-node-${name}`,
    title: `anydhcpd, server ${name} of a cluster`,
    package: "anydhcpd",
    program: join(ROOT, "bin", "anydhcpd"),
    versionArgv: ["cat", join(ROOT, "package.json")],
    versionPattern: /"version": "([^"]+)"/,
    conflictDetection: "none",
    durability: "ack",
    refusal: () => undefined,
    prepare(service, { directory }) {
      const config = join(directory, "etc", "dhcpd.conf");
      const statements = [
        `cluster { etcd ${endpoints.map((endpoint) => `"${endpoint}"`).join(", ")}; name "${name}"; }`,
        `drain-time ${DRAIN_SECONDS};`,
        ...service.addresses.map((address) => `listen on ${address};`),
      ];
      const words = ["-c", config, `--control=${join(directory, "control.sock")}`, ...service.interfaces];
      // What it remembers of its cluster is below /var/lib, where each server has its own.
      const state =
        'mount -t tmpfs -o mode=755 tmpfs /var/lib && mkdir /var/lib/anydhcpd && mount --bind "$1" /var/lib/anydhcpd';
      const start = `${state} && shift && exec "$@"`;
      return {
        files: { [config]: dhcpdConf(service, statements) },
        argv: [
          "unshare",
          "--mount",
          "sh",
          "-c",
          start,
          "sh",
          join(directory, "db"),
          join(ROOT, "bin", "anydhcpd"),
          ...words,
        ],
        environment:
          clockFile === undefined ? {} : { LD_PRELOAD: builtProgram("clock-step.so"), CLOCK_STEP_FILE: clockFile },
        readyLine: /"msg":"ready"/,
      };
    },
  };
}
