// Statements of ISC's dhcpd without a counterpart here: clients are served without them, with a warning, or
// the file is refused for a reason.

import { describe, expect, it } from "vitest";
import { formatDiagnostics, loadConfig } from "../../../src/config/load.ts";
import { complaintsOf, headsOf } from "../../support/config-text.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.50; }\n";

function loads(text: string): boolean {
  return loadConfig("dhcpd.conf", text).config !== undefined;
}

describe("ddns-update-style", () => {
  it.each(["interim", "standard"])("%s without zones is a warning [C2] [C28]", (style) => {
    expect(headsOf(`ddns-update-style ${style};\n${SUBNET}`)).toEqual([
      "1:1 warning ddns-update-style has no effect: no zone is declared that would be updated",
    ]);
    expect(loads(`ddns-update-style ${style};\n${SUBNET}`)).toBe(true);
  });

  it("beside zones has them updated, whatever comes first [C2]", () => {
    const zone = "zone example.org. { primary 192.0.2.1; }\n";
    for (const text of [`ddns-update-style interim;\n${zone}`, `${zone}ddns-update-style interim;\n`])
      expect(headsOf(`${text}${SUBNET}`)).toEqual([]);
  });

  it("ad-hoc is refused, as by ISC [C28]", () => {
    expect(loads(`ddns-update-style ad-hoc;\n${SUBNET}`)).toBe(false);
  });
});

describe("on commit, expiry and release", () => {
  it("with execute, log and set is a warning at its line, and the file loads [C26]", () => {
    const text = `${SUBNET}on commit {\n  set a = binary-to-ascii(16, 8, ":", substring(hardware, 1, 6));
  log(info, "commit");\n  execute("/bin/notify", a);\n}\non expiry or release { execute("/bin/gone"); }\n`;
    expect(headsOf(text)).toEqual([
      '2:1 warning on commit has no effect: no statements are run when a lease changes; event-script "PATH"; names a program that is',
      '7:1 warning on expiry has no effect: no statements are run when a lease changes; event-script "PATH"; names a program that is',
    ]);
    expect(loads(text)).toBe(true);
  });
});

describe("a configuration in LDAP", () => {
  it("is refused once a statement, with what to write in its place", () => {
    expect(complaintsOf(`ldap-server "127.0.0.1";\n${SUBNET}`)).toBe(
      `dhcpd.conf:1:1: error: the statement ldap-server is not supported: no configuration is read from LDAP
ldap-server "127.0.0.1";
^
  expected: the subnets, hosts and options themselves, here or in a file that is included
`,
    );
    expect(headsOf(`ldap-port 389;\nldap-method dynamic;\n${SUBNET}`)).toHaveLength(2);
  });
});

describe("failover", () => {
  it("is refused in the declaration and in a pool, with the reason and what to do [C26]", () => {
    const text = `failover peer "p" { primary; port 647; }
subnet 192.0.2.0 netmask 255.255.255.0 { pool { failover peer "p"; range 192.0.2.10 192.0.2.50; } }\n`;
    const { diagnostics } = loadConfig("dhcpd.conf", text);
    expect(diagnostics.map(({ line, severity }) => [line, severity])).toEqual([
      [1, "error"],
      [2, "error"],
    ]);
    for (const { message, expected } of diagnostics) {
      expect(message).toContain("two that give out the same range would give one address to two clients");
      expect(expected).toContain("a part of the range as each server's own");
    }
  });
});

describe("interface", () => {
  it.each([
    "subnet 192.0.2.0 netmask 255.255.255.0 { interface eth1; range 192.0.2.10; }",
    'shared-network a { interface "eth1"; subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10; } }',
  ])("in a network is a warning that says what decides instead [C19]: %s", (text) => {
    expect(headsOf(text)).toEqual([
      expect.stringMatching(
        /warning interface has no effect: .* each interface that has an address in one of its subnets/,
      ),
    ]);
    expect(loads(text)).toBe(true);
  });
});

