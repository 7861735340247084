// What each server makes of one and the same service: its files and its command line, nothing started.

import { describe, expect, it } from "vitest";
import { anydhcpd } from "../../../lab/servers/anydhcpd.ts";
import { dnsmasq } from "../../../lab/servers/dnsmasq.ts";
import { iscDhcpServer } from "../../../lab/servers/isc-dhcp-server.ts";
import { keaDhcp4 } from "../../../lab/servers/kea-dhcp4.ts";
import { keaPgsql } from "../../../lab/servers/kea-pgsql.ts";
import { SERVERS } from "../../../lab/servers/list.ts";
import type { Server } from "../../../lab/servers/server.ts";
import { addressCount, netmaskOf, type Service } from "../../../lab/servers/service.ts";
import { udhcpd } from "../../../lab/servers/udhcpd.ts";

const PLACES = { directory: "/disk", memoryDirectory: "/memory" };

const SERVICE: Service = {
  interfaces: ["lan0", "up0"],
  addresses: ["192.0.2.53"],
  subnets: [
    {
      network: "192.168.77.0",
      prefixLength: 24,
      interface: "lan0",
      ranges: [{ first: "192.168.77.100", last: "192.168.77.199" }],
      routers: ["192.168.77.1"],
      domainNameServers: ["192.0.2.1", "192.0.2.2"],
      domainName: "example.org",
      reservations: [{ hardware: "02:00:00:00:05:50", address: "192.168.77.50" }],
    },
    { network: "10.9.0.0", prefixLength: 29, interface: "up0", ranges: [] },
    { network: "10.77.0.0", prefixLength: 16, ranges: [{ first: "10.77.1.0", last: "10.77.2.255" }] },
  ],
  leaseSeconds: 3600,
  conflictCheck: false,
};

const ONE_LINK: Service = { ...SERVICE, interfaces: ["lan0"], subnets: SERVICE.subnets.slice(0, 1) };

function fileOf(server: Server, ending: string, service = SERVICE): string {
  const { files } = server.prepare(service, PLACES);
  const path = Object.keys(files).find((name) => name.endsWith(ending)) ?? "";
  return files[path] ?? "";
}

describe("a service", () => {
  it("has as many addresses as its ranges", () => {
    expect(addressCount(SERVICE)).toBe(100 + 512);
  });

  it.each([
    [0, "0.0.0.0"],
    [8, "255.0.0.0"],
    [22, "255.255.252.0"],
    [32, "255.255.255.255"],
  ])("has a netmask for /%i", (length, netmask) => {
    expect(netmaskOf(length)).toBe(netmask);
  });
});

