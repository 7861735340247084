// dnsmasq's configuration: what clients are told, and what is said of the rest.

import { describe, expect, it } from "vitest";
import { importDnsmasqConfig } from "../../../src/import/dnsmasq-config.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { octets } from "../../support/kea-import.ts";
import type { MessageParts } from "../../support/message-builder.ts";

const RANGE =
  "dhcp-range=192.168.1.100,192.168.1.199,255.255.255.0,12h\ndhcp-option=3,192.168.1.1\ndhcp-option=6,192.168.1.1\n";

function importOf(text: string): { made: string; said: string[] } {
  const { text: made, notices } = importDnsmasqConfig("dnsmasq.conf", text, {
    readFile: (path) => (path === "/more" ? { text: "no-ping\n" } : { problem: "there is no such file" }),
  });
  return { made, said: notices.map(({ line, kind, reason }) => `${line}: ${kind}: ${reason}`) };
}

/** What a client is told, asking for some options: address, lease time, boot file, options in hexadecimal. */
function told(text: string, parts: Partial<MessageParts> = {}) {
  const world = new EngineWorld(importOf(text).made, [testInterface(2, "lan0", "192.168.1.1")]);
  const requestList = [3, 6, 15, 42, 67, 150, 252];
  const reply = world.send({ type: 1, chaddr: "02:00:5e:00:53:0a", requestList, ...parts });
  const { bytes } = reply;
  const options = new Map<number, number[]>();
  for (let at = 240; at < bytes.length && bytes[at] !== 255; at += 2 + (bytes[at + 1] ?? 0))
    options.set(bytes[at] ?? 0, [...bytes.subarray(at + 2, at + 2 + (bytes[at + 1] ?? 0))]);
  const file = bytes.subarray(108, 236);
  return {
    address: reply.hasReply ? reply.yiaddr : "",
    lease: reply.leaseSeconds,
    file: String.fromCharCode(...file.subarray(0, Math.max(0, file.indexOf(0)))),
    options,
  };
}

