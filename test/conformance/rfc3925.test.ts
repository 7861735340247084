// RFC 3925: Vendor-Identifying Vendor Options for DHCPv4; RFC 3004: The User Class Option for DHCP.

import { describe, expect, it } from "vitest";
import { type DecodedMessage, decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import type { MessageParts } from "../support/message-builder.ts";

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const CLASS_OF = [0, 0, 0x0d, 0xe9, 4, 3, 0x6d, 0x6f, 0x64];
const text = (value: string): number[] => [...new TextEncoder().encode(value)];

function send(statements: string, parts: Partial<MessageParts>): DecodedMessage {
  const world = new EngineWorld(`ping-check false; ${statements} ${SUBNET}`, [testInterface(2, "lan0", "10.0.0.1")]);
  return decodeMessage(world.send({ type: 1, ...parts }).bytes);
}

describe("RFC 3925 section 3: the vendor class of a client", () => {
  it("is one value, in however many options it comes [3925 3-1]", () => {
    const octets = CLASS_OF.map((octet) => octet.toString(16)).join(":");
    const statements = `class "modems" { match if option vivco = ${octets}; option domain-name "modems"; }`;
    const name = (pieces: readonly (readonly number[])[]) =>
      send(statements, { options: pieces.map((piece) => [124, piece] as const) }).options.get(15);
    expect(name([CLASS_OF])).toEqual(text("modems"));
    expect(name([CLASS_OF.slice(0, 3), CLASS_OF.slice(3, 4), CLASS_OF.slice(4)])).toEqual(text("modems"));
    expect(name([CLASS_OF.slice(0, -1)])).toBeUndefined();
  });
});

describe("RFC 3925 section 4: vendor-specific information", () => {
  const plain = "option vivso 3561 1:2:3:4, 4491 2:1:7;";

  it("of a client is ignored where it means nothing here [3925 4-1]", () => {
    const without = send("", {});
    for (const value of [[], [0], [0, 0, 0, 1, 9, 9], CLASS_OF]) {
      const reply = send("", { options: [[125, value]], requestList: [125] });
      expect(reply).toMatchObject({ messageType: 2, yiaddr: without.yiaddr });
      expect(reply.options.has(125)).toBe(false);
    }
  });

  it("is sent by enterprise, each with its length [3925 4-2]", () => {
    expect(send(plain, {}).options.get(125)).toEqual([0, 0, 0x0d, 0xe9, 4, 1, 2, 3, 4, 0, 0, 0x11, 0x8b, 3, 2, 1, 7]);
  });

  it("of more than 255 octets is split [3925 4-3]", () => {
    const long = Array.from({ length: 200 }, () => "1").join(":");
    const reply = send(`option vivso 3561 ${long}, 4491 ${long};`, { options: [[57, [5, 0xdc]]] });
    expect(reply.options.get(125)).toHaveLength(2 * (5 + 200));
    expect(reply.order.filter((code) => code === 125)).toHaveLength(2);
  });

  it("is in no DHCPNAK, nor is a vendor class [3925 3-2]", () => {
    const nak = send(`${plain} option vivco 3561 1:2;`, { type: 3, requested: "192.0.2.1", requestList: [124, 125] });
    expect(nak.messageType).toBe(6);
    expect([nak.options.has(124), nak.options.has(125)]).toEqual([false, false]);
  });
});

describe("RFC 3004 section 4: the user classes of a client", () => {
  const statements = 'user-class "lab" { option domain-name "lab"; }';
  const name = (value: readonly number[]) => send(statements, { options: [[77, value]] }).options.get(15);

  it("are told apart by their lengths, or are one without any, as some clients have it [3004 4-1]", () => {
    for (const value of ["\u0003lab", "\u0002xx\u0003lab", "\u0003lab\u0002xx", "lab"]) {
      expect(name(text(value))).toEqual(text("lab"));
    }
    for (const value of ["\u0002la\u0001b", "\u0004labs", "\u0003lab\u0003x", "\u0009\u0003lab", "xlab", "LAB"]) {
      expect(name(text(value))).toBeUndefined();
    }
  });

  it("are ignored where they mean nothing, or are no user classes at all [3004 4-2]", () => {
    for (const value of [[], [0], [9, 1], [3, ...text("foo")], text("MSFT 5.0")]) {
      expect(send(statements, { options: [[77, value]] }).messageType).toBe(2);
      expect(name(value)).toBeUndefined();
    }
  });
});
