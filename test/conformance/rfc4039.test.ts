// RFC 4039: Rapid Commit Option for DHCPv4.

import { describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip, type MessageParts } from "../support/message-builder.ts";

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const RAPID = `rapid-commit true; ping-check false; default-lease-time 600; ${SUBNET}
  host fixed { hardware ethernet 02:00:00:00:00:99; fixed-address 10.0.0.200; }
  host slow { hardware ethernet 02:00:00:00:00:77; rapid-commit false; }`;
const DISCOVER: MessageParts = { type: 1, options: [[80, []]] };

function serve(config = RAPID): EngineWorld {
  return new EngineWorld(config, [testInterface(2, "lan0", "10.0.0.1")]);
}

function stateOf(world: EngineWorld, address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

describe("RFC 4039 section 3.1: a server that is configured for rapid commit", () => {
  it("answers a DISCOVER with option 80 by an ACK with option 80, of length 0, and has bound the address [4039 3.1-1, 3.1-2, 4-1, 4-2]", () => {
    const world = serve();
    const ack = world.send(DISCOVER);
    expect(ack).toMatchObject({ reason: "ack-rapid-commit", messageType: 5, leaseSeconds: 600, needsProbe: false });
    expect(decodeMessage(ack.bytes).options.get(80)).toEqual([]);
    expect(stateOf(world, ack.yiaddr)).toBe(BindingState.bound);
    expect(world.table.endsAt(world.table.slotOf(ip(ack.yiaddr))) - world.now).toBe(600);
  });

  it("answers the same DISCOVER again with the same lease and stores nothing new", () => {
    const world = serve();
    const { yiaddr } = world.send(DISCOVER);
    const before = world.table.record(world.table.slotOf(ip(yiaddr)));
    world.now += 1;
    const again = world.send(DISCOVER);
    expect(again).toMatchObject({ reason: "ack-repeated", messageType: 5, yiaddr, leaseSeconds: 599 });
    expect(decodeMessage(again.bytes).options.get(80)).toEqual([]);
    expect(world.table.record(world.table.slotOf(ip(yiaddr)))).toEqual(before);
  });

  it("commits a reserved address too", () => {
    const world = serve();
    expect(world.send({ ...DISCOVER, chaddr: "02:00:00:00:00:99" })).toMatchObject({
      reason: "ack-rapid-commit",
      yiaddr: "10.0.0.200",
    });
    expect(stateOf(world, "10.0.0.200")).toBe(BindingState.bound);
  });

  it("answers a DISCOVER without option 80, or with one that has a value, by an OFFER without it [4039 3.1-4]", () => {
    const world = serve();
    for (const options of [[], [[80, [1]] as const]]) {
      const offer = world.send({ type: 1, options });
      expect(offer).toMatchObject({ messageType: 2 });
      expect(decodeMessage(offer.bytes).options.has(80)).toBe(false);
      expect(stateOf(world, offer.yiaddr)).toBe(BindingState.offered);
    }
  });

  it("sends no option 80 in any other message, asked for or not [4039 3-1]", () => {
    const world = serve();
    const { yiaddr } = world.send(DISCOVER);
    world.now += 100;
    const ack = world.send({ type: 3, requested: yiaddr, requestList: [80], options: [[80, []]] });
    expect(ack.reason).toBe("ack-init-reboot");
    const nak = world.send({ type: 3, requested: "192.0.2.1", requestList: [80], options: [[80, []]] });
    expect(nak.messageType).toBe(6);
    const offer = world.send({ type: 1, chaddr: "02:00:00:00:00:06", requestList: [80] });
    expect(offer.messageType).toBe(2);
    for (const { bytes } of [ack, nak, offer]) expect(decodeMessage(bytes).options.has(80)).toBe(false);
  });

  it("renews the lease that the client has", () => {
    const world = serve();
    const { yiaddr } = world.send(DISCOVER);
    world.now += 300;
    expect(world.send(DISCOVER)).toMatchObject({ reason: "ack-rapid-commit", yiaddr, leaseSeconds: 600 });
  });

  it("sends the ACK where an ordinary one would go", () => {
    const world = serve();
    expect(world.send(DISCOVER)).toMatchObject({ delivery: "neighbour", source: "10.0.0.1", serverId: "10.0.0.1" });
    expect(world.send({ ...DISCOVER, chaddr: "02:00:00:00:00:05", broadcast: true }).delivery).toBe("broadcast");
  });

  it("checks an address that is new to the client first: what goes to the prober is an OFFER [4039 3.1-5, 3.1-6]", () => {
    const world = serve(`rapid-commit true; ${SUBNET}`);
    expect(world.send(DISCOVER)).toMatchObject({ reason: "offer-new", needsProbe: true, messageType: 2 });
  });
});

describe("RFC 4039 section 3.1: a server that is not configured for it", () => {
  it("answers a DISCOVER with option 80 by an OFFER without it [4039 3.1-3]", () => {
    const offer = serve(`ping-check false; ${SUBNET}`).send(DISCOVER);
    expect(offer).toMatchObject({ reason: "offer-new", messageType: 2 });
    expect(decodeMessage(offer.bytes).options.has(80)).toBe(false);
  });

  it("may be so for one host only", () => {
    expect(serve().send({ ...DISCOVER, chaddr: "02:00:00:00:00:77" }).messageType).toBe(2);
  });
});
