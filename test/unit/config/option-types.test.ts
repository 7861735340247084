// Every type of value that an option of the registry has: one good value at least, and what is said
// of bad ones.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { optionByName } from "../../../src/wire/options/option-code.ts";
import { FURTHER_OPTIONS, OPENBSD_OPTIONS } from "../../../src/wire/options/option-registry.ts";
import { complaintsOf, configOf, headsOf } from "../../support/config-text.ts";
import { formatOptionValue } from "../../support/option-text.ts";

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { }";

function octetsOf(written: string): Uint8Array | undefined {
  const code = optionByName(written.split(" ")[0] ?? "")?.code ?? -1;
  return configOf(`option ${written}; ${SUBNET}`).globalScope.options.get(code);
}

describe("an option of the registry", () => {
  it.each([
    ['nwip-domain "tree"', "74726565"],
    ["nwip-suboptions 5:0", "0500"],
    ["slp-directory-agent true 192.0.2.1", "01c0000201"],
    ["slp-directory-agent false 192.0.2.1, 192.0.2.2", "00c0000201c0000202"],
    ['slp-service-scope true "a,b"', "01612c62"],
    ["slp-service-scope false", "00"],
    ['fqdn 5 255 255 "host.example.org"', "05ffff04686f7374076578616d706c65036f726700"],
    ["isns 1 2 3 4 192.0.2.1, 192.0.2.2", "00010002000300000004c0000201c0000202"],
    ['bcms-controller-names "a.org", "b.org."', "0161036f7267000162036f726700"],
    ["bcms-controller-address 192.0.2.1, 192.0.2.2", "c0000201c0000202"],
    ["authenticate 0:1:2", "000102"],
    ["client-last-transaction-time 60", "0000003c"],
    ["associated-ip 192.0.2.1", "c0000201"],
    ["pxe-system-type 0, 7, 0x10", "000000070010"],
    ["pxe-interface-id 1 3 16", "010310"],
    ['ldap "ldap://ldap.example.org"', "6c6461703a2f2f6c6461702e6578616d706c652e6f7267"],
    ["pxe-client-id 0 1:2:3", "00010203"],
    ['uap-servers "http://u"', "687474703a2f2f75"],
    ["geoconf-civic 0:44:45", "004445"],
    ['pcode "EST5EDT4,M3.2.0/02:00,M11.1.0/02:00"', Buffer.from("EST5EDT4,M3.2.0/02:00,M11.1.0/02:00").toString("hex")],
    ['tcode "Europe/Zurich"', Buffer.from("Europe/Zurich").toString("hex")],
    ["dhcp4o6-s46-saddr 2001:db8::1", "20010db8000000000000000000000001"],
    ["netinfo-server-address 192.0.2.1", "c0000201"],
    ['netinfo-server-tag "t"', "74"],
    ['v4-captive-portal "https://a/"', "68747470733a2f2f612f"],
    ['default-url "u"', "75"],
    ["auto-config false", "00"],
    ["name-service-search 0, 44", "0000002c"],
    ['sip-servers "a.org", "b.org"', "000161036f7267000162036f726700"],
    ["sip-servers 192.0.2.1, 192.0.2.2", "01c0000201c0000202"],
    ["ccc 1:4:c0:0:2:1", "0104c0000201"],
    ["geoconf 1:2", "0102"],
    ['vivco 4491 "docsis3.0", 9 1:2', "0000118b09646f63736973332e3000000009020102"],
    ["vivso 4491 1:1:5", "0000118b03010105"],
    ["vivso 00:00:11:8b:03:01:01:05", "0000118b03010105"],
    ["pana-agent 192.0.2.1", "c0000201"],
    ['v4-lost "lost.example.org"', "046c6f7374076578616d706c65036f726700"],
    ["capwap-ac-v4 192.0.2.1", "c0000201"],
    ["ipv4-address-mos 1:4:c0:0:2:1", "0104c0000201"],
    ['sip-ua-cs-domains "a.org", "b.org"', "0161036f7267000162c002"],
    ["ipv4-address-andsf 192.0.2.1", "c0000201"],
    ['v4-sztp-redirect "https://a", "https://bc"', "000968747470733a2f2f61000a68747470733a2f2f6263"],
    ["forcerenew-nonce-capable 1", "01"],
    ['rdnss-selection 1 192.0.2.1 192.0.2.2 ".", "a.org"', "01c0000201c0000202000161036f726700"],
    ['v4-dots-ri "d.org"', "0164036f726700"],
    ['status-code 1 "no"', "016e6f"],
    ["status-code 0", "00"],
    ["v4-pcp-server 192.0.2.1 192.0.2.2, 192.0.2.3", "08c0000201c000020204c0000203"],
    ["v4-portparams 6 8 0x3400", "06083400"],
    ['mud-url-v4 "https://m"', "68747470733a2f2f6d"],
    ['loader-configfile "l"', "6c"],
    ["loader-reboottime 30", "0000001e"],
    ["option-6rd 8 32 2001:db8:: 192.0.2.1, 192.0.2.2", "082020010db8000000000000000000000000c0000201c0000202"],
    ['v4-access-domain "a.org"', "0161036f726700"],
    ["option-93 0:7", "0007"],
  ])("%s has the octets %s", (written, octets) => {
    expect(formatHex(octetsOf(written) ?? new Uint8Array(0))).toBe(octets);
  });

  it.each([
    ["slp-directory-agent 192.0.2.1", 'unexpected "192"'],
    ["slp-directory-agent true", 'something is missing here, before ";"'],
    ["slp-directory-agent true 192.0.2.1 192.0.2.2", 'unexpected "192"'],
    ['slp-service-scope "a"', 'unexpected the string "a"'],
    ['fqdn 1 2 "a"', 'unexpected the string "a"'],
    [
      'fqdn 1 2 3 "a..b"',
      'bad value of option fqdn: "a..b": expected a domain name of labels made of letters, digits and hyphens',
    ],
    ["bcms-controller-names a.org", 'unexpected "a"'],
    [
      `v4-lost "${"a".repeat(64)}.org"`,
      `bad value of option v4-lost: "${"a".repeat(64)}.org": a label has more than 63 characters`,
    ],
    ["pxe-system-type 65536", "65536 is out of range"],
    ["pxe-interface-id 1 3", 'something is missing here, before ";"'],
    ["dhcp4o6-s46-saddr 2001:db8:::1", "2001:db8:::1 is not an IPv6 address"],
    ["dhcp4o6-s46-saddr 192.0.2.1", "192.0.2.1 is not an IPv6 address"],
    ['dhcp4o6-s46-saddr "::1"', 'unexpected the string "::1"'],
    ["auto-config 0", 'unexpected "0"'],
    [
      'sip-servers "a.org", 192.0.2.1',
      "bad value of option sip-servers: expected either domain names or IP addresses, not both",
    ],
    ["sip-servers", 'something is missing here, before ";"'],
    ['vivco "x"', 'unexpected the string "x"'],
    ["vivco 4491", 'something is missing here, before ";"'],
    ["vivco 4491 500", "500 could be a text or a number"],
    [`vivco 1 "${"a".repeat(256)}"`, "bad value of option vivco: 256 octets do not fit: expected at most 255"],
    ["vivso 00:00:11:8b:04:01:01:05", "these octets are not what RFC 3925 says"],
    ["vivso 00:00:11", "3 octets here"],
    ["v4-sztp-redirect 192.0.2.1", "the text 192.0.2.1 needs quotes"],
    ["v4-pcp-server 192.0.2.1 192.0.2.300", "192.0.2.300 is not an IP address: 300 is above 255"],
    [
      `v4-pcp-server ${"192.0.2.1 ".repeat(64)}`,
      "bad value of option v4-pcp-server: 64 addresses of one server do not fit: expected at most 63",
    ],
    ["rdnss-selection 1 192.0.2.1 192.0.2.2", 'something is missing here, before ";"'],
    ["status-code 256", "256 is out of range"],
    ["option-6rd 8 32 2001:db8:: ", 'something is missing here, before ";"'],
    ["option-93 700", "700 could be a text or a number"],
  ])("%s is refused: %s", (written, message) => {
    expect(headsOf(`option ${written}; ${SUBNET}`).map((head) => head.replace(/^\d+:\d+ error /, ""))).toContain(
      message,
    );
  });

  it("says what is expected, down to the example", () => {
    expect(complaintsOf(`option vivso; ${SUBNET}`)).toContain(
      'expected: a list of enterprise numbers with their octets, like 4491 "x" or 4491 1:2:ff',
    );
    expect(complaintsOf(`option slp-directory-agent; ${SUBNET}`)).toContain(
      "expected: true or false and a list of IP addresses",
    );
    expect(complaintsOf(`option status-code; ${SUBNET}`)).toContain(
      "expected: a number of 8 bits and perhaps a quoted text",
    );
    expect(complaintsOf(`option sip-servers; ${SUBNET}`)).toContain(
      "expected: a list of quoted domain names or of IP addresses",
    );
    expect(complaintsOf(`option v4-pcp-server; ${SUBNET}`)).toContain(
      "expected: a list of servers, each with its IP addresses",
    );
  });

  it("leaves rapid-commit to the statement of that name", () => {
    expect(headsOf(`option rapid-commit; ${SUBNET}`)).toEqual([
      "1:1 warning option rapid-commit has no effect here: the server sets it where it is due: use rapid-commit true;",
    ]);
    expect(headsOf(`option rapid-commit 1; ${SUBNET}`)).toContain('1:21 error unexpected "1"');
  });

  it("has a code and a name of its own", () => {
    const rows = [...OPENBSD_OPTIONS, ...FURTHER_OPTIONS];
    expect(new Set(rows.map(([code]) => code)).size).toBe(rows.length);
    expect(new Set(rows.map(([, name]) => name)).size).toBe(rows.length);
  });

  it.each([
    "slp-directory-agent true 192.0.2.1, 192.0.2.2",
    'fqdn 5 255 255 "host.example.org"',
    'vivco 4491 "docsis3.0", 9 01:02',
    'rdnss-selection 1 192.0.2.1 192.0.2.2 ".", "a.org"',
    "option-6rd 8 32 2001:db8:: 192.0.2.1, 192.0.2.2",
    "v4-pcp-server 192.0.2.1 192.0.2.2, 192.0.2.3",
    'sip-servers "a.org", "b.org"',
    'v4-sztp-redirect "https://a", "https://bc"',
  ])("%s is printed as it was written", (written) => {
    const [name = "", ...value] = written.split(" ");
    expect(formatOptionValue(optionByName(name)?.code ?? 0, octetsOf(written) ?? new Uint8Array(0))).toBe(
      value.join(" "),
    );
  });
});
