// Who is told by a DHCPNAK that it cannot have an address, and what becomes of the lease that it had.

import { describe, expect, it } from "vitest";
import { BindingState } from "../../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { ip, macOf } from "../../support/message-builder.ts";

const SERVER = "192.0.2.1";
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";

function worldOf(subnet: string, more = ""): EngineWorld {
  const text = textOf(subnet, more);
  return new EngineWorld(text, [testInterface(2, "lan0", SERVER), testInterface(3, "up0", "172.16.0.1")]);
}

function textOf(subnet: string, more = ""): string {
  return `ping-check off; ${more} subnet 192.0.2.0 netmask 255.255.255.0 { ${subnet} }`;
}

function stateOf(world: EngineWorld, address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

describe("a server that is not authoritative", () => {
  it("refuses a client that has selected it, whatever the reason [K3]", () => {
    const world = worldOf(
      `range 192.0.2.10; host r { hardware ethernet 02:00:00:00:00:77; fixed-address 192.0.2.20; }
       pool { range 192.0.2.30; deny unknown-clients; }`,
      "not authoritative;",
    );
    world.lease(A);
    for (const [requested, reason] of [
      ["192.0.2.10", "nak-taken"],
      ["192.0.2.20", "nak-taken"],
      ["192.0.2.30", "nak-not-permitted"],
      ["192.0.2.99", "nak-not-available"],
      ["198.51.100.1", "nak-wrong-link"],
    ] as const) {
      expect(world.send({ type: 3, chaddr: B, requested, serverId: SERVER }).reason, requested).toBe(reason);
    }
    const relayed = { type: 3, chaddr: B, requested: "192.0.2.10", serverId: "172.16.0.1", giaddr: "10.9.0.1" };
    const through = { ifindex: 3, to: "172.16.0.1", from: "10.9.0.1", port: 67 };
    expect(world.send(relayed, through)).toMatchObject({ reason: "nak-wrong-link", messageType: 6 });
  });

  it("refuses a wrong address to a client that it has a record of, and is silent to others [K3]", () => {
    const world = worldOf("range 192.0.2.10 192.0.2.12;", "not authoritative;");
    const own = world.lease(A);
    const wrong = ["192.0.2.10", "192.0.2.11", "192.0.2.12"].find((address) => address !== own) ?? "";
    expect(world.send({ type: 3, chaddr: A, requested: wrong }).reason).toBe("nak-wrong-address");
    expect(world.send({ type: 3, chaddr: A, requested: "198.51.100.1" }).reason).toBe("nak-wrong-link");
    const other = world.lease(B);
    expect(world.send({ type: 3, chaddr: A, ciaddr: other }).reason).toBe("nak-taken");
    for (const parts of [{ requested: wrong }, { requested: "198.51.100.1" }, { ciaddr: own }]) {
      const stranger = world.send({ type: 3, chaddr: "02:00:00:00:00:0c", ...parts });
      expect(stranger).toMatchObject({ hasReply: false });
    }
    expect(stateOf(world, own)).toBe(BindingState.bound);
  });
});

describe("an address that a host without a lease uses", () => {
  it("is refused to a client that selects it, and renewed for the host that has it", () => {
    const world = worldOf("range 192.0.2.10 192.0.2.12;");
    const { table, checked } = world.serving;
    const use = (address: string, until = world.monotonic + 60): void => {
      const slot = table.slotOf(ip(address));
      checked.addBusy(table.poolOf(slot), slot, until);
    };
    use("192.0.2.10");
    const selecting = { type: 3, chaddr: B, requested: "192.0.2.10", serverId: SERVER };
    expect(world.send(selecting)).toMatchObject({ reason: "nak-not-available", messageType: 6 });
    expect(world.send({ type: 3, chaddr: B, ciaddr: "192.0.2.10" }, { from: "192.0.2.10" })).toMatchObject({
      messageType: 5,
    });
    use("192.0.2.11", 0);
    expect(world.send({ ...selecting, chaddr: A, requested: "192.0.2.11" }).reason).toBe("ack-selecting");
  });
});

describe("a reserved address that another client has", () => {
  const BEFORE = "range 192.0.2.10;";
  const AFTER = `range 192.0.2.10 192.0.2.11; host h { hardware ethernet ${B}; fixed-address 192.0.2.10; }`;

  it("goes to its host once the other's lease is over; meanwhile the host has one of its pools [K2]", () => {
    const world = worldOf(BEFORE);
    world.lease(A, { leaseSeconds: 1000 });
    world.reload(textOf(AFTER));
    expect(world.lease(B, { leaseSeconds: 5000 })).toBe("192.0.2.11");
    world.now += 900;
    const renewal = { type: 3, chaddr: B, ciaddr: "192.0.2.11" };
    expect(world.send(renewal, { to: SERVER, from: "192.0.2.11" }).reason).toBe("ack-renew");
    world.now += 101;
    world.expire();
    expect(world.send(renewal, { to: SERVER, from: "192.0.2.11" }).reason).toBe("nak-reserved-elsewhere");
    expect(world.lease(B)).toBe("192.0.2.10");
    expect(stateOf(world, "192.0.2.11")).toBe(BindingState.released);
  });

  it("goes to its host once the other was refused its renewal [K2]", () => {
    const world = worldOf(BEFORE);
    world.lease(A);
    world.reload(textOf(AFTER));
    world.now += 10;
    const renewal = { type: 3, chaddr: A, ciaddr: "192.0.2.10" };
    expect(world.send(renewal, { to: SERVER, from: "192.0.2.10" })).toMatchObject({
      reason: "nak-taken",
      messageType: 6,
    });
    expect(world.lease(B)).toBe("192.0.2.10");
    expect(world.lease(A)).toBe("192.0.2.11");
  });

  it("is the other's for all that its host asks for it, by DHCP or BOOTP [K2]", () => {
    const world = worldOf(BEFORE);
    world.lease(A);
    world.reload(textOf(AFTER.replace(" 192.0.2.11", "")));
    expect(world.send({ type: 1, chaddr: B, requested: "192.0.2.10" })).toMatchObject({ hasReply: false });
    const selecting = { type: 3, chaddr: B, requested: "192.0.2.10", serverId: SERVER };
    expect(world.send(selecting)).toMatchObject({ reason: "nak-taken" });
    expect(world.send({ type: 0, chaddr: B })).toMatchObject({ hasReply: false });
    const { hardwareAddress } = world.table.record(world.table.slotOf(ip("192.0.2.10")));
    expect([...hardwareAddress]).toEqual(macOf(A));
  });

  it("is one host's at a time where two have the same [K2]", () => {
    const world = worldOf(`range 192.0.2.50;
      host a { hardware ethernet ${A}; fixed-address 192.0.2.30; }
      host b { hardware ethernet ${B}; fixed-address 192.0.2.30; }`);
    expect(world.lease(A)).toBe("192.0.2.30");
    expect(world.lease(B)).toBe("192.0.2.50");
    world.now += 100;
    const at = { to: SERVER, from: "192.0.2.30" };
    expect(world.send({ type: 3, chaddr: A, ciaddr: "192.0.2.30" }, at).reason).toBe("ack-reserved");
    expect(world.send({ type: 3, chaddr: B, requested: "192.0.2.30", serverId: SERVER }).reason).toBe("nak-taken");
    world.send({ type: 7, chaddr: A, ciaddr: "192.0.2.30", serverId: SERVER }, at);
    expect(world.lease(B)).toBe("192.0.2.30");
    expect(world.send({ type: 1, chaddr: A }).yiaddr).toBe("192.0.2.50");
  });

  it("is its host's whichever of its cards or identifiers has the lease [K2]", () => {
    const world = worldOf(`host h { hardware ethernet ${A}; hardware ethernet ${B}; fixed-address 192.0.2.30; }`);
    expect(world.lease(A)).toBe("192.0.2.30");
    expect(world.lease(A, { clientId: [0, 1, 2] })).toBe("192.0.2.30");
    expect(world.lease(B)).toBe("192.0.2.30");
  });
});

describe("a client of a range that has moved", () => {
  it("is refused where its lease is on record and we are authoritative, and meets silence else [R13]", () => {
    for (const [more, expected] of [
      ["", "nak-not-available"],
      ["not authoritative;", "drop-not-ours"],
    ] as const) {
      const world = worldOf("range 192.0.2.10;");
      world.lease(A, { clientId: [0, 1, 2] });
      world.reload(textOf("range 192.0.2.20;", more));
      world.now += 100;
      const at = { to: SERVER, from: "192.0.2.10" };
      const renewal = { type: 3, chaddr: A, clientId: [0, 1, 2], ciaddr: "192.0.2.10" };
      expect(world.send({ ...renewal, clientId: [0, 1, 3] }, at).reason).toBe("drop-not-ours");
      expect(world.send({ type: 3, chaddr: B, ciaddr: "192.0.2.10" }, at).reason).toBe("drop-not-ours");
      expect(world.send(renewal, at).reason).toBe(expected);
      expect(world.send({ ...renewal, clientId: [0, 1, 2], ciaddr: "192.0.2.11" }, at).reason).toBe("drop-not-ours");
    }
  });
});

describe("a RELEASE with all that the client says of itself", () => {
  it("counts from the leased address only, not as a broadcast from no address [B10]", () => {
    const world = worldOf("range 192.0.2.10;");
    world.lease(A, { clientId: [0, 1, 2] });
    const release = { type: 7, chaddr: A, clientId: [0, 1, 2], ciaddr: "192.0.2.10", serverId: SERVER };
    expect(world.send(release).reason).toBe("drop-not-owner");
    expect(world.send(release, { to: SERVER, from: "192.0.2.11" }).reason).toBe("drop-not-owner");
    expect(stateOf(world, "192.0.2.10")).toBe(BindingState.bound);
    expect(world.send(release, { to: SERVER, from: "192.0.2.10" }).reason).toBe("released");
  });
});

describe("a message of its lease's client that names no server", () => {
  it("is taken if it is a RELEASE from the address to ours, and only then [D1]", () => {
    const world = worldOf("range 192.0.2.10;");
    world.lease(A, { clientId: [0, 1, 2] });
    const release = { type: 7, chaddr: A, clientId: [0, 1, 2], ciaddr: "192.0.2.10" };
    const to = { to: SERVER };
    expect(world.send(release, to).reason).toBe("drop-no-server-id");
    expect(world.send(release, { from: "192.0.2.10" }).reason).toBe("drop-no-server-id");
    expect(world.send({ ...release, giaddr: "192.0.2.9" }, { ...to, from: "192.0.2.9" }).reason).toBe(
      "drop-no-server-id",
    );
    expect(world.send({ ...release, clientId: [0, 1, 3] }, { ...to, from: "192.0.2.10" }).reason).toBe(
      "drop-not-owner",
    );
    expect(world.send(release, { ...to, from: "192.0.2.10" }).reason).toBe("released");
    expect(stateOf(world, "192.0.2.10")).toBe(BindingState.released);
  });

  it("is taken if it is a DECLINE on the link, and not through a relay [D14]", () => {
    const world = worldOf("range 192.0.2.10 192.0.2.19;");
    const address = world.lease(A);
    const decline = { type: 4, chaddr: A, requested: address };
    const relayed = world.send(
      { ...decline, giaddr: "192.0.2.77" },
      { ifindex: 3, to: "172.16.0.1", from: "192.0.2.77" },
    );
    expect(relayed.reason).toBe("drop-no-server-id");
    expect(world.send({ ...decline, chaddr: B }).reason).toBe("drop-not-owner");
    expect(world.send(decline).reason).toBe("declined");
    expect(stateOf(world, address)).toBe(BindingState.abandoned);
    expect(world.lease(A)).not.toBe(address);
  });
});
