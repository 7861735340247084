// Clients that want what others have, or all there is: docs/hostile-input.md has the list.

import { describe, expect, it } from "vitest";
import { ABANDON_SECONDS, ABANDONED_SHARE_MAX } from "../../../src/base/limits/engine.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { ip, type MessageParts } from "../../support/message-builder.ts";

const VICTIM = "02:00:00:00:00:0a";
const SERVER = "192.0.2.1";
const RELAY = "10.0.0.1";
const RELAYED = { ifindex: 3, to: "172.16.0.1", from: RELAY };
const POOL = 90;

function worldOf(more = ""): EngineWorld {
  return new EngineWorld(
    `ping-check off; ${more}
    subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.99; }
    subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }`,
    [testInterface(2, "lan", SERVER), testInterface(3, "up", "172.16.0.1")],
  );
}

/** Each call another hardware address. */
function stranger(n: number): string {
  return `06:00:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;
}

/** Everything that a lease file would hold, as one text. */
function stateOf({ table }: EngineWorld): string {
  const texts: string[] = [];
  for (let slot = table.nextStored(-1); slot >= 0; slot = table.nextStored(slot)) {
    texts.push(JSON.stringify(table.record(slot)));
  }
  return texts.join("\n");
}

function countOf({ table }: EngineWorld, state: BindingState): number {
  return table.countInPool(0, state) + table.countInPool(1, state);
}

describe("a foreign DHCPDECLINE or DHCPRELEASE", () => {
  it("changes nothing, whatever it says and wherever it comes from: 1,000 of them [case 14, case 16]", () => {
    const world = worldOf();
    const clientId = [0, 1, 2, 3];
    const address = world.lease(VICTIM, { clientId });
    const bare = world.lease(stranger(0));
    const before = stateOf(world);
    const hardware = [VICTIM, stranger(0), stranger(1), stranger(2)];
    const identifiers = [undefined, [0, 1, 2, 4], [1, 2, 0, 0, 0, 0, 10], [255, 0]];
    const arrivals = [
      {},
      { from: "192.0.2.50" },
      { to: SERVER, from: "192.0.2.50" },
      { ...RELAYED, from: "10.0.0.50" },
      { ifindex: 3 },
    ];
    const servers = [SERVER, "203.0.113.1", undefined];
    let tried = 0;
    for (const type of [4, 7]) {
      for (const chaddr of hardware) {
        for (const id of identifiers) {
          for (const arrival of arrivals) {
            for (const serverId of servers) {
              for (const target of [address, bare]) {
                // What the client itself would send is not foreign.
                if (target === bare && chaddr === stranger(0) && id === undefined) continue;
                const parts: MessageParts = {
                  ...{ type, chaddr, ciaddr: type === 7 ? target : "0.0.0.0", requested: target },
                  ...(id && { clientId: id }),
                  ...(serverId && { serverId }),
                };
                expect(world.send(parts, arrival).reason).toMatch(/^drop/);
                tried++;
              }
            }
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(900);
    for (let n = 0; n < 100; n++) {
      expect(
        world.send({ type: 7, chaddr: stranger(n), ciaddr: address, serverId: SERVER }, { from: address }).reason,
      ).toMatch(/^drop/);
    }
    expect(stateOf(world)).toBe(before);
    const again = { type: 3, chaddr: VICTIM, clientId, requested: address };
    expect(world.send(again)).toMatchObject({ yiaddr: address, reason: "ack-repeated" });
  });

  it("of an address that nobody has, or that no pool has, changes nothing [decline-unknown]", () => {
    const world = worldOf("host h { hardware ethernet 02:00:00:00:00:0b; fixed-address 192.0.2.40; }");
    world.lease("02:00:00:00:00:0b");
    const before = stateOf(world);
    for (const requested of [
      "192.0.2.50",
      "192.0.2.40",
      "192.0.2.5",
      "203.0.113.1",
      "10.0.0.20",
      "0.0.0.0",
      "255.255.255.255",
    ]) {
      for (const chaddr of [VICTIM, "02:00:00:00:00:0b"]) {
        expect(world.send({ type: 4, chaddr, requested, serverId: SERVER }).reason).toMatch(/^drop/);
        expect(
          world.send({ type: 7, chaddr, ciaddr: requested, serverId: "203.0.113.9" }, { from: requested }).reason,
        ).toMatch(/^drop/);
      }
    }
    expect(stateOf(world)).toBe(before);
  });

  it("with all that the victim says, by another port of its relay, changes nothing [case 15]", () => {
    const world = worldOf();
    const at = (port: number): MessageParts => ({
      type: 1,
      chaddr: VICTIM,
      giaddr: RELAY,
      agentInformation: [1, 1, port, 2, 2, 9, port],
    });
    const offer = world.send(at(7), RELAYED);
    const { yiaddr } = world.send({ ...at(7), type: 3, requested: offer.yiaddr, serverId: offer.serverId }, RELAYED);
    const before = stateOf(world);
    const decline = { requested: yiaddr, serverId: offer.serverId, type: 4 };
    const release = { ciaddr: yiaddr, serverId: offer.serverId, type: 7 };
    for (const other of [
      at(8),
      { ...at(7), agentInformation: [1, 1, 7] },
      { type: 4, chaddr: VICTIM, giaddr: RELAY },
    ]) {
      expect(world.send({ ...other, ...decline }, RELAYED).reason).toBe("drop-not-owner");
      expect(world.send({ ...other, ...release }, RELAYED).reason).toBe("drop-not-owner");
    }
    expect(stateOf(world)).toBe(before);
    // What else the relay says may differ.
    const flags = [1, 1, 7, 2, 2, 9, 7, 10, 1, 0];
    expect(world.send({ ...at(7), ...decline, agentInformation: flags }, RELAYED).reason).toBe("declined");
  });

  it("may leave out what its device leaves out only if address, hardware address and source agree", () => {
    const clientId = [0, 1, 2, 3];
    const release = { type: 7, chaddr: VICTIM, serverId: SERVER };
    for (const [leased, said] of [
      [{ clientId }, {}],
      [{}, { clientId }],
    ] as const) {
      const world = worldOf();
      const ciaddr = world.lease(VICTIM, leased);
      for (const from of ["0.0.0.0", "192.0.2.98"]) {
        expect(world.send({ ...release, ...said, ciaddr }, { to: SERVER, from }).reason).toBe("drop-not-owner");
      }
      expect(
        world.send({ ...release, ...said, chaddr: stranger(1), ciaddr }, { to: SERVER, from: ciaddr }).reason,
      ).toBe("drop-not-owner");
      expect(world.send({ type: 4, chaddr: VICTIM, ...said, requested: ciaddr, serverId: SERVER }).reason).toBe(
        "drop-not-owner",
      );
      expect(world.send({ ...release, ...said, ciaddr }, { to: SERVER, from: ciaddr }).reason).toBe("released");
    }
    // A DECLINE that names no server comes from no address.
    const world = worldOf();
    const requested = world.lease(VICTIM);
    expect(world.send({ type: 4, chaddr: VICTIM, requested }, { from: "192.0.2.98" }).reason).toBe("drop-no-server-id");
    expect(world.send({ type: 4, chaddr: VICTIM, requested }).reason).toBe("declined");
  });
});

describe("DHCPDECLINEs by the thousand", () => {
  /** A lease that is declined at once; whether it was. */
  function declineOne(world: EngineWorld, chaddr: string, more: Partial<MessageParts> = {}, arrival = {}): boolean {
    const offer = world.send({ type: 1, chaddr, ...more }, arrival);
    if (!offer.hasReply) return false;
    const { serverId } = offer;
    const ack = world.send({ type: 3, chaddr, ...more, requested: offer.yiaddr, serverId }, arrival);
    return world.send({ type: 4, chaddr, ...more, requested: ack.yiaddr, serverId }, arrival).reason === "declined";
  }

  it("take no more than a share of a pool out of use, which comes back, the oldest first [case 17]", () => {
    const world = worldOf();
    const most = Math.floor(POOL * ABANDONED_SHARE_MAX);
    const order: string[] = [];
    for (let n = 0; n < 1000; n++) {
      if (declineOne(world, stranger(n))) order.push(String(n));
      world.send({ type: 7, chaddr: stranger(n), ciaddr: "0.0.0.0", serverId: SERVER });
      world.now += 0.5;
    }
    expect(order.length).toBeGreaterThanOrEqual(most);
    expect(countOf(world, BindingState.abandoned)).toBeLessThanOrEqual(most);
    // All else is leased; then a new client gets the one that has rested longest.
    world.now += ABANDON_SECONDS;
    const oldest = world.table.addressOf(world.table.nextResting(0, -1));
    const offer = world.send({ type: 1, chaddr: "02:00:00:00:00:99" });
    expect(ip(offer.yiaddr)).toBe(oldest);
  });

  it("of one hardware address, and by one port of a relay, are three a minute [case 15, case 17]", () => {
    const world = worldOf();
    let declined = 0;
    for (let n = 0; n < 20; n++) if (declineOne(world, VICTIM, { clientId: [0, n, 1] })) declined++;
    expect(declined).toBe(3);
    const port = { giaddr: RELAY, agentInformation: [1, 1, 7] };
    declined = 0;
    for (let n = 0; n < 20; n++) if (declineOne(world, stranger(n), port, RELAYED)) declined++;
    expect(declined).toBe(3);
    // Another port has its own three.
    expect(declineOne(world, stranger(100), { ...port, agentInformation: [1, 1, 8] }, RELAYED)).toBe(true);
    world.now += 61;
    expect(declineOne(world, stranger(101), port, RELAYED)).toBe(true);
  });

  it("on one link leave other links theirs", () => {
    const world = worldOf("max-lease-time 60;");
    let declined = 0;
    for (let n = 0; n < 200; n++) if (declineOne(world, stranger(n))) declined++;
    expect(declined).toBeLessThanOrEqual(60);
    expect(declineOne(world, stranger(300), { giaddr: RELAY }, RELAYED)).toBe(true);
  });
});

describe("a client that asks for another's address", () => {
  it("that has selected another server has nothing written, and our offer to it is free again [case 18]", () => {
    const world = worldOf();
    const { yiaddr } = world.send({ type: 1, chaddr: VICTIM });
    expect(world.send({ type: 3, chaddr: VICTIM, requested: yiaddr, serverId: "203.0.113.1" })).toMatchObject({
      hasReply: false,
    });
    expect(stateOf(world)).toBe("");
    expect(world.table.state(world.table.slotOf(ip(yiaddr)))).toBe(BindingState.free);
  });

  it("after a reboot is refused by broadcast if it is known, and hears nothing if not; the victim keeps it [case 19]", () => {
    const world = worldOf();
    const requested = world.lease(VICTIM);
    world.lease(stranger(1));
    const before = stateOf(world);
    expect(world.send({ type: 3, chaddr: stranger(1), requested })).toMatchObject({
      reason: "nak-taken",
      destination: "255.255.255.255",
    });
    expect(world.send({ type: 3, chaddr: stranger(2), requested })).toMatchObject({ reason: "drop-unknown-client" });
    expect(stateOf(world)).toBe(before);
  });

  it("says its identifier from another card and is that client, as RFC 2131 has it; ignore-client-uids tells them apart [case 21]", () => {
    const clientId = [0, 9, 9, 9];
    const world = worldOf();
    const address = world.lease(VICTIM, { clientId });
    expect(world.lease(stranger(1), { clientId })).toBe(address);
    const strict = worldOf("ignore-client-uids on;");
    const own = strict.lease(VICTIM, { clientId });
    expect(strict.lease(stranger(1), { clientId })).not.toBe(own);
  });
});

describe("a flood of new clients from one host", () => {
  it("leaves every known client its lease, and a new one an address as soon as it asks [case 22, case 23]", () => {
    const world = worldOf("default-lease-time 3600;");
    const known = Array.from({ length: 60 }, (_, n) => ({
      chaddr: `02:00:00:00:07:${n.toString(16).padStart(2, "0")}`,
      address: "",
    }));
    for (const client of known) client.address = world.lease(client.chaddr);
    for (let n = 0; n < 20_000; n++) {
      world.now += 0.0002;
      world.send({ type: 1, chaddr: stranger(n & 0xffff), clientId: [1, n >> 16, n & 255, n >> 8] });
      if (n % 1000 !== 999) continue;
      const client = known[((n / 1000) % known.length) | 0];
      const from = client?.address ?? "";
      const renewal = { type: 3, chaddr: client?.chaddr ?? "", ciaddr: from };
      expect(world.send(renewal, { to: SERVER, from }).reason).toMatch(/^ack/);
    }
    // A slow one: hundreds are offered its address before it asks for it.
    const chaddr = "02:00:00:00:00:99";
    const offer = world.send({ type: 1, chaddr });
    for (let n = 0; n < 500; n++) world.send({ type: 1, chaddr: stranger(n), clientId: [2, n & 255, n >> 8] });
    const request = { type: 3, chaddr, requested: offer.yiaddr, serverId: SERVER };
    expect(world.send(request)).toMatchObject({ reason: "ack-selecting", yiaddr: offer.yiaddr });
    expect(countOf(world, BindingState.bound)).toBe(known.length + 1);
    expect(stateOf(world).split("\n")).toHaveLength(known.length + 1);
    // It is over 30 s after its end.
    world.now += 31;
    world.expire();
    expect(countOf(world, BindingState.offered)).toBe(0);
  });

  it("that repeats one DISCOVER is offered one address, and stores nothing [case 24]", () => {
    const world = worldOf();
    const { yiaddr } = world.send({ type: 1, chaddr: VICTIM });
    for (let n = 0; n < 2000; n++) {
      world.now += 0.0001;
      expect(world.send({ type: 1, chaddr: VICTIM }).yiaddr).toBe(yiaddr);
    }
    expect(countOf(world, BindingState.offered)).toBe(1);
    expect(stateOf(world)).toBe("");
  });

  it("of INFORMs is answered nowhere but where it comes from, and only inside our networks [case 25]", () => {
    const world = worldOf();
    for (const [ciaddr, from] of [
      ["203.0.113.9", "203.0.113.9"],
      ["192.0.2.98", "192.0.2.97"],
      ["203.0.113.9", "192.0.2.97"],
      ["10.0.0.50", "10.0.0.50"],
      ["224.0.0.1", "192.0.2.97"],
    ] as const) {
      expect(world.send({ type: 8, chaddr: VICTIM, ciaddr }, { from }).hasReply).toBe(false);
    }
    expect(world.send({ type: 8, chaddr: VICTIM, ciaddr: "192.0.2.98" }, { from: "192.0.2.98" })).toMatchObject({
      destination: "192.0.2.98",
      port: 68,
    });
  });

  it("of INFORMs in one address's name has 20 a second answered there, and others have theirs [case 25]", () => {
    const world = worldOf();
    const inform = (address: string): string =>
      world.send({ type: 8, chaddr: stranger(1), ciaddr: address }, { from: address }).reason;
    const flood = (): string[] => Array.from({ length: 1000 }, () => inform("192.0.2.98"));
    const answers = (reasons: readonly string[]): number => reasons.filter((reason) => reason === "ack-inform").length;
    const first = flood();
    expect(answers(first)).toBe(20);
    expect(first.at(-1)).toBe("drop-inform-limit");
    expect(inform("192.0.2.97")).toBe("ack-inform");
    // By a relay the answer goes to the same address.
    expect(world.send({ type: 8, chaddr: VICTIM, ciaddr: "10.0.0.98", giaddr: RELAY }, RELAYED).reason).toBe(
      "ack-inform",
    );
    world.now += 1;
    expect(answers(flood())).toBe(20);
  });
});
