// Lease files of dnsmasq and of ISC's dhcpd: which leases come out, and which hosts.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { importDnsmasqLeases } from "../../../src/import/dnsmasq-leases.ts";
import { importIscLeases } from "../../../src/import/isc-leases.ts";
import { readLeases } from "../../../src/lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";

function dnsmasqLeases(text: string): { records: LeaseRecord[]; said: string[] } {
  const imported = importDnsmasqLeases("dnsmasq.leases", text, 1_795_230_000);
  const bytes = Uint8Array.from(imported.text, (character) => character.charCodeAt(0));
  const records: LeaseRecord[] = [];
  readLeases(
    bytes,
    0,
    bytes.length,
    (record) => records.push(record),
    (_, message) => expect(message).toBe(""),
  );
  return { records, said: imported.notices.map(({ line, reason }) => `${line}: ${reason}`) };
}

describe("importDnsmasqLeases", () => {
  it("takes the newest lease of an address, which stands first [U18]", () => {
    const { records, said } = dnsmasqLeases(
      "2000 02:00:5e:00:53:01 192.168.1.10 pc 01:02:00:5e:00:53:01\n1000 02:00:5e:00:53:09 192.168.1.10 old *\n",
    );
    expect(said).toEqual([]);
    expect(records).toMatchObject([
      {
        state: BindingState.bound,
        endsAt: 2000,
        htype: 1,
        hardwareAddress: Uint8Array.of(2, 0, 0x5e, 0, 0x53, 1),
        clientId: Uint8Array.of(1, 2, 0, 0x5e, 0, 0x53, 1),
        hostName: Uint8Array.of(0x70, 0x63),
      },
    ]);
    expect(records.map(({ address }) => formatIpv4(address))).toEqual(["192.168.1.10"]);
  });

  it("takes the time of the import for the start, which the file does not tell, and 4294967295 for no end", () => {
    const card = "02:00:5e:00:53";
    const { records } = dnsmasqLeases(
      `1795233600 ${card}:01 192.168.1.10 * *\n1000 ${card}:02 192.168.1.11 * *\n4294967295 ${card}:03 192.168.1.12 * *\n`,
    );
    expect(records).toMatchObject([
      { startsAt: 1_795_230_000, endsAt: 1_795_233_600 },
      { startsAt: 1000, endsAt: 1000 },
      { startsAt: 1_795_230_000, endsAt: Number.POSITIVE_INFINITY },
    ]);
  });

  it("knows that an end of 0 is none, and that a star is nothing [U18]", () => {
    const { records } = dnsmasqLeases("duid 00:01\n0 06-02:00:5e:00:53:02 192.168.1.11 * *\n");
    expect(records).toMatchObject([
      { endsAt: Number.POSITIVE_INFINITY, htype: 6, clientId: new Uint8Array(0), hostName: new Uint8Array(0) },
    ]);
  });

  it.each([
    ["123 4 fd00::1 pc 00:01", "this server is for DHCPv4 only"],
    ["9 * 192.168.1.13 * *", "nothing says whose it is"],
    ["9 zz 192.168.1.13 * *", "zz is no hardware address"],
    ["9 02:00:5e:00:53:02 192.168.1.13 * zz", "zz is no client identifier"],
    [
      "9 02:00:5e:00:53:02 192.168.1.300 * *",
      "it is no lease: its end, hardware address, address, name and identifier were expected",
    ],
  ])("names a line that it cannot read: %s", (line, reason) => {
    expect(dnsmasqLeases(`${line}\n`)).toEqual({ records: [], said: [`1: ${reason}`] });
  });
});

function iscHosts(text: string): { made: string; said: string[] } {
  const { text: made, notices } = importIscLeases("dhcpd.leases", text, {});
  return { made, said: notices.map(({ line, subject, reason }) => `${line}: ${subject}: ${reason}`) };
}

const LEASE = "lease 192.0.2.20 { starts 4 2026/11/26 10:00:00; binding state active; }\n";

describe("importIscLeases", () => {
  it("makes hosts of those that OMAPI has declared, with their values [C4]", () => {
    const { made, said } = iscHosts(`host web1 { dynamic; hardware ethernet 02:00:5e:00:53:99; fixed-address 192.0.2.9;
      supersede server.filename = "pxelinux.0"; supersede server.next-server = c0:00:02:05;
      supersede host-name = "web1"; }\n${LEASE}`);
    expect(said).toEqual(["1: 1 lease: it stays in this file, which the daemon reads as it is: anydhcpd -l FILE"]);
    const { config } = loadConfig("made", `${made}\nsubnet 192.0.2.0 netmask 255.255.255.0 { }\n`);
    expect(config?.hosts.map(({ name, fixedAddresses }) => [name, ...fixedAddresses.map(formatIpv4)])).toEqual([
      ["web1", "192.0.2.9"],
    ]);
    expect(made).toContain('\tfilename "pxelinux.0";\n\tnext-server 192.0.2.5;\n\toption host-name = "web1";\n');
  });

  it("takes the last declaration of a name, and none that is deleted [C4]", () => {
    const host = (last: number, more = ""): string =>
      `host a { dynamic; ${more}hardware ethernet 02:00:5e:00:53:0${last}; }\n`;
    expect(iscHosts(host(1) + host(2)).made).toContain("02:00:5e:00:53:02");
    expect(iscHosts(host(1) + host(2)).made).not.toContain("02:00:5e:00:53:01");
    expect(iscHosts(host(1) + host(2, "deleted; ")).made).not.toContain("host a");
  });

  it("puts hosts into their groups, and keeps classes with their subclasses [C4]", () => {
    const { made, said } = iscHosts(`group kiosks { dynamic; supersede server.filename = "kiosk.0"; }
host k1 { dynamic; group "kiosks"; hardware ethernet 02:00:5e:00:53:02; uid "\\001x"; }
host k2 { dynamic; group "gone"; hardware ethernet 02:00:5e:00:53:03; }
class "c" { dynamic; match hardware; }
subclass "c" 1:02:00:5e:00:53:04 { dynamic; supersede server.max-lease-time = 00:00:0e:10; }\n`);
    expect(made).toContain(
      'group kiosks {\n\tfilename "kiosk.0";\n\thost k1 {\n\t\thardware ethernet 02:00:5e:00:53:02;\n\t\toption dhcp-client-identifier "\\001x";\n\t}\n}\n',
    );
    expect(made).toContain('subclass "c" 1:02:00:5e:00:53:04 {\n\tmax-lease-time 3600;\n}\n');
    expect(said).toEqual(['3: group "gone": the file has no such group: its values may stand in the configuration']);
  });

  it("says what it cannot carry over", () => {
    const { made, said } = iscHosts(
      'host a { dynamic; hardware ethernet 02:00:5e:00:53:02; supersede frotz = "x"; }\nfrotz;\n',
    );
    expect(made).toContain('# option frotz = "x";');
    expect(said.map((line) => line.slice(0, 2))).toEqual(["1:", "2:"]);
  });
});
