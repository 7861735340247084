// What OpenBSD's dhcpd(8) answers to twelve inputs, as observed, and what we answer: the same, or something else
// by one of the rules below. A pool from 10.0.0.10 on, server 10.0.0.1. Every case says what OpenBSD does.

import { describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { type DecodedMessage, decodeMessage, numberOption } from "../support/decode-message.ts";
import { EngineWorld, type Outcome, testInterface } from "../support/engine-world.ts";
import { ip, type MessageParts } from "../support/message-builder.ts";

/** The rules by which we differ here, of those that set this server apart from dhcpd(8). */
const RULES = {
  5: "a NAK always has our server identifier and a text of its own; the broadcast bit is the client's, but for relays",
  11: "option 82 is echoed, last, in every reply",
  15: "INIT-REBOOT without a record: silence",
  allocation: "the first address is chosen by a hash of client and pool, so that every server offers the same",
  addressing: "a reply to ciaddr is unicast; a reply leaves from the address that was asked, whatever option 54 says",
  "RFC 2132 3.3": "the mask stands before the routers",
  "RFC 3396 4": "an option that fits in one piece is not split; it stands in another field or is left out",
} as const;

type Rule = keyof typeof RULES;

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const RELAY = { to: "10.0.0.1", from: "10.9.0.1", port: 67 };
const INFINITE = 0xffffffff;

function serve(global = "", subnet = "range 10.0.0.10 10.0.0.19; option routers 10.0.0.1;"): EngineWorld {
  const config = `default-lease-time 600; max-lease-time 1200; option domain-name "example.org";
    option ntp-servers 10.0.0.3; ${global}
    subnet 10.0.0.0 netmask 255.255.255.0 { ${subnet} }
    subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; }
    subnet 10.8.0.0 netmask 255.255.255.0 { not authoritative; range 10.8.0.10 10.8.0.19; }`;
  return new EngineWorld(config, [testInterface(2, "lan0", "10.0.0.1")]);
}

function read(outcome: Outcome): DecodedMessage {
  return decodeMessage(outcome.bytes);
}

/** The title of a case: what OpenBSD does, and by which rules we do otherwise. */
function row(number: number, openbsd: string, ...rules: readonly Rule[]): string {
  const differences = rules.map((rule) => `${Number(rule) > 0 ? "rule " : ""}${rule}: ${RULES[rule]}`);
  return `${number}. ${openbsd}${rules.length === 0 ? "" : ` (we differ by ${differences.join("; ")})`}`;
}

describe("OpenBSD's dhcpd as oracle", () => {
  it(row(1, "DISCOVER: ping, then OFFER of .10, options 53, 54, 51, 58, 59, 1, ..., 300 octets", "allocation"), () => {
    const offer = serve().send({ type: 1, chaddr: A });
    expect(offer).toMatchObject({ messageType: 2, needsProbe: true });
    expect(offer.yiaddr).toMatch(/^10\.0\.0\.1\d$/);
    const message = read(offer);
    expect(message.order).toEqual([53, 54, 51, 58, 59, 1, 3, 15, 42]);
    expect(message.length).toBe(300);
  });

  it(row(2, "the same with request list 42, 3: 53, 54, 51, 42, 3, 58, 59, 1, 15", "RFC 2132 3.3"), () => {
    const message = read(serve().send({ type: 1, chaddr: A, requestList: [42, 3] }));
    expect(message.order).toEqual([53, 54, 51, 42, 1, 3, 58, 59, 15]);
  });

  it.each([
    [0, 600],
    [5000, 1200],
    [INFINITE, 1200],
  ])(
    row(3, "INIT-REBOOT for a free address, option 51 = %i, maximum 1200: ACK with 1200 (we: %i)", 15),
    (leaseSeconds, expected) => {
      const world = serve("ping-check false;");
      const reboot: MessageParts = { type: 3, chaddr: A, requested: "10.0.0.12", leaseSeconds };
      expect(world.send(reboot)).toMatchObject({ reason: "drop-unknown-client", hasReply: false });
      const known = { ...reboot, requested: world.lease(A) };
      world.now += 60;
      const ack = world.send(known);
      expect(ack).toMatchObject({ messageType: 5, yiaddr: known.requested });
      expect([51, 58, 59].map((code) => numberOption(read(ack), code))).toEqual([
        expected,
        expected / 2,
        (expected / 8) * 7,
      ]);
    },
  );

  it(row(4, "REQUEST for another network, no giaddr: NAK by broadcast, flags 0x8000, option 53 alone", 5), () => {
    const nak = serve().send({ type: 3, chaddr: A, requested: "192.168.1.1" });
    expect(nak).toMatchObject({ messageType: 6, delivery: "broadcast", destination: "255.255.255.255", port: 68 });
    expect(read(nak)).toMatchObject({ flags: 0, order: [53, 54, 56] });
  });

  it(row(5, "REQUEST through an unknown giaddr for a known subnet: NAK to giaddr, port 67", 5), () => {
    const request = { type: 3, chaddr: A, requested: "10.0.0.10", giaddr: "172.31.0.1" };
    const nak = serve().send(request, { ...RELAY, from: "172.31.0.1" });
    expect(nak).toMatchObject({ messageType: 6, delivery: "relay", destination: "172.31.0.1", port: 67 });
    expect(read(nak)).toMatchObject({ flags: 0x8000, order: [53, 54, 56] });
  });

  it(row(6, "REQUEST relayed from a network that is not authoritative, for another: silence"), () => {
    const request = { type: 3, chaddr: A, requested: "192.168.1.1", giaddr: "10.8.0.1" };
    expect(serve().send(request, { ...RELAY, from: "10.8.0.1" }).hasReply).toBe(false);
  });

  it(row(7, "RENEW: ACK to ciaddr, port 68; with the broadcast bit, by broadcast", "addressing"), () => {
    const world = serve("ping-check false;");
    const address = world.lease(A);
    for (const broadcast of [false, true]) {
      world.now += 100;
      const renewal = { type: 3, chaddr: A, ciaddr: address, broadcast };
      expect(world.send(renewal, { to: "10.0.0.1", from: address })).toMatchObject({
        messageType: 5,
        delivery: "unicast",
        destination: address,
        port: 68,
      });
    }
  });

  it(row(8, "INFORM with ciaddr = source: ACK to ciaddr, port 68, no 51, 58, 59, yiaddr 0"), () => {
    const inform = { type: 8, chaddr: A, ciaddr: "10.0.0.77" };
    const ack = serve().send(inform, { to: "10.0.0.1", from: "10.0.0.77" });
    expect(ack).toMatchObject({ messageType: 5, destination: "10.0.0.77", port: 68, yiaddr: "0.0.0.0" });
    expect([51, 58, 59].some((code) => read(ack).options.has(code))).toBe(false);
  });

  it(row(9, "DISCOVER through giaddr with option 82: OFFER to giaddr, port 67, without 82", 11), () => {
    const agentInformation = [1, 2, 7, 7];
    const offer = serve().send({ type: 1, chaddr: A, giaddr: "10.9.0.1", agentInformation }, RELAY);
    expect(offer).toMatchObject({ messageType: 2, delivery: "relay", destination: "10.9.0.1", port: 67 });
    expect(read(offer).options.get(82)).toEqual(agentInformation);
    expect(read(offer).order.at(-1)).toBe(82);
  });

  it(
    row(
      10,
      "size 576, 420 octets of options: 548 octets, 52 = 1 first, the second option split into file",
      "RFC 3396 4",
    ),
    () => {
      const both = (first: number, second: number): DecodedMessage =>
        read(
          serve(`option root-path "${"r".repeat(first)}"; option merit-dump "${"m".repeat(second)}";`).send({
            type: 1,
            chaddr: A,
            requestList: [17, 14],
            options: [[57, [2, 64]]],
          }),
        );
      const fits = both(240, 120);
      expect([fits.order[0], fits.options.get(52), fits.options.get(14)?.length]).toEqual([52, [1], 120]);
      expect(fits.order.filter((code) => code === 14)).toHaveLength(1);
      const large = both(210, 210);
      expect([large.options.get(17)?.length, large.options.has(14)]).toEqual([210, false]);
      for (const message of [fits, large]) expect(message.length).toBeLessThanOrEqual(548);
    },
  );

  it(row(11, "server-identifier 192.0.2.67: option 54 and the source address are both that", "addressing"), () => {
    const offer = serve("server-identifier 192.0.2.67;").send({ type: 1, chaddr: A });
    expect(offer).toMatchObject({ serverId: "192.0.2.67", source: "10.0.0.1" });
    expect(read(offer).options.get(54)).toEqual([192, 0, 2, 67]);
  });

  it(row(12, "a pool of one address, DECLINE: nothing for others within the abandon time, then an OFFER of it"), () => {
    const world = serve("", "range 10.0.0.10;");
    const address = world.lease(A);
    expect(world.send({ type: 4, chaddr: A, requested: address, serverId: "10.0.0.1" }).reason).toBe("declined");
    expect(world.table.state(world.table.slotOf(ip(address)))).toBe(BindingState.abandoned);
    world.now += 599;
    expect(world.send({ type: 1, chaddr: B }).reason).toBe("drop-pool-empty");
    world.now += 2;
    expect(world.send({ type: 1, chaddr: B })).toMatchObject({ messageType: 2, yiaddr: address, needsProbe: true });
  });
});
