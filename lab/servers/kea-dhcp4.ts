// Kea's DHCPv4 server with its memfile lease database, which is written to after each lease and never
// synced. It has no conflict check in this version (a ping-check hook came with 2.7). Log lines per
// query are off, as they would be counted against it.

import { join } from "node:path";
import type { Server } from "./server.ts";
import type { ServedSubnet, Service } from "./service.ts";

/** The program. */
export const KEA = "/usr/sbin/kea-dhcp4";

/** How Kea is run. */
export interface KeaDhcp4Options {
  /** Threads that handle queries; 1 is its single-threaded mode. Default 1. */
  readonly threads?: number;
  /** Default raw, as it comes. With udp it serves relays only. */
  readonly sockets?: "raw" | "udp";
}

/** kea-dhcp4-server of Debian. */
export function keaDhcp4({ threads = 1, sockets = "raw" }: KeaDhcp4Options = {}): Server {
  return {
    id: `kea-${threads}-${sockets}`,
    title: `Kea, ${threads === 1 ? "1 thread" : `${threads} threads`}, ${sockets} sockets`,
    package: "kea-dhcp4-server",
    program: KEA,
    versionArgv: [KEA, "-v"],
    versionPattern: /^(\S+)/,
    conflictDetection: "none",
    durability: "later",
    refusal: () => undefined,
    // As in Debian's unit: a user of its own (here nobody) with two ambient capabilities.
    withPackagedPrivileges(preparation) {
      const capabilities = "-all,+net_bind_service,+net_raw";
      const user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
      const kept = [`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`];
      return { ...preparation, argv: ["setpriv", ...user, ...kept, ...preparation.argv] };
    },
    prepare(service, { directory, memoryDirectory }) {
      const config = join(directory, "kea-dhcp4.conf");
      const leases = join(directory, "kea-leases4.csv");
      const database = { type: "memfile", persist: true, name: leases, "lfc-interval": 0 };
      return {
        files: { [config]: `${JSON.stringify(keaConfig(service, { threads, sockets, database }), null, 2)}\n` },
        argv: [KEA, "-c", config],
        environment: { KEA_PIDFILE_DIR: memoryDirectory, KEA_LOCKFILE_DIR: "none" },
        readyLine: /DHCP4_STARTED/,
      };
    },
  };
}

/** Its configuration; `database`: what the configuration says of where leases are. */
export function keaConfig(
  service: Service,
  { threads, sockets, database }: Required<KeaDhcp4Options> & { database: object },
): object {
  // All addresses of an interface, and of lo those that are named.
  const loopback = (service.loopbackAddresses ?? []).map((address) => `lo/${address}`);
  const listeners = [...service.interfaces, ...loopback];
  return {
    Dhcp4: {
      "interfaces-config": { interfaces: listeners, "dhcp-socket-type": sockets },
      "lease-database": database,
      "multi-threading":
        threads === 1
          ? { "enable-multi-threading": false }
          : { "enable-multi-threading": true, "thread-pool-size": threads },
      authoritative: true,
      "valid-lifetime": service.leaseSeconds,
      subnet4: service.subnets.map(keaSubnet),
      loggers: [
        { name: "kea-dhcp4", output_options: [{ output: "stdout" }], severity: "WARN" },
        { name: "kea-dhcp4.dhcp4", output_options: [{ output: "stdout" }], severity: "INFO" },
        ...["bad-packets", "packets", "leases", "options", "alloc-engine"].map((name) => ({
          name: `kea-dhcp4.${name}`,
          output_options: [{ output: "stdout" }],
          severity: "WARN",
        })),
      ],
    },
  };
}

function keaSubnet(subnet: ServedSubnet, index: number): object {
  const { routers = [], domainNameServers = [], domainName, reservations = [] } = subnet;
  const options = [
    ...(routers.length > 0 ? [{ name: "routers", data: routers.join(", ") }] : []),
    ...(domainNameServers.length > 0 ? [{ name: "domain-name-servers", data: domainNameServers.join(", ") }] : []),
    ...(domainName === undefined ? [] : [{ name: "domain-name", data: domainName }]),
  ];
  return {
    id: index + 1,
    subnet: `${subnet.network}/${subnet.prefixLength}`,
    ...(subnet.interface === undefined ? {} : { interface: subnet.interface }),
    pools: subnet.ranges.map(({ first, last }) => ({ pool: `${first} - ${last}` })),
    "option-data": options,
    reservations: reservations.map(({ hardware, address }) => ({ "hw-address": hardware, "ip-address": address })),
  };
}
