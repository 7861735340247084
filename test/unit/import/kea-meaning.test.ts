// Kea's configurations that came out with another meaning, or without a part of it, and nothing said.

import { describe, expect, it } from "vitest";
import { configOf } from "../../support/config-text.ts";
import { importOf, octets, told } from "../../support/kea-import.ts";

const POOL = { pool: "10.1.0.10 - 10.1.0.50" };
const SUBNET = { id: 1, subnet: "10.1.0.0/24", pools: [POOL] };
const OTHER = { id: 2, subnet: "10.2.0.0/24", pools: [{ pool: "10.2.0.10 - 10.2.0.50" }] };
const FOO = { options: [[60, octets("foo")]] } as const;
const BAR = { options: [[60, octets("bar")]] } as const;
const isA = (text: string): string => `option[60].hex == '${text}'`;

describe("a reservation with a hostname and option 12", () => {
  it("is told the hostname, as by Kea", () => {
    const host = { "hw-address": "02:00:00:00:00:0a", hostname: "by-hostname", "ip-address": "10.1.0.77" };
    const named = { ...host, "option-data": [{ name: "host-name", data: "by-option" }] };
    const asking = { options: [[55, [12]]] } as const;
    expect(told({ subnet4: [{ ...SUBNET, reservations: [named] }] }, asking).option(12)).toBe("by-hostname");
    const unnamed = { ...named, hostname: "" };
    expect(told({ subnet4: [{ ...SUBNET, reservations: [unnamed] }] }, asking).option(12)).toBe("by-option");
  });
});

describe("an option that carries a space", () => {
  const kea = (more: readonly object[]): object => ({
    subnet4: [SUBNET],
    "option-def": [
      { name: "ipxe-encap-opts", code: 175, type: "empty", encapsulate: "ipxe" },
      { name: "no-pxedhcp", code: 176, space: "ipxe", type: "uint8" },
    ],
    "option-data": [{ name: "no-pxedhcp", space: "ipxe", data: "1" }, ...more],
  });
  const asking = { options: [[55, [175]]] } as const;
  const askingForOthers = { options: [[55, [1]]] } as const;

  it("is sent with what it carries where option-data has it, by its name or its code, and nothing is told", () => {
    for (const carrier of [{ name: "ipxe-encap-opts" }, { code: 175 }]) {
      expect(importOf(kea([carrier])).said).toEqual([]);
      expect(told(kea([carrier]), asking).option(175)).toBe("\xb0\u0001\u0001");
      expect(told(kea([carrier]), askingForOthers).option(175)).toBe("");
    }
    expect(told(kea([{ code: 175, "always-send": true }]), askingForOthers).option(175)).toBe("\xb0\u0001\u0001");
  });

  it("is not sent where no option-data has it, as by Kea, and the import says so", () => {
    expect(told(kea([]), asking).option(175)).toBe("");
    expect(importOf(kea([])).said).toEqual([
      "Dhcp4.option-data[0]: Kea sends it inside the option ipxe-encap-opts only where option-data has that option too, and none has",
    ]);
  });
});

