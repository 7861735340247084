import { describe, expect, it } from "vitest";
import { HOPS_MAX, OPTION_OCTETS_MAX, OPTION_PIECES_MAX } from "../../../src/base/limits/wire.ts";
import { type DecodeFault, decodeQuery, Query } from "../../../src/wire/query.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";

const COOKIE = [99, 130, 83, 99];
const query = new Query();

/** Decodes an ordinary message. */
function decode(parts: MessageParts): Query {
  return decodeOctets(buildMessage(parts));
}

function decodeOctets(bytes: Uint8Array): Query {
  expect(decodeQuery(bytes, 0, bytes.length, query)).toBeUndefined();
  return query;
}

function faultOf(bytes: Uint8Array): DecodeFault | undefined {
  return decodeQuery(bytes, 0, bytes.length, query);
}

/** A header, the cookie and the octets of the options field as they are; file and sname if given. */
function message(options: readonly number[], fields: { file?: number[]; sname?: number[] } = {}): Uint8Array {
  const header = buildMessage({ type: 1 }).slice(0, 236);
  header.set(fields.sname ?? [], 44);
  header.set(fields.file ?? [], 108);
  return Uint8Array.from([...header, ...COOKIE, ...options]);
}

const DISCOVER = [53, 1, 1];

describe("decodeQuery", () => {
  it("reads the header", () => {
    const bytes = buildMessage({
      type: 3,
      xid: 0xfedcba98,
      hops: 3,
      broadcast: true,
      ciaddr: "192.0.2.7",
      giaddr: "203.0.113.1",
      chaddr: "02:00:5e:00:00:ff",
    });
    bytes.set([0x12, 0x34], 8);
    bytes.set([198, 51, 100, 1], 16);
    bytes.set([198, 51, 100, 2], 20);
    const { htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, broadcastFlag } = decodeOctets(bytes);
    expect({ htype, hlen, hops, xid, secs, flags, broadcastFlag }).toEqual({
      htype: 1,
      hlen: 6,
      hops: 3,
      xid: 0xfedcba98,
      secs: 0x1234,
      flags: 0x8000,
      broadcastFlag: true,
    });
    expect([ciaddr, yiaddr, siaddr, giaddr]).toEqual(
      ["192.0.2.7", "198.51.100.1", "198.51.100.2", "203.0.113.1"].map(ip),
    );
    expect([...query.chaddr.subarray(0, 6)]).toEqual([2, 0, 0x5e, 0, 0, 0xff]);
    expect(query.chaddr).toHaveLength(16);
  });

  it("reads a message in the middle of an arena", () => {
    const bytes = buildMessage({ type: 1, requested: "192.0.2.9" });
    const arena = new Uint8Array(2048).fill(0xaa);
    arena.set(bytes, 1000);
    expect(decodeQuery(arena, 1000, bytes.length, query)).toBeUndefined();
    expect(query.requestedAddress).toBe(ip("192.0.2.9"));
    expect([query.start, query.length, query.bytes === arena]).toEqual([1000, bytes.length, true]);
  });

  it("forgets the message before", () => {
    decode({ type: 3, requested: "192.0.2.9", clientId: [1, 2, 3], agentInformation: [1, 1, 7], giaddr: "10.0.0.1" });
    decode({ type: 0, withoutCookie: true });
    expect([query.has(50), query.has(61), query.messageType, query.hasCookie]).toEqual([false, false, 0, false]);
    expect([query.requestedAddress, query.relaySubOptionLength(1)]).toEqual([0, -1]);
  });

  it.each<[string, Partial<MessageParts> & { type?: number }, DecodeFault]>([
    ["a reply", { op: 2 }, "malformed-op"],
    ["op 0", { op: 0 }, "malformed-op"],
    ["hlen 17", { hlen: 17 }, "malformed-hlen"],
    ["hlen 255", { hlen: 255 }, "malformed-hlen"],
    ["too many hops", { hops: HOPS_MAX + 1 }, "malformed-hops"],
    ["message type 0", { options: [[53, [0]]], type: 0 }, "malformed-message-type"],
    ["a message type of two octets", { options: [[53, [1, 1]]], type: 0 }, "malformed-message-type"],
    ["a message type of no octet", { options: [[53, []]], type: 0 }, "malformed-message-type"],
    ["two message types", { options: [[53, [3]]] }, "malformed-message-type"],
    ["overload 0", { options: [[52, [0]]] }, "malformed-options"],
    ["overload 4", { options: [[52, [4]]] }, "malformed-options"],
    ["an overload of two octets", { options: [[52, [1, 1]]] }, "malformed-options"],
  ])("refuses %s", (_, parts, fault) => {
    expect(faultOf(buildMessage({ type: 1, ...parts }))).toBe(fault);
  });

  it.each([
    [0, "malformed-length"],
    [1, "malformed-length"],
    [235, "malformed-length"],
    [236, "malformed-cookie"],
    [239, "malformed-cookie"],
  ])("refuses a message cut to %i octets", (length, fault) => {
    expect(faultOf(buildMessage({ type: 1 }).slice(0, length))).toBe(fault);
  });

  it("refuses a length that the array does not have", () => {
    const bytes = buildMessage({ type: 1 });
    expect(decodeQuery(bytes, 0, bytes.length + 1, query)).toBe("truncated");
    expect(decodeQuery(bytes, 100, bytes.length, query)).toBe("truncated");
    expect(decodeQuery(bytes, -1, bytes.length, query)).toBe("truncated");
  });

  it.each([
    ["hops", { hops: HOPS_MAX }],
    ["hlen 0", { hlen: 0 }],
    ["hlen 16", { hlen: 16 }],
    ["an unknown htype", { htype: 255 }],
    ["an unknown message type", { type: 13 }],
    ["message type 255", { type: 255 }],
  ])("accepts the limit: %s", (_, parts) => {
    decode({ type: 1, ...parts });
    expect(query.messageType).toBe((parts as { type?: number }).type ?? 1);
  });
});

