// Every statement as it should be, and what it means in the model.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { loadConfig, namesIn } from "../../../src/config/load.ts";
import type { Scope } from "../../../src/config/model/scope.ts";
import { optionByName } from "../../../src/wire/options/option-code.ts";
import { configOf, headsOf, hostNamed, subnetAt } from "../../support/config-text.ts";
import { ip } from "../../support/message-builder.ts";

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { }";

function globalScope(text: string): Scope {
  return configOf(text + SUBNET).globalScope;
}

describe("a configuration that sets nothing", () => {
  it("has dhcpd(8)'s defaults", () => {
    const { options, firewallSets, ...values } = globalScope("");
    expect([options.codes.length, firewallSets.length]).toEqual([0, 0]);
    expect(values).toEqual({
      defaultLeaseSeconds: 43_200,
      maxLeaseSeconds: 86_400,
      minLeaseSeconds: 0,
      authoritative: true,
      serverIdentifier: undefined,
      nextServer: undefined,
      serverName: new Uint8Array(0),
      fileName: new Uint8Array(0),
      allowUnknownClients: true,
      allowBooting: true,
      allowBootp: true,
      allowDynamicBootp: false,
      hardwareLeaseLimit: 0,
      relayPortLeaseLimit: 0,
      interfaceLeaseLimit: 0,
      dynamicBootpLeaseSeconds: Number.POSITIVE_INFINITY,
      dynamicBootpCutoff: Number.POSITIVE_INFINITY,
      useLeaseAddressForDefaultRoute: false,
      useHostDeclNames: false,
      alwaysReplyRfc1048: false,
      echoClientId: true,
      alwaysBroadcast: false,
      neverBroadcast: false,
      ignoreClientUids: false,
      leasequeryRequestors: [],
      bulkLeasequeryRequestors: [],
      relays: undefined,
      rapidCommit: false,
      requestedOptionsOnly: false,
      subnetSelection: false,
      ddnsDomainName: undefined,
      ddnsReverseDomainName: "in-addr.arpa",
      ddnsUpdates: true,
      updateStaticLeases: false,
      ddnsTtlSeconds: 0,
      ddnsHostName: undefined,
      pingCheck: true,
      pingAhead: true,
      dontUseFsync: false,
      drainSeconds: 0,
      pingTimeoutSeconds: 1,
    });
  });

  it("is warned about if it has no subnet", () => {
    const { config, diagnostics } = loadConfig("f", "");
    expect(config?.subnets).toEqual([]);
    expect(diagnostics.map((d) => d.message)).toEqual(["no subnet is declared: no client can be served"]);
  });
});

const text = (...octets: string[]): Uint8Array => Uint8Array.from(octets.join(""), (c) => c.charCodeAt(0));

