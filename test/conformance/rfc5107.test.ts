// RFC 5107: DHCP Server Identifier Override Suboption.

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip, octetsOf } from "../support/message-builder.ts";

const CONFIG = `
ping-check false;
default-lease-time 600;
subnet 10.0.0.0 netmask 255.255.255.0 { }
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.10 10.2.0.19; }
`;
const OVERRIDE = "10.2.0.1";
const RELAYED = { giaddr: "10.2.0.1", agentInformation: [1, 2, 7, 7, 11, 4, ...octetsOf(OVERRIDE)] };
const RELAY = { to: "10.0.0.1", from: "10.2.0.1", port: 67 };
const A = "02:00:00:00:00:0a";

let world: EngineWorld;

beforeEach(() => {
  world = serve();
});

function serve(): EngineWorld {
  return new EngineWorld(CONFIG, [testInterface(2, "lan0", "10.0.0.1")]);
}

function stateOf(address: string, of = world): number {
  return of.table.state(of.table.slotOf(ip(address)));
}

describe("RFC 5107 section 4: a relayed query with the suboption", () => {
  it("is answered with its value as server identifier, in OFFER, ACK and NAK, and with option 82 as it came [5107 4-1, 4-3]", () => {
    const offer = world.send({ type: 1, chaddr: A, ...RELAYED }, RELAY);
    expect(offer).toMatchObject({ serverId: OVERRIDE, source: "10.0.0.1" });
    expect(decodeMessage(offer.bytes).options.get(82)).toEqual(RELAYED.agentInformation);
    const request = { type: 3, chaddr: A, serverId: OVERRIDE, ...RELAYED };
    expect(world.send({ ...request, requested: offer.yiaddr }, RELAY)).toMatchObject({
      messageType: 5,
      serverId: OVERRIDE,
    });
    expect(world.send({ ...request, requested: "10.2.0.200" }, RELAY)).toMatchObject({
      messageType: 6,
      serverId: OVERRIDE,
    });
  });

  it("may renew and release through the relay by that identifier [5107 4-1, 4-3]", () => {
    const address = world.lease(A, RELAYED, RELAY);
    world.now += 300;
    expect(world.send({ type: 3, chaddr: A, ciaddr: address, ...RELAYED }, RELAY)).toMatchObject({
      messageType: 5,
      serverId: OVERRIDE,
    });
    world.send({ type: 7, chaddr: A, ciaddr: address, serverId: OVERRIDE, ...RELAYED }, RELAY);
    expect(stateOf(address)).toBe(BindingState.released);
  });
});

describe("RFC 5107 section 4: a client that comes back without the relay", () => {
  it("is told the same identifier when it renews, again and again [5107 4-2]", () => {
    const address = world.lease(A, RELAYED, RELAY);
    for (let i = 0; i < 3; i++) {
      world.now += 300;
      expect(world.send({ type: 3, chaddr: A, ciaddr: address }, { to: "10.0.0.1", from: address })).toMatchObject({
        reason: "ack-renew",
        serverId: OVERRIDE,
        source: "10.0.0.1",
      });
    }
  });

  it("may name the identifier when it renews", () => {
    const address = world.lease(A, RELAYED, RELAY);
    world.now += 300;
    const renewal = { type: 3, chaddr: A, ciaddr: address, serverId: OVERRIDE };
    expect(world.send(renewal, { to: "10.0.0.1", from: address })).toMatchObject({
      messageType: 5,
      serverId: OVERRIDE,
      destination: address,
    });
  });

  it("may name the identifier when it releases, also after a renewal past the relay", () => {
    const address = world.lease(A, RELAYED, RELAY);
    const at = { to: "10.0.0.1", from: address };
    world.now += 300;
    world.send({ type: 3, chaddr: A, ciaddr: address }, at);
    expect(world.send({ type: 7, chaddr: A, ciaddr: address, serverId: OVERRIDE }, at).reason).toBe("released");
    expect(stateOf(address)).toBe(BindingState.released);
  });

  it("may do so after a restart, because the identifier is in the lease record [5107 4-2]", () => {
    const address = world.lease(A, RELAYED, RELAY);
    const later = serve();
    later.table.load(world.table.record(world.table.slotOf(ip(address))));
    const at = { to: "10.0.0.1", from: address };
    expect(later.send({ type: 7, chaddr: A, ciaddr: address, serverId: OVERRIDE }, at).reason).toBe("released");
  });

  it("may not name another one, nor may another client name this one", () => {
    const address = world.lease(A, RELAYED, RELAY);
    const at = { to: "10.0.0.1", from: address };
    const release = { type: 7, chaddr: A, ciaddr: address };
    expect(world.send({ ...release, serverId: "10.2.0.2" }, at).reason).toBe("drop-other-server");
    expect(world.send({ ...release, chaddr: "02:00:00:00:00:0b", serverId: OVERRIDE }, at).reason).toBe(
      "drop-other-server",
    );
    expect(stateOf(address)).toBe(BindingState.bound);
  });

  it("is told our own identifier when its relay named none", () => {
    const address = world.lease(A, { giaddr: "10.2.0.1", agentInformation: [1, 2, 7, 7] }, RELAY);
    world.now += 300;
    const ack = world.send({ type: 3, chaddr: A, ciaddr: address }, { to: "10.0.0.1", from: address });
    expect(ack.serverId).toBe("10.0.0.1");
  });

  it("is served all the same when its record holds agent information that is none", () => {
    const address = world.lease(A, RELAYED, RELAY);
    const record = world.table.record(world.table.slotOf(ip(address)));
    const later = serve();
    for (const octets of [[11, 4, 1, 2], [11], [11, 2, 1, 2], [11, 200, 1]]) {
      later.table.load({ ...record, agentInformation: Uint8Array.from(octets) });
      later.now += 300;
      const ack = later.send({ type: 3, chaddr: A, ciaddr: address }, { to: "10.0.0.1", from: address });
      expect(ack).toMatchObject({ messageType: 5, serverId: "10.0.0.1" });
    }
  });
});

describe("RFC 5107 section 4: a direct client", () => {
  it("cannot name an identifier by an option 82 of its own", () => {
    const agentInformation = [11, 4, ...octetsOf("10.2.0.77")];
    const direct = new EngineWorld("ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.9; }", [
      testInterface(2, "lan0", "10.0.0.1"),
    ]);
    expect(direct.send({ type: 1, chaddr: A, agentInformation }).serverId).toBe("10.0.0.1");
  });
});
