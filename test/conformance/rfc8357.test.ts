// RFC 8357: Generalized UDP Source Port for DHCP Relay.

import { beforeEach, describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import type { MessageParts } from "../support/message-builder.ts";

const CONFIG = "ping-check false; subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }";
const AGENT = [1, 2, 7, 7, 19, 0];
const RELAYED: MessageParts = { type: 1, giaddr: "10.2.0.1", agentInformation: AGENT };
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 40_000 };

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
});

describe("RFC 8357 section 5: a relayed query with the relay source port sub-option", () => {
  it("is answered at giaddr on the port that it was sent from, and gets the sub-option back [8357 4.1-1, 5.1-1]", () => {
    const offer = world.send(RELAYED, RELAY);
    expect(offer).toMatchObject({ delivery: "relay", destination: "10.2.0.1", port: 40_000, messageType: 2 });
    expect(decodeMessage(offer.bytes).options.get(82)).toEqual(AGENT);
    const { yiaddr: requested, serverId } = offer;
    expect(world.send({ ...RELAYED, type: 3, requested, serverId }, RELAY)).toMatchObject({
      messageType: 5,
      port: 40_000,
    });
  });

  it("is NAKed there too [8357 5.1-1]", () => {
    expect(world.send({ ...RELAYED, type: 3, requested: "10.9.0.1" }, RELAY)).toMatchObject({
      messageType: 6,
      destination: "10.2.0.1",
      port: 40_000,
    });
  });

  it("goes by the datagram's own port, also where that is 67", () => {
    expect(world.send(RELAYED, { ...RELAY, port: 67 }).port).toBe(67);
  });
});

describe("RFC 8357 section 5: any other query", () => {
  it("is answered on port 67, whatever port its relay sent it from [8357 4.1-1]", () => {
    for (const agentInformation of [undefined, [1, 2, 7, 7], [19, 1, 0]]) {
      const parts: MessageParts = { type: 1, giaddr: "10.2.0.1", ...(agentInformation && { agentInformation }) };
      expect(world.send(parts, RELAY)).toMatchObject({ destination: "10.2.0.1", port: 67 });
    }
  });

  it("is answered on port 68 when no relay sent it", () => {
    const direct = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.2.0.2")]);
    expect(direct.send({ type: 1, agentInformation: AGENT }, { port: 40_000 })).toMatchObject({ port: 68 });
  });
});