describe("a parameter", () => {
  it.each<[string, Partial<Scope>]>([
    ["default-lease-time 600;", { defaultLeaseSeconds: 600 }],
    ["DEFAULT-Lease-Time 0600;", { defaultLeaseSeconds: 600 }],
    ["max-lease-time 4294967294;", { maxLeaseSeconds: 4_294_967_294 }],
    ["max-lease-time 4294967295;", { maxLeaseSeconds: Number.POSITIVE_INFINITY }],
    ["min-lease-time 60;", { minLeaseSeconds: 60 }],
    ["min-lease-time 0;", { minLeaseSeconds: 0 }],
    ["ignore-client-uids on;", { ignoreClientUids: true }],
    ["always-broadcast on;", { alwaysBroadcast: true }],
    ["never-broadcast true;", { neverBroadcast: true }],
    ["dynamic-bootp-lease-length 3600;", { dynamicBootpLeaseSeconds: 3600 }],
    ["dynamic-bootp-lease-cutoff 4 2037/12/31 23:59:59;", { dynamicBootpCutoff: 2_145_916_799 }],
    ["dynamic-bootp-lease-cutoff 1 2024/02/29 00:00:00 UTC;", { dynamicBootpCutoff: 1_709_164_800 }],
    ["dynamic-bootp-lease-length 4294967295;", { dynamicBootpLeaseSeconds: Number.POSITIVE_INFINITY }],
    ["ping-check off;", { pingCheck: false }],
    ["ping-ahead off;", { pingAhead: false }],
    ["dont-use-fsync true;", { dontUseFsync: true }],
    ["ping-check TRUE;", { pingCheck: true }],
    ["default-lease-time 1;", { defaultLeaseSeconds: 1 }],
    ["hardware-lease-limit 16;", { hardwareLeaseLimit: 16 }],
    ["relay-port-lease-limit 0;", { relayPortLeaseLimit: 0 }],
    ["interface-lease-limit 200;", { interfaceLeaseLimit: 200 }],
    ["ping-timeout 60;", { pingTimeoutSeconds: 60 }],
    ["ping-timeout 3;", { pingTimeoutSeconds: 3 }],
    ["use-host-decl-names on;", { useHostDeclNames: true }],
    ["use-lease-addr-for-default-route true;", { useLeaseAddressForDefaultRoute: true }],
    ["always-reply-rfc1048 on;", { alwaysReplyRfc1048: true }],
    ["echo-client-id false;", { echoClientId: false }],
    ["rapid-commit true;", { rapidCommit: true }],
    ["allow leasequery;", { leasequeryRequestors: [{ network: 0, mask: 0 }] }],
    [
      "allow leasequery from 192.0.2.1, 10.0.0.0/8;",
      {
        leasequeryRequestors: [
          { network: ip("192.0.2.1"), mask: ip("255.255.255.255") },
          { network: ip("10.0.0.0"), mask: ip("255.0.0.0") },
        ],
      },
    ],
    ["deny leasequery;", { leasequeryRequestors: [] }],
    ["subnet-selection on;", { subnetSelection: true }],
    ["allow bulk-leasequery;", { bulkLeasequeryRequestors: [{ network: 0, mask: 0 }], leasequeryRequestors: [] }],
    [
      "allow bulk-leasequery from 192.0.2.1/32;",
      { bulkLeasequeryRequestors: [{ network: ip("192.0.2.1"), mask: ip("255.255.255.255") }] },
    ],
    ["deny bulk-leasequery;", { bulkLeasequeryRequestors: [] }],
    ["not authoritative;", { authoritative: false }],
    ["authoritative;", { authoritative: true }],
    ["deny unknown-clients;", { allowUnknownClients: false }],
    ["deny booting;", { allowBooting: false }],
    ["deny bootp;", { allowBootp: false }],
    ["allow dynamic-bootp;", { allowDynamicBootp: true }],
    ['filename "pxelinux.0";', { fileName: text("pxelinux.0") }],
    ['server-name "boot\\"1\\"";', { serverName: text('boot"1"') }],
    ["next-server 192.0.2.7;", { nextServer: ip("192.0.2.7") }],
    ["server-identifier 192.0.2.8;", { serverIdentifier: ip("192.0.2.8") }],
    ["option dhcp-server-identifier 192.0.2.8;", { serverIdentifier: ip("192.0.2.8") }],
    ["get-lease-hostnames off;", {}],
  ])("%s sets what it says", (statement, values) => {
    expect(globalScope(statement)).toMatchObject(values);
  });

  it.each([
    ["filename", 255],
    ["server-name", 63],
  ])("%s takes %i octets and not one more", (name, most) => {
    expect(headsOf(`${name} "${"a".repeat(most)}"; ${SUBNET}`).filter((head) => !head.includes(" notice "))).toEqual(
      [],
    );
    expect(headsOf(`${name} "${"a".repeat(most + 1)}"; ${SUBNET}`)).toEqual([
      `1:${name.length + 2} error the string has ${most + 1} octets`,
    ]);
  });

  it.each([
    ["ping-check = 1;", true],
    ["ping-check = 0;", false],
    ["ping-check = 00;", false],
    ["ping-check = off;", false],
  ])("%s is an expression of ISC's [C24]", (statement, value) => {
    expect(globalScope(statement).pingCheck).toBe(value);
  });

  it("may follow a declaration", () => {
    expect(configOf(`${SUBNET} default-lease-time 60;`).globalScope.defaultLeaseSeconds).toBe(60);
  });

  it("allows dynamic BOOTP where a range does, unless the subnet denies it", () => {
    const of = (statements: string): boolean =>
      subnetAt(configOf(`subnet 10.0.0.0 netmask 255.255.255.0 { ${statements} }`), "10.0.0.1").scope.allowDynamicBootp;
    expect(of("range dynamic-bootp 10.0.0.1 10.0.0.9;")).toBe(true);
    expect(of("range dynamic-bootp 10.0.0.1 10.0.0.9; deny dynamic-bootp;")).toBe(false);
    expect(of("deny dynamic-bootp; range dynamic-bootp 10.0.0.1 10.0.0.9;")).toBe(false);
  });
});