describe("option 43", () => {
  const address = (name: string, data: string): object => ({
    name,
    test: isA(name),
    "option-def": [{ name: "vendor-encapsulated-options", code: 43, type: "ipv4-address" }],
    "option-data": [{ name: "vendor-encapsulated-options", data }],
  });

  it("has the octets of the type that a class gives it [K4]", () => {
    const kea = { subnet4: [SUBNET], "client-classes": [address("foo", "192.0.2.11")] };
    expect(importOf(kea).said).toEqual([]);
    expect(told(kea, FOO).option(43)).toBe("\xc0\u0000\u0002\u000b");
    expect(told(kea, BAR).option(43)).toBe("");
  });

  it("has the type of its own class where another gives it another one [K4]", () => {
    const text = {
      name: "bar",
      test: isA("bar"),
      "option-def": [{ name: "vendor-encapsulated-options", code: 43, type: "string" }],
      "option-data": [{ code: 43, data: "on" }],
    };
    const kea = { subnet4: [SUBNET], "client-classes": [address("foo", "192.0.2.11"), text] };
    expect(told(kea, FOO).option(43)).toBe("\xc0\u0000\u0002\u000b");
    expect(told(kea, BAR).option(43)).toBe("on");
  });

  it("carries the space of the client's own class [K4]", () => {
    const carrying = (name: string, space: string): object => ({
      name,
      test: isA(name),
      "option-def": [{ name: "vendor-encapsulated-options", code: 43, type: "empty", encapsulate: space }],
      "option-data": [
        { name: "vendor-encapsulated-options" },
        { name: "level", space, data: `${name.length + space.length}` },
      ],
    });
    const level = (space: string, code: number): object => ({ name: "level", code, space, type: "uint8" });
    const kea = {
      subnet4: [SUBNET],
      "option-def": [level("A", 1), level("BB", 2)],
      "client-classes": [carrying("foo", "A"), carrying("bar", "BB")],
    };
    expect(importOf(kea).said).toEqual([]);
    expect(told(kea, FOO).option(43)).toBe("\u0001\u0001\u0004");
    expect(told(kea, BAR).option(43)).toBe("\u0002\u0001\u0005");
  });
});

describe("option data", () => {
  it.each<[object, string]>([
    [
      { name: "v4-dnr", data: "2, resolver.example.org., 10.0.5.6, alpn=dot" },
      "Dhcp4.option-data[0].data: option 162 is octets here: write them in hexadecimal",
    ],
    [
      { code: 6, "csv-format": false, data: "199.0.2.1" },
      "Dhcp4.option-data[0].data: with csv-format false it has to be octets in hexadecimal",
    ],
    [
      { name: "time-offset", data: "2147483648" },
      "Dhcp4.option-data[0].data: it is a signed number of 32 bits; expected: at most 2147483647",
    ],
    [
      { name: "vivso-suboptions", data: "1234" },
      "Dhcp4.option-data[0].data: option 125 of the enterprise 1234 is left out: no option of it stands beside this",
    ],
    [
      { code: 1, space: "vendor-1234", data: "x" },
      "Dhcp4.option-data[0].space: options of this space go into option 125: write vivso-suboptions 1234 beside them",
    ],
  ])("is not sent in another form than it has: %j [K4]", (data, notice) => {
    const { text, said } = importOf({ subnet4: [SUBNET], "option-data": [data] });
    expect(said).toEqual([notice]);
    expect(text).not.toMatch(/^option/m);
  });

  it("of an enterprise goes into option 125 [K4]", () => {
    const kea = {
      subnet4: [SUBNET],
      "option-def": [{ name: "server", code: 2, space: "vendor-4491", type: "ipv4-address", array: true }],
      "option-data": [
        { name: "vivso-suboptions", data: "4491" },
        { name: "server", space: "vendor-4491", data: "192.0.2.1, 192.0.2.2" },
        { code: 3, space: "vendor-4491", "csv-format": false, data: "0aff" },
      ],
    };
    expect(importOf(kea).said).toEqual([]);
    const value = [0, 0, 0x11, 0x8b, 14, 2, 8, 192, 0, 2, 1, 192, 0, 2, 2, 3, 2, 0x0a, 0xff];
    expect(told(kea, { requestList: [125] }).option(125)).toBe(String.fromCharCode(...value));
  });
});

