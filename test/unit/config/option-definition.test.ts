// Options that a configuration defines: their types, their spaces, and what is sent of them.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { configOf, headsOf, hostNamed } from "../../support/config-text.ts";

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { }";

function octetsSent(text: string, code: number): string | undefined {
  const octets = configOf(`${text}\n${SUBNET}`).globalScope.options.get(code);
  return octets && formatHex(octets, "");
}

describe("a defined option", () => {
  it.each([
    ["ip-address", "10.0.0.1", "0a000001"],
    ["integer 8", "-2", "fe"],
    ["signed integer 16", "-2", "fffe"],
    ["integer 32", "-2", "fffffffe"],
    ["unsigned integer 8", "254", "fe"],
    ["UNSIGNED Integer 16", "0x102", "0102"],
    ["unsigned integer 32", "4294967295", "ffffffff"],
    ["boolean", "true", "01"],
    ["text", '"abc"', "616263"],
    ["string", "1:2:3", "010203"],
    ["string", '"abc"', "616263"],
    ["domain-list compressed", '"a.b", "c.b"', "016101620001 63c002".replace(" ", "")],
    ["domain-list", '"a.b", "c.b"', "01610162000163016200"],
    ["domain-name", '"a.b"', "0161016200"],
    ["ip6-address", "2001:db8::1", "20010db8000000000000000000000001"],
    ["{ unsigned integer 8, domain-list }", '7 "a.b", "c"', "0701610162000163 00".replace(" ", "")],
    ["array of ip-address", "10.0.0.1, 10.0.0.2", "0a0000010a000002"],
    ["array of unsigned integer 16", "1, 2", "00010002"],
    ["{ ip-address, unsigned integer 16, text }", '10.0.0.1 80 "x"', "0a000001005078"],
    ["{ boolean }", "off", "00"],
    ["array of { ip-address, integer 8 }", "10.0.0.1 1, 10.0.0.2 2", "0a000001010a00000202"],
  ])("of type %s takes %s", (type, written, hex) => {
    expect(octetsSent(`option mine code 200 = ${type}; option mine ${written};`, 200)).toBe(hex);
  });

  it("may have a code that has a name already, and a name that means that code", () => {
    expect(octetsSent("option routes code 121 = array of integer 8; option routes 8, 10;", 121)).toBe("080a");
    expect(octetsSent('option domain-search code 119 = string; option domain-search "x";', 119)).toBe("78");
    expect(octetsSent('option dhcp.mine code 200 = text; option dhcp.mine "x";', 200)).toBe("78");
  });

  it("may be defined again in the same way, and is known in included files and blocks", () => {
    const again = "option mine code 200 = text;";
    expect(headsOf(`${again} ${again} subnet 10.0.0.0 netmask 255.255.255.0 { option mine "x"; }`)).toEqual([]);
  });

  it("can be asked for in a condition, with numbers as numbers", () => {
    const text = 'option sort code 200 = unsigned integer 16; class "c" { match if option sort = 258; }';
    const [rule] = configOf(`${text} ${SUBNET}`).classes.rules;
    expect(rule?.condition).toMatchObject({ kind: "equal", data: { code: 200 }, value: Uint8Array.of(1, 2) });
  });
});

describe("an option space", () => {
  const SPACE = `option space Vendor code width 1 length width 1 hash size 5;
    option Vendor.server code 2 = ip-address;
    option Vendor.name code 1 = text;
    option Vendor.last code 254 = unsigned integer 8;`;

  it("goes into option 43 where vendor-option-space says so, its options by code", () => {
    const set = 'option Vendor.server 10.0.0.1; option Vendor.name "ab";';
    expect(octetsSent(`${SPACE} vendor-option-space Vendor; ${set}`, 43)).toBe("0102616202040a000001");
    expect(octetsSent(`${SPACE} ${set}`, 43)).toBeUndefined();
    expect(octetsSent(`${SPACE} vendor-option-space Vendor;`, 43)).toBeUndefined();
  });

  it("goes into every option that is defined to carry it", () => {
    const text = `${SPACE} option wrap code 200 = encapsulate Vendor; option wrap2 code 201 = encapsulate Vendor; option Vendor.last 7;`;
    expect([octetsSent(text, 200), octetsSent(text, 201), octetsSent(text, 43)]).toEqual([
      "fe0107",
      "fe0107",
      undefined,
    ]);
  });

  it("is put together from all blocks around a client, option by option", () => {
    const config = configOf(`${SPACE}
      option Vendor.name "global"; option Vendor.last 1;
      subnet 10.0.0.0 netmask 255.255.255.0 { vendor-option-space Vendor; option Vendor.last 2; }
      host h { hardware ethernet 2:0:0:0:0:1; option Vendor.server 10.0.0.9; }`);
    const [subnet] = config.subnets;
    if (subnet === undefined) throw new TypeError("no subnet");
    expect(config.globalScope.options.get(43)).toBeUndefined();
    const hex = (octets: Uint8Array | undefined): string => formatHex(octets ?? new Uint8Array(0), "");
    expect(hex(subnet.scope.options.get(43))).toBe("0106676c6f62616cfe0102");
    const ofHost = config.scopeOf(subnet, hostNamed(config, "h"));
    expect(hex(ofHost.options.get(43))).toBe("0106676c6f62616c02040a000009fe0102");
  });

  it("takes the place of an option 43 that is set as octets", () => {
    const raw = "option vendor-encapsulated-options 1:2; option Vendor.last 7;";
    expect(octetsSent(`${SPACE} ${raw}`, 43)).toBe("0102");
    expect(octetsSent(`${SPACE} vendor-option-space Vendor; ${raw}`, 43)).toBe("fe0107");
  });

  it("may have codes that mean something to DHCP", () => {
    const text = `option space v; option v.id code 61 = text; option v.sid code 54 = ip-address; vendor-option-space v;
      host h { hardware ethernet 2:0:0:0:0:1; option v.id "ab"; option v.sid 10.0.0.1; }`;
    const config = configOf(`${text} ${SUBNET}`);
    expect(hostNamed(config, "h").clientId).toBeUndefined();
    const [subnet] = config.subnets;
    const options = subnet && config.scopeOf(subnet, hostNamed(config, "h")).options;
    expect(formatHex(options?.get(43) ?? new Uint8Array(0), "")).toBe("36040a0000013d026162");
    expect(options?.has(61)).toBe(false);
  });
});