describe("options", () => {
  it("are read by code, whole and octet by octet", () => {
    decode({ type: 3, requested: "192.0.2.9", serverId: "192.0.2.1", leaseSeconds: 600, requestList: [1, 3, 6] });
    expect(query.requestedAddress).toBe(ip("192.0.2.9"));
    expect(query.serverId).toBe(ip("192.0.2.1"));
    expect(query.requestedLeaseSeconds).toBe(600);
    expect(query.optionLength(55)).toBe(3);
    expect([-1, 0, 2, 3].map((i) => query.optionByte(55, i))).toEqual([0, 1, 6, 0]);
    expect([...(query.option(55) ?? [])]).toEqual([1, 3, 6]);
    expect(query.optionUint32(50)).toBe(ip("192.0.2.9"));
    expect(query.optionUint32(55)).toBe(0);
    const target = new Uint8Array(8);
    expect(query.copyOption(55, target, 2)).toBe(3);
    expect([...target]).toEqual([0, 0, 1, 3, 6, 0, 0, 0]);
  });

  it("that are absent have length -1 and no octets", () => {
    decode({ type: 1 });
    expect([query.has(50), query.optionLength(50), query.optionByte(50, 0), query.optionUint32(50)]).toEqual([
      false,
      -1,
      0,
      0,
    ]);
    expect(query.option(50)).toBeUndefined();
    expect(query.copyOption(50, new Uint8Array(4), 0)).toBe(0);
  });

  it("of length 0 are present", () => {
    decode({ type: 1, options: [[80, []]] });
    expect([query.has(80), query.optionLength(80)]).toEqual([true, 0]);
  });

  it("are copied as far as there is room", () => {
    decode({ type: 1, clientId: [1, 2, 3, 4] });
    const target = new Uint8Array(3);
    expect(query.copyOption(61, target, 1)).toBe(2);
    expect([...target]).toEqual([0, 1, 2]);
  });

  it.each([[[]], [[192, 0, 2]], [[192, 0, 2, 1, 0]]])(
    "of a wrong length count as no address and no time: %j",
    (octets) => {
      decode({ type: 1, options: [50, 51, 54].map((code) => [code, octets] as const) });
      expect([query.requestedAddress, query.serverId, query.requestedLeaseSeconds]).toEqual([0, 0, -1]);
    },
  );

  it("read 0xffffffff seconds as for ever", () => {
    expect(decode({ type: 1, leaseSeconds: 0xffffffff }).requestedLeaseSeconds).toBe(Number.POSITIVE_INFINITY);
    expect(decode({ type: 1, leaseSeconds: 0xfffffffe }).requestedLeaseSeconds).toBe(0xfffffffe);
    expect(decode({ type: 1, leaseSeconds: 0 }).requestedLeaseSeconds).toBe(0);
  });

  it("may have pads between them, and end without END", () => {
    decodeOctets(message([0, 0, ...DISCOVER, 0, 12, 1, 0x61]));
    expect([query.messageType, query.optionLength(12)]).toEqual([1, 1]);
  });

  it("after END do not count", () => {
    decodeOctets(message([...DISCOVER, 255, 12, 1, 0x61, 50, 200]));
    expect(query.has(12)).toBe(false);
  });

  it.each([
    ["a code without a length", [...DISCOVER, 12]],
    ["a length one too large", [...DISCOVER, 12, 2, 0x61]],
    ["a length of 255", [...DISCOVER, 12, 255, 0x61]],
    ["a length past the end before option 53", [12, 9, 0x61, ...DISCOVER]],
  ])("with %s make the message malformed", (_, options) => {
    expect(faultOf(message(options))).toBe("malformed-options");
  });

  it("split in pieces are joined in order (RFC 3396)", () => {
    decodeOctets(message([...DISCOVER, 61, 2, 1, 2, 12, 1, 0x61, 61, 1, 3, 61, 0, 12, 2, 0x62, 0x63, 255]));
    expect([...(query.option(61) ?? [])]).toEqual([1, 2, 3]);
    expect([...(query.option(12) ?? [])]).toEqual([0x61, 0x62, 0x63]);
    expect([query.optionByte(61, 2), query.optionByte(61, 3), query.optionLength(12)]).toEqual([3, 0, 3]);
    const target = new Uint8Array(4);
    expect(query.copyOption(12, target, 0)).toBe(3);
    expect([...target]).toEqual([0x61, 0x62, 0x63, 0]);
  });

  it("split give whole addresses", () => {
    decodeOctets(message([...DISCOVER, 50, 1, 192, 50, 3, 0, 2, 9, 255]));
    expect(query.requestedAddress).toBe(ip("192.0.2.9"));
  });

  it("may be as many as the limit, and not one more", () => {
    const options = (count: number): number[] => [
      ...DISCOVER,
      ...Array(count - 1)
        .fill([99, 1, 7])
        .flat(),
      255,
    ];
    decodeOctets(message(options(OPTION_PIECES_MAX)));
    expect(query.optionLength(99)).toBe(OPTION_PIECES_MAX - 1);
    expect(faultOf(message(options(OPTION_PIECES_MAX + 1)))).toBe("malformed-options");
  });

  it("joined may have as many octets as the limit, and not one more", () => {
    const pieces = Array(16)
      .fill([99, 255, ...Array(255).fill(7)])
      .flat();
    const rest = OPTION_OCTETS_MAX - 16 * 255;
    decodeOctets(message([...DISCOVER, ...pieces, 99, rest, ...Array(rest).fill(8), 255]));
    expect(query.optionLength(99)).toBe(OPTION_OCTETS_MAX);
    expect(query.optionByte(99, OPTION_OCTETS_MAX - 1)).toBe(8);
    const over = message([...DISCOVER, ...pieces, 99, rest + 1, ...Array(rest + 1).fill(8), 255]);
    expect(faultOf(over)).toBe("malformed-options");
    const two = message([...DISCOVER, ...pieces, 98, 10, ...Array(10).fill(8), 98, 10, ...Array(10).fill(8), 255]);
    expect(faultOf(two)).toBe("malformed-options");
  });
});

