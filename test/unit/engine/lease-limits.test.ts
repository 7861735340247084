// hardware-lease-limit, relay-port-lease-limit and interface-lease-limit: how many leases one of them may have in a network.

import { describe, expect, it } from "vitest";
import { EngineWorld, type Outcome, type TestArrival, testInterface } from "../../support/engine-world.ts";
import type { MessageParts } from "../../support/message-builder.ts";

const MACHINE = "02:00:00:00:00:0a";
const RELAY = "10.0.0.1";
const RELAYED = { ifindex: 3, to: "172.16.0.1", from: RELAY };
const SERVER = "192.0.2.1";

function worldOf(global: string, inSubnet = ""): EngineWorld {
  return new EngineWorld(configOf(global, inSubnet), [
    testInterface(2, "lan", SERVER),
    testInterface(3, "up", "172.16.0.1"),
    testInterface(4, "lan2", "192.0.3.1"),
  ]);
}

function configOf(global: string, inSubnet = ""): string {
  return `ping-check off; ${global}
    shared-network lan {
      subnet 192.0.2.0 netmask 255.255.255.0 { ${inSubnet} range 192.0.2.10 192.0.2.99; }
      subnet 192.0.3.0 netmask 255.255.255.0 { }
    }
    subnet 10.0.0.0 netmask 255.255.255.0 { ${inSubnet} range 10.0.0.10 10.0.0.99; }`;
}

