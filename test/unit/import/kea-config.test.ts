// Kea's configurations: that clients are told what they were told before, and what is said of the rest.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { findKeaIssues } from "../../../src/cli/kea-schema.ts";
import { importKeaConfig } from "../../../src/import/kea-config.ts";
import { configOf } from "../../support/config-text.ts";
import { importOf, octets, told } from "../../support/kea-import.ts";

const SUBNET = { id: 1, subnet: "10.1.0.0/24", pools: [{ pool: "10.1.0.10 - 10.1.0.50" }] };
const FOO = { options: [[60, octets("foo")]] } as const;
const classOf = (name: string, lifetime: number): object => ({
  name,
  test: "option[60].hex == 'foo'",
  "next-server": `10.1.0.${name.length}`,
  "boot-file-name": name,
  "valid-lifetime": lifetime,
  "option-data": [
    { name: "domain-name", data: name },
    { name: "nis-domain", data: name },
  ],
});

// As kea-dhcp4 2.2 answered when it was asked: see the header of kea-config.ts.
describe("the order in which values count", () => {
  const kea = {
    "valid-lifetime": 4000,
    "next-server": "10.1.0.9",
    "option-data": [
      { name: "domain-name", data: "global" },
      { name: "nis-domain", data: "global" },
    ],
    "client-classes": [classOf("first", 1000), classOf("second", 1500)],
    subnet4: [
      {
        ...SUBNET,
        "next-server": "10.1.0.3",
        "boot-file-name": "subnet",
        "valid-lifetime": 2000,
        "option-data": [{ name: "domain-name", data: "subnet" }],
      },
    ],
  };

  it("is for options the subnet, the first class, the top level", () => {
    expect(told(kea, FOO).option(15)).toBe("subnet");
    expect(told(kea, FOO).option(40)).toBe("first");
    expect(told(kea).option(40)).toBe("global");
  });

  it("is for boot file, next server and lease time the first class, the subnet", () => {
    expect(told(kea, FOO)).toMatchObject({ file: "first", next: "10.1.0.5", lease: 1000 });
    expect(told(kea)).toMatchObject({ file: "subnet", next: "10.1.0.3", lease: 2000 });
  });
});

