// RFC 8925: IPv6-Only Preferred Option for DHCPv4.

import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { decodeMessage, numberOption } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import type { MessageParts } from "../support/message-builder.ts";

const CONFIG = `
ping-check false; default-lease-time 600;
subnet 10.0.0.0 netmask 255.255.255.0 { option ipv6-only-preferred 1800; range 10.0.0.10 10.0.0.11; }
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }
`;
const ASKS: MessageParts = { type: 1, requestList: [1, 3, 108] };
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
});

describe("RFC 8925 section 3.3: a client that asks for the option on a network that is configured for it", () => {
  it("is offered 0.0.0.0 with the option, and no address is spent on it [8925 3.1-1, 3.3-6, 3.3-7, 3.3-8, 3.3.1-2]", () => {
    for (let i = 1; i < 9; i++) {
      const offer = world.send({ ...ASKS, chaddr: `02:00:00:00:00:0${i}` });
      expect(offer).toMatchObject({ reason: "offer-ipv6-only", messageType: 2, yiaddr: "0.0.0.0", needsProbe: false });
      expect(numberOption(decodeMessage(offer.bytes), 108)).toBe(1800);
    }
    expect(world.table.countInPool(0, BindingState.free)).toBe(2);
  });

  it("is told the rest that an OFFER must tell, by broadcast", () => {
    const offer = world.send(ASKS);
    expect(offer).toMatchObject({ delivery: "broadcast", serverId: "10.0.0.1", leaseSeconds: 600 });
    expect(numberOption(decodeMessage(offer.bytes), 51)).toBe(600);
  });

  it("is offered 0.0.0.0 too when there is no address left", () => {
    world.lease("02:00:00:00:01:01");
    world.lease("02:00:00:00:01:02");
    expect(world.send({ type: 1, chaddr: "02:00:00:00:01:03" }).reason).toBe("drop-pool-empty");
    expect(world.send({ ...ASKS, chaddr: "02:00:00:00:01:03" })).toMatchObject({
      reason: "offer-ipv6-only",
      yiaddr: "0.0.0.0",
    });
  });

  it("keeps and renews a lease that it has, and is told the option with it [8925 3.3-6, 3.3-9]", () => {
    const address = world.lease("02:00:00:00:00:0a");
    world.now += 300;
    const ack = world.send(
      { type: 3, chaddr: "02:00:00:00:00:0a", ciaddr: address, requestList: [108] },
      { to: "10.0.0.1", from: address },
    );
    expect(ack).toMatchObject({ reason: "ack-renew", yiaddr: address });
    expect(numberOption(decodeMessage(ack.bytes), 108)).toBe(1800);
  });

  it("gets an address that it requests all the same [8925 3.3-9]", () => {
    world.send(ASKS);
    const request = { type: 3, requested: "10.0.0.10", serverId: "10.0.0.1", requestList: [108] };
    const ack = world.send(request);
    expect(ack).toMatchObject({ reason: "ack-selecting", yiaddr: "10.0.0.10" });
    expect(numberOption(decodeMessage(ack.bytes), 108)).toBe(1800);
  });

  it("is told zero where no time is configured: it waits as long as it sees fit [8925 3.3-7]", () => {
    const zero = new EngineWorld(CONFIG.replace("1800", "0"), [testInterface(2, "lan0", "10.0.0.1")]);
    expect(decodeMessage(zero.send(ASKS).bytes).options.get(108)).toEqual([0, 0, 0, 0]);
  });

  it("is told in the same offer not to make up an address, if it asks and that is configured [8925 3.3.1-1]", () => {
    const told = new EngineWorld(`option auto-config false; ${CONFIG}`, [testInterface(2, "lan0", "10.0.0.1")]);
    const { options } = decodeMessage(told.send({ ...ASKS, options: [[116, [1]]] }).bytes);
    expect([options.get(116), options.has(108)]).toEqual([[0], true]);
    expect(decodeMessage(told.send(ASKS).bytes).options.has(116)).toBe(false);
    expect(decodeMessage(world.send({ ...ASKS, options: [[116, [1]]] }).bytes).options.has(116)).toBe(false);
  });

  it("is told it in answer to an INFORM", () => {
    const inform = { type: 8, ciaddr: "10.0.0.50", requestList: [108] };
    const ack = world.send(inform, { to: "10.0.0.1", from: "10.0.0.50" });
    expect(numberOption(decodeMessage(ack.bytes), 108)).toBe(1800);
  });

  it("is not committed to 0.0.0.0 by a rapid commit [8925 3.3-10]", () => {
    const rapid = new EngineWorld(`rapid-commit true; ${CONFIG}`, [testInterface(2, "lan0", "10.0.0.1")]);
    expect(rapid.send({ ...ASKS, options: [[80, []]] })).toMatchObject({ reason: "offer-ipv6-only", messageType: 2 });
  });
});

describe("RFC 8925 section 3.4: the time that a client does without", () => {
  it.each([
    [1, 1],
    [299, 1],
    [300, 0],
    [0, 0],
  ])("of %i seconds has %i warnings [8925 3.4-1]", (seconds, warnings) => {
    expect(loadConfig("test.conf", CONFIG.replace("1800", `${seconds}`)).diagnostics).toHaveLength(warnings);
  });
});

describe("RFC 8925 section 3.3: the option", () => {
  it("MUST NOT be sent to a client that does not ask for it [8925 3.3-1]", () => {
    for (const requestList of [undefined, [1, 3]]) {
      const offer = world.send({ type: 1, ...(requestList && { requestList }) });
      expect(offer.yiaddr).toMatch(/^10\.0\.0\./);
      expect(decodeMessage(offer.bytes).options.has(108)).toBe(false);
    }
  });

  it("MUST NOT be sent because the configuration asks for it in the client's place [8925 3.3-1]", () => {
    const forced = new EngineWorld(`option dhcp-parameter-request-list 1, 108; ${CONFIG}`, [
      testInterface(2, "lan0", "10.0.0.1"),
    ]);
    const offer = forced.send({ type: 1, requestList: [1, 3] });
    expect(offer.yiaddr).toMatch(/^10\.0\.0\./);
    expect(decodeMessage(offer.bytes).options.has(108)).toBe(false);
  });

  it("MUST NOT be sent where no IPv6-only network is configured: the client gets an address [8925 3.3-2, 3.3-3]", () => {
    const offer = world.send({ ...ASKS, giaddr: "10.2.0.1" }, RELAY);
    expect(offer).toMatchObject({ reason: "offer-new" });
    expect(offer.yiaddr).toMatch(/^10\.2\.0\./);
    expect(decodeMessage(offer.bytes).options.has(108)).toBe(false);
  });

  it("is not sent in a NAK", () => {
    const nak = world.send({ type: 3, requested: "192.168.1.1", requestList: [108] });
    expect(nak.messageType).toBe(6);
    expect(decodeMessage(nak.bytes).options.has(108)).toBe(false);
  });
});