/** Each number another hardware address. */
function stranger(n: number): string {
  return `06:00:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;
}

/** A message of the client that this machine is when it says identifier `n`. */
function as(n: number): MessageParts {
  return { type: 1, chaddr: MACHINE, clientId: [0, n >> 8, n & 255] };
}

/** A message by a port of the relay. */
function at(port: number, chaddr: string): MessageParts {
  return { type: 1, chaddr, giaddr: RELAY, agentInformation: [1, 1, port, 2, 2, 9, port] };
}

/** DISCOVER and REQUEST; the outcome of the first that is refused, else of the second. */
function ask(world: EngineWorld, parts: MessageParts, arrival: TestArrival = {}): Outcome {
  const offer = world.send(parts, arrival);
  if (!offer.hasReply) return offer;
  return world.send({ ...parts, type: 3, requested: offer.yiaddr, serverId: offer.serverId }, arrival);
}

function leased(world: EngineWorld): number {
  return [0, 1].reduce((sum, pool) => sum + world.table.countInPool(pool, 2), 0);
}

describe("a hardware address", () => {
  it("has as many leases as hardware-lease-limit says, through 10,000 identifiers [case 20]", () => {
    const world = worldOf("hardware-lease-limit 16;");
    for (let n = 0; n < 10_000; n++) {
      expect(ask(world, as(n)).reason).toBe(n < 16 ? "ack-selecting" : "drop-hardware-limit");
    }
    expect(leased(world)).toBe(16);
    expect(ask(world, { type: 1, chaddr: stranger(1) }).reason).toBe("ack-selecting");
  });

  it("has no limit unless it is set, and none where a subnet sets 0", () => {
    for (const world of [worldOf(""), worldOf("hardware-lease-limit 2;", "hardware-lease-limit 0;")]) {
      for (let n = 0; n < 50; n++) expect(ask(world, as(n)).reason).toBe("ack-selecting");
    }
  });

  it("spends its limit by offers, too, and has it again when they lapse", () => {
    const world = worldOf("hardware-lease-limit 3;");
    for (let n = 0; n < 3; n++) expect(world.send(as(n)).reason).toBe("offer-new");
    expect(world.send(as(3)).reason).toBe("drop-hardware-limit");
    world.now += 60;
    world.expire();
    expect(world.send(as(3)).reason).toBe("offer-new");
  });

  it("has its limit again when a lease is given back or over", () => {
    const world = worldOf("hardware-lease-limit 2; default-lease-time 600;");
    const first = ask(world, as(1)).yiaddr;
    ask(world, as(2));
    expect(ask(world, as(3)).reason).toBe("drop-hardware-limit");
    expect(world.send({ ...as(1), type: 7, ciaddr: first, serverId: SERVER }, { from: first, to: SERVER }).reason).toBe(
      "released",
    );
    expect(ask(world, as(3)).reason).toBe("ack-selecting");
    world.now += 601;
    world.expire();
    expect(ask(world, as(4)).reason).toBe("ack-selecting");
  });

  it("is counted in each network by itself, and in all subnets of one together", () => {
    const world = worldOf("hardware-lease-limit 1;");
    expect(ask(world, as(1)).reason).toBe("ack-selecting");
    expect(ask(world, { ...as(1), giaddr: RELAY }, RELAYED).reason).toBe("ack-selecting");
    expect(ask(world, as(2), { ifindex: 4 }).reason).toBe("drop-hardware-limit");
  });

  it("keeps its leases through a limit that is set below them, and gets no further one", () => {
    const world = worldOf("");
    const addresses = [1, 2, 3].map((n) => ask(world, as(n)).yiaddr);
    world.reload(configOf("hardware-lease-limit 1;"));
    world.now += 100;
    for (const [i, ciaddr] of addresses.entries()) {
      const renewal = { ...as(i + 1), type: 3, ciaddr };
      expect(world.send(renewal, { from: ciaddr, to: SERVER }).reason).toBe("ack-renew");
      expect(ask(world, as(i + 1))).toMatchObject({ yiaddr: ciaddr });
    }
    expect(ask(world, as(4)).reason).toBe("drop-hardware-limit");
  });

  it("may begin to send an identifier, and changes its address, within a limit of one", () => {
    const world = worldOf("hardware-lease-limit 1;");
    const bare = { type: 1, chaddr: MACHINE };
    const { yiaddr } = ask(world, bare);
    expect(ask(world, { ...as(7), requested: yiaddr })).toMatchObject({ reason: "ack-selecting", yiaddr });
    world.reload(configOf("hardware-lease-limit 1;").replace("192.0.2.10 192.0.2.99", "192.0.2.150 192.0.2.199"));
    expect(ask(world, as(7)).reason).toBe("ack-selecting");
  });

  it("gets its reserved addresses beside its limit", () => {
    const host = `host h { hardware ethernet ${MACHINE}; fixed-address 192.0.2.200; }`;
    const world = worldOf(`hardware-lease-limit 1; ${host}`);
    expect(ask(world, as(1))).toMatchObject({ reason: "ack-reserved", yiaddr: "192.0.2.200" });
    const other = { ...as(2), chaddr: stranger(9) };
    expect(ask(world, other).reason).toBe("ack-selecting");
  });
});

describe("a port of a relay", () => {
  it("cannot take a network by ever other hardware addresses: others get addresses, and all renew [case 23]", () => {
    const world = worldOf("", "relay-port-lease-limit 8;");
    const known = [1, 2, 3, 4].map((port) => ask(world, at(port, stranger(port)), RELAYED).yiaddr);
    for (let n = 100; n < 1100; n++) {
      const { reason } = ask(world, at(7, stranger(n)), RELAYED);
      expect(reason).toBe(n < 108 ? "ack-selecting" : "drop-relay-port-limit");
    }
    expect(leased(world)).toBe(12);
    expect(ask(world, at(8, stranger(5)), RELAYED).reason).toBe("ack-selecting");
    world.now += 100;
    for (const [i, ciaddr] of known.entries()) {
      const renewal = { type: 3, chaddr: stranger(i + 1), ciaddr };
      expect(world.send(renewal, { ifindex: 3, to: "172.16.0.1", from: ciaddr }).reason).toBe("ack-renew");
    }
  });

  it("counts its clients that renew past the relay, and through a reload", () => {
    const world = worldOf("", "relay-port-lease-limit 1;");
    const { yiaddr } = ask(world, at(7, MACHINE), RELAYED);
    world.now += 100;
    const renewal = { type: 3, chaddr: MACHINE, ciaddr: yiaddr };
    expect(world.send(renewal, { ifindex: 3, to: "172.16.0.1", from: yiaddr }).reason).toBe("ack-renew");
    world.reload(configOf("", "relay-port-lease-limit 1;"));
    expect(ask(world, at(7, stranger(1)), RELAYED).reason).toBe("drop-relay-port-limit");
    // A relay that names no port has none to count by.
    for (let n = 2; n < 5; n++) {
      expect(ask(world, { type: 1, chaddr: stranger(n), giaddr: RELAY }, RELAYED).reason).toBe("ack-selecting");
    }
  });

  it("may be left for another one by a client that keeps its address", () => {
    const world = worldOf("", "relay-port-lease-limit 1;");
    ask(world, at(7, MACHINE), RELAYED);
    const { yiaddr } = ask(world, at(8, stranger(1)), RELAYED);
    expect(ask(world, at(7, stranger(1)), RELAYED)).toMatchObject({ reason: "ack-selecting", yiaddr });
  });
});

describe("an interface", () => {
  it("has as many leases as interface-lease-limit says, and leaves the others of its network theirs", () => {
    const world = worldOf("", "interface-lease-limit 5;");
    for (let n = 0; n < 20; n++) {
      expect(ask(world, { type: 1, chaddr: stranger(n) }).reason).toBe(
        n < 5 ? "ack-selecting" : "drop-interface-limit",
      );
    }
    expect(ask(world, { type: 1, chaddr: stranger(100) }, { ifindex: 4 }).reason).toBe("ack-selecting");
    for (let n = 200; n < 220; n++) {
      expect(ask(world, { type: 1, chaddr: stranger(n), giaddr: RELAY }, RELAYED).reason).toBe("ack-selecting");
    }
    world.reload(configOf("", "interface-lease-limit 5;"));
    expect(ask(world, { type: 1, chaddr: stranger(30) }).reason).toBe("drop-interface-limit");
  });
});

describe("a client that renews through a router", () => {
  const PAST_RELAY = { ifindex: 3, to: "172.16.0.1" };

  it("gets no lease that it does not have, where ports or interfaces are limited", () => {
    for (const [limits, reason] of [
      ["relay-port-lease-limit 1; interface-lease-limit 2;", "drop-relay-port-limit"],
      ["interface-lease-limit 2;", "drop-interface-limit"],
      ["hardware-lease-limit 1;", "ack-renew"],
    ] as const) {
      const world = worldOf("", limits);
      for (let n = 10; n < 20; n++) {
        const ciaddr = `10.0.0.${n}`;
        const outcome = world.send({ type: 3, chaddr: stranger(n), ciaddr }, { ...PAST_RELAY, from: ciaddr });
        expect(outcome.reason).toBe(reason);
      }
    }
  });

  it("gets a lease that was lost when it rebinds through the relay, within the limit of its port", () => {
    const world = worldOf("", "relay-port-lease-limit 1;");
    const renewal = { type: 3, chaddr: MACHINE, ciaddr: "10.0.0.10" };
    expect(world.send(renewal, { ...PAST_RELAY, from: "10.0.0.10" }).reason).toBe("drop-relay-port-limit");
    expect(world.send({ ...at(7, MACHINE), ...renewal }, RELAYED).reason).toBe("ack-rebind");
    world.now += 100;
    expect(world.send(renewal, { ...PAST_RELAY, from: "10.0.0.10" }).reason).toBe("ack-renew");
    expect(ask(world, at(7, stranger(1)), RELAYED).reason).toBe("drop-relay-port-limit");
  });

  it("leaves its lease with its port, whatever address it says that it has", () => {
    const world = worldOf("", "relay-port-lease-limit 1;");
    const { yiaddr } = ask(world, at(7, MACHINE), RELAYED);
    world.now += 100;
    const renewal = { type: 3, chaddr: MACHINE, ciaddr: "10.0.0.99", requested: yiaddr };
    expect(world.send(renewal, { ...PAST_RELAY, from: "10.0.0.99" }).reason).toBe("ack-renew");
    expect(ask(world, at(7, stranger(1)), RELAYED).reason).toBe("drop-relay-port-limit");
  });

  it("leaves an offer that it claims so with the port that it was made to", () => {
    const world = worldOf("", "relay-port-lease-limit 1;");
    const ciaddr = world.send(at(7, MACHINE), RELAYED).yiaddr;
    const claim = { type: 3, chaddr: MACHINE, ciaddr };
    expect(world.send(claim, { ...PAST_RELAY, from: ciaddr }).reason).toBe("ack-renew");
    expect(ask(world, at(7, stranger(1)), RELAYED).reason).toBe("drop-relay-port-limit");
  });
});
