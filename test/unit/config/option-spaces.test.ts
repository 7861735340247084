// Spaces of options: how their options are carried, and what is said where nothing carries them.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { complaintsOf, configOf, headsOf, subnetAt } from "../../support/config-text.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.50; }\n";

/** The octets of an option that every client is sent, in hexadecimal; undefined if it is not sent. */
function sent(text: string, code: number): string | undefined {
  const octets = configOf(text + SUBNET).globalScope.options.get(code);
  return octets && formatHex(octets);
}

/** A text as hexadecimal digits. */
function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

describe("an option space", () => {
  it("has an option of code 0 like any other [C9]", () => {
    const text = `option space Z; option Z.image code 0 = text; option Z.conf code 1 = text;
      option Z-enc code 43 = encapsulate Z; option Z.image "a.tgz"; option Z.conf "b";\n`;
    expect(sent(text, 43)).toBe(`0005${hex("a.tgz")}0101${hex("b")}`);
    expect(headsOf(text + SUBNET)).toEqual([]);
  });

  it("has an option of code 255 too, and DHCP's own has neither [C9]", () => {
    const text =
      'option space Z; option Z.last code 255 = text; option Z-enc code 43 = encapsulate Z; option Z.last "x";\n';
    expect(sent(text, 43)).toBe(`ff01${hex("x")}`);
    for (const code of [0, 255]) {
      const definition = `option mine code ${code} = text;`;
      expect(headsOf(`${definition}\n${SUBNET}`)).toEqual([]);
      const set = `${definition} option mine "x";`;
      expect(configOf(set).globalScope.options.has(code)).toBe(false);
      expect(headsOf(`${set}\n${SUBNET}`)).toEqual([
        expect.stringMatching(new RegExp(`warning option mine has no effect here: ${code} is the code of`)),
      ]);
      const carrier = `option space Z; option Z-enc code ${code} = encapsulate Z;\n${SUBNET}`;
      expect(headsOf(carrier)).toEqual([expect.stringContaining(`error ${code} is out of range`)]);
    }
  });

  it("is carried as RFC 3925 has it where codes have four octets [C8]", () => {
    const text = `option space onie code width 1 length width 1 hash size 17;
      option onie.installer code 1 = text;
      option space vivso code width 4 length width 1 hash size 3;
      option vivso.onie code 42623 = encapsulate onie;
      option vivso.iana code 0 = string;
      option op125 code 125 = encapsulate vivso;\n`;
    expect(headsOf(text + SUBNET)).toEqual([]);
    expect(sent(text, 125)).toBeUndefined();
    expect(sent(`${text}option onie.installer "http://192.0.2.1/";\n`, 125)).toBe(
      `0000a67f${(19).toString(16)}0111${hex("http://192.0.2.1/")}`,
    );
    expect(sent(`${text}option vivso.iana 1:2;\noption onie.installer "u";\n`, 125)).toBe(
      `00000000020102${"0000a67f030101"}${hex("u")}`,
    );
  });

  it("is carried with codes and lengths of two octets where it says so [C8]", () => {
    const text =
      'option space q code width 2 length width 2; option q.a code 258 = text; option q-enc code 224 = encapsulate q; option q.a "abc";\n';
    expect(sent(text, 224)).toBe(`01020003${hex("abc")}`);
  });

  it("cannot carry itself, by whatever way [C8]", () => {
    const text = `option space a; option space b;
option a.x code 1 = encapsulate b;
option b.y code 1 = encapsulate a;\n${SUBNET}`;
    expect(headsOf(text)).toEqual(["3:21 error the space a would carry itself"]);
  });

  it("that is the site's own gives options of DHCP itself from 128 on [C12]", () => {
    const text = `option space pxelinux;
      option pxelinux.magic code 208 = string;
      option pxelinux.configfile code 209 = text;
      option pxelinux.pathprefix code 210 = text;
      option pxelinux.reboottime code 211 = unsigned integer 32;
      option pxelinux.low code 10 = text;
      site-option-space "pxelinux";
      option pxelinux.magic f1:00:74:7e;
      option pxelinux.pathprefix "http://192.0.2.5/";
      option pxelinux.reboottime 30;
      option pxelinux.low "x";\n`;
    expect(headsOf(text + SUBNET)).toEqual([]);
    expect(sent(text, 208)).toBe("f100747e");
    expect(sent(text, 210)).toBe(hex("http://192.0.2.5/"));
    expect(sent(text, 211)).toBe("0000001e");
    expect(sent(text, 209)).toBeUndefined();
    expect(sent(text, 10)).toBeUndefined();
  });

  it("is the site's own only where the statement holds [C12]", () => {
    const config = configOf(`option space s; option s.a code 224 = text; option s.a "x"; option option-200 "y";
      subnet 192.0.2.0 netmask 255.255.255.0 { site-option-space "s"; }
      subnet 198.51.100.0 netmask 255.255.255.0 { }`);
    expect(subnetAt(config, "192.0.2.1").scope.options.has(224)).toBe(true);
    expect(subnetAt(config, "192.0.2.1").scope.options.has(200)).toBe(true);
    expect(subnetAt(config, "198.51.100.1").scope.options.has(224)).toBe(false);
  });

  it("that no option carries is a warning where the first of its options is set [C12]", () => {
    const text = `option space lost; option lost.a code 1 = text; option lost.b code 2 = text;
option lost.a "x";
option lost.b "y";\n${SUBNET}`;
    expect(
      complaintsOf(text),
    ).toBe(`dhcpd.conf:2:1: warning: option lost.a is not sent: no option carries the space lost
option lost.a "x";
^
  expected: option NAME code N = encapsulate lost; or vendor-option-space lost;
`);
  });

  it("that is named and not declared is a warning with the nearest name, as ISC loads it [C24]", () => {
    for (const statement of ["vendor-option-space pxe1;", 'site-option-space "pxe1";']) {
      const { config, diagnostics } = loadConfig("dhcpd.conf", `option space pxe;\n${statement}\n${SUBNET}`);
      expect(diagnostics).toMatchObject([{ severity: "warning", line: 2, expected: "did you mean pxe?" }]);
      expect(config).toBeDefined();
    }
  });

  it("may be declared twice and have an option defined anew, with a warning [C24]", () => {
    const text = `option space s; option s-enc code 43 = encapsulate s; option s.a code 1 = text; option s.a "x";
option space s;
option s.a code 2 = unsigned integer 8;
option s.a 7;\n`;
    expect(headsOf(text + SUBNET)).toEqual([
      "2:14 warning there is an option space s already: this is the same",
      "3:10 warning the option a is defined otherwise already: from here on this counts",
    ]);
    expect(sent(text, 43)).toBe(`0101${hex("x")}020107`);
  });
});

