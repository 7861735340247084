// Data that conditions and classes compute from a query: written as text, or the first of several.

import { describe, expect, it } from "vitest";
import { complaintsOf, headsOf } from "../../support/config-text.ts";
import { EngineWorld, type Outcome, testInterface } from "../../support/engine-world.ts";
import type { MessageParts } from "../../support/message-builder.ts";

const octets = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";

function worldOf(text: string): EngineWorld {
  return new EngineWorld(`ping-check off; ${text}`, [testInterface(2, "lan0", "10.0.0.1")]);
}

function fileOf({ bytes }: Outcome): string {
  const field = bytes.subarray(108, 236);
  return String.fromCharCode(...field.subarray(0, field.indexOf(0)));
}

describe("a class that is matched by what binary-to-ascii writes", () => {
  const list = `class "mac-list" { match binary-to-ascii(16, 8, ":", substring(hardware, 1, 6)); }
    subclass "mac-list" "2:0:5e:0:53:c3";
    subclass "mac-list" "2:0:5e:0:53:c4" { filename "c4"; }`;
  const pool = 'subnet 10.0.0.0 netmask 255.255.255.0 { pool { allow members of "mac-list"; range 10.0.0.10; } }';

  it("has the clients whose octets its subclasses write [C11]", () => {
    const world = worldOf(`${list} ${pool}`);
    expect(world.send({ type: 1, chaddr: "02:00:5e:00:53:c5" }).yiaddr).toBe("0.0.0.0");
    expect(fileOf(world.send({ type: 1, chaddr: "02:00:5e:00:53:c4" }))).toBe("c4");
    const other = worldOf(`${list} ${pool}`).send({ type: 1, chaddr: "02:00:5e:00:53:c3" });
    expect([other.yiaddr, fileOf(other)]).toEqual(["10.0.0.10", ""]);
  });

  it("is looked up by the one of several data that the client sends, each as it is written [C11]", () => {
    const text = `class "it" { match pick-first-value(option host-name, binary-to-ascii(10, 8, ".", substring(hardware, 4, 3))); }
      subclass "it" "0.83.195" { filename "by card"; }
      subclass "it" "printer" { filename "by name"; } ${SUBNET}`;
    const told = (parts: Partial<MessageParts>): string =>
      fileOf(worldOf(text).send({ type: 1, chaddr: "02:00:5e:00:53:c3", ...parts }));
    expect(told({})).toBe("by card");
    expect(told({ options: [[12, octets("printer")]] })).toBe("by name");
    expect(told({ options: [[12, octets("0.83.195")]] })).toBe("by card");
    expect(told({ options: [[12, [0, 83, 195]]] })).toBe("");
  });

  it.each<[string, string, boolean]>([
    ['binary-to-ascii(16, 8, "", option host-name) = "54686f6d"', "Thom", true],
    ['binary-to-ascii(16, 8, "", option host-name) = "54686f6d"', "Thon", false],
    ['binary-to-ascii(16, 8, "", option host-name) = "54686f6d"', "Tho", false],
    ['binary-to-ascii(16, 8, "", option host-name) != "54686f6d"', "Thon", true],
    ['binary-to-ascii(16, 8, "", option host-name) = "1234"', "\x01\x23\x04", true],
    ['binary-to-ascii(16, 8, "", option host-name) = "1234"', "\x12\x34", true],
    ['binary-to-ascii(10, 8, "", option host-name) = "25500"', "\xff\x00\x00", true],
    ['binary-to-ascii(2, 8, "", substring(option host-name, 1, 1)) = "11111111"', "\x00\xff\x00", true],
    ['binary-to-ascii(10, 8, "", substring(hardware, 1, 6)) = "209408319"', "", false],
    ['binary-to-ascii(10, 8, "", substring(hardware, 1, 6)) = "2094083195"', "", true],
  ])(
    "is compared as the text that it is where nothing stands between the numbers: %s, for %j [C11]",
    (condition, name, expected) => {
      const text = `class "it" { match if ${condition}; filename "it"; } ${SUBNET}`;
      const options: MessageParts["options"] = name === "" ? [] : [[12, octets(name)]];
      const told = fileOf(worldOf(text).send({ type: 1, chaddr: "02:00:5e:00:53:c3", options }));
      expect(told).toBe(expected ? "it" : "");
    },
  );

  it("finds a subclass by the whole text where nothing stands between the numbers [C11]", () => {
    const text = `class "it" { match binary-to-ascii(16, 8, "", substring(hardware, 1, 6)); }
subclass "it" "205e053c3" { filename "without zeros"; }
subclass "it" "02005e0053c3" { filename "never"; }
${SUBNET}
`;
    const fileFor = (chaddr: string): string => fileOf(worldOf(text).send({ type: 1, chaddr }));
    expect(fileFor("02:00:5e:00:53:c3")).toBe("without zeros");
    expect(fileFor("20:5e:00:53:0c:03")).toBe("without zeros");
    expect(fileFor("02:00:5e:05:03:c3")).toBe("");
    expect(headsOf(text)).toEqual([]);
  });

  it("says that a text has no digits where nothing stands between the numbers [C11]", () => {
    const text = `class "it" { match if binary-to-ascii(16, 8, "", hardware) = "02:00"; } ${SUBNET}`;
    expect(complaintsOf(text)).toContain("expected: digits of numbers to base 16");
  });

  it("warns of a subclass that is never written so [C11]", () => {
    const text = `class "it" { match binary-to-ascii(16, 8, ":", substring(hardware, 1, 6)); }
subclass "it" "02:00:5e:00:53:c3";
${SUBNET}
`;
    expect(complaintsOf(text)).toBe(
      `dhcpd.conf:2:15: warning: no client can be in this subclass: binary-to-ascii never writes this
subclass "it" "02:00:5e:00:53:c3";
              ^
  expected: "2:0:5e:0:53:c3": no leading zeros, small letters
`,
    );
  });
});

