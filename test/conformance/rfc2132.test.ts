// RFC 2132: DHCP Options and BOOTP Vendor Extensions. What it demands beyond the format of single options, which
// test/unit/wire and test/unit/config prove.

import { describe, expect, it } from "vitest";
import { decodeMessage, numberOption } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip, type MessageParts, octetsOf } from "../support/message-builder.ts";

const A = "02:00:00:00:00:0a";

function serve(global = ""): EngineWorld {
  const text = `ping-check false; default-lease-time 600; ${global}
    subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; option routers 10.0.0.1, 10.0.0.2; }`;
  return new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
}

function offer(world: EngineWorld, parts: Partial<MessageParts> = {}): ReturnType<typeof decodeMessage> {
  return decodeMessage(world.send({ type: 1, chaddr: A, ...parts }).bytes);
}

const text = (value: string): number[] => [...new TextEncoder().encode(value)];

describe("RFC 2132 section 2: text", () => {
  it("has no zero octet inside its length, also for a client that wants one after it [2132 2-1]", () => {
    const world = serve('option domain-name "example.org"; option root-path "/x";');
    for (const hostName of [text("a"), [...text("a"), 0]]) {
      const { options } = offer(world, { options: [[12, hostName]], requestList: [15, 17] });
      expect(options.get(15)).toEqual(text("example.org"));
      expect(options.get(17)).toEqual(text("/x"));
    }
  });

  it("of a client is the same with a zero octet at its end and without [2132 2-2, 2-3]", () => {
    const world = serve();
    for (const hostName of [text("laptop"), [...text("laptop"), 0]]) {
      const address = world.lease(A, { options: [[12, hostName]] });
      world.now += 100;
      const record = world.table.record(world.table.slotOf(ip(address)));
      expect([...record.hostName]).toEqual(text("laptop"));
    }
  });
});

describe("RFC 2132 sections 3.3 and 3.5: masks and lists of addresses", () => {
  it("stand mask first, routers after, in whatever order they are asked for [2132 3.3-1]", () => {
    for (const requestList of [[3, 1], [1, 3], [6, 3], [3], undefined]) {
      const { order } = offer(serve(), requestList && { requestList });
      expect(order).toContain(1);
      expect(order.indexOf(1)).toBeLessThan(order.indexOf(3));
    }
  });

  it("have whole addresses, and pairs of them, and refuse anything else [2132 3.5-1]", () => {
    const world = serve("option static-routes 10.1.0.0 10.0.0.1, 10.2.0.0 10.0.0.2; option ntp-servers 10.0.0.3;");
    const { options } = offer(world);
    expect(options.get(3)).toEqual([...octetsOf("10.0.0.1"), ...octetsOf("10.0.0.2")]);
    expect(options.get(33)).toHaveLength(16);
    expect(options.get(42)).toHaveLength(4);
    expect(() => serve("option ntp-servers 10.0.0;")).toThrow();
    expect(() => serve("option static-routes 10.1.0.0;")).toThrow();
  });
});

describe("RFC 2132 sections 3.5 and after: lists of servers", () => {
  it("are sent in the order in which they are written [2132 3.5-2]", () => {
    const servers = ["10.0.0.9", "10.0.0.2", "10.0.0.200", "10.0.0.1"];
    const world = serve(`option domain-name-servers ${servers.join(", ")}; option smtp-server ${servers.join(", ")};`);
    const { options } = offer(world, { requestList: [69, 6] });
    for (const code of [6, 69]) expect(options.get(code)).toEqual(servers.flatMap(octetsOf));
  });
});

describe("RFC 2132 sections 8.4 and 9.13: vendor's information", () => {
  it("of a client is ignored where nothing is configured for it [2132 8.4-1, 9.13-1]", () => {
    const world = serve();
    const plain = offer(world);
    const vendor = offer(world, {
      options: [
        [60, text("PXEClient:Arch:00000")],
        [43, [6, 1, 8, 255]],
      ],
    });
    expect([...vendor.options]).toEqual([...plain.options]);
  });

  it("for a client goes in option 43, as code, length, value [2132 8.4-2, 9.13-2]", () => {
    const world =
      serve(`option space acme; option acme.server code 1 = ip-address; option acme.level code 2 = integer 8;
      vendor-option-space acme; option acme.server 10.0.0.9; option acme.level 7;`);
    const { options } = offer(world, { options: [[60, text("acme")]], requestList: [43] });
    expect(options.get(43)).toEqual([1, 4, 10, 0, 0, 9, 2, 1, 7]);
  });
});

