// RFC 2131: what replies look like and where they go (sections 2, 3 and 4.1, table 3).

import { beforeEach, describe, expect, it } from "vitest";
import { addressOption, type DecodedMessage, decodeMessage, numberOption } from "../support/decode-message.ts";
import { EngineWorld, type Outcome, testInterface } from "../support/engine-world.ts";
import { buildMessage, ip, type MessageParts, octetsOf } from "../support/message-builder.ts";

const CONFIG = `
ping-check false; default-lease-time 600; listen on 192.0.2.53;
next-server 10.0.0.5; filename "boot.img"; server-name "boot";
option domain-name-servers 10.0.0.2; option domain-name "example.org";
option dhcp-max-message-size 1500; option dhcp-parameter-request-list 3, 6; option dhcp-message "hello";
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; option routers 10.0.0.1; }
subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; }
`;
const A = "02:00:00:00:00:0a";
const RELAY = { ifindex: 3, to: "192.0.2.53", from: "10.9.0.1", port: 67 };
const INFORM: MessageParts = { type: 8, chaddr: A, ciaddr: "10.0.0.50" };
const ELSEWHERE: MessageParts = { type: 3, chaddr: A, requested: "192.168.1.1" };

let world: EngineWorld;

beforeEach(() => {
  world = serve();
});

function serve(config = CONFIG): EngineWorld {
  return new EngineWorld(config, [
    testInterface(1, "lo", "192.0.2.53/32"),
    testInterface(2, "lan0", "10.0.0.1", "10.0.0.4"),
    testInterface(3, "up0", "172.16.0.1"),
  ]);
}

/** An OFFER, an ACK, the ACK of an INFORM and a NAK, to queries with `parts`. */
function replies(parts: Partial<MessageParts> = {}): Record<"offer" | "ack" | "inform" | "nak", DecodedMessage> {
  const offer = world.send({ type: 1, chaddr: A, ...parts });
  const ack = world.send({ type: 3, chaddr: A, requested: offer.yiaddr, serverId: offer.serverId, ...parts });
  const inform = world.send({ ...INFORM, ...parts }, { to: "10.0.0.1", from: "10.0.0.50" });
  const nak = world.send({ ...ELSEWHERE, ...parts });
  expect([offer, ack, inform, nak].map(({ messageType }) => messageType)).toEqual([2, 5, 5, 6]);
  const [one, two, three, four] = [offer, ack, inform, nak].map(({ bytes }) => decodeMessage(bytes));
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new TypeError();
  return { offer: one, ack: two, inform: three, nak: four };
}

/** A query with the octets at `at` replaced. */
function patched(parts: MessageParts, at: number, octets: readonly number[]): Uint8Array {
  const bytes = buildMessage(parts);
  bytes.set(octets, at);
  return bytes;
}

