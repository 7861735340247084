// ISC dhcpd 4.4. It syncs its lease file for each lease before the ACK leaves, unless its configuration makes it gather
// ACKs (delayed-ack) or not sync.

import { join } from "node:path";
import { dhcpdConf } from "./dhcpd-conf.ts";
import type { Server } from "./server.ts";

/** How ISC dhcpd is run. */
export interface IscDhcpServerOptions {
  /** Whether it syncs. Default true, as it comes. */
  readonly durable?: boolean;
  /** ACKs gathered for one sync. Default: none, as it comes. */
  readonly delayedAck?: number;
  /** Whether early renewals are stored, too; as it comes they are not, until a quarter of the lease time has passed. */
  readonly storesEarlyRenewals?: boolean;
}

/** isc-dhcp-server of Debian. */
export function iscDhcpServer(options: IscDhcpServerOptions = {}): Server {
  const { durable = true, delayedAck, storesEarlyRenewals = false } = options;
  const program = "/usr/sbin/dhcpd";
  const statements = [
    ...(durable ? [] : ["dont-use-fsync true;"]),
    ...(delayedAck === undefined ? [] : [`delayed-ack ${delayedAck};`]),
    ...(storesEarlyRenewals ? ["dhcp-cache-threshold 0;"] : []),
  ];
  return {
    id: `isc${durable ? "" : "-no-fsync"}${delayedAck === undefined ? "" : `-delayed-ack-${delayedAck}`}`,
    title: `ISC dhcpd${durable ? "" : ", no fsync"}${delayedAck === undefined ? "" : `, delayed-ack ${delayedAck}`}`,
    package: "isc-dhcp-server",
    program,
    versionArgv: [program, "--version"],
    versionPattern: /isc-dhcpd-(\S+)/,
    conflictDetection: "icmp",
    durability: durable ? "ack" : "later",
    refusal: () => undefined,
    prepare(service, { directory, memoryDirectory }) {
      const config = join(directory, "dhcpd.conf");
      const leases = join(directory, "dhcpd.leases");
      const flags = ["-4", "-d", "-f", "-cf", config, "-lf", leases, "-pf", join(memoryDirectory, "dhcpd.pid")];
      return {
        files: { [config]: dhcpdConf(service, statements), [leases]: "" },
        argv: [program, ...flags, ...service.interfaces],
        environment: {},
        readyLine: /Server starting service/,
      };
    },
  };
}
