// RFC 3011: The IPv4 Subnet Selection Option for DHCP; its rank beside the relay's link selection is
// RFC 3527's.

import { beforeEach, describe, expect, it } from "vitest";
import { addressOption, decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { type MessageParts, octetsOf } from "../support/message-builder.ts";

const NETWORKS = `
ping-check false;
subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.19; }
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }
shared-network both {
  subnet 10.3.0.0 netmask 255.255.255.0 { option domain-name "three"; }
  subnet 10.4.0.0 netmask 255.255.255.0 { range 10.4.0.10 10.4.0.19; }
}
subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; }
`;
const CONFIG = `subnet-selection on; ${NETWORKS}`;
const RELAY = { to: "10.9.0.1", from: "10.1.0.1", port: 67 };

let world: EngineWorld;

beforeEach(() => {
  world = serve(CONFIG);
});

function serve(config: string): EngineWorld {
  return new EngineWorld(config, [testInterface(2, "lan0", "10.9.0.1")]);
}

function select(subnet: string, parts: Partial<MessageParts> = {}): MessageParts {
  return { type: 1, giaddr: "10.1.0.1", options: [[118, octetsOf(subnet)]], ...parts };
}

describe("RFC 3011 section 2: a query with the subnet selection option", () => {
  it("gets an address of the subnet it names, and the reply still goes to giaddr [3011 2-1, 2-6]", () => {
    const offer = world.send(select("10.2.0.0"), RELAY);
    expect(offer).toMatchObject({ reason: "offer-new", delivery: "relay", destination: "10.1.0.1" });
    expect(offer.yiaddr).toMatch(/^10\.2\.0\./);
  });

  it("gets an address of another subnet of the same link where the named one has none [3011 2-1, 2-2]", () => {
    expect(world.send(select("10.3.0.0"), RELAY).yiaddr).toMatch(/^10\.4\.0\./);
  });

  it("gets an identical copy of the option back in OFFER and ACK, whether it asks for it or not [3011 2-3]", () => {
    for (const requestList of [[1, 3], [118]]) {
      const offer = world.send(select("10.2.0.0", { requestList }), RELAY);
      expect(addressOption(decodeMessage(offer.bytes), 118)).toBe("10.2.0.0");
      const { yiaddr, serverId } = offer;
      const ack = world.send(select("10.2.0.0", { type: 3, requested: yiaddr, serverId, requestList }), RELAY);
      expect(ack).toMatchObject({ messageType: 5, yiaddr });
      expect(addressOption(decodeMessage(ack.bytes), 118)).toBe("10.2.0.0");
    }
  });

  it("gets no answer when we do not serve the subnet it names [3011 2-2, 2-5]", () => {
    expect(world.send(select("192.0.2.0"), RELAY)).toMatchObject({ reason: "drop-unknown-link", hasReply: false });
  });

  it("gets none back that it did not send", () => {
    const offer = world.send({ type: 1, giaddr: "10.1.0.1", requestList: [118] }, RELAY);
    expect(decodeMessage(offer.bytes).options.has(118)).toBe(false);
  });
});

describe("RFC 3011 section 6: a client that is not relayed", () => {
  it("cannot take addresses of other links: the option is ignored and not returned", () => {
    const offer = world.send(select("10.2.0.0", { giaddr: "0.0.0.0" }), {});
    expect(offer.yiaddr).toMatch(/^10\.9\.0\./);
    expect(decodeMessage(offer.bytes).options.has(118)).toBe(false);
  });
});

describe("RFC 3011 section 6: where it is not configured", () => {
  it("the option is ignored and not returned, which is the default [3011 2-4, 6-1]", () => {
    world = serve(NETWORKS);
    const offer = world.send(select("10.2.0.0", { requestList: [118] }), RELAY);
    expect(offer.yiaddr).toMatch(/^10\.1\.0\./);
    expect(decodeMessage(offer.bytes).options.has(118)).toBe(false);
  });

  it("it may be so for the relays of some networks only [3011 6-2]", () => {
    world = serve(NETWORKS.replace("{ range 10.1", "{ subnet-selection on; range 10.1"));
    expect(world.send(select("10.2.0.0"), RELAY).yiaddr).toMatch(/^10\.2\.0\./);
    const other = { giaddr: "10.4.0.1", chaddr: "02:00:00:00:00:0b" };
    expect(world.send(select("10.2.0.0", other), { ...RELAY, from: "10.4.0.1" }).yiaddr).toMatch(/^10\.4\.0\./);
    const unknown = { giaddr: "172.31.0.1", chaddr: "02:00:00:00:00:0c" };
    expect(world.send(select("10.2.0.0", unknown), { ...RELAY, from: "172.31.0.1" }).reason).toBe("drop-unknown-link");
  });
});

describe("RFC 3527 section 3: the relay's link selection", () => {
  it("goes before the client's subnet selection [3527 3-4]", () => {
    const agentInformation = [5, 4, ...octetsOf("10.4.0.0")];
    const offer = world.send(select("10.2.0.0", { agentInformation }), RELAY);
    expect(offer.yiaddr).toMatch(/^10\.4\.0\./);
  });

  it("goes before giaddr, whose relay gets the reply with option 82 as it sent it [3527 3-1, 3-3]", () => {
    const agentInformation = [1, 2, 7, 7, 5, 4, ...octetsOf("10.2.0.0")];
    const offer = world.send({ type: 1, giaddr: "10.1.0.1", agentInformation }, RELAY);
    expect(offer.yiaddr).toMatch(/^10\.2\.0\./);
    expect(offer.destination).toBe("10.1.0.1");
    expect(decodeMessage(offer.bytes).options.get(82)).toEqual(agentInformation);
  });

  it("is not believed without a relay", () => {
    const agentInformation = [5, 4, ...octetsOf("10.2.0.0")];
    expect(world.send({ type: 1, agentInformation }).yiaddr).toMatch(/^10\.9\.0\./);
  });
});