describe("RFC 2131 table 3, the fields of a reply", () => {
  it("op, htype, hlen, hops: BOOTREPLY, the client's, and 0 [2131 3-1, 4.3-1, 4.3-2]", () => {
    for (const reply of Object.values(replies({ hops: 3 }))) {
      expect(reply).toMatchObject({ op: 2, htype: 1, hlen: 6, hops: 0 });
    }
    const odd = decodeMessage(world.send({ type: 1, htype: 32, hlen: 8, chaddr: "01:02:03:04:05:06:07:08" }).bytes);
    expect(odd).toMatchObject({ htype: 32, hlen: 8, chaddr: "01:02:03:04:05:06:07:08" });
  });

  it("xid, giaddr and chaddr: the query's [2131 4.3-3, 4.3-9, 4.3-10]", () => {
    for (const reply of Object.values(replies({ xid: 0xfedcba98 }))) {
      expect(reply).toMatchObject({ xid: 0xfedcba98, giaddr: "0.0.0.0", chaddr: A });
    }
    const relayed = { chaddr: A, giaddr: "10.9.0.1" };
    for (const parts of [
      { type: 1, ...relayed },
      { ...ELSEWHERE, ...relayed },
    ]) {
      expect(decodeMessage(world.send(parts, RELAY).bytes)).toMatchObject({ giaddr: "10.9.0.1", chaddr: A });
    }
  });

  it("secs: 0, whatever the client says [2131 4.3-4]", () => {
    const discover = patched({ type: 1, chaddr: A }, 8, [0x12, 0x34]);
    expect(decodeMessage(world.sendOctets(discover).bytes).secs).toBe(0);
    expect(decodeMessage(world.sendOctets(patched(ELSEWHERE, 8, [0, 9])).bytes).secs).toBe(0);
  });

  it("flags: the query's, whose reserved bits mean nothing [2131 2-3, 4.3-8]", () => {
    for (const reply of Object.values(replies({ broadcast: true }))) expect(reply.flags).toBe(0x8000);
    for (const reply of Object.values(replies())) expect(reply.flags).toBe(0);
    const reserved = world.sendOctets(patched({ type: 1, chaddr: A }, 10, [0x7f, 0xff]));
    expect(reserved).toMatchObject({ messageType: 2, delivery: "neighbour" });
  });

  it("ciaddr: 0 in OFFER and NAK, in ACK the query's or 0 [2131 4.3-5]", () => {
    const { offer, ack, inform, nak } = replies();
    expect([offer, ack, nak].map(({ ciaddr }) => ciaddr)).toEqual(["0.0.0.0", "0.0.0.0", "0.0.0.0"]);
    expect(inform.ciaddr).toBe("10.0.0.50");
    const address = ack.yiaddr;
    world.now += 300;
    const renewed = world.send({ type: 3, chaddr: A, ciaddr: address }, { to: "10.0.0.1", from: address });
    expect(decodeMessage(renewed.bytes)).toMatchObject({ messageType: 5, ciaddr: address, yiaddr: address });
    const offered = world.send({ type: 1, chaddr: A, ciaddr: address });
    expect(decodeMessage(offered.bytes)).toMatchObject({ messageType: 2, ciaddr: "0.0.0.0" });
    const refused = world.send({ type: 3, chaddr: A, ciaddr: "192.168.1.1" });
    expect(decodeMessage(refused.bytes)).toMatchObject({ messageType: 6, ciaddr: "0.0.0.0" });
  });

  it("yiaddr: the client's address, and 0 in a NAK and for an INFORM [2131 4.3-6, 4.3.5-3]", () => {
    const { offer, ack, inform, nak } = replies();
    expect(offer.yiaddr).toMatch(/^10\.0\.0\.1\d$/);
    expect(ack.yiaddr).toBe(offer.yiaddr);
    expect([inform.yiaddr, nak.yiaddr]).toEqual(["0.0.0.0", "0.0.0.0"]);
  });

  it("siaddr, sname, file: who boots the client and with what; nothing in a NAK [2131 4.3-7, 4.3-11]", () => {
    const { offer, ack, nak } = replies();
    for (const reply of [offer, ack]) {
      expect(reply).toMatchObject({ siaddr: "10.0.0.5", sname: "boot", file: "boot.img" });
    }
    expect(nak).toMatchObject({ siaddr: "0.0.0.0", sname: "", file: "" });
  });
});

describe("RFC 2131 table 3, the options of a reply", () => {
  it("53 and 54 are in every one, and the magic cookie before them [2131 3-2, 3-3, 2-2, 4.3-20]", () => {
    for (const reply of Object.values(replies())) {
      expect(reply.hasCookie).toBe(true);
      expect(reply.order.slice(0, 2)).toEqual([53, 54]);
      expect(addressOption(reply, 54)).toBe("10.0.0.1");
    }
  });

  it("51 is in OFFER and ACK, and not in a NAK nor for an INFORM [2131 4.3-13, 4.3-14, 4.3.1-9]", () => {
    const { offer, ack, inform, nak } = replies();
    expect([numberOption(offer, 51), numberOption(ack, 51)]).toEqual([600, 600]);
    for (const reply of [inform, nak]) for (const code of [51, 58, 59]) expect(reply.options.has(code)).toBe(false);
  });

  it("50, 55 and 57 are in none, asked for and configured or not [2131 4.3-12, 4.3-16, 4.3-21]", () => {
    for (const requestList of [undefined, [50, 55, 57, 1]]) {
      for (const reply of Object.values(replies(requestList && { requestList }))) {
        for (const code of [50, 55, 57]) expect(reply.options.has(code)).toBe(false);
      }
    }
  });

  it("56 is in a NAK and says why [2131 4.3-17]", () => {
    expect(String.fromCharCode(...(replies().nak.options.get(56) ?? []))).toBe(
      "requested address is not on this network",
    );
  });

  it("56 is in OFFER and ACK where it is configured, and else not [2131 4.3-18]", () => {
    expect(replies().offer.options.has(56)).toBe(true);
    world = serve(CONFIG.replace('option dhcp-message "hello";', ""));
    for (const reply of [replies().offer, replies().ack]) expect(reply.options.has(56)).toBe(false);
  });

  it("61 is echoed in all, as RFC 6842 has it [2131 4.3-19]", () => {
    const clientId = [0, 1, 2, 3];
    for (const reply of Object.values(replies({ clientId }))) expect(reply.options.get(61)).toEqual(clientId);
    world = serve(`echo-client-id false; ${CONFIG}`);
    for (const reply of Object.values(replies({ clientId }))) expect(reply.options.has(61)).toBe(false);
  });

  it("a NAK has nothing else, in no field [2131 4.3-15, 4.3-22]", () => {
    const { nak } = replies({ requestList: [1, 3, 6, 15, 51, 58, 60], options: [[60, [7]]] });
    expect(nak.order).toEqual([53, 54, 56]);
  });
});