describe("an option", () => {
  it.each([
    ["routers 10.0.0.1, 10.0.0.2", "0a0000010a000002"],
    ["dhcp.routers 10.0.0.1", "0a000001"],
    ["time-offset -3600", "fffff1f0"],
    ["time-offset 4294967295", "ffffffff"],
    ["boot-size 0x40", "0040"],
    ["boot-size 017", "000f"],
    ["default-ip-ttl 255", "ff"],
    ["path-mtu-plateau-table 68, 576", "00440240"],
    ["ip-forwarding on", "01"],
    ["ip-forwarding FALSE", "00"],
    ['domain-name "example.org"', "6578616d706c652e6f7267"],
    ["domain-name subnet", "7375626e6574"],
    ['host-name "a\\\\b\\"\\n\\001"', "615c62220a01"],
    ["vendor-encapsulated-options 1:2:ff:A", "0102ff0a"],
    ["policy-filter 10.0.0.0 255.0.0.0, 10.1.0.0 255.255.0.0", "0a000000ff0000000a010000ffff0000"],
    ["classless-static-routes 10.1/16 10.0.0.1, 0/0 10.0.0.2", "100a010a000001000a000002"],
    ["classless-static-routes 10.1.255/20 10.0.0.1", "140a01f00a000001"],
    ['domain-search "a.example.org", "b.example.org"', "0161076578616d706c65036f7267000162c002"],
    ["option-200 1:2", "0102"],
    ['option-254 "x"', "78"],
    ["dhcp-parameter-request-list 1, 3, 6", "010306"],
  ])("%s has the octets %s", (written, octets) => {
    const name = written.split(" ")[0]?.replace("dhcp.", "") ?? "";
    const code = optionByName(name)?.code ?? -1;
    expect(formatHex(globalScope(`option ${written};`).options.get(code) ?? new Uint8Array(0))).toBe(octets);
  });

  it.each([
    ["host-name abc", 12, "616263"],
    ["host-name ab", 12, "6162"],
    ["nds-tree-name corp", 86, "636f7270"],
    ["bootfile-name pxelinux", 67, "7078656c696e7578"],
    ["vendor-encapsulated-options ab", 43, "ab"],
    ["vendor-encapsulated-options 5", 43, "05"],
    ['domain-search "a.example.org, b.example.org"', 119, "0161076578616d706c65036f7267000162c002"],
    ['domain-search "a.example.org b.example.org"', 119, "0161076578616d706c65036f7267000162c002"],
    ['slp-service-scope true ""', 79, "01"],
  ])("%s means what it means for ISC's dhcpd [C24]", (written, code, octets) => {
    expect(formatHex(globalScope(`option ${written};`).options.get(code) ?? new Uint8Array(0))).toBe(octets);
  });

  it.each(['domain-name ""', 'option-200 ""', 'host-name = ""', 'domain-search ""'])(
    "%s is not sent, whatever the blocks around set [C24]",
    (written) => {
      const [name = ""] = written.split(" ");
      const config = configOf(`option ${name} "outer"; subnet 10.0.0.0 netmask 255.255.255.0 { option ${written}; }`);
      const code = optionByName(name)?.code ?? -1;
      expect(subnetAt(config, "10.0.0.1").scope.options.has(code)).toBe(false);
      expect(config.globalScope.options.has(code)).toBe(true);
      expect(headsOf(`option ${written}; ${SUBNET}`)).toEqual([
        expect.stringMatching(/warning option \S+ is not sent: its value is empty$/),
      ]);
    },
  );

  it("takes a value of any length", () => {
    const value = globalScope(`option root-path "${"a".repeat(1499)}";`).options.get(17);
    expect(value).toHaveLength(1499);
  });

  it.each([
    "dhcp-message-type 1",
    "dhcp-option-overload 1",
    "dhcp-lease-time 1",
    "dhcp-requested-address 10.0.0.1",
    "relay-agent-information 1:2",
    "subnet-selection 10.0.0.0",
    "vss 0:61",
    "dhcp-server-identifier 10.0.0.1",
    'dhcp-client-identifier "ab"',
  ])("%s is the server's or the client's: a warning, and never sent", (written) => {
    expect(globalScope(`option ${written};`).options.codes).toHaveLength(0);
    expect(headsOf(`option ${written}; ${SUBNET}`)).toEqual([
      expect.stringMatching(/^1:1 warning option (dhcp|relay|subnet|vss)/),
    ]);
  });

  it("is sent in dhcpd(8)'s default order", () => {
    const { codes } = globalScope(`option option-200 1:2; option host-name "h"; option routers 10.0.0.1;
      option domain-search "a"; option domain-name "a"; option subnet-mask 255.0.0.0;`).options;
    expect([...codes]).toEqual([1, 3, 12, 15, 119, 200]);
  });
});

