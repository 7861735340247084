// Which way a reply goes to a client on our own link: as it asks, as the configuration says, and the
// other way when it repeats itself.

import { beforeEach, describe, expect, it } from "vitest";
import { DELIVERY_MEMORY_SECONDS } from "../../../src/base/limits/engine.ts";
import { decodeMessage } from "../../support/decode-message.ts";
import { EngineWorld, type Outcome, testInterface } from "../../support/engine-world.ts";
import { ip } from "../../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const RELAY = { to: "10.0.0.1", from: "10.9.0.1", port: 67 };

function worldOf(statements: string): EngineWorld {
  const made = new EngineWorld(
    `authoritative; ping-check false; ${statements}
     subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }
     subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.99; }`,
    [testInterface(2, "lan0", "10.0.0.1")],
  );
  made.remembersDeliveries = true;
  return made;
}

let world: EngineWorld;
beforeEach(() => {
  world = worldOf("");
});

describe("a client that sends its message again with the same xid", () => {
  const ask = (broadcast: boolean, xid = 7, type = 1): string => {
    world.now += 1;
    return world.send({ type, chaddr: A, xid, broadcast }).delivery;
  };

  it.each([
    [false, ["neighbour", "broadcast", "broadcast", "broadcast"]],
    [true, ["broadcast", "broadcast", "broadcast", "broadcast"]],
  ])("is answered by broadcast from then on (broadcast flag %s) [R13]", (broadcast, expected) => {
    expect([1, 2, 3, 4].map(() => ask(broadcast))).toEqual(expected);
  });

  it("is answered at its own address, then at the broadcast address", () => {
    const first = world.send({ type: 1, chaddr: A, xid: 7 });
    world.now += 1;
    const second = world.send({ type: 1, chaddr: A, xid: 7 });
    expect([first.destination, second.destination]).toEqual([first.yiaddr, "255.255.255.255"]);
    expect([first.ifindex, second.ifindex, second.yiaddr]).toEqual([2, 2, first.yiaddr]);
  });

  it("gets the rest of the exchange the way that it has heard", () => {
    ask(false);
    world.now += 1;
    const offer = world.send({ type: 1, chaddr: A, xid: 7 });
    const ack = world.send({ type: 3, chaddr: A, xid: 7, requested: offer.yiaddr, serverId: "10.0.0.1" });
    expect([offer.delivery, ack.delivery]).toEqual(["broadcast", "broadcast"]);
  });

  it("has missed no answer that its message has crossed [D4]", () => {
    ask(false);
    world.now += 0.1;
    const crossed = world.send({ type: 1, chaddr: A, xid: 7 });
    const ack = world.send({ type: 3, chaddr: A, xid: 7, requested: crossed.yiaddr, serverId: "10.0.0.1" });
    expect([crossed.delivery, ack.delivery]).toEqual(["neighbour", "neighbour"]);
  });

  it("has missed no answer that has not left, because its lease is being stored [D4]", () => {
    const { yiaddr } = world.send({ type: 1, chaddr: A, xid: 7 });
    const request = { type: 3, chaddr: A, xid: 7, requested: yiaddr, serverId: "10.0.0.1" };
    const send = (): Outcome => {
      world.now += 3;
      return world.send(request);
    };
    expect(send().delivery).toBe("neighbour");
    const slot = world.table.slotOf(ip(yiaddr));
    world.table.begin(slot);
    expect(send().reason).toBe("drop-already-pending");
    world.table.confirm(slot);
    expect([send().delivery, send().delivery]).toEqual(["neighbour", "broadcast"]);
  });

  it("is another exchange with another xid, another hardware address, or much later", () => {
    ask(false);
    expect(ask(false, 8)).toBe("neighbour");
    expect(world.send({ type: 1, chaddr: "02:00:00:00:00:0b", xid: 7 }).delivery).toBe("neighbour");
    world.now += DELIVERY_MEMORY_SECONDS + 1;
    expect(ask(false)).toBe("neighbour");
  });

  it("is broadcast to nevertheless where there is no other way", () => {
    const token = { type: 1, chaddr: A, xid: 9, htype: 6 };
    expect([1, 2].map(() => world.send(token).delivery)).toEqual(["broadcast", "broadcast"]);
  });

  it("gets every NAK as a broadcast", () => {
    const bad = { type: 3, chaddr: A, xid: 5, requested: "192.0.2.1" };
    expect([1, 2].map(() => world.send(bad)).map(({ messageType, delivery }) => [messageType, delivery])).toEqual([
      [6, "broadcast"],
      [6, "broadcast"],
    ]);
  });

  it("is answered at ciaddr, and through its relay, as ever", () => {
    const address = world.lease(A, { xid: 3 });
    const renewal = { type: 3, chaddr: A, xid: 4, ciaddr: address };
    const arrival = { to: "10.0.0.1", from: address };
    expect([1, 2].map(() => world.send(renewal, arrival).delivery)).toEqual(["unicast", "unicast"]);
    const relayed = { type: 1, chaddr: A, xid: 6, giaddr: "10.9.0.1" };
    expect([1, 2].map(() => world.send(relayed, RELAY).delivery)).toEqual(["relay", "relay"]);
  });
});

describe("always-broadcast", () => {
  it("broadcasts whatever the client says, repeated or not, and has relays do so", () => {
    world = worldOf("always-broadcast on; never-broadcast on;");
    expect([1, 2].map(() => world.send({ type: 1, chaddr: A, xid: 7 }).delivery)).toEqual(["broadcast", "broadcast"]);
    const relayed = world.send({ type: 1, chaddr: A, giaddr: "10.9.0.1" }, RELAY);
    expect([relayed.delivery, decodeMessage(relayed.bytes).flags]).toEqual(["relay", 0x8000]);
  });

  it("may be set for a class and for a host alone", () => {
    world =
      worldOf(`class "deaf" { match if substring(option vendor-class-identifier, 0, 3) = "OLD"; always-broadcast on; }
      host a { hardware ethernet ${A}; always-broadcast on; }`);
    const B = "02:00:00:00:00:0b";
    const vendor = (text: string): [number, number[]] => [60, [...new TextEncoder().encode(text)]];
    expect(world.send({ type: 1, chaddr: A, xid: 1 }).delivery).toBe("broadcast");
    expect(world.send({ type: 1, chaddr: B, xid: 2, options: [vendor("OLDCAM")] }).delivery).toBe("broadcast");
    expect(world.send({ type: 1, chaddr: B, xid: 3, options: [vendor("NEWCAM")] }).delivery).toBe("neighbour");
  });
});

describe("never-broadcast", () => {
  it("answers at the hardware address whatever the client says, where that can be", () => {
    world = worldOf("never-broadcast on;");
    const ask = { type: 1, chaddr: A, xid: 7, broadcast: true };
    expect([1, 2].map(() => world.send(ask).delivery)).toEqual(["neighbour", "neighbour"]);
    expect(world.send({ ...ask, htype: 6 }).delivery).toBe("broadcast");
  });
});
