// RFC 6842: Client Identifier Option in DHCP Server Replies.

import { beforeEach, describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, type Outcome, testInterface } from "../support/engine-world.ts";

const CONFIG = "ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const ID = [255, 1, 2, 3, 4, 5];

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
});

function idIn(outcome: Outcome): readonly number[] | undefined {
  return decodeMessage(outcome.bytes).options.get(61);
}

describe("RFC 6842 section 3: a client identifier in the query", () => {
  it("MUST be returned unaltered in OFFER, ACK and NAK [6842 3-1]", () => {
    const offer = world.send({ type: 1, clientId: ID });
    expect(idIn(offer)).toEqual(ID);
    const { yiaddr: requested, serverId } = offer;
    const ack = world.send({ type: 3, clientId: ID, requested, serverId });
    expect(ack.messageType).toBe(5);
    expect(idIn(ack)).toEqual(ID);
    const nak = world.send({ type: 3, clientId: ID, requested: "192.168.1.1" });
    expect(nak.messageType).toBe(6);
    expect(idIn(nak)).toEqual(ID);
  });

  it("MUST be returned in the ACK of an INFORM [6842 3-1]", () => {
    const ack = world.send({ type: 8, clientId: ID, ciaddr: "10.0.0.50" }, { to: "10.0.0.1", from: "10.0.0.50" });
    expect(ack.reason).toBe("ack-inform");
    expect(idIn(ack)).toEqual(ID);
  });

  it("is returned at any length that one option has [6842 3-1]", () => {
    for (const length of [1, 2, 255]) {
      const clientId = Array.from({ length }, (_, i) => i & 255);
      expect(idIn(world.send({ type: 1, clientId }))).toEqual(clientId);
    }
  });

  it("is returned to a client without a hardware address too", () => {
    const offer = world.send({ type: 1, clientId: ID, htype: 32, hlen: 0, chaddr: "00" });
    expect(offer.delivery).toBe("broadcast");
    expect(idIn(offer)).toEqual(ID);
  });
});

describe("RFC 6842 section 3: no client identifier in the query", () => {
  it("MUST be none in the reply, also where one is configured for matching [6842 3-2]", () => {
    expect(idIn(world.send({ type: 1, requestList: [61] }))).toBeUndefined();
    const matching = new EngineWorld(
      `${CONFIG} host a { option dhcp-client-identifier "abc"; hardware ethernet 2:0:0:0:0:1; }`,
      [testInterface(2, "lan0", "10.0.0.1")],
    );
    expect(idIn(matching.send({ type: 1, chaddr: "02:00:00:00:00:01", requestList: [61] }))).toBeUndefined();
  });
});

describe("echo-client-id false", () => {
  it("leaves the identifier out, for clients from before RFC 6842", () => {
    const old = new EngineWorld(`echo-client-id false; ${CONFIG}`, [testInterface(2, "lan0", "10.0.0.1")]);
    expect(idIn(old.send({ type: 1, clientId: ID }))).toBeUndefined();
  });
});
