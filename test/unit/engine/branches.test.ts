// `if`, `elsif`, `else`, `spawn with`, and what conditions can look at besides: what clients are told.

import { describe, expect, it } from "vitest";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import type { MessageParts } from "../../support/message-builder.ts";

const CHADDR = "02:00:00:00:00:0a";
const octets = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const IPXE = { options: [[77, octets("iPXE")]] } as const;
const UEFI = { options: [[93, [0, 7]]] } as const;

/** The boot file that a client with these parts is told; empty if none, undefined if it is not answered. */
function fileOf(text: string, parts: Partial<MessageParts> = {}): string | undefined {
  const world = new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1"), testInterface(3, "up0", "172.16.0.1")]);
  const { bytes, hasReply } = world.send({ type: 1, chaddr: CHADDR, ...parts });
  if (!hasReply) return undefined;
  const field = bytes.subarray(108, 236);
  return String.fromCharCode(...field.subarray(0, field.indexOf(0)));
}

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";

describe("if", () => {
  const chain = `if option user-class = "iPXE" { filename "first"; }
    elsif option architecture = 7 { filename "second"; } else if exists user-class { filename "third"; }
    else { filename "last"; } ${SUBNET}`;

  it("gives the values of the first branch whose condition holds, and of no other", () => {
    expect(fileOf(chain, IPXE)).toBe("first");
    expect(fileOf(chain, { options: [...IPXE.options, ...UEFI.options] })).toBe("first");
    expect(fileOf(chain, UEFI)).toBe("second");
    expect(fileOf(chain, { options: [[77, octets("x")]] })).toBe("third");
    expect(fileOf(chain)).toBe("last");
  });

  it("counts in front of the values of its own block, wherever it stands there", () => {
    const before = `if exists user-class { filename "if"; } filename "plain"; ${SUBNET}`;
    expect(fileOf(before, IPXE)).toBe("if");
    expect(fileOf(before)).toBe("plain");
  });

  it("counts behind what a nearer block says", () => {
    const text = `if exists user-class { filename "if"; }
      subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; filename "subnet"; }`;
    expect(fileOf(text, IPXE)).toBe("subnet");
  });

  it("gives the values of the last one of a block where several hold", () => {
    expect(
      fileOf(`if exists user-class { filename "a"; } if exists user-class { filename "b"; } ${SUBNET}`, IPXE),
    ).toBe("b");
  });

  it.each([
    ["a group", (inner: string) => `group { ${inner} ${SUBNET} }`],
    ["a shared network", (inner: string) => `shared-network x { ${inner} ${SUBNET} }`],
    ["a subnet", (inner: string) => `subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10; ${inner} }`],
    ["a pool", (inner: string) => `subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.10; ${inner} } }`],
    ["a host", (inner: string) => `${SUBNET} host a { hardware ethernet ${CHADDR}; ${inner} }`],
    ["a class", (inner: string) => `${SUBNET} class "a" { match if substring(hardware, 0, 1) = 01; ${inner} }`],
    ["another if", (inner: string) => `if not exists host-name { ${inner} } ${SUBNET}`],
  ])("holds in %s", (_, around) => {
    const text = around('if exists user-class { filename "if"; } else { filename "else"; }');
    expect(fileOf(text, IPXE)).toBe("if");
    expect(fileOf(text)).toBe("else");
  });

  it("does not hold where the if around it does not", () => {
    const text = `if exists host-name { if exists user-class { filename "both"; } } ${SUBNET}`;
    expect(fileOf(text, IPXE)).toBe("");
    expect(fileOf(text, { options: [...IPXE.options, [12, octets("x")]] })).toBe("both");
  });

  it("can deny clients their service", () => {
    const text = `${SUBNET} if exists user-class { deny booting; }`;
    expect(fileOf(text, IPXE)).toBeUndefined();
    expect(fileOf(text)).toBe("");
  });
});

describe("a condition", () => {
  it("knows whether the client is a host", () => {
    const text = `${SUBNET} host a { hardware ethernet ${CHADDR}; }
      if known { filename "known"; } else { filename "unknown"; }`;
    expect(fileOf(text)).toBe("known");
    expect(fileOf(text, { chaddr: "02:00:00:00:00:0b" })).toBe("unknown");
  });

  it("looks into an option that carries a space", () => {
    const text = `option space ipxe; option ipxe-encap-opts code 175 = encapsulate ipxe;
      option ipxe.http code 19 = unsigned integer 8; option ipxe.name code 20 = text;
      if exists ipxe.http and option ipxe.name = "box" { filename "menu"; } ${SUBNET}`;
    expect(fileOf(text, { options: [[175, [20, 3, ...octets("box"), 19, 1, 1]]] })).toBe("menu");
    expect(fileOf(text, { options: [[175, [20, 3, ...octets("box"), 18, 1, 1]]] })).toBe("");
    expect(fileOf(text, { options: [[175, [20, 4, ...octets("box"), 19, 1, 1]]] })).toBe("");
    expect(fileOf(text, { options: [[175, [19]]] })).toBe("");
    expect(fileOf(text)).toBe("");
  });

  it.each([
    ['binary-to-ascii(16, 8, ":", substring(hardware, 0, 4)) = "1:2:0:0"', "yes"],
    ['binary-to-ascii(10, 8, ".", substring(hardware, 1, 1)) = "2"', "yes"],
    ['binary-to-ascii(16, 8, "", suffix(hardware, 1)) = "a"', "yes"],
    ['binary-to-ascii(16, 8, ":", substring(hardware, 1, 3)) = "2:0:1"', ""],
  ])("compares %s", (condition, file) => {
    expect(fileOf(`if ${condition} { filename "yes"; } ${SUBNET}`)).toBe(file);
  });
});

describe("spawn with", () => {
  const text = `class "subscribers" { spawn with option agent.circuit-id; match if not exists user-class; filename "member"; }
    subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; } ${SUBNET}`;
  const RELAY = { giaddr: "10.9.0.1", options: [[82, [1, 1, 0x37]]] } as const;

  it("makes members of all that have such data, if the class's condition holds besides", () => {
    expect(fileOf(text, RELAY)).toBe("member");
    expect(fileOf(text, { ...RELAY, options: [...RELAY.options, ...IPXE.options] })).toBe("");
    expect(fileOf(text, { giaddr: "10.9.0.1" })).toBe("");
    expect(fileOf(text)).toBe("");
  });
});

describe("an expression", () => {
  it("gives an option the octets of constants", () => {
    const text = `option root-path = concat("/srv", 2f:6e, concat("fs")); option boot-size = encode-int(4000, 16); ${SUBNET}`;
    const world = new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
    const { bytes } = world.send({ type: 1, chaddr: CHADDR });
    expect(String.fromCharCode(...bytes)).toContain("\u0011\u0008/srv/nfs");
    expect(String.fromCharCode(...bytes)).toContain("\u000d\u0002\u000f\u00a0");
  });
});