describe("host names in place of addresses", () => {
  const TEXT = `next-server boot.example.org;
    option routers gw, 10.0.0.9, gw;
    listen on any-cast.example;
    ${SUBNET}
    host a { hardware ethernet 2:0:0:0:0:1; fixed-address a.example; }`;
  const NAMES = new Map([
    ["boot.example.org", ip("192.0.2.1")],
    ["gw", ip("10.0.0.254")],
    ["any-cast.example", ip("192.0.2.53")],
    ["a.example", ip("10.0.0.7")],
  ]);

  it("are listed once each, for the shell to resolve", () => {
    expect(namesIn("f", TEXT)).toEqual([...NAMES.keys()]);
  });

  it("stand for the addresses that the shell has found", () => {
    const config = configOf(TEXT, NAMES);
    expect(config.globalScope.nextServer).toBe(ip("192.0.2.1"));
    expect(formatHex(config.globalScope.options.get(3) ?? new Uint8Array(0))).toBe("0a0000fe0a0000090a0000fe");
    expect(config.listenAddresses.map(formatIpv4)).toEqual(["192.0.2.53"]);
    expect(config.reserved.map(formatIpv4)).toEqual(["10.0.0.7"]);
  });

  it("are warnings one by one where the shell has found none, and the file loads [C1]", () => {
    expect(
      headsOf(TEXT).filter((head) => /warning the host name \S+ cannot be resolved: it is left out/.test(head)),
    ).toHaveLength(5);
    expect(configOf(TEXT).subnets).toHaveLength(1);
  });

  const NO_NAMES = new Map<string, number>();

  it("are left out of a list where they have no address, and the others stay [C1]", () => {
    const { options } = configOf(TEXT, NO_NAMES).globalScope;
    expect(formatHex(options.get(3) ?? new Uint8Array(0))).toBe("0a000009");
  });

  it.each([
    ["option static-routes 10.9.0.1 gone, 10.9.0.2 10.0.0.2;", 33, "0a0900020a000002"],
    ["option classless-static-routes 10.9.0.0/16 gone, 10.8.0.0/16 10.0.0.2;", 121, "100a080a000002"],
    ["option slp-directory-agent true gone, 10.0.0.2;", 78, "010a000002"],
    ["option sip-servers gone, 10.0.0.2;", 120, "010a000002"],
    ["option v4-pcp-server 10.0.0.1 gone, gone;", 158, "040a000001"],
  ])("leave out what needs them: %s [C1]", (statement, code, octets) => {
    const value = configOf(`${statement} ${SUBNET}`, NO_NAMES).globalScope.options.get(code);
    expect(formatHex(value ?? new Uint8Array(0))).toBe(octets);
  });

  it("leave an option unset on a network where it has nothing else, whatever holds around it [C1]", () => {
    const config = configOf(`option domain-name-servers 10.0.0.53;
      subnet 10.0.0.0 netmask 255.255.255.0 { option domain-name-servers gone; }
      subnet 10.0.1.0 netmask 255.255.255.0 { }`);
    expect(subnetAt(config, "10.0.0.1").scope.options.has(6)).toBe(false);
    expect(subnetAt(config, "10.0.1.1").scope.options.has(6)).toBe(true);
  });

  it("leave next-server and server-identifier at their defaults [C1]", () => {
    const config = configOf(`next-server 10.0.0.1; server-identifier 10.0.0.1;
      subnet 10.0.0.0 netmask 255.255.255.0 { next-server gone; server-identifier gone; }`);
    const { nextServer, serverIdentifier } = subnetAt(config, "10.0.0.1").scope;
    expect([nextServer, serverIdentifier]).toEqual([undefined, undefined]);
  });

  it("leave a host without an address, on no network, though it has a fixed-address [C1]", () => {
    const config = configOf(TEXT, NO_NAMES);
    const host = hostNamed(config, "a");
    expect([host.isFixed, host.fixedAddresses, host.links]).toEqual([true, [], []]);
    const client = { htype: 1, hlen: 6, chaddr: Uint8Array.of(2, 0, 0, 0, 0, 1) };
    const nothing = {
      clientId: new Uint8Array(0),
      clientIdLength: 0,
      agentInformation: new Uint8Array(0),
      agentInformationLength: 0,
    };
    expect(config.findHost({ ...client, ...nothing }, 0)).toBeUndefined();
  });

  it("stand for all their addresses in a list, and for the first one elsewhere [C1]", () => {
    const hostNames = new Map([["two", [ip("10.0.0.1"), ip("10.0.1.1")]]]);
    const text = `option domain-name-servers two, 10.0.0.9; next-server two; option static-routes 10.9.0.1 two;
      ${SUBNET} subnet 10.0.1.0 netmask 255.255.255.0 { } host a { hardware ethernet 2:0:0:0:0:1; fixed-address two; }`;
    const { config } = loadConfig("dhcpd.conf", text, { hostNames });
    const { options, nextServer } = config?.globalScope ?? {};
    expect(formatHex(options?.get(6) ?? new Uint8Array(0))).toBe("0a0000010a0001010a000009");
    expect(formatHex(options?.get(33) ?? new Uint8Array(0))).toBe("0a0900010a000001");
    expect(nextServer).toBe(ip("10.0.0.1"));
    expect(config?.hosts[0]?.links).toHaveLength(2);
  });
});
