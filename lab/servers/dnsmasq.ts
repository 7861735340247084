// dnsmasq without its DNS. It rewrites and syncs its whole lease file for each lease, before the ACK
// leaves. Its conflict check sends an ICMP echo and waits. It stays the user it is started
// as (--no-daemon): in a user namespace there is no other.

import { join } from "node:path";
import type { Server } from "./server.ts";
import { addressCount, netmaskOf, type ServedSubnet, type Service } from "./service.ts";

/** dnsmasq of Debian. */
export function dnsmasq(): Server {
  const program = "/usr/sbin/dnsmasq";
  return {
    id: "dnsmasq",
    title: "dnsmasq",
    package: "dnsmasq-base",
    program,
    versionArgv: [program, "--version"],
    versionPattern: /version (\S+)/,
    conflictDetection: "icmp",
    durability: "ack",
    refusal: () => undefined,
    // By default it changes to a user itself; Debian's is called dnsmasq.
    withPackagedPrivileges(preparation) {
      const user = ["--keep-in-foreground", "--user=nobody", "--group=nogroup"];
      return { ...preparation, argv: preparation.argv.flatMap((word) => (word === "--no-daemon" ? user : [word])) };
    },
    prepare(service, { directory, memoryDirectory }) {
      const config = join(directory, "dnsmasq.conf");
      return {
        files: { [config]: dnsmasqConf(service, join(directory, "dnsmasq.leases"), memoryDirectory) },
        argv: [program, "--no-daemon", `--conf-file=${config}`],
        environment: {},
        readyLine: /DHCP, (?:sockets bound|IP range)/,
      };
    },
  };
}

function dnsmasqConf(service: Service, leases: string, memoryDirectory: string): string {
  const lines = [
    "port=0",
    "log-facility=-",
    "quiet-dhcp",
    `pid-file=${join(memoryDirectory, "dnsmasq.pid")}`,
    "dhcp-authoritative",
    `dhcp-leasefile=${leases}`,
    `dhcp-lease-max=${addressCount(service)}`,
    ...(service.conflictCheck ? [] : ["no-ping"]),
    ...service.interfaces.map((name) => `interface=${name}`),
    ...service.subnets.flatMap((subnet, index) => subnetLines(subnet, `subnet${index + 1}`, service.leaseSeconds)),
  ];
  return `${lines.join("\n")}\n`;
}

function subnetLines(subnet: ServedSubnet, tag: string, leaseSeconds: number): string[] {
  const { routers = [], domainNameServers = [], domainName, reservations = [] } = subnet;
  const netmask = netmaskOf(subnet.prefixLength);
  const option = (name: string, values: readonly string[]): string[] =>
    values.length === 0 ? [] : [`dhcp-option=tag:${tag},option:${name},${values.join(",")}`];
  return [
    ...subnet.ranges.map(({ first, last }) => `dhcp-range=set:${tag},${first},${last},${netmask},${leaseSeconds}`),
    ...option("router", routers),
    ...option("dns-server", domainNameServers),
    ...option("domain-name", domainName === undefined ? [] : [domainName]),
    ...reservations.map(({ hardware, address }) => `dhcp-host=${hardware},${address}`),
  ];
}