describe("overloaded fields", () => {
  const file = [12, 2, 0x61, 0x62, 255];
  const sname = [61, 3, 1, 2, 3, 255];

  it.each([
    [1, true, false],
    [2, false, true],
    [3, true, true],
  ])("are read as option 52 = %i says", (overload, hasFile, hasSname) => {
    decodeOctets(message([...DISCOVER, 52, 1, overload, 255], { file, sname }));
    expect([query.has(12), query.has(61)]).toEqual([hasFile, hasSname]);
  });

  it("are no options without option 52", () => {
    decodeOctets(message([...DISCOVER, 255], { file, sname }));
    expect([query.has(12), query.has(61)]).toEqual([false, false]);
  });

  it("continue options in the order options, file, sname", () => {
    const fields = { file: [61, 1, 2, 255], sname: [61, 1, 3, 255] };
    decodeOctets(message([52, 1, 3, ...DISCOVER, 61, 1, 1, 255], fields));
    expect([...(query.option(61) ?? [])]).toEqual([1, 2, 3]);
  });

  it("are not read again when they ask for it themselves", () => {
    decodeOctets(message([52, 1, 1, ...DISCOVER, 255], { file: [52, 1, 2, 255], sname }));
    expect(query.has(61)).toBe(false);
    decodeOctets(message([52, 1, 2, ...DISCOVER, 255], { sname: [52, 1, 3, 12, 1, 0x61, 255], file: [61, 9] }));
    expect([query.has(12), query.has(61)]).toEqual([true, false]);
  });

  it("may be full, without END", () => {
    decodeOctets(message([52, 1, 2, ...DISCOVER, 255], { sname: [12, 62, ...Array(62).fill(0x61)] }));
    expect(query.optionLength(12)).toBe(62);
  });

  it.each([
    [1, { file: [12, 127, 0x61] }],
    [2, { sname: [12, 63, 0x61] }],
    [2, { sname: [...Array(63).fill(0), 12] }],
  ])("with an option past their end make the message malformed: overload %i", (overload, fields) => {
    expect(faultOf(message([52, 1, overload, ...DISCOVER, 255], fields))).toBe("malformed-options");
  });
});