describe("RFC 2131 section 3.3", () => {
  it("times are seconds, and 0xffffffff is for ever [2131 3.3-1]", () => {
    world = serve(`max-lease-time 4294967295; ${CONFIG}`);
    const forever = world.send({ type: 1, chaddr: A, leaseSeconds: 0xffffffff });
    expect(numberOption(decodeMessage(forever.bytes), 51)).toBe(0xffffffff);
    const long = world.send({ type: 1, chaddr: A, leaseSeconds: 0xfffffffe });
    expect(numberOption(decodeMessage(long.bytes), 51)).toBe(0xfffffffe);
  });
});

describe("RFC 2131 section 4.1, the server identifier", () => {
  it("may be any address of ours in what a client sends [2131 4.1-3]", () => {
    for (const serverId of ["10.0.0.1", "10.0.0.4", "172.16.0.1", "192.0.2.53"]) {
      world = serve();
      const requested = world.send({ type: 1, chaddr: A }).yiaddr;
      expect(world.send({ type: 3, chaddr: A, requested, serverId }).reason).toBe("ack-selecting");
      const release = { type: 7, chaddr: A, ciaddr: requested, serverId };
      expect(world.send(release, { to: "10.0.0.1", from: requested }).reason).toBe("released");
    }
  });

  it("is our address on the client's link [2131 4.1-4, 4.1-5]", () => {
    expect(world.send({ type: 1, chaddr: A }).serverId).toBe("10.0.0.1");
    const two = serve("ping-check false; subnet 172.16.0.0 netmask 255.255.255.0 { range 172.16.0.9; }");
    expect(two.send({ type: 1, chaddr: A }, { ifindex: 3 }).serverId).toBe("172.16.0.1");
  });

  it("is the address that the relay asked [2131 4.1-4, 4.1-6]", () => {
    for (const to of ["192.0.2.53", "172.16.0.1"]) {
      const offer = world.send({ type: 1, chaddr: A, giaddr: "10.9.0.1" }, { ...RELAY, to });
      expect(offer).toMatchObject({ serverId: to, source: to });
    }
  });
});

describe("RFC 2131 section 4.1, where replies go", () => {
  const to = ({ delivery, destination, port }: Outcome): unknown[] => [delivery, destination, port];

  it("giaddr: to the relay, port 67, whatever else the query says [2131 4.1-2, 4.1-7, 3.2-5]", () => {
    const relayed = { chaddr: A, giaddr: "10.9.0.1", broadcast: true };
    const offer = world.send({ type: 1, ...relayed }, RELAY);
    expect(to(offer)).toEqual(["relay", "10.9.0.1", 67]);
    const ack = world.send({ type: 3, ...relayed, requested: offer.yiaddr, serverId: offer.serverId }, RELAY);
    expect([ack.messageType, ...to(ack)]).toEqual([5, "relay", "10.9.0.1", 67]);
    world.now += 300;
    expect(to(world.send({ type: 3, ...relayed, ciaddr: ack.yiaddr }, RELAY))).toEqual(["relay", "10.9.0.1", 67]);
    const nak = world.send({ type: 3, ...relayed, requested: "10.0.0.10" }, RELAY);
    expect([nak.messageType, ...to(nak)]).toEqual([6, "relay", "10.9.0.1", 67]);
  });

  it("ciaddr: an ACK goes there, whatever the broadcast bit says [2131 4.1-8, 4.3.2-9]", () => {
    const address = world.lease(A);
    for (const broadcast of [false, true]) {
      world.now += 100;
      const renewal = { type: 3, chaddr: A, ciaddr: address, broadcast };
      expect(to(world.send(renewal, { to: "10.0.0.1", from: address }))).toEqual(["unicast", address, 68]);
    }
  });

  it("ciaddr in a DISCOVER means nothing: the OFFER goes to the hardware address [2131 4.1-9]", () => {
    const offer = world.send({ type: 1, chaddr: A, ciaddr: "10.0.0.66" });
    expect(to(offer)).toEqual(["neighbour", offer.yiaddr, 68]);
  });

  it("the broadcast bit: OFFER and ACK are broadcast [2131 4.1-10, 4.1-21, 4.1-2]", () => {
    const offer = world.send({ type: 1, chaddr: A, broadcast: true });
    expect(to(offer)).toEqual(["broadcast", "255.255.255.255", 68]);
    const request = { type: 3, chaddr: A, broadcast: true, requested: offer.yiaddr, serverId: offer.serverId };
    expect(to(world.send(request))).toEqual(["broadcast", "255.255.255.255", 68]);
  });

  it("no broadcast bit: OFFER and ACK go to yiaddr at chaddr [2131 4.1-11, 4.1-21]", () => {
    const offer = world.send({ type: 1, chaddr: A });
    expect(to(offer)).toEqual(["neighbour", offer.yiaddr, 68]);
    const ack = world.send({ type: 3, chaddr: A, requested: offer.yiaddr, serverId: offer.serverId });
    expect(to(ack)).toEqual(["neighbour", offer.yiaddr, 68]);
  });

  it("a NAK without relay is broadcast, ciaddr or not [2131 4.1-12, 3.2-4, 4.3.2-7]", () => {
    for (const parts of [ELSEWHERE, { type: 3, chaddr: A, ciaddr: "192.168.1.1" }]) {
      for (const broadcast of [true, false]) {
        const nak = world.send({ ...parts, broadcast }, { from: parts.ciaddr ?? "0.0.0.0" });
        expect([nak.messageType, ...to(nak)]).toEqual([6, "broadcast", "255.255.255.255", 68]);
      }
    }
  });
});