describe("the spaces that ISC's dhcpd has by itself", () => {
  it.each([
    "option fqdn.no-client-update on;",
    "option fqdn.server-update true;",
    "option fqdn.encoded on;",
    "option fqdn.rcode1 255;",
    "option fqdn.rcode2 255;",
    'option fqdn.fqdn "a.example.org.";',
    'option FQDN.hostname "a";',
  ])("are taken with a warning where they name option 81 [C3]: %s", (statement) => {
    const { config, diagnostics } = loadConfig("dhcpd.conf", statement + SUBNET);
    expect(diagnostics).toMatchObject([{ severity: "warning", hasNoEffect: true }]);
    expect(diagnostics[0]?.message).toMatch(/has no effect: this server sends no option 81$/);
    expect(config?.globalScope.options.has(81)).toBe(false);
  });

  it.each(["option dhcp6.name-servers 2001:db8::1;", "option nwip.nsq-broadcast on;", 'option agent.circuit-id "x";'])(
    "are taken with a warning where this server has nothing of the kind [C24]: %s",
    (statement) => {
      const { config, diagnostics } = loadConfig("dhcpd.conf", statement + SUBNET);
      expect(diagnostics).toMatchObject([{ severity: "warning", hasNoEffect: true }]);
      expect(config?.globalScope.options.codes).toHaveLength(0);
    },
  );

  it("know their options' names [C3]", () => {
    const { diagnostics } = loadConfig("dhcpd.conf", `option fqdn.no-client-updates on;\n${SUBNET}`);
    expect(diagnostics).toMatchObject([{ severity: "error", expected: "did you mean no-client-update?" }]);
  });
});