describe("importDnsmasqConfig", () => {
  it("takes tags without set: in front, as old files have them", () => {
    const match = (tag: string): string =>
      importOf(`${RANGE}dhcp-match=${tag},175\ndhcp-boot=tag:ipxe,menu.ipxe\n`).made;
    expect(match("ipxe")).toContain("menu.ipxe");
    expect(match("ipxe")).toBe(match("set:ipxe"));
  });

  it.each([
    ['dhcp-option=252,"\\n"', 252, [10]],
    ['dhcp-option=252,"a\\t\\"b\\\\c\\q, d # e "', 252, octets('a\t"b\\c\\q, d # e ')],
    ['dhcp-option=15, "home" ', 15, octets("home")],
    ["dhcp-option=252,a\\n", 252, octets("a\\n")],
  ])("reads what stands between quotes as dnsmasq does: %s", (line, code, value) => {
    expect(told(`${RANGE}${line}\n`).options.get(code)).toEqual(value);
  });

  it("takes # in front of a tag for !, as old files have it", () => {
    const text = `${RANGE}dhcp-match=ipxe,175\ndhcp-boot=net:#ipxe,first.kpxe\ndhcp-boot=net:ipxe,menu.ipxe\n`;
    expect(importOf(text).said).toEqual([]);
    expect(told(text).file).toBe("first.kpxe");
    expect(told(text, { options: [[175, [1, 1, 1]]] }).file).toBe("menu.ipxe");
  });

  it("tells every client the broadcast address, asked for or not", () => {
    expect(told(RANGE).options.get(28)).toEqual([192, 168, 1, 255]);
  });

  it("has the script run as it was, but for the user where none is named", () => {
    const script = "dhcp-script=/usr/local/sbin/changed,now\n";
    const said = importOf(`${RANGE}${script}dhcp-scriptuser=leases\nscript-on-renewal\n`);
    expect(said.made).toContain('\nevent-script "/usr/local/sbin/changed,now" user leases renewals;\n');
    expect(said.said).toEqual([]);
    const alone = importOf(`${RANGE}dhcp-script=/other\n${script}`);
    expect(alone.made).toContain('\nevent-script "/usr/local/sbin/changed,now";\n');
    expect(alone.said).toEqual([
      "4: lost: a line further down names another script",
      expect.stringMatching(
        /^5: changed: dnsmasq runs it as root, and here it has a user of its own: write "user root"/,
      ),
    ]);
    expect(importOf(`${RANGE}dhcp-script=changed\n`).said.join()).toContain("4: lost: this is no path of a script");
    expect(importOf(`${RANGE}dhcp-scriptuser=leases\nleasefile-ro\n`).said).toEqual([
      "5: lost: the server keeps its leases in its own lease file, and asks no script for them",
    ]);
  });

  it("serves the range, for its lease time, with the options without a tag [U18]", () => {
    const text = `${RANGE}domain=home.example\ndhcp-option=option:ntp-server,192.168.1.7\n`;
    expect(importOf(text).said).toEqual([]);
    const { address, lease, options } = told(text);
    expect(address).toMatch(/^192\.168\.1\.1[0-9]{2}$/);
    expect(lease).toBe(43_200);
    expect(options.get(3)).toEqual([192, 168, 1, 1]);
    expect(options.get(15)).toEqual(octets("home.example"));
    expect(options.get(42)).toEqual([192, 168, 1, 7]);
    expect(told(text, { leaseSeconds: 600 }).lease).toBe(600);
    expect(told(text, { leaseSeconds: 60 }).lease).toBe(120);
    expect(told(text, { leaseSeconds: 90_000 }).lease).toBe(43_200);
  });

  it("says that the router and the name server are to be written, which are dnsmasq itself by default [U18]", () => {
    expect(importOf("dhcp-range=192.168.1.100,192.168.1.199,12h\n").said).toEqual([
      "1: changed: without a netmask it is that of the interface there, and here 255.255.255.0",
      "1: lost: dnsmasq tells its own address: write option routers ADDRESS; in the subnet",
      "1: lost: dnsmasq tells its own address: write option domain-name-servers ADDRESS; in the subnet",
    ]);
  });

  it("gives machines their addresses, names, lease times, or nothing [U18]", () => {
    const text = `${RANGE}dhcp-host=02:00:5e:00:53:0a,pc,192.168.1.20,45m\ndhcp-host=02-00-5e-00-53-0b,ignore\ndhcp-host=id:phone,192.168.1.21\n`;
    expect(told(text)).toMatchObject({ address: "192.168.1.20", lease: 2700 });
    expect(told(text, { requestList: [12] }).options.get(12)).toEqual(octets("pc"));
    expect(told(text, { chaddr: "02:00:5e:00:53:0b" }).address).toBe("");
    const phone = { chaddr: "02:00:5e:00:53:0c", clientId: octets("phone") };
    expect(told(text, phone)).toMatchObject({ address: "192.168.1.21", lease: 43_200 });
  });

  it("knows tags by firmware, class, hardware address and machine [U18]", () => {
    const text = `${RANGE}no-ping
dhcp-match=set:efi,option:client-arch,7
dhcp-userclass=set:ipxe,iPXE
dhcp-mac=set:vm,02:00:5e:*:*:*
dhcp-boot=bios.0
dhcp-boot=tag:efi,tag:!ipxe,boot.efi
dhcp-boot=tag:ipxe,http://192.168.1.1/a
dhcp-option=tag:vm,150,192.168.1.9
dhcp-ignore=tag:!vm\n`;
    expect(told(text).file).toBe("bios.0");
    expect(told(text, { options: [[93, [0, 7]]] }).file).toBe("boot.efi");
    expect(
      told(text, {
        options: [
          [93, [0, 7]],
          [77, octets("iPXE")],
        ],
      }).file,
    ).toBe("http://192.168.1.1/a");
    expect(told(text).options.get(150)).toEqual([192, 168, 1, 9]);
    expect(told(text, { chaddr: "06:00:00:00:00:01" }).address).toBe("");
  });

  it("keeps a range for clients with a tag, and tells its clients what its own tag is told [U18]", () => {
    const text = `no-ping
dhcp-vendorclass=set:phones,Acme
dhcp-range=tag:phones,192.168.1.10,192.168.1.19,255.255.255.0
dhcp-range=set:lan,192.168.1.100,192.168.1.199,255.255.255.0
dhcp-option=tag:lan,3,192.168.1.2\n`;
    const phone = { options: [[60, octets("Acme 7")]] } as const;
    expect(told(text, phone).address).toMatch(/^192\.168\.1\.1[0-9]$/);
    expect(told(text).options.get(3)).toEqual([192, 168, 1, 2]);
    expect(told(text).lease).toBe(3600);
  });

  it("tells a tag's clients its options, whether a range or their vendor class sets it [U18]", () => {
    const text = `${RANGE}dhcp-vendorclass=set:voice,Acme
dhcp-range=set:voice,10.9.9.10,10.9.9.19,255.255.255.0
dhcp-option=tag:voice,option:tftp-server,tftp\n`;
    const name = octets("tftp");
    expect(told(text, { requestList: [66] }).options.get(66)).toBeUndefined();
    expect(told(text, { requestList: [66], options: [[60, octets("Acme 7")]] }).options.get(66)).toEqual(name);
    expect(importOf(text).made).toMatch(/subnet 10\.9\.9\.0 [^}]*\toption tftp-server-name "tftp";/);
  });

  it.each([
    ["port=0\n", false],
    ["port=5353\n", false],
    ["port=53\n", true],
    ["", true],
  ])("misses the server's own address as name server only where dnsmasq serves the DNS: %j [U18]", (line, isMissed) => {
    const { said } = importOf(`dhcp-range=192.168.1.100,192.168.1.199,255.255.255.0\n${line}`);
    expect(said.some((text) => text.includes("option domain-name-servers ADDRESS"))).toBe(isMissed);
  });

  it.each<[string, string]>([
    ["dhcp-option=3,0.0.0.0", "4: lost: 0.0.0.0 stands for the server's own address there: write the address"],
    ["dhcp-option=tag:gone,42,192.168.1.7", "4: lost: nothing sets one of these tags"],
    [
      "dhcp-host=name,192.168.1.20",
      "4: lost: a host is known by its hardware address or client identifier, not by its name",
    ],
    ["dhcp-option=option6:dns-server,[::]", "4: lost: this server is for DHCPv4 only"],
    ["dhcp-range=fd00::1,fd00::9", "4: lost: a first address of IPv4 was expected"],
    ["script-arp", "4: lost: the event script is told of leases only"],
    [
      "server=9.9.9.9",
      "4: lost: this server is for DHCP only: dnsmasq can go on serving the DNS without its dhcp-range lines, with clients' names by hosts-file (docs/names.md)",
    ],
    ["conf-file=/gone", "4: lost: there is no such file"],
    ["what is this", "4: lost: it is no line of dnsmasq's: NAME or NAME=VALUE was expected"],
    ["dhcp-match=set:x,option:hostname,a", "4: lost: a condition cannot look at that"],
  ])("says of %s: %s", (line, said) => {
    expect(importOf(`${RANGE}${line}\n`).said).toContain(said);
  });

  it("reads files that it names", () => {
    expect(importOf(`${RANGE}conf-file=/more\n`).made).toContain("\nping-check off;\n");
  });
});
