// From declarations to the model: networks, ranges, reservations, hosts and their lookups.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import type { Config, Pool } from "../../../src/config/model/model.ts";
import { RANGE_ADDRESSES_MAX } from "../../../src/config/resolve/ranges.ts";
import { configOf, headsOf, subnetAt } from "../../support/config-text.ts";
import { ip } from "../../support/message-builder.ts";

const NO_RELAY = { agentInformation: new Uint8Array(0), agentInformationLength: 0 };

function poolsAt(text: string, address: string): Pool[] {
  const config = configOf(text);
  return config.pools.filter(({ subnet }) => subnet === subnetAt(config, address).index);
}

function rangesAt(text: string, address: string): string[] {
  return poolsAt(text, address)
    .flatMap(({ ranges }) => ranges)
    .map((r) => `${formatIpv4(r.first)}-${formatIpv4(r.last)}`);
}

describe("subnets", () => {
  const config = configOf(`
    subnet 10.0.0.0 netmask 255.255.0.0 { }
    group {
      shared-network "floor 1" {
        subnet 10.2.0.0 netmask 255.255.255.0 { }
        group { subnet 10.2.1.0 netmask 255.255.255.128 { } }
      }
      subnet 10.3.0.0 netmask 255.255.255.254 { range 10.3.0.0 10.3.0.1; }
    }
    subnet 192.168.0.0 netmask 255.255.255.0 { }
    subnet 10.4.0.1 netmask 255.255.255.255 { range 10.4.0.1; }`);

  it("are sorted with narrower networks first, and know their position", () => {
    const names = config.subnets.map((s) => `${s.index} ${formatIpv4(s.network)}/${s.prefixLength}`);
    expect(names).toEqual([
      "0 10.4.0.1/32",
      "1 10.3.0.0/31",
      "2 10.2.1.0/25",
      "3 10.2.0.0/24",
      "4 192.168.0.0/24",
      "5 10.0.0.0/16",
    ]);
  });

  it("share a network if they are declared in one, else have one of their own", () => {
    const networks = config.sharedNetworks.map(
      (n) => `${n.name}: ${n.subnets.map((i) => formatIpv4(config.subnets[i]?.network ?? 0)).join(" ")}`,
    );
    expect(networks).toEqual([
      "10.0.0.0: 10.0.0.0",
      "floor 1: 10.2.0.0 10.2.1.0",
      "10.3.0.0: 10.3.0.0",
      "192.168.0.0: 192.168.0.0",
      "10.4.0.1: 10.4.0.1",
    ]);
    for (const subnet of config.subnets) {
      expect(config.sharedNetworks[subnet.sharedNetwork]?.subnets).toContain(subnet.index);
    }
  });

  it.each([
    ["10.0.0.0", "10.0.0.0"],
    ["10.0.255.255", "10.0.0.0"],
    ["10.1.0.0", undefined],
    ["10.2.0.255", "10.2.0.0"],
    ["10.2.1.127", "10.2.1.0"],
    ["10.2.1.128", undefined],
    ["10.3.0.1", "10.3.0.0"],
    ["10.4.0.1", "10.4.0.1"],
    ["10.4.0.2", undefined],
    ["192.168.0.200", "192.168.0.0"],
    ["0.0.0.0", undefined],
    ["255.255.255.255", undefined],
  ])("are found by address: %s is in %s", (address, network) => {
    expect(config.findSubnet(ip(address))?.network).toBe(network === undefined ? undefined : ip(network));
  });

  it("know where they stand in the file", () => {
    expect(subnetAt(config, "192.168.0.1").at).toEqual({ file: "dhcpd.conf", line: 10, column: 5 });
  });

  it("may be thousands, each found", () => {
    let text = "";
    for (let i = 0; i < 4096; i++) text += `subnet 10.${i >> 4}.${(i & 15) * 16}.0 netmask 255.255.240.0 { }\n`;
    const large = configOf(text);
    for (let i = 0; i < 4096; i++) {
      const network = ip(`10.${i >> 4}.${(i & 15) * 16}.0`);
      expect(large.findSubnet(network + 77)?.network).toBe(network);
    }
  });

  it("are all of the address space if a configuration says so", () => {
    const all = configOf("subnet 0.0.0.0 netmask 0.0.0.0 { range 10.0.0.1 10.0.0.2; }");
    expect(all.findSubnet(ip("203.0.113.9"))?.prefixLength).toBe(0);
  });
});