describe("every server", () => {
  it("has an id of its own", () => {
    expect(new Set(SERVERS.map((server) => server.id)).size).toBe(SERVERS.length);
  });

  it.each(SERVERS.map((server) => [server.id, server] as const))("%s keeps its files in its folder", (_id, server) => {
    const service = server.refusal(SERVICE) === undefined ? SERVICE : ONE_LINK;
    const { files, argv } = server.prepare(service, PLACES);
    for (const path of Object.keys(files)) expect(path).toMatch(/^\/disk\//);
    expect([argv[0], ...Object.values(files)].join("\n")).toContain(server.program);
  });

  it.each(SERVERS.map((server) => [server.id, server] as const))(
    "%s checks for conflicts only if asked to",
    (_id, server) => {
      const made = (conflictCheck: boolean): string =>
        JSON.stringify(server.prepare({ ...ONE_LINK, conflictCheck }, PLACES));
      if (server.conflictDetection === "none") expect(made(true)).toBe(made(false));
      else expect(made(true)).not.toBe(made(false));
    },
  );
});

describe("a package's privileges", () => {
  it("are less than root's for Kea and dnsmasq", () => {
    const argvOf = (server: Server): string =>
      server.withPackagedPrivileges?.(server.prepare(SERVICE, PLACES)).argv.join(" ") ?? "";
    expect(argvOf(keaDhcp4())).toMatch(
      /^setpriv --reuid=65534 .* --ambient-caps=-all,\+net_bind_service,\+net_raw \/usr\/sbin\/kea-dhcp4 -c /,
    );
    expect(argvOf(dnsmasq())).toBe(
      "/usr/sbin/dnsmasq --keep-in-foreground --user=nobody --group=nogroup --conf-file=/disk/dnsmasq.conf",
    );
  });
});

describe("the configuration", () => {
  it("of anydhcpd names the addresses to listen on beside the interfaces' own", () => {
    expect(fileOf(anydhcpd(), "dhcpd.conf")).toBe(`authoritative;
listen on 192.0.2.53;
ping-check false;
default-lease-time 3600;
max-lease-time 3600;
subnet 192.168.77.0 netmask 255.255.255.0 {
  range 192.168.77.100 192.168.77.199;
  option routers 192.168.77.1;
  option domain-name-servers 192.0.2.1, 192.0.2.2;
  option domain-name "example.org";
}
subnet 10.9.0.0 netmask 255.255.255.248 {
}
subnet 10.77.0.0 netmask 255.255.0.0 {
  range 10.77.1.0 10.77.2.255;
}
host host-02-00-00-00-05-50 { hardware ethernet 02:00:00:00:05:50; fixed-address 192.168.77.50; }
`);
  });

  it("of anydhcpd waits for the disk unless it is told otherwise", () => {
    expect(fileOf(anydhcpd(), "dhcpd.conf")).not.toContain("fsync");
    expect(fileOf(anydhcpd({ durable: false }), "dhcpd.conf")).toContain("dont-use-fsync true;");
  });

  it("of another tree's anydhcpd is that of ours, and it is started from there under an id of its own", () => {
    const other = anydhcpd({ backend: "bpf", tree: "/elsewhere" });
    expect([other.id, other.program]).toEqual(["other-anydhcpd-bpf", "/elsewhere/bin/anydhcpd"]);
    expect(fileOf(other, "dhcpd.conf")).toBe(fileOf(anydhcpd({ backend: "bpf" }), "dhcpd.conf"));
  });

  it("of ISC dhcpd is the same text but for what only one of them knows", () => {
    const ours = fileOf(anydhcpd(), "dhcpd.conf").replace("listen on 192.0.2.53;\n", "");
    expect(fileOf(iscDhcpServer(), "dhcpd.conf")).toBe(ours);
    expect(
      fileOf(iscDhcpServer({ durable: false, delayedAck: 28, storesEarlyRenewals: true }), "dhcpd.conf"),
    ).toContain("dont-use-fsync true;\ndelayed-ack 28;\ndhcp-cache-threshold 0;\n");
  });

  it("of Kea with PostgreSQL names the database, which is made without syncs and used with them", () => {
    const { Dhcp4 } = JSON.parse(fileOf(keaPgsql(4), ".conf"));
    expect(Dhcp4["lease-database"]).toMatchObject({ type: "postgresql", host: "/memory" });
    expect(Dhcp4["multi-threading"]).toEqual({ "enable-multi-threading": true, "thread-pool-size": 4 });
    const databases = fileOf(keaPgsql(4), "start.sh").match(/^setpriv .*\/postgres .*$/gm);
    expect(databases?.map((command) => / -F /.test(command))).toEqual([true, false]);
    expect(fileOf(keaDhcp4(), ".conf")).toContain('"type": "memfile"');
  });

  it("of Kea ties a subnet to its interface, and has as many threads as asked for", () => {
    const service = { ...SERVICE, loopbackAddresses: ["192.0.2.53"] };
    const { Dhcp4 } = JSON.parse(fileOf(keaDhcp4({ threads: 2, sockets: "udp" }), ".conf", service));
    expect(Dhcp4["interfaces-config"]).toEqual({
      interfaces: ["lan0", "up0", "lo/192.0.2.53"],
      "dhcp-socket-type": "udp",
    });
    expect(Dhcp4["multi-threading"]).toEqual({ "enable-multi-threading": true, "thread-pool-size": 2 });
    expect(Dhcp4.subnet4[0]).toEqual({
      id: 1,
      subnet: "192.168.77.0/24",
      interface: "lan0",
      pools: [{ pool: "192.168.77.100 - 192.168.77.199" }],
      "option-data": [
        { name: "routers", data: "192.168.77.1" },
        { name: "domain-name-servers", data: "192.0.2.1, 192.0.2.2" },
        { name: "domain-name", data: "example.org" },
      ],
      reservations: [{ "hw-address": "02:00:00:00:05:50", "ip-address": "192.168.77.50" }],
    });
    expect(Dhcp4.subnet4[2].interface).toBeUndefined();
  });

  it("of dnsmasq has room for every address and options by subnet", () => {
    expect(fileOf(dnsmasq(), ".conf").split("\n")).toEqual(
      expect.arrayContaining([
        "port=0",
        "no-ping",
        "dhcp-lease-max=612",
        "interface=lan0",
        "interface=up0",
        "dhcp-range=set:subnet1,192.168.77.100,192.168.77.199,255.255.255.0,3600",
        "dhcp-range=set:subnet3,10.77.1.0,10.77.2.255,255.255.0.0,3600",
        "dhcp-option=tag:subnet1,option:dns-server,192.0.2.1,192.0.2.2",
        "dhcp-host=02:00:00:00:05:50,192.168.77.50",
      ]),
    );
  });

  it("of udhcpd is written for one interface with one range, anything else is refused", () => {
    expect(udhcpd().refusal(SERVICE)).toBe("it serves one interface");
    expect(udhcpd().refusal({ ...SERVICE, interfaces: ["lan0"] })).toBe("it serves one range");
    expect(udhcpd().refusal(ONE_LINK)).toBeUndefined();
    expect(fileOf(udhcpd(), ".conf", ONE_LINK).split("\n")).toEqual(
      expect.arrayContaining([
        "interface lan0",
        "start 192.168.77.100",
        "end 192.168.77.199",
        "max_leases 100",
        "option subnet 255.255.255.0",
        "option dns 192.0.2.1 192.0.2.2",
        "static_lease 02:00:00:00:05:50 192.168.77.50",
      ]),
    );
  });
});