describe("RFC 2132 section 9: options of the protocol", () => {
  it("requested address and lease time are the client's wishes [2132 9.1-1, 9.2-1]", () => {
    const answer = offer(serve(), { requested: "10.0.0.17", leaseSeconds: 300 });
    expect(answer.yiaddr).toBe("10.0.0.17");
    expect(numberOption(answer, 51)).toBe(300);
  });

  it("overload says which fields hold options [2132 9.3-1]", () => {
    const world = serve(`option merit-dump "${"m".repeat(200)}"; option root-path "${"r".repeat(100)}";`);
    expect([1, 2, 3]).toContain(offer(world).options.get(52)?.[0]);
    expect(offer(serve()).options.has(52)).toBe(false);
    const bad = serve().send({ type: 1, chaddr: A, options: [[52, [4]]] });
    expect(bad.reason).toBe("malformed-options");
  });

  it("messages of unknown types and of servers are dropped [2132 9.6-1]", () => {
    for (const type of [2, 5, 6, 9, 18, 255]) expect(serve().send({ type, chaddr: A }).hasReply).toBe(false);
    expect(serve().send({ type: 1, chaddr: A, options: [[53, [1]]] }).reason).toBe("malformed-message-type");
  });

  it("server identifier is in every offer [2132 9.7-1]", () => {
    expect(offer(serve()).options.get(54)).toEqual([10, 0, 0, 1]);
  });

  it("requested options come in the order of the list, the mask before the routers [2132 9.8-1]", () => {
    const global = 'option domain-name "x"; option domain-name-servers 10.0.0.2; option ntp-servers 10.0.0.3;';
    const listed = (requestList: number[]): number[] =>
      offer(serve(global), { requestList }).order.filter((code) => requestList.includes(code));
    expect(listed([42, 15, 6])).toEqual([42, 15, 6]);
    expect(listed([6, 1, 42, 3, 15])).toEqual([6, 1, 42, 3, 15]);
    expect(listed([58, 15, 59, 6])).toEqual([58, 15, 59, 6]);
    expect(listed([15, 3, 1])).toEqual([15, 1, 3]);
  });

  it("message tells why a request is refused [2132 9.9-1]", () => {
    const nak = decodeMessage(serve().send({ type: 3, chaddr: A, requested: "192.168.1.1" }).bytes);
    expect(nak.messageType).toBe(6);
    expect(String.fromCharCode(...(nak.options.get(56) ?? []))).toContain("not on this network");
  });

  it("maximum message size bounds the reply, but never below 576 [2132 9.10-1]", () => {
    const world = serve(`option merit-dump "${"m".repeat(250)}"; option root-path "${"r".repeat(250)}";
      option extensions-path "${"e".repeat(250)}"; option nis-domain "${"n".repeat(250)}";`);
    const lengthFor = (size: number): number =>
      world.send({ type: 1, chaddr: A, options: [[57, [size >> 8, size & 255]]] }).bytes.length;
    expect(lengthFor(1500)).toBeGreaterThan(1000);
    for (const size of [0, 300, 576, 700, 1000]) {
      expect(lengthFor(size)).toBeLessThanOrEqual(Math.max(size, 576) - 28);
    }
  });

  it("a client identifier is compared octet by octet and not looked into [2132 9.14-2]", () => {
    const world = serve();
    const address = world.lease(A, { clientId: [1, 2, 0, 0, 0, 0, 10] });
    expect(world.lease(A, { clientId: [0, 2, 0, 0, 0, 0, 10] })).not.toBe(address);
    expect(world.lease(A)).not.toBe(address);
  });
});