describe("RFC 2131 section 4.1, options in sname and file", () => {
  const long = `option root-path "${"r".repeat(120)}"; option merit-dump "${"m".repeat(100)}";
    option extensions-path "${"e".repeat(50)}"; option nis-domain "${"n".repeat(60)}";
    option tftp-server-name "${"t".repeat(60)}";`;
  const overloaded = `ping-check false; ${long}
    subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }`;

  it("are announced by option 52, start at once, end by END and are padded [2131 4.1-1, 4.1-13, 4.1-14, 4.1-15, 4.1-16, 4.1-17, 2-4]", () => {
    const small = decodeMessage(serve(overloaded).send({ type: 1, chaddr: A }).bytes);
    expect(small.options.get(52)).toEqual([3]);
    for (const code of [14, 17, 18, 40, 66]) expect(small.options.has(code)).toBe(true);
    expect(small.length).toBeLessThanOrEqual(548);
    const large = serve(overloaded).send({ type: 1, chaddr: A, options: [[57, [5, 0xdc]]] });
    expect(decodeMessage(large.bytes).options.has(52)).toBe(false);
    expect(decodeMessage(large.bytes).options.size).toBe(small.options.size - 1);
  });

  it("stand in one field each, unless they are too long for one option [2131 4.1-18]", () => {
    const { order } = decodeMessage(serve(overloaded).send({ type: 1, chaddr: A }).bytes);
    expect(new Set(order).size).toBe(order.length);
  });

  it("are not used where the fields hold names [2131 4.3-11]", () => {
    const named = `filename "boot.img"; server-name "boot"; ${overloaded}`;
    const reply = decodeMessage(serve(named).send({ type: 1, chaddr: A }).bytes);
    expect(reply).toMatchObject({ file: "boot.img", sname: "boot" });
    expect(reply.options.has(52)).toBe(false);
  });

  it("of a client are read: the options field, then file, then sname [2131 4.1-19, 4.1-20, 4.4-5]", () => {
    const discover = buildMessage({ type: 1, chaddr: A, options: [[52, [3]]] });
    discover.set([61, 2, 1, 2, 255], 108);
    discover.set([61, 2, 3, 4, 50, 4, ...octetsOf("10.0.0.17"), 255], 44);
    const offer = world.sendOctets(discover);
    expect(offer.yiaddr).toBe("10.0.0.17");
    expect(decodeMessage(offer.bytes).options.get(61)).toEqual([1, 2, 3, 4]);
  });

  it("of a client are not read where option 52 does not say so [2131 4.1-19]", () => {
    const discover = buildMessage({ type: 1, chaddr: A });
    discover.set([50, 4, ...octetsOf("10.0.0.17"), 255], 108);
    expect(world.table.state(world.table.slotOf(ip("10.0.0.17")))).toBe(0);
    expect(decodeMessage(world.sendOctets(discover).bytes).messageType).toBe(2);
  });
});
