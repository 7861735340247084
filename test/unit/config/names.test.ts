// Statements about names in the DNS.

import { describe, expect, it } from "vitest";
import { configOf, headsOf } from "../../support/config-text.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { }\n";

describe("hosts-file", () => {
  it("is a path from the root on, and none by default", () => {
    expect(configOf(SUBNET).hostsFile).toBe(undefined);
    expect(configOf(`hosts-file "/var/lib/names/hosts";\n${SUBNET}`).hostsFile).toBe("/var/lib/names/hosts");
  });

  it.each([
    ['hosts-file "hosts";', "this is no place for a hosts file"],
    ['hosts-file "/names/";', "this is no place for a hosts file"],
    ['hosts-file "/names/..";', "this is no place for a hosts file"],
    ["hosts-file /names/hosts;", "this is no place for a hosts file"],
    [`hosts-file "/${"a".repeat(1000)}";`, "this is no place for a hosts file"],
    ['hosts-file "/a"; hosts-file "/b";', "there is a second hosts-file statement"],
    ['group { hosts-file "/a"; }', "hosts-file is not allowed in a group"],
  ])("is refused at %s", (statement, message) => {
    expect(headsOf(`${statement}\n${SUBNET}`).join("\n")).toContain(message);
  });
});

describe("ddns-domainname and ddns-hostname", () => {
  it("are names in lower case without the root's dot", () => {
    const { globalScope } = configOf(`ddns-domainname "LAN.example."; ddns-hostname = "A-1";\n${SUBNET}`);
    expect(globalScope).toMatchObject({ ddnsDomainName: "lan.example", ddnsHostName: "a-1" });
  });

  it.each([
    ['ddns-domainname "a..b";', '"a..b" is no name'],
    ['ddns-domainname "a b";', '"a b" is no name'],
    [`ddns-domainname "${"abcdefg.".repeat(32)}";`, "is no name"],
    ['ddns-hostname "a.b";', '"a.b" is no name'],
    ["ddns-domainname;", "something is missing here"],
  ])("are refused at %s", (statement, message) => {
    expect(headsOf(`${statement}\n${SUBNET}`).join("\n")).toContain(message);
  });

  it("have no effect as expressions, which are skipped whole", () => {
    const heads = headsOf(
      `ddns-hostname = concat("dhcp-", binary-to-ascii(10, 8, "-", leased-address)); authoritative;\n${SUBNET}`,
    );
    expect(heads).toEqual(["1:1 warning an expression has no effect here: this server computes no names"]);
  });
});
