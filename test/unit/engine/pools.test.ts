// Pools with permit lists: who gets an address of which, and what holds there.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";

const STRANGER = "02:00:00:00:00:0a";
const KNOWN = "02:00:00:00:00:99";

function worldOf(subnetBody: string, global = ""): EngineWorld {
  const text = `${global} host h { hardware ethernet ${KNOWN}; }
    subnet 10.0.0.0 netmask 255.255.255.0 { ${subnetBody} }`;
  return new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
}

const TWO = `
  pool { allow known-clients; range 10.0.0.10; default-lease-time 111; }
  pool { deny known-clients; range 10.0.0.20; default-lease-time 222; }`;

/** What was one range, and of which unknown clients may use a half only. */
const NARROWED = `ping-check off; subnet 10.0.0.0 netmask 255.255.255.0 {
  pool { deny unknown-clients; range 10.0.0.10 10.0.0.30; } pool { range 10.0.0.40 10.0.0.60; } }`;
const CLASSES = `ping-check off; pool { allow members of "cam"; range 10.0.0.10 10.0.0.19; }
  pool { deny members of "cam"; range 10.0.0.20 10.0.0.29; }`;

/** The addresses that are offered at present. */
function offered({ table }: EngineWorld): string[] {
  const slots = Array.from({ length: table.size }, (_, slot) => slot);
  return slots
    .filter((slot) => table.state(slot) === BindingState.offered)
    .map((slot) => formatIpv4(table.addressOf(slot)));
}