describe("pick-first-value in a condition", () => {
  const told = (condition: string, options: MessageParts["options"] = []): boolean =>
    fileOf(
      worldOf(`class "it" { match if ${condition}; filename "it"; } ${SUBNET}`).send({
        type: 1,
        chaddr: "02:00:5e:00:53:c3",
        options,
      }),
    ) === "it";
  const pxe: MessageParts["options"] = [[60, octets("PXEClient:Arch:00007")]];

  it.each<[string, MessageParts["options"], boolean]>([
    ['substring(pick-first-value(option vendor-class-identifier, ""), 0, 9) = "PXEClient"', pxe, true],
    ['substring(pick-first-value(option vendor-class-identifier, ""), 0, 9) = "PXEClient"', [], false],
    ['substring(pick-first-value(option vendor-class-identifier, ""), 0, 9) != "PXEClient"', [], true],
    ['pick-first-value(option vendor-class-identifier, "") = ""', [], true],
    ['pick-first-value(option vendor-class-identifier, "") = ""', pxe, false],
    ['pick-first-value(option host-name, "none") = "none"', [], true],
    ['substring(pick-first-value(option host-name, "none"), 1, 2) = "on"', [], true],
    ['pick-first-value(option host-name, option vendor-class-identifier) = "PXEClient:Arch:00007"', pxe, true],
    [
      'pick-first-value(option host-name, option vendor-class-identifier) = "PXEClient:Arch:00007"',
      [[12, octets("x")], ...(pxe ?? [])],
      false,
    ],
    ['binary-to-ascii(16, 8, ":", pick-first-value(option host-name, "")) = ""', [], true],
    ['binary-to-ascii(16, 8, ":", pick-first-value(option host-name, "")) = "41:42"', [[12, octets("AB")]], true],
    ['binary-to-ascii(16, 8, ":", pick-first-value(option host-name, "")) = ""', [[12, octets("AB")]], false],
  ])("is the first that the query has, in %s [C15]", (condition, options, expected) => {
    expect(told(condition, options)).toBe(expected);
  });

  it("says what to write in place of concat [C15]", () => {
    const text = `class "it" { match if concat(option host-name, "x") = "yx"; } ${SUBNET}`;
    expect(complaintsOf(text)).toContain("expected: a comparison for each part, joined by and");
  });

  it("is refused when it is nested without end [C15]", () => {
    const text = `class "it" { match if ${"substring(".repeat(20_000)}hardware = "x"; } ${SUBNET}`;
    expect(headsOf(text)[0]).toContain("functions are nested more than 64 deep");
  });
});

describe("a value that is computed for each client", () => {
  it.each([
    ['option host-name = concat("dhcp-", binary-to-ascii(10, 8, "-", leased-address));', "use-host-decl-names on;"],
    ['option bootfile-name = concat("/", binary-to-ascii(16, 8, "/", hardware), "/boot");', "{mac:hexhyp}"],
    ['filename = concat("/", binary-to-ascii(16, 8, "/", hardware));', "{mac:hexhyp}"],
    ["option domain-name = option domain-name;", "if CONDITION { ... } where clients differ"],
  ])("is refused with another way, for %s [C15]", (statement, way) => {
    const said = complaintsOf(`${statement} ${SUBNET}`);
    expect(said).toContain("is not the same for every client");
    expect(said).toContain(way);
  });
});
