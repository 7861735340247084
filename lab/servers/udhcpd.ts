// BusyBox udhcpd: one interface, one range. It writes its lease file every so many seconds and at its
// end. Its conflict check is an ARP request that it waits for, doing nothing else meanwhile.

import { join } from "node:path";
import type { Server } from "./server.ts";
import { addressCount, netmaskOf, type Service } from "./service.ts";

/** udhcpd of Debian. */
export function udhcpd(): Server {
  const program = "/usr/sbin/udhcpd";
  return {
    id: "udhcpd",
    title: "udhcpd",
    package: "udhcpd",
    program,
    versionArgv: [program, "--help"],
    versionPattern: /BusyBox v(\S+)/,
    conflictDetection: "arp",
    durability: "later",
    refusal(service) {
      if (service.interfaces.length !== 1) return "it serves one interface";
      const served = service.subnets.filter((subnet) => subnet.ranges.length > 0);
      if (served.length !== 1 || served[0]?.ranges.length !== 1) return "it serves one range";
      return undefined;
    },
    prepare(service, { directory, memoryDirectory }) {
      const config = join(directory, "udhcpd.conf");
      const leases = join(directory, "udhcpd.leases");
      const arp = service.conflictCheck ? [] : ["-a", "0"];
      return {
        files: { [config]: udhcpdConf(service, leases, memoryDirectory), [leases]: "" },
        argv: [program, "-f", ...arp, config],
        environment: {},
        readyLine: /started, v/,
      };
    },
  };
}

function udhcpdConf(service: Service, leases: string, memoryDirectory: string): string {
  const subnet = service.subnets.find(({ ranges }) => ranges.length > 0);
  const range = subnet?.ranges[0];
  if (subnet === undefined || range === undefined) return "";
  const { routers = [], domainNameServers = [], domainName, reservations = [] } = subnet;
  const lines = [
    `interface ${service.interfaces[0] ?? ""}`,
    `start ${range.first}`,
    `end ${range.last}`,
    `max_leases ${addressCount(service)}`,
    `lease_file ${leases}`,
    `pidfile ${join(memoryDirectory, "udhcpd.pid")}`,
    `option subnet ${netmaskOf(subnet.prefixLength)}`,
    `option lease ${service.leaseSeconds}`,
    ...(routers.length > 0 ? [`option router ${routers.join(" ")}`] : []),
    ...(domainNameServers.length > 0 ? [`option dns ${domainNameServers.join(" ")}`] : []),
    ...(domainName === undefined ? [] : [`option domain ${domainName}`]),
    ...reservations.map(({ hardware, address }) => `static_lease ${hardware} ${address}`),
  ];
  return `${lines.join("\n")}\n`;
}
