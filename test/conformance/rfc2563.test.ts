// RFC 2563: DHCP Option to Disable Stateless Auto-Configuration in IPv4 Clients.

import { describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import type { MessageParts } from "../support/message-builder.ts";

const ASKS: MessageParts = { type: 1, chaddr: "02:00:00:00:00:0b", options: [[116, [1]]] };

function serve(global: string, subnet = "range 10.0.0.10;"): EngineWorld {
  const text = `ping-check false; ${global} subnet 10.0.0.0 netmask 255.255.255.0 { ${subnet} }`;
  return new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
}

describe("RFC 2563 section 2.3: no address for a client that sends the option", () => {
  it("is told by an OFFER of 0.0.0.0 with DoNotAutoConfigure where that is configured [2563 2.3-3, 2.3-4]", () => {
    const world = serve("option auto-config false;");
    world.lease("02:00:00:00:00:0a");
    const offer = world.send(ASKS);
    expect(offer).toMatchObject({
      reason: "offer-no-auto-configure",
      messageType: 2,
      yiaddr: "0.0.0.0",
      delivery: "broadcast",
      serverId: "10.0.0.1",
    });
    expect(decodeMessage(offer.bytes).options.get(116)).toEqual([0]);
  });

  it("is told to unknown clients that may have none", () => {
    const world = serve("option auto-config false; deny unknown-clients;");
    expect(world.send(ASKS).reason).toBe("offer-no-auto-configure");
    expect(world.send({ ...ASKS, options: [] }).reason).toBe("drop-unknown-client-denied");
  });

  it("is not told where the clients may configure themselves, or nothing is configured [2563 2.3-5]", () => {
    for (const global of ["option auto-config true;", ""]) {
      const world = serve(global);
      world.lease("02:00:00:00:00:0a");
      expect(world.send(ASKS)).toMatchObject({ reason: "drop-pool-empty", hasReply: false });
    }
  });

  it("is not told to clients that must not boot", () => {
    const world = serve("option auto-config false; deny booting;");
    expect(world.send(ASKS)).toMatchObject({ reason: "drop-booting-denied", hasReply: false });
  });
});

describe("RFC 2563 section 2.3: an address for the client", () => {
  it("is offered with the option if the client sent it, and without it if not [2563 2.3-1, 2.4.1-1]", () => {
    const world = serve("option auto-config false;");
    const told = world.send(ASKS);
    expect(told.yiaddr).toBe("10.0.0.10");
    expect(decodeMessage(told.bytes).options.get(116)).toEqual([0]);
    const untold = world.send({ ...ASKS, options: [], requestList: [116] });
    expect(untold.yiaddr).toBe("10.0.0.10");
    expect(decodeMessage(untold.bytes).options.has(116)).toBe(false);
  });

  it("is offered without the option where none is configured [2563 2.4.1-1]", () => {
    const offer = serve("").send(ASKS);
    expect(offer.yiaddr).toBe("10.0.0.10");
    expect(decodeMessage(offer.bytes).options.has(116)).toBe(false);
  });
});

describe("RFC 2563 section 2.3: a client that does not send the option", () => {
  it("gets no answer when there is no address for it [2563 2.3-2]", () => {
    const world = serve("option auto-config false;");
    world.lease("02:00:00:00:00:0a");
    expect(world.send({ ...ASKS, options: [] })).toMatchObject({ reason: "drop-pool-empty", hasReply: false });
  });
});