describe("a pool", () => {
  it("gives addresses only to the clients that it is for, with its own parameters", () => {
    const world = worldOf(TWO);
    expect(world.send({ type: 1, chaddr: STRANGER })).toMatchObject({ yiaddr: "10.0.0.20", leaseSeconds: 222 });
    expect(world.send({ type: 1, chaddr: KNOWN })).toMatchObject({ yiaddr: "10.0.0.10", leaseSeconds: 111 });
  });

  it("does not give another's address to a client that asks for it", () => {
    const world = worldOf(TWO);
    expect(world.send({ type: 1, chaddr: STRANGER, requested: "10.0.0.10" }).yiaddr).toBe("10.0.0.20");
    const taken = { type: 3, chaddr: STRANGER, requested: "10.0.0.10", serverId: "10.0.0.1" };
    expect(world.send(taken)).toMatchObject({ reason: "nak-not-permitted", messageType: 6 });
  });

  it("moves a client that it is no longer for to another pool", () => {
    const world = worldOf(TWO);
    world.lease(STRANGER);
    const turned = worldOf(TWO.replaceAll("known-clients", "unknown-clients"));
    world.serving.reconfigure(turned.serving.config, world.table, world.serving.links);
    const renewal = { type: 3, chaddr: STRANGER, ciaddr: "10.0.0.20" };
    const nak = world.send(renewal, { to: "10.0.0.1", from: "10.0.0.20" });
    expect(nak.reason).toBe("nak-not-permitted");
    expect(world.lease(STRANGER)).toBe("10.0.0.10");
  });

  it("offers one address, and the same again, to a client whose lease is in a pool that it is no longer for", () => {
    const world = worldOf("ping-check off; range 10.0.0.10 10.0.0.30;");
    world.lease(STRANGER);
    world.reload(NARROWED);
    const { yiaddr } = world.send({ type: 1, chaddr: STRANGER });
    for (let i = 0; i < 3; i++) expect(world.send({ type: 1, chaddr: STRANGER }).yiaddr).toBe(yiaddr);
    expect(offered(world)).toEqual([yiaddr]);
  });

  it("takes back what a client was offered that is in another class now", () => {
    const world = worldOf(CLASSES, 'class "cam" { match if exists vendor-class-identifier; }');
    for (let i = 0; i < 3; i++) {
      const cam = world.send({ type: 1, chaddr: STRANGER, options: [[60, [1]]] });
      expect(offered(world)).toEqual([cam.yiaddr]);
      const other = world.send({ type: 1, chaddr: STRANGER });
      expect(other.yiaddr).not.toBe(cam.yiaddr);
      expect(offered(world)).toEqual([other.yiaddr]);
    }
  });

  it("stays silent where it is for nobody like the client", () => {
    const known = worldOf("pool { allow known-clients; range 10.0.0.10; }");
    expect(known.send({ type: 1, chaddr: STRANGER }).reason).toBe("drop-unknown-client-denied");
    const unknown = worldOf("pool { allow unknown-clients; range 10.0.0.10; }");
    expect(unknown.send({ type: 1, chaddr: KNOWN }).reason).toBe("drop-not-permitted");
    const nobody = worldOf("pool { allow known-clients; deny all clients; range 10.0.0.10; }");
    expect(nobody.send({ type: 1, chaddr: KNOWN }).reason).toBe("drop-not-permitted");
    expect(nobody.send({ type: 1, chaddr: STRANGER }).reason).toBe("drop-not-permitted");
  });

  it("for clients that authenticate is for none, and for all others without them [C24]", () => {
    const closed = worldOf("pool { allow authenticated clients; range 10.0.0.10; }");
    expect(closed.send({ type: 1, chaddr: KNOWN }).reason).toBe("drop-not-permitted");
    const alsoKnown = worldOf("pool { allow authenticated clients; allow known-clients; range 10.0.0.10; }");
    expect(alsoKnown.send({ type: 1, chaddr: KNOWN }).yiaddr).toBe("10.0.0.10");
    const open = worldOf("pool { deny authenticated clients; allow unauthenticated clients; range 10.0.0.10; }");
    expect(open.send({ type: 1, chaddr: STRANGER }).yiaddr).toBe("10.0.0.10");
  });

  it("for everybody but unknown clients is one for known clients", () => {
    const world = worldOf("pool { allow all clients; deny unknown-clients; range 10.0.0.10; }");
    expect(world.send({ type: 1, chaddr: STRANGER }).hasReply).toBe(false);
    expect(world.send({ type: 1, chaddr: KNOWN }).yiaddr).toBe("10.0.0.10");
  });

  it("opened for unknown clients serves them where the subnet denies them", () => {
    const world = worldOf("deny unknown-clients; range 10.0.0.20; pool { allow unknown-clients; range 10.0.0.10; }");
    expect(world.lease(STRANGER)).toBe("10.0.0.10");
    expect(world.lease(KNOWN)).toBe("10.0.0.20");
  });

  it("is tried after those that stand before it", () => {
    const world = worldOf("pool { range 10.0.0.30; } pool { range 10.0.0.20; } range 10.0.0.40;");
    const given = [1, 2, 3].map((n) => world.lease(`02:00:00:00:01:0${n}`));
    expect(given).toEqual(["10.0.0.40", "10.0.0.30", "10.0.0.20"]);
  });

  it("rules the answer to a DHCPINFORM from one of its addresses", () => {
    const world = worldOf("pool { range 10.0.0.10; deny booting; } pool { range 10.0.0.20; }");
    const inform = (ciaddr: string): string =>
      world.send({ type: 8, chaddr: STRANGER, ciaddr }, { from: ciaddr, to: "10.0.0.1" }).reason;
    expect([inform("10.0.0.10"), inform("10.0.0.20"), inform("10.0.0.99")]).toEqual([
      "drop-booting-denied",
      "ack-inform",
      "ack-inform",
    ]);
  });

  it("does not rule an address that is reserved for a host", () => {
    const world = worldOf(
      `pool { allow unknown-clients; default-lease-time 111; range 10.0.0.10 10.0.0.12; }
       host r { hardware ethernet 02:00:00:00:00:55; fixed-address 10.0.0.11; }`,
      "default-lease-time 333;",
    );
    const offer = world.send({ type: 1, chaddr: "02:00:00:00:00:55" });
    expect(offer).toMatchObject({ reason: "offer-reserved", yiaddr: "10.0.0.11", leaseSeconds: 333 });
  });
});
