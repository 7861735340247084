// `hardware`: types by name and number, and addresses as other programs write them.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { configOf, hostNamed } from "../../support/config-text.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { }\n";

describe("hardware", () => {
  it.each([
    ["ethernet 02:00:5e:00:53:01", 1],
    ["1 02:00:5e:00:53:01", 1],
    ["infiniband e0:07:1b:ff:ff:79:d0:84", 32],
    ["32 e0:07:1b:ff:ff:79:d0:84", 32],
    ["unknown-32 e0:07:1b:ff:ff:79:d0:84", 32],
    ["token-ring 02:00:5e:00:53:01", 6],
    ["fddi 02:00:5e:00:53:01", 8],
    ["ipsec-tunnel 0a:00:00:01", 31],
    ["24 00:11:22:33:44:55:66:77", 24],
  ])("%s is of type %i [R10]", (written, htype) => {
    const { hardware } = hostNamed(configOf(`${SUBNET}host a { hardware ${written}; }`), "a");
    expect(hardware.map((one) => `${one.htype} ${formatHex(one.address, ":")}`)).toEqual([
      `${htype} ${written.split(" ")[1]}`,
    ]);
  });

  it("finds the host of an InfiniBand client by its eight octets [R10]", () => {
    const config = configOf(`${SUBNET}host a { hardware infiniband e0:07:1b:ff:ff:79:d0:84; }`);
    const chaddr = Uint8Array.of(0xe0, 0x07, 0x1b, 0xff, 0xff, 0x79, 0xd0, 0x84);
    const nothing = {
      clientId: new Uint8Array(0),
      clientIdLength: 0,
      agentInformation: new Uint8Array(0),
      agentInformationLength: 0,
    };
    expect(config.findHost({ htype: 32, hlen: 8, chaddr, ...nothing }, 0)?.name).toBe("a");
    expect(config.findHost({ htype: 1, hlen: 8, chaddr, ...nothing }, 0)).toBeUndefined();
  });

  it.each([
    ["02-00-5e-00-53-01", '"02-00-5e-00-53-01" is not an octet in hexadecimal: write 02:00:5e:00:53:01'],
    ["0200.5e00.5301", '"0200" is not an octet in hexadecimal: write 02:00:5e:00:53:01'],
    ["02005e005301", '"02005e005301" is not an octet in hexadecimal: write 02:00:5e:00:53:01'],
    ['"02:00:5e:00:53:01"', 'the string "02:00:5e:00:53:01" is not an octet in hexadecimal: write 02:00:5e:00:53:01'],
    ["02:00:5e:00:53", "5 octets here"],
  ])("ethernet %s is refused, and the whole address is told as it should be [U22] [U23]", (written, message) => {
    const { diagnostics } = loadConfig("dhcpd.conf", `${SUBNET}host a { hardware ethernet ${written}; }`);
    expect(diagnostics.filter(({ severity }) => severity === "error").map((d) => d.message)).toEqual([message]);
  });
});

describe("hardware without an address, as in files made public", () => {
  it("is a host's that no client is, however many there are [C24]", () => {
    const hosts = ["a", "b"].map((name, i) => `host ${name} { hardware ethernet ; fixed-address 192.0.2.${i + 5}; }`);
    const text = `${SUBNET}${hosts.join("\n")}`;
    expect(configOf(text).hosts.map(({ hardware }) => hardware)).toEqual([[], []]);
    expect(loadConfig("dhcpd.conf", text).diagnostics.map(({ severity, message }) => [severity, message])).toEqual([
      ["warning", "there is no hardware address here: no client has it"],
      ["warning", "there is no hardware address here: no client has it"],
    ]);
  });

  it("leaves the host what else it is known by [C24]", () => {
    const host = "host a { hardware ethernet; hardware ethernet 02:00:5e:00:53:01; }";
    expect(hostNamed(configOf(SUBNET + host), "a").hardware).toHaveLength(1);
  });
});

describe("a lease time", () => {
  it.each(["-1", "infinite", "4294967295"])("of %s is for ever [C17]", (written) => {
    const text = `default-lease-time ${written}; max-lease-time ${written};\n${SUBNET}`;
    const { defaultLeaseSeconds, maxLeaseSeconds } = configOf(text).globalScope;
    expect([defaultLeaseSeconds, maxLeaseSeconds]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(loadConfig("dhcpd.conf", text).diagnostics).toEqual([]);
  });

  it.each([
    ["1h", 3600],
    ["90m", 5400],
    ["7d", 604_800],
    ["2W", 1_209_600],
  ])("of %s is refused with the seconds that it means [U22]", (written, seconds) => {
    const [diagnostic] = loadConfig("dhcpd.conf", `default-lease-time ${written};\n${SUBNET}`).diagnostics;
    expect(diagnostic?.message).toBe(`${written} is not a decimal number: write ${seconds}`);
  });
});
