// Addresses that no client is given, whoever asks and however: the server's own, which come and go, and the
// routers of the subnet.

import { describe, expect, it } from "vitest";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { ServedLinks } from "../../../src/engine/locate/served-links.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { ip } from "../../support/message-builder.ts";

const OWN = "192.168.1.1";
const ROUTER = "192.168.1.2";
const RELAYED = { ifindex: 3, to: "172.16.0.1", from: "192.168.1.99", port: 67 };
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";

function worldOf(text: string, ...addresses: readonly string[]): EngineWorld {
  return new EngineWorld(`ping-check off; subnet 192.168.1.0 netmask 255.255.255.0 { ${text} }`, [
    testInterface(2, "lan0", ...(addresses.length === 0 ? [OWN] : addresses)),
    testInterface(3, "up0", "172.16.0.1"),
  ]);
}

function setAddresses(world: EngineWorld, ...addresses: readonly string[]): readonly number[] {
  return world.serving.followLinks(
    new ServedLinks(new Interfaces(1, [testInterface(2, "lan0", ...addresses)]), world.serving.config),
  );
}

function freeIn(world: EngineWorld): number {
  return world.table.pools.reduce((sum, { index }) => sum + world.table.countInPool(index, BindingState.free), 0);
}

describe("the server's own address and its router's", () => {
  it("are offered to nobody: DHCP, BOOTP, relayed or not, asked for or not [R3]", () => {
    const world = worldOf(`range dynamic-bootp 192.168.1.1 192.168.1.3; option routers ${ROUTER};`);
    for (const requested of [OWN, ROUTER, undefined]) {
      const parts = requested === undefined ? {} : { requested };
      expect(world.send({ type: 1, chaddr: A, ...parts }).yiaddr).toBe("192.168.1.3");
      expect(world.send({ type: 1, chaddr: A, giaddr: RELAYED.from, ...parts }, RELAYED).yiaddr).toBe("192.168.1.3");
    }
    expect(world.lease(A)).toBe("192.168.1.3");
    expect(world.send({ type: 1, chaddr: B })).toMatchObject({ reason: "drop-pool-empty" });
    expect(world.send({ type: 0, chaddr: B })).toMatchObject({ reason: "drop-pool-empty" });
    expect(freeIn(world)).toBe(0);
  });

  it("are no host's fixed address: the host gets another one [R3]", () => {
    const world = worldOf(`range 192.168.1.50; option routers ${ROUTER};
      host a { hardware ethernet ${A}; fixed-address ${OWN}; }
      host b { hardware ethernet ${B}; fixed-address ${ROUTER}; }`);
    for (const chaddr of [A, B]) {
      expect(world.send({ type: 1, chaddr })).toMatchObject({ reason: "offer-new", yiaddr: "192.168.1.50" });
      world.send({ type: 3, chaddr, requested: "192.168.1.50", serverId: "10.9.9.9" });
      expect(world.send({ type: 0, chaddr })).toMatchObject({ reason: "drop-bootp" });
    }
  });

  it("are refused to who requests them [R3, K3]", () => {
    for (const authority of ["", "not authoritative;"]) {
      const world = worldOf(`${authority} range 192.168.1.1 192.168.1.9; option routers ${ROUTER};`);
      for (const requested of [OWN, ROUTER]) {
        const selecting = world.send({ type: 3, chaddr: A, requested, serverId: OWN });
        expect(selecting).toMatchObject({ reason: "nak-not-available", messageType: 6 });
      }
    }
  });

  it("are out of the pool as they come and back in it as they go, whatever became of a lease [R3]", () => {
    const world = worldOf("range 192.168.1.10 192.168.1.11;");
    const first = world.lease(A);
    const second = first === "192.168.1.10" ? "192.168.1.11" : "192.168.1.10";
    expect(freeIn(world)).toBe(1);

    expect(setAddresses(world, OWN, second)).toEqual([ip(second)]);
    expect(setAddresses(world, OWN, second)).toEqual([]);
    expect(freeIn(world)).toBe(0);
    expect(world.send({ type: 1, chaddr: B, requested: second })).toMatchObject({ reason: "drop-pool-empty" });
    setAddresses(world, OWN);
    expect(freeIn(world)).toBe(1);
    expect(world.lease(B)).toBe(second);

    expect(setAddresses(world, OWN, first)).toEqual([ip(first)]);
    world.now += 100;
    const renewal = { type: 3, chaddr: A, ciaddr: first };
    expect(world.send(renewal, { to: OWN, from: first })).toMatchObject({ reason: "drop-own-address" });
    expect(world.send({ type: 3, chaddr: A, requested: first })).toMatchObject({ reason: "nak-not-available" });
    expect(world.table.state(world.table.slotOf(ip(first)))).toBe(BindingState.released);
    expect(world.send({ type: 1, chaddr: A })).toMatchObject({ reason: "drop-pool-empty" });
    setAddresses(world, OWN);
    expect(world.lease(A)).toBe(first);
  });

  it("are kept back through a reload, and found by nobody's search for free addresses [R3]", () => {
    const world = worldOf("range 192.168.1.1 192.168.1.40;");
    world.reload("ping-check off; subnet 192.168.1.0 netmask 255.255.255.0 { range 192.168.1.1 192.168.1.40; }");
    const own = world.table.slotOf(ip(OWN));
    expect(freeIn(world)).toBe(39);
    for (let slot = 0; slot < 40; slot++) expect(world.table.nextFree(0, slot)).not.toBe(own);
  });
});