describe("BOOTP messages", () => {
  it("without a cookie have no options", () => {
    decode({ type: 0, withoutCookie: true });
    expect([query.hasCookie, query.messageType, query.has(53)]).toEqual([false, 0, false]);
  });

  it("may have a cookie and options but no message type", () => {
    decode({ type: 0, options: [[12, [0x61]]] });
    expect([query.hasCookie, query.messageType, query.optionLength(12)]).toEqual([true, 0, 1]);
  });

  it("may have a cookie and a vendor area of pads", () => {
    decodeOctets(message(Array(60).fill(0)));
    expect([query.hasCookie, query.messageType]).toEqual([true, 0]);
  });

  it("are not what is left when a DHCP message is cut short before option 53", () => {
    expect(faultOf(message([]))).toBe("malformed-options");
    expect(faultOf(message([61, 2, 1, 2]))).toBe("malformed-options");
  });
});

describe("relay agent sub-options", () => {
  const information = [1, 3, 7, 8, 9, 2, 1, 5, 5, 4, 192, 0, 2, 0, 11, 4, 198, 51, 100, 1];

  it("are read when a relay is named", () => {
    decode({ type: 1, giaddr: "203.0.113.1", agentInformation: information });
    expect([query.linkSelection, query.serverIdOverride]).toEqual([ip("192.0.2.0"), ip("198.51.100.1")]);
    expect([1, 2, 5, 9].map((code) => query.relaySubOptionLength(code))).toEqual([3, 1, 4, -1]);
    expect([-1, 0, 2, 3].map((i) => query.relaySubOptionByte(1, i))).toEqual([0, 7, 9, 0]);
    expect([1, 2, 9].map((code) => [...query.relaySubOption(code)])).toEqual([[7, 8, 9], [5], []]);
  });

  it("do not count without a giaddr", () => {
    decode({ type: 1, agentInformation: information });
    expect([query.linkSelection, query.serverIdOverride, query.relaySubOptionLength(1)]).toEqual([0, 0, -1]);
    expect(query.optionLength(82)).toBe(information.length);
  });

  it("are read from split information too", () => {
    const giaddr = "203.0.113.1";
    decode({ type: 1, giaddr, options: [[82, information.slice(0, 12)]], agentInformation: information.slice(12) });
    expect([query.linkSelection, query.serverIdOverride]).toEqual([ip("192.0.2.0"), ip("198.51.100.1")]);
  });

  it("of a wrong length are no address", () => {
    decode({ type: 1, giaddr: "203.0.113.1", agentInformation: [5, 3, 1, 2, 3, 11, 5, 1, 2, 3, 4, 5] });
    expect([query.linkSelection, query.serverIdOverride]).toEqual([0, 0]);
  });

  it("that are none make no difference", () => {
    decode({ type: 1, giaddr: "203.0.113.1", agentInformation: [] });
    expect([query.linkSelection, query.relaySubOptionLength(1)]).toEqual([0, -1]);
  });

  it.each([
    ["past the end", [1, 4, 7, 8, 9]],
    ["without a length", [1, 1, 7, 2]],
  ])("%s count as absent [R4]", (_, agentInformation) => {
    decode({ type: 1, giaddr: "203.0.113.1", agentInformation });
    expect([query.hasRelaySubOptions, query.relaySubOptionLength(1), query.linkSelection]).toEqual([false, -1, 0]);
    expect(query.optionLength(82)).toBe(agentInformation.length);
  });
});