describe("ranges", () => {
  it("are sorted by address and may be one address, also spread over lines", () => {
    const text = `subnet 10.0.0.0 netmask 255.255.255.0 {
      range 10.0.0.200; range
        10.0.0.50
        10.0.0.60;
      range dynamic-bootp 10.0.0.61 10.0.0.70; }`;
    expect(rangesAt(text, "10.0.0.1")).toEqual(["10.0.0.50-10.0.0.60", "10.0.0.61-10.0.0.70", "10.0.0.200-10.0.0.200"]);
    expect(poolsAt(text, "10.0.0.1")[0]?.ranges.map((r) => r.dynamicBootp)).toEqual([false, true, false]);
  });

  it("lose the network and broadcast address, except on a /31 and a /32", () => {
    const of = (network: string, mask: string, range: string): string[] =>
      rangesAt(`subnet ${network} netmask ${mask} { range ${range}; }`, network);
    expect(of("10.0.0.0", "255.255.255.0", "10.0.0.0 10.0.0.255")).toEqual(["10.0.0.1-10.0.0.254"]);
    expect(of("10.0.0.0", "255.255.255.254", "10.0.0.0 10.0.0.1")).toEqual(["10.0.0.0-10.0.0.1"]);
    expect(of("10.0.0.9", "255.255.255.255", "10.0.0.9")).toEqual(["10.0.0.9-10.0.0.9"]);
  });

  it("lose the fixed addresses of hosts, wherever the hosts stand", () => {
    const text = `
      host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.10, 10.0.0.20, 10.0.1.5; }
      subnet 10.0.0.0 netmask 255.255.255.0 {
        range 10.0.0.10 10.0.0.14; range 10.0.0.15 10.0.0.20;
        host b { hardware ethernet 2:0:0:0:0:2; fixed-address 10.0.0.12; }
        range 10.0.0.100; }
      subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.5; }
      host c { hardware ethernet 2:0:0:0:0:3; fixed-address 10.0.0.99; }`;
    expect(rangesAt(text, "10.0.0.1")).toEqual([
      "10.0.0.11-10.0.0.11",
      "10.0.0.13-10.0.0.14",
      "10.0.0.15-10.0.0.19",
      "10.0.0.100-10.0.0.100",
    ]);
    expect(rangesAt(text, "10.0.1.1")).toEqual([]);
    const reserved = ["10.0.0.10", "10.0.0.12", "10.0.0.20", "10.0.0.99", "10.0.1.5"];
    expect(configOf(text).reserved.map(formatIpv4)).toEqual(reserved);
    expect(headsOf(text).map((head) => head.replace(/^.* notice /, ""))).toEqual([
      "2 addresses are taken out of this range: they are fixed-addresses of hosts, 10.0.0.10 is the first",
      "10.0.0.20 is taken out of this range: it is the fixed-address of a host",
      "10.0.1.5 is taken out of this range: it is the fixed-address of a host",
    ]);
  });

  it("may hold a whole /8, and nothing besides", () => {
    expect(RANGE_ADDRESSES_MAX).toBe(16_777_216);
    expect(rangesAt("subnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.0.1 10.255.255.254; }", "10.0.0.0")).toHaveLength(
      1,
    );
  });

  it("reach the end of the address space without overflow", () => {
    const text = "subnet 255.255.255.0 netmask 255.255.255.0 { range 255.255.255.200 255.255.255.255; }";
    expect(rangesAt(text, "255.255.255.1")).toEqual(["255.255.255.200-255.255.255.254"]);
  });
});

