// RFC 4390: DHCP over InfiniBand; RFC 2855: DHCP for IEEE 1394. Their hardware addresses do not fit in chaddr:
// clients say hlen 0 and are known by their identifiers.

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { buildMessage, ip, type MessageParts } from "../support/message-builder.ts";

const CONFIG =
  "ping-check false; default-lease-time 600; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const SERVER = "10.0.0.1";
const DUID = [0, 3, 0, 32, 0xfe, 0x80, 0, 0, 0, 0, 0, 0];
const ID = [255, 0, 0, 0, 1, ...DUID];
const OTHER_ID = [255, 0, 0, 0, 2, ...DUID];

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", SERVER)]);
});

function stateOf(address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

describe.each([
  ["InfiniBand", 32],
  ["IEEE 1394", 24],
])("a client on %s", (_, htype) => {
  const client: Omit<MessageParts, "type"> = { htype, hlen: 0, chaddr: "00", clientId: ID };

  it("is known by its identifier, and answered by broadcast, flag or no flag [4390 2-1, 2855 2-2]", () => {
    for (const broadcast of [true, false]) {
      const offer = world.send({ ...client, type: 1, broadcast });
      expect(offer).toMatchObject({ delivery: "broadcast", destination: "255.255.255.255", messageType: 2 });
      const ack = world.send({ ...client, type: 3, broadcast, requested: offer.yiaddr, serverId: offer.serverId });
      expect(ack).toMatchObject({ delivery: "broadcast", messageType: 5, yiaddr: offer.yiaddr });
      expect([ack.bytes[1], ack.bytes[2]]).toEqual([htype, 0]);
    }
    const other = world.send({ ...client, type: 1, clientId: OTHER_ID });
    expect(other.yiaddr).not.toBe(world.send({ ...client, type: 1 }).yiaddr);
  });

  it("is the same whatever its chaddr holds [2855 2-1]", () => {
    const first = world.lease("00", client);
    const noisy = buildMessage({ ...client, type: 1 });
    noisy.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], 28);
    expect(world.sendOctets(noisy)).toMatchObject({ yiaddr: first, delivery: "broadcast" });
    noisy.set([9, 9, 9, 9], 28);
    expect(world.sendOctets(noisy).yiaddr).toBe(first);
  });

  it("renews by unicast, and releases, and declines [4390 2.2-1]", () => {
    const address = world.lease("00", client);
    world.now += 300;
    const at = { to: SERVER, from: address };
    const ack = world.send({ ...client, type: 3, ciaddr: address }, at);
    expect(ack).toMatchObject({ reason: "ack-renew", delivery: "unicast", destination: address });
    expect(world.send({ ...client, type: 7, ciaddr: address, serverId: SERVER }, at).reason).toBe("released");
    expect(stateOf(address)).toBe(BindingState.released);
    const again = world.lease("00", client);
    expect(world.send({ ...client, type: 4, requested: again, serverId: SERVER }).reason).toBe("declined");
  });

  it("gets nothing without an identifier: nobody could tell it from another [4390 2-1]", () => {
    expect(world.send({ type: 1, htype, hlen: 0, chaddr: "00" })).toMatchObject({
      reason: "drop-no-client",
      hasReply: false,
    });
  });
});