describe("importKeaConfig", () => {
  it("gives Kea's own lease time, and no other to who asks for it, where none is set", () => {
    expect(told({ subnet4: [SUBNET] }).lease).toBe(7200);
    expect(told({ subnet4: [SUBNET] }, { options: [[51, [0, 0, 255, 255]]] }).lease).toBe(7200);
    expect(told({ subnet4: [SUBNET], "max-valid-lifetime": 9000 }, { options: [[51, [0, 0, 255, 255]]] }).lease).toBe(
      9000,
    );
  });

  it("is not authoritative unless the file says so", () => {
    expect(configOf(importOf({ subnet4: [SUBNET] }).text).subnets[0]?.scope.authoritative).toBe(false);
    expect(
      configOf(importOf({ subnet4: [{ ...SUBNET, authoritative: true }] }).text).subnets[0]?.scope.authoritative,
    ).toBe(true);
  });

  it("answers nobody in the class DROP", () => {
    const kea = { subnet4: [SUBNET], "client-classes": [{ name: "DROP", test: "option[60].hex == 'foo'" }] };
    expect(told(kea, FOO).lease).toBe(0);
    expect(told(kea).lease).toBe(7200);
  });

  it("gives addresses of a pool to members of its class only", () => {
    const guarded = {
      id: 1,
      subnet: "10.1.0.0/24",
      pools: [{ pool: "10.1.0.10 - 10.1.0.50", "client-class": "VENDOR_CLASS_foo" }],
    };
    expect(told({ subnet4: [guarded] }, FOO).lease).toBe(7200);
    expect(told({ subnet4: [guarded] }).lease).toBe(0);
  });

  it("names each of many reservations on one line, and loses none [B12]", () => {
    const hosts = Array.from({ length: 16_000 }, (_, i) => {
      const octets = [10, 2, (i >> 8) + 1, i & 255];
      return { "client-id": formatHex(Uint8Array.from(octets), ":"), "ip-address": octets.join(".") };
    });
    const kea = { subnet4: [{ id: 1, subnet: "10.2.0.0/16", reservations: hosts }] };
    const imported = importKeaConfig("kea.json", JSON.stringify({ Dhcp4: kea }), { findKeaIssues });
    if ("problem" in imported) throw new TypeError(imported.problem);
    expect(imported.notices).toEqual([]);
    const { hosts: made } = configOf(imported.text);
    expect(made).toHaveLength(16_000);
    expect(imported.text.length).toBeLessThan(16_000 * 120);
  });

  it("names a reservation without a name by its hardware address, and numbers what has one name [U22]", () => {
    const host = (octet: number, hostname = ""): object => ({
      "hw-address": `02:00:5e:00:53:0${octet}`,
      "ip-address": `10.1.0.${octet}`,
      hostname,
    });
    const { text } = importOf({
      subnet4: [{ ...SUBNET, reservations: [host(1), host(2, "pc"), host(3, "pc"), host(4, "pc-2"), host(5, "pc")] }],
    });
    expect([...text.matchAll(/host (\S+) \{/g)].map(([, name]) => name)).toEqual([
      "host-02-00-5e-00-53-01",
      "pc",
      "pc-2",
      "pc-2-2",
      "pc-3",
    ]);
  });

  it("puts a vendor's options into option 43 of its clients", () => {
    const kea = {
      "option-def": [
        { name: "controller", code: 1, space: "acme", type: "ipv4-address" },
        { name: "vendor-encapsulated-options", code: 43, type: "empty", encapsulate: "acme" },
      ],
      "client-classes": [
        {
          name: "acme",
          test: "option[60].hex == 'foo'",
          "option-data": [
            { name: "vendor-encapsulated-options" },
            { name: "controller", space: "acme", data: "10.1.0.4" },
          ],
        },
      ],
      subnet4: [SUBNET],
    };
    expect(told(kea, FOO).option(43)).toBe("\u0001\u0004\u000a\u0001\u0000\u0004");
    expect(told(kea).option(43)).toBe("");
  });

  it.each<[object, string]>([
    [{ name: "domain-name-servers", data: "10.1.0.1,10.1.0.2" }, "option domain-name-servers 10.1.0.1, 10.1.0.2;"],
    [{ code: 6, "csv-format": false, data: "0a010001" }, "option domain-name-servers = 0a:01:00:01;"],
    [{ name: "name-servers", data: "10.1.0.1" }, "option ien116-name-servers 10.1.0.1;"],
    [{ name: "host-name", data: 'a\\,b"c' }, 'option host-name "a,b\\042c";'],
    [{ name: "domain-search", data: "a.org, b.org" }, 'option domain-search "a.org", "b.org";'],
    [{ name: "interface-mtu", data: "01500" }, "option interface-mtu 1500;"],
    [{ name: "ip-forwarding", data: "1" }, "option ip-forwarding true;"],
    [{ name: "static-routes", data: "10.1.0.1,10.1.0.2" }, "option static-routes 10.1.0.1 10.1.0.2;"],
    [
      { name: "vivso-suboptions", "csv-format": false, data: "0000118b03010105" },
      "option vivso = 00:00:11:8b:03:01:01:05;",
    ],
    [{ name: "vendor-encapsulated-options", data: "0104" }, "option vendor-encapsulated-options = 01:04;"],
    [{ code: 213, space: "dhcp4", data: "a.org" }, 'option v4-access-domain "a.org";'],
    [{ code: 7, space: "v", "csv-format": false, data: "01" }, "option v.option-7 = 01;"],
    [{ name: "domain-name", data: "x", "client-classes": ["KNOWN"] }, 'if known { option domain-name "x"; }'],
  ])("writes %j as %s", (data, statement) => {
    const { text, said } = importOf({ subnet4: [SUBNET], "option-data": [data] });
    expect(text).toContain(`\n${statement}\n`);
    expect(said).toEqual([]);
  });

  it.each<[object, string]>([
    [{ "option-data": [{ name: "frotz", data: "x" }] }, "Dhcp4.option-data[0].name: there is no option frotz here"],
    [
      { "option-data": [{ name: "routers", data: "nobody" }] },
      "option routers nobody;: nobody is not an IP address; expected: an IP address: four decimal numbers from 0 to 255, like 192.0.2.1",
    ],
    [{ "valid-lifetime": "long" }, "Dhcp4.valid-lifetime: expected: a whole number from 0 to 4294967295"],
    [
      { subnet4: [{ subnet: "10.0.0.0" }] },
      'Dhcp4.subnet4[0].subnet: "10.0.0.0" is not right; expected: a network like 192.0.2.0/24',
    ],
    [
      { subnet4: [{ ...SUBNET, pools: [{ pool: "x" }] }] },
      'Dhcp4.subnet4[0].pools[0].pool: "x" is not right; expected: a range like 192.0.2.10 - 192.0.2.99',
    ],
    [{ subnet4: 7 }, "Dhcp4.subnet4: expected: a list between [ and ]"],
    [{ subnet4: [7] }, "Dhcp4.subnet4[0]: expected: a map between { and }"],
    [
      { "shared-networks": [{ name: "x" }] },
      "Dhcp4.shared-networks[0]: a shared network without a subnet serves nobody",
    ],
    [
      { "client-classes": [{ name: "x", test: "split(1)" }] },
      'Dhcp4.client-classes[0].test: the class x is left out: a condition cannot look at "split"',
    ],
    [
      { "client-classes": [{ name: "x", "template-test": "option[61].hex" }] },
      "Dhcp4.client-classes[0].template-test: classes for each value are made by spawn with, which has no values of its own",
    ],
    [
      { "option-def": [{ name: "a b", code: 222, type: "string" }] },
      "Dhcp4.option-def[0].name: the name of an option is one word here",
    ],
    [
      { "option-def": [{ name: "a", code: 222, type: "psid" }] },
      "Dhcp4.option-def[0].type: there is no type psid here",
    ],
    [
      { "option-def": [{ name: "a", code: 222, type: "uint8", encapsulate: "b" }] },
      "Dhcp4.option-def[0].encapsulate: an option that carries a space has no value of its own here",
    ],
    [
      { reservations: [{ "hw-address": "zz", "ip-address": "10.1.0.7" }] },
      'Dhcp4.reservations[0].hw-address: "zz" is not right; expected: octets in hexadecimal, like 01:0a:ff',
    ],
    [{ "hooks-libraries": [{ library: "/x.so" }] }, "Dhcp4.hooks-libraries[0].library: there is no hook /x.so here"],
    [
      { "dhcp-ddns": { "enable-updates": true }, "ddns-ttl": 5 },
      "Dhcp4.ddns-ttl: write ddns-update-style standard, and the zones and keys of Kea's D2, yourself (dhcpd.conf(5))",
    ],
    [
      { subnet4: [SUBNET, { id: 2 }] },
      "Dhcp4.subnet4[1]: subnet: it is missing; expected: a network like 192.0.2.0/24",
    ],
    [{ "option-data": [{ code: 300 }] }, "Dhcp4.option-data[0].code: expected: the code of an option, from 0 to 255"],
    [{ frotz: 1 }, "Dhcp4.frotz: there is nothing like it here"],
  ])("says of %j: %s", (part, notice) => {
    expect(importOf({ subnet4: [SUBNET], ...part }).said).toContain(notice);
  });

  it("takes out what is wrong and carries over the rest", () => {
    const { text, said } = importOf({
      "valid-lifetime": "long",
      "renew-timer": -5,
      subnet4: [
        { ...SUBNET, pools: [{ pool: "nowhere" }, ...SUBNET.pools] },
        7,
        { ...SUBNET, subnet: "10.2.0.0/24", pools: [] },
      ],
    });
    expect(said.map((line) => line.split(": ")[0])).toEqual([
      "Dhcp4.valid-lifetime",
      "Dhcp4.renew-timer",
      "Dhcp4.subnet4[0].pools[0].pool",
      "Dhcp4.subnet4[1]",
    ]);
    expect(configOf(text).subnets).toHaveLength(2);
    expect(text).toContain("range 10.1.0.10 10.1.0.50;");
  });

  it("names a member that is written twice: the last one counts", () => {
    const imported = importKeaConfig(
      "kea.json",
      '{ "Dhcp4": { "valid-lifetime": 1000,\n  "valid-lifetime": 2000, "subnet4": [] } }',
      { findKeaIssues },
    );
    if ("problem" in imported) throw new TypeError(imported.problem);
    expect(imported.text).toContain("default-lease-time 2000;");
    expect(imported.notices).toMatchObject([{ line: 1, column: 14, subject: "Dhcp4.valid-lifetime" }]);
  });

  it.each([
    ["[]", 1, 'a map with "Dhcp4" in it was expected'],
    ["{}", 1, 'there is no map "Dhcp4" in it'],
    ['{"Dhcp6": {}}', 1, 'there is no map "Dhcp4" in it'],
    ['{"Dhcp4": 4}', 1, 'there is no map "Dhcp4" in it'],
    ["{", 2, 'a name between " and " is missing, or }'],
  ])("says why %s cannot be read at all", (text, column, problem) => {
    expect(importKeaConfig("kea.json", text, { findKeaIssues })).toEqual({
      place: { file: "kea.json", line: 1, column },
      problem,
    });
  });
});