describe("hosts", () => {
  const config = configOf(`
    subnet 10.0.0.0 netmask 255.255.255.0 { }
    subnet 10.0.1.0 netmask 255.255.255.0 { }
    host by-hardware { hardware ethernet 2:0:0:0:0:1; hardware ethernet 02:00:00:00:00:02; fixed-address 10.0.0.5; }
    host by-text { option dhcp-client-identifier "\\001ab"; }
    host by-octets { option dhcp-client-identifier 1:2:0:0:0:0:9; hardware ethernet 2:0:0:0:0:9; }
    host host { hardware ipsec-tunnel a:b; }`);

  function find(
    hardware: { htype?: number; octets?: number[] },
    clientId: number[] = [],
    link = 0,
  ): string | undefined {
    const octets = hardware.octets ?? [];
    return config.findHost(
      {
        htype: hardware.htype ?? 1,
        hlen: octets.length,
        chaddr: Uint8Array.of(...octets, ...new Array<number>(16 - octets.length).fill(0xee)),
        clientId: Uint8Array.of(...clientId, 0xee, 0xee),
        clientIdLength: clientId.length,
        ...NO_RELAY,
      },
      link,
    )?.name;
  }

  it.each<[string, Parameters<typeof find>, string | undefined]>([
    ["its hardware address", [{ octets: [2, 0, 0, 0, 0, 1] }], "by-hardware"],
    ["not on a network where its fixed address is not [C6]", [{ octets: [2, 0, 0, 0, 0, 1] }, [], 1], undefined],
    ["its second hardware address", [{ octets: [2, 0, 0, 0, 0, 2] }], "by-hardware"],
    ["its client identifier as text", [{}, [1, 97, 98]], "by-text"],
    ["its client identifier first", [{ octets: [2, 0, 0, 0, 0, 9] }, [1, 97, 98]], "by-text"],
    ["hardware if the identifier is nobody's", [{ octets: [2, 0, 0, 0, 0, 1] }, [9, 9]], "by-hardware"],
    ["its tunnel address", [{ htype: 31, octets: [10, 11] }], "host"],
    ["not by another hardware type", [{ htype: 6, octets: [2, 0, 0, 0, 0, 1] }], undefined],
    ["not by a part of its address", [{ octets: [2, 0, 0, 0, 0] }], undefined],
    ["not by a longer address", [{ octets: [2, 0, 0, 0, 0, 1, 0] }], undefined],
    ["not by nothing", [{}], undefined],
    ["not by hardware octets as an identifier", [{}, [2, 0, 0, 0, 0, 1]], undefined],
  ])("are found by %s", (_, client, name) => {
    expect(find(...client)).toBe(name);
  });

  it("are found among ten thousand", () => {
    let text = "subnet 10.0.0.0 netmask 255.255.255.0 { }\n";
    for (let i = 0; i < 10_000; i++)
      text += `host h${i} { hardware ethernet 2:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)}; }\n`;
    const large = configOf(text);
    for (let i = 0; i < 10_000; i++) {
      const chaddr = Uint8Array.of(2, 0, 0, 0, i >> 8, i & 255);
      const client = { htype: 1, hlen: 6, chaddr, clientId: chaddr, clientIdLength: 0, ...NO_RELAY };
      expect(large.findHost(client, 0)?.name).toBe(`h${i}`);
    }
  });

  it("may have both addresses of a /31", () => {
    const text = `subnet 10.0.0.0 netmask 255.255.255.254 { }
      host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.0, 10.0.0.1; }`;
    expect(headsOf(text)).toEqual([]);
  });

  it("may be several declarations about one client, each for its networks and one for the others [C16]", () => {
    const text = `
      subnet 10.0.0.0 netmask 255.255.255.0 { }
      subnet 10.0.1.0 netmask 255.255.255.0 { }
      subnet 10.0.2.0 netmask 255.255.255.0 { default-lease-time 300; }
      host office { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; default-lease-time 100; }
      host lab { hardware ethernet 2:0:0:0:0:1; option dhcp-client-identifier 1:2; fixed-address 10.0.1.5; default-lease-time 200; }`;
    const chaddr = Uint8Array.of(2, 0, 0, 0, 0, 1);
    const client = { htype: 1, hlen: 6, chaddr, clientId: chaddr, clientIdLength: 0, ...NO_RELAY };
    const seconds = (config: Config, address: string): number => {
      const subnet = subnetAt(config, address);
      return config.scopeOf(subnet, config.findHost(client, subnet.sharedNetwork)).defaultLeaseSeconds;
    };
    const addresses = ["10.0.0.1", "10.0.1.1", "10.0.2.1"];
    expect(headsOf(text)).toEqual([]);
    expect(addresses.map((address) => seconds(configOf(text), address))).toEqual([100, 200, 300]);
    const more = `${text} host any { hardware ethernet 2:0:0:0:0:1; default-lease-time 400; }`;
    expect(headsOf(more)).toEqual([]);
    expect(addresses.map((address) => seconds(configOf(more), address))).toEqual([100, 200, 400]);
  });

  it("are two that contradict each other if their networks are one", () => {
    const text = `
      shared-network wire { subnet 10.0.0.0 netmask 255.255.255.0 { } subnet 10.0.1.0 netmask 255.255.255.0 { } }
      host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; }
      host b { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.1.5; }`;
    expect(headsOf(text)).toEqual(["4:16 error the hardware address 02:00:00:00:00:01 is that of two hosts, a and b"]);
  });
});

describe("listen on", () => {
  it("may be repeated and may list several", () => {
    const config = configOf("listen on 192.0.2.53, 127.0.0.1; LISTEN ON 192.0.2.54;");
    expect(config.listenAddresses.map(formatIpv4)).toEqual(["192.0.2.53", "127.0.0.1", "192.0.2.54"]);
  });
});
