// What clients of the field send, in the shape in which they send it: Windows, Android, Apple, telephones,
// and oddities that no RFC has foreseen.

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../../src/lease/lease.ts";
import { type DecodedMessage, decodeMessage, numberOption } from "../../support/decode-message.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip, type MessageParts, macOf } from "../../support/message-builder.ts";

const CONFIG = `
ping-check false; default-lease-time 600; max-lease-time 7200;
subnet 10.0.0.0 netmask 255.255.255.0 {
  range 10.0.0.10 10.0.0.19; option routers 10.0.0.1; option domain-name-servers 10.0.0.2;
  option tftp-server-address 10.0.0.7, 10.0.0.8; option tftp-server-name "tftp.example.org";
  option classless-static-routes 10.9.0.0/16 10.0.0.3, 0/0 10.0.0.1;
  option v4-captive-portal "https://portal.example.org/api"; option interface-mtu 1400;
}
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; range dynamic-bootp 10.2.0.50 10.2.0.59; }
subnet 10.3.0.0 netmask 255.255.255.0 { not authoritative; }
`;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const SERVER = "10.0.0.1";
const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const hardwareId = (chaddr: string): number[] => [1, ...macOf(chaddr)];

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", SERVER)]);
});

function stateOf(address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

/** DISCOVER and REQUEST, both with the same options. */
function boot(parts: Partial<MessageParts>): { address: string; offer: DecodedMessage; ack: DecodedMessage } {
  const offer = world.send({ ...parts, type: 1 });
  const ack = world.send({ ...parts, type: 3, requested: offer.yiaddr, serverId: offer.serverId });
  expect([offer.messageType, ack.messageType]).toEqual([2, 5]);
  return { address: ack.yiaddr, offer: decodeMessage(offer.bytes), ack: decodeMessage(ack.bytes) };
}

describe("Windows", () => {
  const windows: Partial<MessageParts> = {
    chaddr: A,
    clientId: hardwareId(A),
    requestList: [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252],
    options: [
      [12, text("DESKTOP-7")],
      [81, [0, 0, 0, ...text("DESKTOP-7")]],
      [60, text("MSFT 5.0")],
    ],
  };

  it("gets classless routes instead of routers, and no answer to its name", () => {
    const { ack } = boot(windows);
    expect(ack.options.has(121)).toBe(true);
    expect([ack.options.has(3), ack.options.has(81), ack.options.has(12)]).toEqual([false, false, false]);
  });

  it("asks once more by INFORM when it has its address, and is told no times", () => {
    const { address } = boot(windows);
    const before = world.table.endsAt(world.table.slotOf(ip(address)));
    world.now += 5;
    const inform = { ...windows, type: 8, ciaddr: address, requestList: [1, 3, 6, 252] };
    const ack = world.send(inform, { from: address });
    expect(ack).toMatchObject({ reason: "ack-inform", delivery: "unicast", destination: address, yiaddr: "0.0.0.0" });
    const { options } = decodeMessage(ack.bytes);
    expect([51, 58, 59].some((code) => options.has(code))).toBe(false);
    expect(world.table.endsAt(world.table.slotOf(ip(address)))).toBe(before);
  });

  it("gives its address back on shutdown, with the identifier it has it by and no other, or none from its address [D2]", () => {
    const { address } = boot(windows);
    const release = { type: 7, chaddr: A, ciaddr: address, serverId: SERVER };
    const at = { to: SERVER, from: address };
    expect(world.send({ ...release, clientId: hardwareId(B) }, at).reason).toBe("drop-not-owner");
    expect(world.send(release, { to: SERVER }).reason).toBe("drop-not-owner");
    expect(world.send({ ...release, chaddr: B }, at).reason).toBe("drop-not-owner");
    expect(stateOf(address)).toBe(BindingState.bound);
    expect(world.send({ ...release, clientId: hardwareId(A) }, at).reason).toBe("released");
    const again = boot(windows).address;
    expect(world.send({ ...release, ciaddr: again }, { to: SERVER, from: again }).reason).toBe("released");
    expect(stateOf(again)).toBe(BindingState.released);
  });

  it("gives its address back by another of its cards, if it sends from that address [K6]", () => {
    const { address } = boot(windows);
    const release = { type: 7, chaddr: B, ciaddr: address, serverId: SERVER, clientId: hardwareId(A) };
    expect(world.send(release, { from: "0.0.0.0" }).reason).toBe("drop-not-owner");
    expect(stateOf(address)).toBe(BindingState.bound);
    expect(world.send(release, { to: SERVER, from: address }).reason).toBe("released");
  });
});

describe("Android and Apple", () => {
  it("offer rapid commit to a server that does not want it, and say how much they can take", () => {
    const { ack } = boot({
      chaddr: A,
      requestList: [1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114, 108],
      options: [
        [80, []],
        [57, [5, 0xdc]],
        [60, text("android-dhcp-14")],
      ],
    });
    expect(ack.options.has(80)).toBe(false);
    expect([numberOption(ack, 51), numberOption(ack, 58), numberOption(ack, 59)]).toEqual([600, 300, 525]);
    expect([ack.options.get(26), ack.options.has(114), ack.options.has(108)]).toEqual([[5, 0x78], true, false]);
    expect(ack.order.slice(3, 6)).toEqual([1, 3, 6]);
  });

  it("ask for ninety days and get what there is at most", () => {
    const { ack } = boot({ chaddr: A, clientId: hardwareId(A), leaseSeconds: 7_776_000 });
    expect(numberOption(ack, 51)).toBe(7200);
  });

  it("ask at once for the address of the network that they come from, and are told that it is none here", () => {
    const nak = world.send({ type: 3, chaddr: A, clientId: hardwareId(A), requested: "192.168.1.23" });
    expect(nak).toMatchObject({ reason: "nak-wrong-link", delivery: "broadcast" });
    const relayed = world.send(
      { type: 3, chaddr: A, clientId: hardwareId(A), requested: "192.168.1.23", giaddr: "10.2.0.1" },
      { to: SERVER, from: "10.2.0.1", port: 67 },
    );
    expect(relayed).toMatchObject({ reason: "nak-wrong-link", delivery: "relay", destination: "10.2.0.1" });
    expect(decodeMessage(relayed.bytes).flags).toBe(0x8000);
    const silent = { to: SERVER, from: "10.3.0.1", port: 67 };
    expect(world.send({ type: 3, chaddr: A, requested: "192.168.1.23", giaddr: "10.3.0.1" }, silent).hasReply).toBe(
      false,
    );
  });
});

describe("a telephone", () => {
  it("finds its servers in options 150 and 66, in the order in which it asks", () => {
    const { ack } = boot({
      chaddr: A,
      requestList: [1, 66, 6, 3, 15, 150, 35],
      options: [[60, text("Cisco Systems, Inc. IP Phone")]],
    });
    expect(ack.options.get(150)).toEqual([10, 0, 0, 7, 10, 0, 0, 8]);
    expect(ack.options.get(66)).toEqual(text("tftp.example.org"));
    expect(ack.order.slice(3, 8)).toEqual([1, 66, 6, 3, 150]);
  });
});

describe("a client that repeats itself", () => {
  it("gets the same offer, and a DISCOVER never lengthens the lease that it has", () => {
    const { address } = boot({ chaddr: A });
    const slot = world.table.slotOf(ip(address));
    const before = world.table.record(slot);
    for (let i = 0; i < 5; i++) {
      world.now += 60;
      expect(world.send({ type: 1, chaddr: A })).toMatchObject({ yiaddr: address, reason: "offer-current" });
      expect(world.table.record(slot)).toEqual(before);
    }
  });
});

describe("a client that uses fields in its own way", () => {
  it.each([
    ["both requested address and ciaddr", (address: string) => ({ ciaddr: address, requested: address })],
    ["our server identifier", (address: string) => ({ ciaddr: address, serverId: SERVER })],
    ["0.0.0.0 for a server identifier", (address: string) => ({ ciaddr: address, serverId: "0.0.0.0" })],
    ["all of them", (address: string) => ({ ciaddr: address, requested: address, serverId: SERVER })],
  ])("may renew with %s", (_, parts) => {
    const { address } = boot({ chaddr: A });
    world.now += 300;
    const ack = world.send({ type: 3, chaddr: A, ...parts(address) }, { to: SERVER, from: address });
    expect(ack).toMatchObject({
      messageType: 5,
      yiaddr: address,
      delivery: "unicast",
      destination: address,
      leaseSeconds: 600,
    });
  });

  it("selects nobody with 0.0.0.0 for a server identifier", () => {
    const { yiaddr } = world.send({ type: 1, chaddr: A });
    const request = { type: 3, chaddr: A, requested: yiaddr, serverId: "0.0.0.0" };
    expect(world.send(request)).toMatchObject({ reason: "drop-other-server", hasReply: false });
  });

  it("does not get another's address by naming it beside its own", () => {
    const { address } = boot({ chaddr: A });
    const other = boot({ chaddr: B }).address;
    const request = { type: 3, chaddr: A, ciaddr: address, requested: other };
    expect(world.send(request, { to: SERVER, from: address })).toMatchObject({ reason: "nak-taken" });
    expect(world.table.isPending(world.table.slotOf(ip(other)))).toBe(false);
  });

  it("may say its identifier with the request only, or leave it out there: the offer was made to its card", () => {
    for (const [chaddr, inDiscover, inRequest] of [
      [A, undefined, hardwareId(A)],
      [B, hardwareId(B), undefined],
    ] as const) {
      const offer = world.send({ type: 1, chaddr, ...(inDiscover && { clientId: inDiscover }) });
      const request = { type: 3, chaddr, requested: offer.yiaddr, serverId: offer.serverId };
      const ack = world.send({ ...request, ...(inRequest && { clientId: inRequest }) });
      expect(ack).toMatchObject({ reason: "ack-selecting", yiaddr: offer.yiaddr });
      // From then on it is who it said it was.
      world.now += 60;
      const other = { type: 3, chaddr, ciaddr: offer.yiaddr, ...(inDiscover && { clientId: inDiscover }) };
      // A lease without an identifier is its card's, whatever that says later.
      const otherwise = inRequest === undefined ? "ack-renew" : "nak-taken";
      expect(world.send(other, { to: SERVER, from: offer.yiaddr }).reason).toBe(otherwise);
      if (inRequest === undefined) continue;
      const same = { ...other, clientId: inRequest };
      expect(world.send(same, { to: SERVER, from: offer.yiaddr }).reason).toBe("ack-renew");
    }
  });

  it("does not get what was offered to another card, nor what somebody has, by saying another identifier", () => {
    const offer = world.send({ type: 1, chaddr: A, clientId: hardwareId(A) });
    const request = { type: 3, requested: offer.yiaddr, serverId: offer.serverId };
    expect(world.send({ ...request, chaddr: B, clientId: hardwareId(B) }).reason).toBe("nak-taken");
    expect(world.send({ ...request, chaddr: B }).reason).toBe("nak-taken");
    expect(world.send({ ...request, chaddr: A, clientId: hardwareId(A) }).messageType).toBe(5);
    expect(world.send({ ...request, chaddr: A }).reason).toBe("nak-taken");
    // A card that has no address to be told by is nobody's.
    const bare = { chaddr: "00", hlen: 0, htype: 32 };
    const other = world.send({ ...bare, type: 1, clientId: [255, 1] });
    expect(world.send({ ...bare, ...request, requested: other.yiaddr, clientId: [255, 2] }).reason).toBe("nak-taken");
  });

  it("is where its message arrives, whatever ciaddr a DISCOVER or a BOOTREQUEST has", () => {
    const parts = { chaddr: A, ciaddr: "10.2.0.66" };
    const at = { to: SERVER, from: "10.2.0.66" };
    expect(world.send({ ...parts, type: 1 }, at).yiaddr).toMatch(/^10\.0\.0\./);
    expect(world.send({ ...parts, type: 0 }, at)).toMatchObject({ reason: "drop-bootp", hasReply: false });
    // Who has an address is where that is.
    expect(world.send({ ...parts, type: 3, ciaddr: "10.2.0.15" }, at)).toMatchObject({ reason: "ack-renew" });
  });

  it("is not looked at in yiaddr, siaddr, sname and file", () => {
    const clean = world.send({ type: 1, chaddr: A });
    const bytes = buildMessage({ type: 1, chaddr: A });
    bytes.fill(0xa5, 16, 24);
    bytes.fill(0x42, 44, 236);
    expect([...world.sendOctets(bytes).bytes]).toEqual([...clean.bytes]);
  });
});

describe("a client whose options are odd", () => {
  const clean = (): DecodedMessage => decodeMessage(world.send({ type: 1, chaddr: A }).bytes);

  it.each<[string, readonly (readonly [number, readonly number[]])[]]>([
    [
      "empty names and identifiers",
      [
        [12, []],
        [60, []],
        [61, []],
        [77, []],
        [81, []],
      ],
    ],
    ["an identifier of one octet", [[61, [0]]]],
    ["a largest message of nothing", [[57, [0, 0]]]],
    ["a largest message below the least", [[57, [1, 0]]]],
    ["a largest message of three octets", [[57, [0, 1, 0]]]],
    ["a lease time of two octets", [[51, [0, 9]]]],
    ["a requested address of five octets", [[50, [10, 0, 0, 15, 1]]]],
    ["a request list with what nobody may ask for", [[55, [0, 255, 52, 53, 54, 50, 55, 57, 82, 61, 1, 1, 1]]]],
    ["an unknown option as long as can be", [[231, Array.from({ length: 255 }, () => 1)]]],
    ["authentication", [[90, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]]]],
  ])("is served all the same: %s", (_, options) => {
    const usual = clean();
    const odd = decodeMessage(world.send({ type: 1, chaddr: A, options }).bytes);
    expect(odd).toMatchObject({ messageType: 2, yiaddr: usual.yiaddr });
    expect(odd.length).toBeLessThanOrEqual(548);
    expect(new Set(odd.order).size).toBe(odd.order.length);
    expect([numberOption(odd, 51), odd.options.has(90)]).toEqual([600, false]);
  });

  it("is served with pads between its options, without an end, or with anything behind it", () => {
    const { yiaddr } = clean();
    const header = buildMessage({ type: 1, chaddr: A }).subarray(0, 240);
    for (const tail of [
      [0, 0, 53, 1, 1, 0, 0, 255],
      [53, 1, 1],
      [53, 1, 1, 0, 0],
      [53, 1, 1, 255, 9, 200, 1, 53],
    ]) {
      expect(world.sendOctets(Uint8Array.from([...header, ...tail]))).toMatchObject({ messageType: 2, yiaddr });
    }
  });
});

describe("clients that all say the same identifier, of zeros", () => {
  const zeros = [0, 0, 0, 0, 0, 0, 0];

  it("are one client, as RFC 2131 has it", () => {
    const first = boot({ chaddr: A, clientId: zeros }).address;
    world.now += 60;
    expect(boot({ chaddr: B, clientId: zeros }).address).toBe(first);
  });

  it("are told apart by their hardware where ignore-client-uids says so", () => {
    world = new EngineWorld(`ignore-client-uids true; ${CONFIG}`, [testInterface(2, "lan0", SERVER)]);
    const first = boot({ chaddr: A, clientId: zeros });
    expect(boot({ chaddr: B, clientId: zeros }).address).not.toBe(first.address);
    expect(first.ack.options.get(61)).toEqual(zeros);
  });
});
