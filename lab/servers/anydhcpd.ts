// Our own server. Not durable means: told by `dont-use-fsync` to write leases and not to wait for the disk.

import { join } from "node:path";
import { ROOT, unpackedFolder } from "../programs.ts";
import { OTHER_TREE } from "../report/beside.ts";
import { dhcpdConf } from "./dhcpd-conf.ts";
import type { Server } from "./server.ts";

/** How anydhcpd is run. */
export interface AnydhcpdOptions {
  readonly backend?: "udp" | "bpf";
  /** Whether an ACK waits for the disk. Default true. */
  readonly durable?: boolean;
  /** Further flags. */
  readonly flags?: readonly string[];
  /** Whether its addresses are in a set of nftables. Default false. */
  readonly firewallSet?: boolean;
  /** The top of another tree of anydhcpd that it is started from, built. */
  readonly tree?: string;
}

/** The set, and what it is for: ACKs wait for it. */
const FIREWALL_RULES = `flush ruleset
table inet filter {
  set leased { type ipv4_addr; flags timeout; size 1000000; }
}
`;
const NFT = { package: "nftables", program: "/usr/sbin/nft" };
const FIREWALL_SET = "firewall-set nft inet filter leased { hold-ack true; }";

/** anydhcpd, as it starts from this package, or from another tree. */
export function anydhcpd(options: AnydhcpdOptions = {}): Server {
  const { backend = "udp", durable = true, flags = [], firewallSet = false, tree } = options;
  const program = join(tree ?? ROOT, "bin", "anydhcpd");
  const id = `anydhcpd${backend === "udp" ? "" : `-${backend}`}${durable ? "" : "-unsynced"}${firewallSet ? "-firewall" : ""}`;
  return {
    id: tree === undefined ? id : `${OTHER_TREE}${id}`,
    title: `anydhcpd${tree === undefined ? "" : ` of ${tree}`}, ${backend}${durable ? "" : ", dont-use-fsync"}${firewallSet ? ", firewall-set" : ""}`,
    package: "anydhcpd",
    program,
    ...(firewallSet && { startTool: NFT }),
    versionArgv: ["cat", join(tree ?? ROOT, "package.json")],
    versionPattern: /"version": "([^"]+)"/,
    conflictDetection: "icmp",
    durability: durable ? "ack" : "never",
    refusal: () => undefined,
    prepare(service, { directory }) {
      const config = join(directory, "etc", "dhcpd.conf");
      const leases = join(directory, "db", "dhcpd.leases");
      const listeners = service.addresses.map((address) => `listen on ${address};`);
      const rules = join(directory, "etc", "sets.nft");
      const statements = [
        ...(durable ? [] : ["dont-use-fsync true;"]),
        ...(firewallSet ? [FIREWALL_SET] : []),
        ...listeners,
      ];
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
      const script = join(directory, "etc", "start.sh");
      const withSet = {
        [rules]: FIREWALL_RULES,
        [script]: `PATH=$PATH:/usr/sbin:${unpackedFolder(NFT.package)}
nft -f ${rules} && exec ${command.join(" ")}\n`,
      };
      return {
        files: { [config]: dhcpdConf(service, statements), ...(firewallSet && withSet) },
        argv: firewallSet ? ["sh", script] : command,
        environment: {},
        readyLine: /"msg":"ready"/,
      };
    },
  };
}