describe("the name of an option", () => {
  it("may be written in capitals, as ISC's may [C24]", () => {
    expect(sent('option Domain-Name "a";\n', 15)).toBe(hex("a"));
    expect(sent("option ROUTERS 192.0.2.1;\n", 3)).toBe("c0000201");
    expect(
      sent('option space A; option A.X code 1 = text; option enc code 43 = encapsulate a; option a.x "y";\n', 43),
    ).toBe(`0101${hex("y")}`);
  });

  it("may be ISC's unknown-N, which has the type of the option with that code [C24]", () => {
    expect(sent('option unknown-200 "x";\n', 200)).toBe(hex("x"));
    expect(sent("option unknown-6 192.0.2.1;\n", 6)).toBe("c0000201");
    expect(sent("option foo code 200 = ip-address; option unknown-200 192.0.2.1;\n", 200)).toBe("c0000201");
    for (const code of [0, 255, 256]) {
      expect(headsOf(`option unknown-${code} 1;\n${SUBNET}`)).toEqual([
        `1:8 error there is no option "unknown-${code}"`,
      ]);
    }
  });

  it("of an option without a value stands alone [C24]", () => {
    expect(sent("option mark code 200 = zerolen; option mark;\n", 200)).toBe("");
  });
});

describe("config-option", () => {
  const V =
    "option space V; option V.host code 1 = text; option V.address code 2 = ip-address; option V-enc code 224 = encapsulate V;\n";

  it("is what the option is, in an option and in the boot fields [C13]", () => {
    const text = `${V}option V.host "192.0.2.5"; option V.address 192.0.2.6;
      option tftp-server-name = concat("http://", config-option V.host, "/p/");
      filename = concat("boot/", config-option V.host);
      server-name = config-option V.host;
      next-server = config-option V.address;\n`;
    expect(headsOf(text + SUBNET)).toEqual([]);
    expect(sent(text, 66)).toBe(hex("http://192.0.2.5/p/"));
    const { fileName, serverName, nextServer } = configOf(text + SUBNET).globalScope;
    expect(Buffer.from(fileName).toString()).toBe("boot/192.0.2.5");
    expect(Buffer.from(serverName).toString()).toBe("192.0.2.5");
    expect(nextServer).toBe(0xc0000206);
  });

  it("is what it is for the client: a nearer block may set it otherwise [C13]", () => {
    const config = configOf(`${V}option V.host "a"; option tftp-server-name = concat("x-", config-option V.host);
      filename = config-option V.host;
      subnet 192.0.2.0 netmask 255.255.255.0 { option V.host "b"; }
      subnet 198.51.100.0 netmask 255.255.255.0 { filename "own"; }`);
    const scopes = ["192.0.2.1", "198.51.100.1"].map((address) => subnetAt(config, address).scope);
    expect(scopes.map(({ options }) => Buffer.from(options.get(66) ?? []).toString())).toEqual(["x-b", "x-a"]);
    expect(scopes.map(({ fileName }) => Buffer.from(fileName).toString())).toEqual(["b", "own"]);
  });

  it("of an option that is set nowhere makes the whole value empty, with a warning [C13]", () => {
    const text = `${V}option tftp-server-name = concat("x", config-option V.host);\noption bootfile-name = config-option V.host;\n`;
    expect(headsOf(text + SUBNET)).toEqual([
      "2:39 warning no block sets the option V.host: the value that is made from it is not sent",
      "3:24 warning no block sets the option V.host: the value that is made from it is not sent",
    ]);
    expect(sent(text, 66)).toBeUndefined();
    expect(sent(text, 67)).toBeUndefined();
  });

  it("that leads back to itself is empty [C13]", () => {
    const text =
      "option tftp-server-name = config-option bootfile-name;\noption bootfile-name = config-option tftp-server-name;\n";
    expect(sent(text, 66)).toBeUndefined();
  });

  it("is what is said to use in place of option [C13]", () => {
    const { diagnostics } = loadConfig("dhcpd.conf", `option tftp-server-name = option host-name;\n${SUBNET}`);
    expect(diagnostics[0]?.expected).toMatch(/^config-option NAME for what this file sets/);
  });
});