describe("subnets of one interface", () => {
  const on = (subnet: object, more: object = {}): object => ({ ...subnet, interface: "eth7", ...more });

  it("are a shared network, so that each of them serves its clients [K4]", () => {
    const kea = {
      subnet4: [on(OTHER, { "client-class": "VENDOR_CLASS_foo" }), on(SUBNET, { "client-class": "VENDOR_CLASS_bar" })],
    };
    // The interface has an address in one of them only.
    expect(told(kea, FOO).address).toMatch(/^10\.2\.0\./);
    expect(told(kea, BAR).address).toMatch(/^10\.1\.0\./);
    expect(importOf(kea).said).toEqual([
      "Dhcp4.subnet4[0].interface: the subnets of eth7 are a shared network: it is found by the addresses of eth7",
      "Dhcp4.subnet4[1].interface: the subnets of eth7 are a shared network: it is found by the addresses of eth7",
    ]);
  });

  it("say how a single one is found [K4]", () => {
    expect(importOf({ subnet4: [on(SUBNET)] }).said).toEqual([
      "Dhcp4.subnet4[0].interface: the subnet is found by the addresses of that interface, one of which has to be in it",
    ]);
  });
});

describe("a class", () => {
  const guarded = (name: string): object => ({ ...SUBNET, pools: [{ ...POOL, "client-class": name }] });

  it("whose test is constant lets everybody in, or nobody [C27]", () => {
    const kea = (test: string): object => ({
      "client-classes": [{ name: "c", test, "option-data": [{ name: "domain-name", data: "in" }] }],
      subnet4: [guarded("c")],
    });
    expect(told(kea("1 == 1"))).toMatchObject({ address: expect.stringMatching(/^10\.1\.0\./) });
    expect(told(kea("'x' == 'x' or option[60].exists")).option(15)).toBe("in");
    expect(told(kea("1 == 2")).address).toBe("");
    expect(importOf(kea("1 == 1")).said).toEqual([]);
  });

  it("that is lost closes its pool, by name, and the pools of its subnet [C27]", () => {
    const classes = [{ name: "c", test: "ifelse(1, 2, 3)" }];
    expect(importOf({ "client-classes": classes, subnet4: [guarded("c")] }).said).toContain(
      "Dhcp4.subnet4[0].pools[0].client-class: there is no condition for the class c: nobody gets an address of 10.1.0.10 - 10.1.0.50",
    );
    expect(importOf({ "client-classes": classes, subnet4: [{ ...SUBNET, "client-class": "c" }] }).said).toContain(
      "Dhcp4.subnet4[0].client-class: there is no condition for the class c: nobody gets an address of 10.1.0.10 - 10.1.0.50",
    );
  });

  it("that is lost leaves the others that a pool names [C27]", () => {
    const pools = [{ ...POOL, "client-classes": ["c", "VENDOR_CLASS_foo"] }];
    const kea = { "client-classes": [{ name: "c", test: "ifelse(1)" }], subnet4: [{ ...SUBNET, pools }] };
    expect(told(kea, FOO).address).not.toBe("");
    expect(told(kea, BAR).address).toBe("");
  });

  it("of a subnet counts together with that of a pool", () => {
    const pools = [{ ...POOL, "client-class": "VENDOR_CLASS_foo" }];
    const kea = {
      "client-classes": [{ name: "named", test: "option[12].hex == 'pc'" }],
      subnet4: [{ ...SUBNET, "client-class": "named", pools }],
    };
    expect(importOf(kea).said).toEqual([]);
    expect(told(kea, FOO).address).toBe("");
    expect(told(kea, { options: [[12, octets("pc")]] }).address).toBe("");
    expect(
      told(kea, {
        options: [
          [12, octets("pc")],
          [60, octets("foo")],
        ],
      }).address,
    ).not.toBe("");
  });

  it("has the hosts that are put into it, by a reservation or by its test [K5]", () => {
    const reservations = [{ "hw-address": "02:00:00:00:00:0a", "client-classes": ["special"] }];
    const special = { name: "special", "option-data": [{ name: "domain-name", data: "special" }] };
    const kea = { "client-classes": [special], subnet4: [{ ...guarded("special"), reservations }] };
    expect(importOf(kea).said).toEqual([]);
    expect(told(kea).option(15)).toBe("special");
    expect(told(kea, { chaddr: "02:00:00:00:00:0b" }).address).toBe("");
    const tested = { ...kea, "client-classes": [{ ...special, test: isA("foo") }] };
    expect(told(tested).option(15)).toBe("special");
    expect(told(tested, { ...FOO, chaddr: "02:00:00:00:00:0b" }).option(15)).toBe("special");
  });

  it("DROP has the hosts that are put into it, although it is not declared [K5]", () => {
    const reservations = [{ "hw-address": "02:00:00:00:00:0a", "client-classes": ["DROP"] }];
    const kea = { subnet4: [{ ...SUBNET, reservations }] };
    expect(told(kea).address).toBe("");
    expect(told(kea, { chaddr: "02:00:00:00:00:0b" }).address).not.toBe("");
  });
});

