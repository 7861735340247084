// What the statements about options come to in a reply: requested-options-only, always-send, T1 and T2, and files for
// firmware that starts over HTTP.

import { describe, expect, it } from "vitest";
import { headsOf } from "../../support/config-text.ts";
import { decodeMessage, numberOption } from "../../support/decode-message.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import type { MessageParts } from "../../support/message-builder.ts";

const NODE = "02:00:00:00:53:61";
const octets = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const textOf = (value: readonly number[] | undefined): string => String.fromCharCode(...(value ?? []));

function worldOf(text: string, inSubnet = "range 192.0.2.100 192.0.2.199;"): EngineWorld {
  return new EngineWorld(
    `ping-check off; ${text} subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; ${inSubnet} }`,
    [testInterface(2, "lan0", "192.0.2.10")],
  );
}

function ask(world: EngineWorld, parts: Partial<MessageParts> = {}): ReturnType<typeof decodeMessage> {
  return decodeMessage(world.send({ type: 1, chaddr: NODE, ...parts }).bytes);
}

describe("requested-options-only", () => {
  const more = "option netbios-node-type 8; option log-servers 192.0.2.9; option domain-name-servers 192.0.2.53;";

  it("is for the block that it stands in, and off by default [C7]", () => {
    const list = { requestList: [1, 3, 6] };
    expect(ask(worldOf(more), list).order).toEqual([53, 54, 51, 1, 3, 6, 58, 59, 7, 46]);
    expect(ask(worldOf(`requested-options-only on; ${more}`), list).order).toEqual([53, 54, 51, 1, 3, 6, 58, 59]);
    const world = worldOf(
      `${more} class "all" { match if hardware = 1:${NODE}; requested-options-only off; }`,
      `
      requested-options-only on; range 192.0.2.100 192.0.2.199;`,
    );
    expect(ask(world, list).order).toContain(46);
    expect(ask(world, { ...list, chaddr: "02:00:00:00:53:62" }).order).not.toContain(46);
  });

  it("is completed by the always-send of all blocks around the client, also as ISC writes it [C7]", () => {
    const world = worldOf(
      `requested-options-only on; always-send log-servers; ${more}`,
      `range 192.0.2.100 192.0.2.199;
       option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, 2e);`,
    );
    expect(ask(world, { requestList: [3] }).order).toEqual([53, 54, 51, 1, 3, 58, 59, 46, 7]);
  });
});

describe("dhcp-renewal-time and dhcp-rebinding-time", () => {
  it("are told where they are set [R11]", () => {
    const world = worldOf(
      "default-lease-time 3600; option dhcp-renewal-time 600;",
      "range 192.0.2.100 192.0.2.199; option dhcp-rebinding-time 900;",
    );
    const offer = ask(world);
    expect([numberOption(offer, 58), numberOption(offer, 59)]).toEqual([600, 900]);
    const short = ask(world, { leaseSeconds: 700 });
    expect([numberOption(short, 51), numberOption(short, 58), numberOption(short, 59)]).toEqual([700, 600, 612]);
  });
});

describe("firmware that starts over HTTP", () => {
  const URI = "http://boot.example.org/ipxe.efi";
  const boot = `range 192.0.2.100 192.0.2.199; boot { server 192.0.2.7; uefi-x64 "ipxe.efi"; http-uefi-x64 "${URI}"; }`;
  const http: Partial<MessageParts> = {
    requestList: [1, 3, 67],
    options: [
      [60, octets("HTTPClient:Arch:00016:UNDI:003016")],
      [93, [0, 16]],
    ],
  };
  const tftp: Partial<MessageParts> = {
    requestList: [1, 3],
    options: [
      [60, octets("PXEClient:Arch:00007:UNDI:003016")],
      [93, [0, 7]],
    ],
  };
  const host = (file: string): string =>
    `host node1 { hardware ethernet ${NODE}; fixed-address 192.0.2.31; next-server 192.0.2.8; filename "${file}"; }`;

  it("is told boot's URI although its host has a file for TFTP [R5]", () => {
    const world = worldOf(host("pxelinux.0"), boot);
    const offer = ask(world, http);
    expect([offer.file, textOf(offer.options.get(60)), offer.siaddr]).toEqual([URI, "HTTPClient", "192.0.2.7"]);
    const other = ask(world, tftp);
    expect([other.file, other.options.has(60), other.siaddr]).toEqual(["pxelinux.0", false, "192.0.2.8"]);
  });

  it("is told its host's file where that is a URI [R5]", () => {
    const offer = ask(worldOf(host("http://boot.example.org/node1.efi"), boot), http);
    expect([offer.file, textOf(offer.options.get(60))]).toEqual(["http://boot.example.org/node1.efi", "HTTPClient"]);
  });

  it("is told HTTPClient, asked for or not, with requested-options-only [C7]", () => {
    const offer = ask(worldOf("requested-options-only on;", boot), http);
    expect(textOf(offer.options.get(60))).toBe("HTTPClient");
  });
});

it('a class that tells firmware "PXEClient" is warned of unless it names boot servers [R12]', () => {
  const told = (more: string): string[] =>
    headsOf(`class "pxe" { option vendor-class-identifier "PXEClient"; ${more} match if option architecture = 7; }
subnet 192.0.2.0 netmask 255.255.255.0 { }`).filter((head) => head.includes("4011"));
  expect(told("")).toEqual([expect.stringMatching(/^1:\d+ warning /)]);
  expect(told("option vendor-encapsulated-options 06:01:08:ff;")).toEqual([]);
});
