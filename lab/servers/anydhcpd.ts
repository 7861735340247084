// Our own server. Not durable means: by `dont-use-fsync` it writes leases and does not wait for the disk.

import { join } from "node:path";
import { ROOT } from "../programs.ts";
import { OTHER_TREE } from "../report/beside.ts";
import { type AdditionId, additionOf, TOOLS } from "./anydhcpd-additions.ts";
import { dhcpdConf } from "./dhcpd-conf.ts";
import type { Server } from "./server.ts";

/** How anydhcpd is run. */
export interface AnydhcpdOptions {
  readonly backend?: "udp" | "bpf";
  /** Whether an ACK waits for the disk. Default true. */
  readonly durable?: boolean;
  /** Further flags. */
  readonly flags?: readonly string[];
  /** Further statements of its configuration. */
  readonly statements?: readonly string[];
  /** The feature that is on beside the leases; none if absent. */
  readonly addition?: AdditionId;
  /** The top of another tree of anydhcpd that it is started from, built. */
  readonly tree?: string;
}

/** anydhcpd, as it starts from this package, or from another tree. */
export function anydhcpd(options: AnydhcpdOptions = {}): Server {
  const { backend = "udp", durable = true, flags = [], statements: further = [], addition, tree } = options;
  const program = join(tree ?? ROOT, "bin", "anydhcpd");
  const id = `anydhcpd${backend === "udp" ? "" : `-${backend}`}${durable ? "" : "-unsynced"}${addition === undefined ? "" : `-${addition}`}`;
  return {
    id: tree === undefined ? id : `${OTHER_TREE}${id}`,
    title: `anydhcpd${tree === undefined ? "" : ` of ${tree}`}, ${backend}${durable ? "" : ", dont-use-fsync"}${addition === undefined ? "" : `, ${addition}`}`,
    package: "anydhcpd",
    program,
    ...(addition !== undefined && TOOLS[addition] !== undefined && { startTool: TOOLS[addition] }),
    versionArgv: ["cat", join(tree ?? ROOT, "package.json")],
    versionPattern: /"version": "([^"]+)"/,
    conflictDetection: "icmp",
    durability: durable ? "ack" : "never",
    refusal: () => undefined,
    prepare(service, { directory }) {
      const config = join(directory, "etc", "dhcpd.conf");
      const leases = join(directory, "db", "dhcpd.leases");
      const listeners = service.addresses.map((address) => `listen on ${address};`);
      const added = addition === undefined ? undefined : additionOf(addition, directory);
      const unsynced = durable ? [] : ["dont-use-fsync true;"];
      const statements = [...unsynced, ...further, ...(added?.statements ?? []), ...listeners];
      const command = [
        program,
        `--backend=${backend}`,
        "-c",
        config,
        "-l",
        leases,
        `--control=${join(directory, "control.sock")}`,
        ...flags,
        ...service.interfaces,
      ];
      const text = dhcpdConf(service, statements);
      const script = join(directory, "etc", "start.sh");
      return {
        files: {
          [config]: text,
          ...(added !== undefined && { ...added.files, [script]: `${added.before}exec ${command.join(" ")}\n` }),
        },
        argv: added === undefined ? command : ["sh", script],
        environment: {},
        readyLine: /"msg":"ready"/,
      };
    },
  };
}
