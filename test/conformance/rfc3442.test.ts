// RFC 3442: The Classless Static Route Option; RFC 3397: DHCP Domain Search Option; what RFC 6704 asks of a
// server without it.

import { describe, expect, it } from "vitest";
import { type DecodedMessage, decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import type { MessageParts } from "../support/message-builder.ts";

const ROUTES = "option classless-static-routes 10.0.0.0/8 10.0.0.2, 0/0 10.0.0.1;";
const OLD = "option routers 10.0.0.1; option static-routes 10.1.0.0 10.0.0.2;";
const ROUTES_OCTETS = [8, 10, 10, 0, 0, 2, 0, 10, 0, 0, 1];
const SIZE_1500: readonly [number, readonly number[]] = [57, [5, 0xdc]];

function offer(global: string, parts: Partial<MessageParts> = {}): DecodedMessage {
  const config = `ping-check false; ${global} subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }`;
  const world = new EngineWorld(config, [testInterface(2, "lan0", "10.0.0.1")]);
  return decodeMessage(world.send({ type: 1, ...parts }).bytes);
}

/** Names of a search list, by RFC 1035 section 4.1.4, with pointers into `octets`; written apart from src/wire. */
function namesIn(octets: readonly number[]): string[] {
  const names: string[] = [];
  let at = 0;
  while (at < octets.length) {
    const labels: string[] = [];
    let from = at;
    let jumps = 0;
    let end = -1;
    for (;;) {
      const length = octets[from] ?? 0;
      if (length >= 0xc0) {
        if (end < 0) end = from + 2;
        from = ((length & 0x3f) << 8) | (octets[from + 1] ?? 0);
        if (++jumps > 20) throw new TypeError("a loop of pointers");
        continue;
      }
      if (length === 0) break;
      labels.push(String.fromCharCode(...octets.slice(from + 1, from + 1 + length)));
      from += 1 + length;
    }
    names.push(labels.join("."));
    at = end < 0 ? from + 1 : end;
  }
  return names;
}

describe("RFC 3442: classless routes", () => {
  it.each([
    ["0/0 10.0.0.1", [0, 10, 0, 0, 1]],
    ["10.0.0.0/8 10.0.0.1", [8, 10, 10, 0, 0, 1]],
    ["10.0.0.0/24 10.0.0.1", [24, 10, 0, 0, 10, 0, 0, 1]],
    ["10.17.0.0/16 10.0.0.1", [16, 10, 17, 10, 0, 0, 1]],
    ["10.27.129.0/24 10.0.0.1", [24, 10, 27, 129, 10, 0, 0, 1]],
    ["10.229.0.128/25 10.0.0.1", [25, 10, 229, 0, 128, 10, 0, 0, 1]],
    ["10.198.122.47/32 10.0.0.1", [32, 10, 198, 122, 47, 10, 0, 0, 1]],
    ["10.0.0.0/8 10.0.0.2, 0/0 0.0.0.0", [8, 10, 10, 0, 0, 2, 0, 0, 0, 0, 0]],
  ])("%s has a destination of its significant octets [3442 1-1, 1-2, 1-3]", (routes, octets) => {
    expect(offer(`option classless-static-routes ${routes};`, { requestList: [121] }).options.get(121)).toEqual(octets);
  });

  it("that are asked for come without routers and static routes, wherever these stand in the list [3442 3-1]", () => {
    for (const requestList of [
      [121, 3, 33],
      [3, 33, 121],
      [1, 3, 6, 121],
    ]) {
      const { options } = offer(ROUTES + OLD, { requestList });
      expect(options.get(121)).toEqual(ROUTES_OCTETS);
      expect([options.has(3), options.has(33)]).toEqual([false, false]);
    }
  });

  it("that are not asked for leave routers and static routes to the client [3442 3-2]", () => {
    for (const requestList of [undefined, [1, 3, 33], [6]]) {
      const { options } = offer(ROUTES + OLD, requestList && { requestList });
      expect([options.has(3), options.has(33)]).toEqual([true, true]);
    }
  });

  it("that do not fit leave routers too, and a long list is split [3442 2-1, 3-2]", () => {
    const many = Array.from({ length: 100 }, (_, i) => `10.${i}.0.0/16 10.0.0.1`).join(", ");
    const config = `option classless-static-routes ${many}; ${OLD}`;
    const small = offer(config, { requestList: [121, 3] });
    expect([small.options.has(121), small.options.has(3)]).toEqual([false, true]);
    const large = offer(config, { requestList: [121, 3], options: [SIZE_1500] });
    expect(large.options.get(121)).toHaveLength(100 * 7);
    expect(large.order.filter((code) => code === 121)).toHaveLength(3);
  });
});

describe("RFC 3397 section 2: the domain search list", () => {
  it("is names in DNS encoding that share their ends [3397 2-1, 2-2]", () => {
    const list = ["eng.apple.com", "marketing.apple.com", "apple.com", "example.org"];
    const octets = offer(`option domain-search ${list.map((name) => `"${name}"`).join(", ")};`).options.get(119) ?? [];
    expect(namesIn(octets)).toEqual(list);
    expect(octets.length).toBeLessThan(list.join("..").length);
    expect(octets.slice(0, 5)).toEqual([3, 0x65, 0x6e, 0x67, 5]);
  });

  it("of more than 255 octets is split, with pointers into the whole [3397 2-3]", () => {
    const list = Array.from({ length: 30 }, (_, i) => `host-number-${i}.example.org`);
    list.push("www.host-number-29.example.org");
    const config = `option domain-search ${list.map((name) => `"${name}"`).join(", ")};`;
    const { options, order } = offer(config, { requestList: [119], options: [SIZE_1500] });
    expect(order.filter((code) => code === 119).length).toBeGreaterThan(1);
    expect(namesIn(options.get(119) ?? [])).toEqual(list);
  });
});

describe("RFC 6704: a client that can do DHCPFORCERENEW", () => {
  it("is answered as if it had not said so: no nonce, no authentication [6704 3.1.1-1, 3.1.3-1, 3.1.3-2, 3118 1-1]", () => {
    const asked = offer("", { options: [[145, [1]]], requestList: [90, 145] });
    expect(asked.messageType).toBe(2);
    expect([asked.options.has(90), asked.options.has(145)]).toEqual([false, false]);
  });
});