describe("a word that is no statement", () => {
  it.each([
    "DHCPDARGS=eth0;",
    'INTERFACES="eth0 eth1";',
    'DHCPD_INTERFACE = "eth0";',
    'INTERFACESv4="eth0";',
    'DHCPDARGS="-q eth0";',
  ])("that names interfaces for a start script is a warning with the way to do it [C18]: %s", (setting) => {
    const [diagnostic] = loadConfig("dhcpd.conf", `${setting}\n${SUBNET}`).diagnostics;
    expect(diagnostic).toMatchObject({ severity: "warning", hasNoEffect: true, line: 1, column: 1 });
    expect(diagnostic?.expected).toContain("anydhcpd eth0");
    expect(loads(`${setting}\n${SUBNET}`)).toBe(true);
  });

  it("and stands alone or is given a value is a warning with the nearest name, as ISC loads it [C24]", () => {
    expect(complaintsOf(`authoritive;\nfrobnicate = 1;\n${SUBNET}`)).toBe(
      `dhcpd.conf:1:1: warning: there is no statement "authoritive": it has no effect
authoritive;
^
  did you mean authoritative?
dhcpd.conf:2:1: warning: there is no statement "frobnicate": it has no effect
frobnicate = 1;
^
`,
    );
    expect(loads(`authoritive;\n${SUBNET}`)).toBe(true);
  });

  it.each([
    ["frotz bar;", "a statement of dhcpd.conf(5)"],
    ["hardware-ethernet 02:00:5e:00:53:01;", "did you mean hardware ethernet?"],
    ["mac 02:00:5e:00:53:01;", "did you mean hardware ethernet?"],
    ["ip 192.0.2.5;", "did you mean fixed-address?"],
    ["dns-server 192.0.2.53;", "did you mean option domain-name-servers?"],
    ["lease-time 600;", "did you mean default-lease-time?"],
    ["lease 600;", "did you mean default-lease-time?"],
    ["ether 02:00:5e:00:53:01;", "did you mean hardware ethernet?"],
    ["routers 192.0.2.1;", "did you mean option routers?"],
  ])("and has a value behind it is an error [U22]: %s", (statement, expected) => {
    const { diagnostics, config } = loadConfig("dhcpd.conf", `${SUBNET}host a { ${statement} }\n`);
    expect(config).toBeUndefined();
    expect(diagnostics.find(({ severity }) => severity === "error")?.expected).toBe(expected);
  });

  it.each([
    ["dhcp-range=192.0.2.10,192.0.2.50,12h\ndhcp-option=3,192.0.2.1\n", "a file of dnsmasq's"],
    ["[dhcp]\nrange = 192.0.2.10\n", "an INI file"],
    ['{ "Dhcp4": { "subnet4": [] } }\n', "JSON"],
  ])("in another program's file is told whose it is [U23]: %s", (text, whose) => {
    expect(headsOf(text)[0]).toMatch(new RegExp(`^1:1 error this is ${whose}, not a dhcpd.conf$`));
  });

  it.each([
    ["dhcp-range=192.0.2.10,192.0.2.50,12h\n", "dnsmasq"],
    ['{ "Dhcp4": { "subnet4": [] } }\n', "Kea"],
  ])("in another program's file is told the command that converts the file: %s", (text, program) => {
    expect(loadConfig("dhcpd.conf", text).diagnostics[0]?.expected).toBe(
      `a dhcpd.conf; \`anydhcpctl import FILE\` turns a configuration of ${program} into one`,
    );
  });
});

describe("ten megabytes", () => {
  it("of digits have a message that a screen holds [B13]", () => {
    const { diagnostics, source } = loadConfig(
      "dhcpd.conf",
      `default-lease-time ${"9".repeat(10_000_000)};\n${SUBNET}`,
    );
    expect(formatDiagnostics(diagnostics, source).length).toBeLessThan(4000);
  });
});