describe("reservations", () => {
  const host = { "hw-address": "02:00:00:00:00:0a", hostname: "pc" };

  it("without an address count on all networks: this is said where there are others [C6]", () => {
    const counts = "without an address the host counts on every network, in Kea in 10.1.0.0/24 only";
    const { said } = importOf({ subnet4: [{ ...SUBNET, reservations: [host] }, OTHER] });
    expect(said).toEqual([`Dhcp4.subnet4[0].reservations[0]: ${counts}`]);
    expect(importOf({ subnet4: [{ ...SUBNET, reservations: [host] }] }).said).toEqual([]);
    const fixed = { ...host, "ip-address": "10.1.0.5" };
    expect(importOf({ subnet4: [{ ...SUBNET, reservations: [fixed] }, OTHER] }).said).toEqual([]);
  });

  it("at the top level count in Kea only where reservations-global says so [C6]", () => {
    const unused = importOf({ subnet4: [SUBNET], reservations: [host] });
    expect(unused.said).toEqual([
      "Dhcp4.reservations[0]: Kea has no use for a reservation at the top level without reservations-global true",
    ]);
    expect(configOf(unused.text).hosts).toEqual([]);
    const used = importOf({ subnet4: [SUBNET], "reservations-global": true, reservations: [host] });
    expect(used.said).toEqual([]);
    expect(configOf(used.text).hosts).toHaveLength(1);
  });

  it("in subnets do not count where reservations-in-subnet is false", () => {
    const kea = { "reservations-in-subnet": false, subnet4: [{ ...SUBNET, reservations: [host] }] };
    expect(configOf(importOf(kea).text).hosts).toEqual([]);
    expect(importOf(kea).said).toHaveLength(1);
  });
});

describe("hooks", () => {
  it("for BOOTP make pools serve such clients [K5]", () => {
    const kea = { "hooks-libraries": [{ library: "/usr/lib/kea/hooks/libdhcp_bootp.so" }], subnet4: [SUBNET] };
    expect(importOf(kea)).toMatchObject({ said: [], text: expect.stringContaining("range dynamic-bootp 10.1.0.10") });
    const noPing = { library: "libdhcp_ping_check.so", parameters: { "enable-ping-check": false } };
    const quick = { ...kea, "hooks-libraries": [...kea["hooks-libraries"], noPing] };
    expect(told(quick, { type: 0 }).address).not.toBe("");
  });

  it("for ping checks set how long one takes [K5]", () => {
    const hook = { library: "libdhcp_ping_check.so", parameters: { "reply-timeout": 1500 } };
    const { text, said } = importOf({ "hooks-libraries": [hook], subnet4: [SUBNET] });
    expect(said).toEqual([]);
    expect(text).toContain("\nping-timeout 2;\n");
  });
});

describe("a shared network", () => {
  it("says in which order its subnets are used [C20]", () => {
    const network = { name: "n", subnet4: [OTHER, SUBNET] };
    expect(importOf({ "shared-networks": [network] }).said).toEqual([
      "Dhcp4.shared-networks[0].subnet4: Kea tries the subnet of a client's relay first, this server all of them in this order",
    ]);
  });
});
