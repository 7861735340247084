// RFC 8910: Captive-Portal Identification in DHCP.

import { describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";

const URI = "https://portal.example.org/api";

function optionOf(statement: string, parts = {}): readonly number[] | undefined {
  const text = `ping-check false; ${statement} subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10; }`;
  const world = new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
  return decodeMessage(world.send({ type: 1, requestList: [114], ...parts }).bytes).options.get(114);
}

describe("RFC 8910 section 2.1: the captive portal's URI", () => {
  it("is option 114, without a terminating zero [8910 2.1-1]", () => {
    expect(optionOf(`option v4-captive-portal "${URI}";`)).toEqual([...new TextEncoder().encode(URI)]);
  });

  it("has no zero inside its length for a client either whose own texts end in one [8910 2.1-1]", () => {
    const octets = optionOf(`option v4-captive-portal "${URI}";`, { options: [[12, [0x68, 0]]] });
    expect(octets).toEqual([...new TextEncoder().encode(URI)]);
  });

  it("may be ISC's default-url, and the sign that there is no portal [8910 2-2]", () => {
    const unrestricted = "urn:ietf:params:capport:unrestricted";
    expect(optionOf(`option default-url "${unrestricted}";`)).toEqual([...new TextEncoder().encode(unrestricted)]);
  });

  it("is sent where it is configured, asked for or not [8910 2-1]", () => {
    expect(optionOf("")).toBeUndefined();
    for (const requestList of [[114], [1, 3]]) {
      expect(optionOf(`option v4-captive-portal "${URI}";`, { requestList })).toHaveLength(URI.length);
    }
  });

  it("is refused if one option does not hold it [8910 2-3]", () => {
    const uri = (octets: number): string => `https://${"a".repeat(octets - 8)}`;
    expect(optionOf(`option v4-captive-portal "${uri(255)}";`)).toHaveLength(255);
    expect(() => optionOf(`option v4-captive-portal "${uri(256)}";`)).toThrow("the URI has 256 octets");
  });
});
