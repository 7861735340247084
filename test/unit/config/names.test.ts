// Statements about names in the DNS.

import { describe, expect, it } from "vitest";
import { complaintsOf, configOf, headsOf } from "../../support/config-text.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { }\n";

describe("hosts-file", () => {
  it("is a path from the root on, and none by default", () => {
    expect(configOf(SUBNET).hostsFile).toBe(undefined);
    expect(configOf(`hosts-file "/var/lib/names/hosts";\n${SUBNET}`).hostsFile).toBe("/var/lib/names/hosts");
  });

  it.each([
    ['hosts-file "hosts";', "this is no path of a hosts file"],
    ['hosts-file "/names/";', "this is no path of a hosts file"],
    ['hosts-file "/names/..";', "this is no path of a hosts file"],
    ["hosts-file /names/hosts;", 'unexpected "/"'],
    ['hosts-file "/names/h\\157sts";', "this is no path of a hosts file"],
    [`hosts-file "/${"a".repeat(1000)}";`, "this is no path of a hosts file"],
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

const ZONES = `key "DHCP" { algorithm HMAC-MD5.SIG-ALG.REG.INT; secret pRP5FapFoJ95JEL06sv4//Q==; };
zone example.org. { primary 127.0.0.1; key DHCP; }
zone dyn.example.org { primary 192.0.2.1 port 5353; }
`;

describe("zones", () => {
  it("are those that ISC's dhcpd would update, the longest names first", () => {
    expect(configOf(`ddns-update-style interim; ${ZONES}${SUBNET}`).zones).toMatchObject([
      { name: "dyn.example.org", server: 0xc0000201, port: 5353, key: undefined },
      {
        name: "example.org",
        ...{ server: 0x7f000001, port: 53 },
        key: {
          name: "dhcp",
          algorithm: "hmac-md5",
          secret: Uint8Array.from(Buffer.from("pRP5FapFoJ95JEL06sv4//Q=", "base64")),
        },
      },
    ]);
  });

  it("are none without a style, with a warning, and none with the style none", () => {
    expect(configOf(`${ZONES}${SUBNET}`).zones).toBe(undefined);
    expect(headsOf(`${ZONES}${SUBNET}`)).toEqual([
      "2:1 warning zones have no effect: nothing says that they are to be updated",
    ]);
    expect(headsOf(`ddns-update-style none; ${ZONES}${SUBNET}`)).toEqual([]);
    expect(headsOf(`ddns-update-style standard;\n${SUBNET}`)).toEqual([
      "1:1 warning ddns-update-style has no effect: no zone is declared that would be updated",
    ]);
  });

  it("have keys whose secrets no complaint shows", () => {
    const text = `key dhcp {\n  algorithm hmac-sha256;\n  secret "c2VjcmV0!";\n}\n${SUBNET}`;
    expect(complaintsOf(text)).toContain("the secret of this key cannot be read");
    expect(complaintsOf(text)).not.toContain("c2VjcmV0");
    const inOneLine = complaintsOf(`key dhcp { algorithm none; secret c2VjcmV0; }\n${SUBNET}`);
    expect(inOneLine).toContain("key dhcp { algorithm none; secret ********; }");
  });
});
