// The protocol's decisions, one sentence of behaviour each (RFC 2131 section 4.3).

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../../src/lease/lease.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { ip } from "../../support/message-builder.ts";

const CONFIG = `
default-lease-time 600;
max-lease-time 1200;
listen on 192.0.2.53;
subnet 10.0.0.0 netmask 255.255.255.0 {
  range 10.0.0.10 10.0.0.19;
  option routers 10.0.0.1;
}
subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.20; }
subnet 10.8.0.0 netmask 255.255.255.0 { not authoritative; range 10.8.0.10 10.8.0.20; }
host printer { hardware ethernet 02:00:00:00:00:99; fixed-address 10.0.0.15, 10.9.0.15; }
`;

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const RELAY = { ifindex: 3, to: "192.0.2.53", from: "10.9.0.1", port: 67 };

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [
    testInterface(1, "lo", "192.0.2.53/32"),
    testInterface(2, "lan0", "10.0.0.1", "10.0.0.2"),
    testInterface(3, "up0", "172.16.0.1"),
  ]);
});

function stateOf(address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

describe("DHCPDISCOVER", () => {
  it("is offered an address of its link, unicast to the hardware address from the interface's address", () => {
    const offer = world.send({ type: 1, chaddr: A });
    expect(offer).toMatchObject({
      reason: "offer-new",
      delivery: "neighbour",
      source: "10.0.0.1",
      serverId: "10.0.0.1",
      ifindex: 2,
    });
    expect(offer.destination).toBe(offer.yiaddr);
    expect(ip(offer.yiaddr)).toBeGreaterThanOrEqual(ip("10.0.0.10"));
    expect(ip(offer.yiaddr)).toBeLessThanOrEqual(ip("10.0.0.19"));
    expect(offer.leaseSeconds).toBe(600);
  });

  it("is probed first when the address is new to the client", () => {
    expect(world.send({ type: 1, chaddr: A }).needsProbe).toBe(true);
    expect(world.send({ type: 1, chaddr: A }).needsProbe).toBe(false);
  });

  it("gets a broadcast when the client asks for it or has no Ethernet address", () => {
    expect(world.send({ type: 1, chaddr: A, broadcast: true })).toMatchObject({
      delivery: "broadcast",
      destination: "255.255.255.255",
      ifindex: 2,
    });
    expect(world.send({ type: 1, chaddr: A, htype: 6 }).delivery).toBe("broadcast");
    expect(world.send({ type: 1, chaddr: "02:00:00:00:00:00:0a" }).delivery).toBe("broadcast");
    expect(world.send({ type: 1, chaddr: "03:00:00:00:00:0a" }).delivery).toBe("broadcast");
  });

  it("gets one address however often it asks, with and without a client identifier", () => {
    const first = world.send({ type: 1, chaddr: A }).yiaddr;
    world.now += 20;
    expect(world.send({ type: 1, chaddr: A, xid: 99 }).yiaddr).toBe(first);
    const other = world.send({ type: 1, chaddr: A, clientId: [0, 1, 2, 3] }).yiaddr;
    expect(world.send({ type: 1, chaddr: B, clientId: [0, 1, 2, 3] }).yiaddr).toBe(other);
  });

  it("leaves a client its last address when it does not claim the offer of it", () => {
    const address = world.lease(A);
    world.now += 700;
    world.expire();
    expect(world.send({ type: 1, chaddr: A })).toMatchObject({ reason: "offer-current", yiaddr: address });
    world.send({ type: 3, chaddr: A, requested: "10.0.0.200", serverId: "10.0.0.77" });
    expect(stateOf(address)).toBe(BindingState.expired);
    world.send({ type: 1, chaddr: A });
    world.now += 40;
    world.expire();
    expect(stateOf(address)).toBe(BindingState.expired);
    expect(world.lease(A)).toBe(address);
  });

  it("is answered through a relay from the address it was sent to", () => {
    const offer = world.send({ type: 1, chaddr: A, giaddr: "10.9.0.1" }, RELAY);
    expect(offer).toMatchObject({
      delivery: "relay",
      destination: "10.9.0.1",
      source: "192.0.2.53",
      serverId: "192.0.2.53",
    });
    expect(offer.yiaddr.startsWith("10.9.0.")).toBe(true);
  });

  it("takes its link from relay sub-option 5 and its server identifier from sub-option 11", () => {
    const agentInformation = [5, 4, 10, 8, 0, 0, 11, 4, 10, 9, 0, 1];
    const offer = world.send({ type: 1, chaddr: A, giaddr: "10.9.0.1", agentInformation }, RELAY);
    expect(offer).toMatchObject({ destination: "10.9.0.1", source: "192.0.2.53", serverId: "10.9.0.1" });
    expect(offer.yiaddr.startsWith("10.8.0.")).toBe(true);
  });

  it("gives a reserved address to its host and to nobody else", () => {
    expect(world.send({ type: 1, chaddr: "02:00:00:00:00:99" })).toMatchObject({
      reason: "offer-reserved",
      yiaddr: "10.0.0.15",
      needsProbe: false,
    });
    expect(world.send({ type: 1, chaddr: A, requested: "10.0.0.15" }).yiaddr).not.toBe("10.0.0.15");
  });

  it("is dropped when every address is taken", () => {
    for (let i = 0; i < 9; i++) world.lease(`02:00:00:00:01:0${i}`);
    expect(world.send({ type: 1, chaddr: A }).reason).toBe("drop-pool-empty");
  });

  it("is dropped from a link without a subnet, a relay that is ourselves, or a multicast giaddr", () => {
    expect(world.send({ type: 1 }, { ifindex: 3 }).reason).toBe("drop-unknown-link");
    expect(world.send({ type: 1, giaddr: "10.0.0.1" }, RELAY).reason).toBe("drop-bad-giaddr");
    expect(world.send({ type: 1, giaddr: "224.0.0.1" }, RELAY).reason).toBe("drop-bad-giaddr");
    expect(world.send({ type: 1, giaddr: "203.0.113.1" }, RELAY).reason).toBe("drop-unknown-link");
  });
});

describe("DHCPREQUEST in SELECTING", () => {
  it("is ACKed with the lease that is stored", () => {
    const { yiaddr } = world.send({ type: 1, chaddr: A });
    const ack = world.send({ type: 3, chaddr: A, requested: yiaddr, serverId: "10.0.0.1" });
    expect(ack).toMatchObject({
      reason: "ack-selecting",
      messageType: 5,
      yiaddr,
      delivery: "neighbour",
      leaseSeconds: 600,
    });
    const slot = world.table.slotOf(ip(yiaddr));
    expect(world.table.endsAt(slot) - Math.floor(world.now)).toBe(600);
  });

  it("for another server changes nothing but our own offer", () => {
    const { yiaddr } = world.send({ type: 1, chaddr: A });
    const outcome = world.send({ type: 3, chaddr: A, requested: "10.0.0.200", serverId: "10.0.0.77" });
    expect(outcome).toMatchObject({ reason: "drop-other-server", hasReply: false });
    expect(stateOf(yiaddr)).toBe(BindingState.free);
    const held = world.lease(B);
    world.send({ type: 3, chaddr: B, requested: held, serverId: "10.0.0.77" });
    expect(stateOf(held)).toBe(BindingState.bound);
  });

  it("is NAKed for an address that another client holds", () => {
    const taken = world.lease(B);
    const nak = world.send({ type: 3, chaddr: A, requested: taken, serverId: "10.0.0.1" });
    expect(nak).toMatchObject({
      reason: "nak-taken",
      messageType: 6,
      serverId: "10.0.0.1",
      delivery: "broadcast",
      yiaddr: "0.0.0.0",
    });
    expect(stateOf(taken)).toBe(BindingState.bound);
  });

  it("repeated at once says the same and stores nothing", () => {
    const address = world.lease(A);
    const before = world.table.record(world.table.slotOf(ip(address)));
    const again = world.send({ type: 3, chaddr: A, requested: address, serverId: "10.0.0.1" });
    expect(again).toMatchObject({ reason: "ack-repeated", yiaddr: address, leaseSeconds: 600 });
    expect(world.table.record(world.table.slotOf(ip(address)))).toEqual(before);
  });

  it("releases the client's other lease on the link", () => {
    const old = world.lease(A);
    world.now += 10;
    const other = ["10.0.0.11", "10.0.0.12"].find((address) => address !== old) ?? "";
    const ack = world.send({ type: 3, chaddr: A, requested: other, serverId: "10.0.0.1" });
    expect(ack).toMatchObject({ reason: "ack-selecting", yiaddr: other });
    expect(stateOf(old)).toBe(BindingState.released);
  });
});

describe("DHCPREQUEST in INIT-REBOOT", () => {
  it("is ACKed for the client's own address", () => {
    const address = world.lease(A);
    world.now += 60;
    expect(world.send({ type: 3, chaddr: A, requested: address })).toMatchObject({
      reason: "ack-init-reboot",
      yiaddr: address,
    });
  });

  it("is silent for a client without a record", () => {
    expect(world.send({ type: 3, chaddr: A, requested: "10.0.0.12" }).reason).toBe("drop-unknown-client");
  });

  it("is NAKed on the wrong network, by broadcast", () => {
    const nak = world.send({ type: 3, chaddr: A, requested: "10.9.0.12" });
    expect(nak).toMatchObject({
      reason: "nak-wrong-link",
      delivery: "broadcast",
      destination: "255.255.255.255",
      serverId: "10.0.0.1",
    });
  });

  it("is NAKed through the relay with the broadcast flag set, silently passed over where we are not authoritative", () => {
    const nak = world.send({ type: 3, chaddr: A, requested: "10.0.0.12", giaddr: "10.9.0.1" }, RELAY);
    expect(nak).toMatchObject({ reason: "nak-wrong-link", delivery: "relay", destination: "10.9.0.1" });
    expect((nak.bytes[10] ?? 0) & 0x80).toBe(0x80);
    const silent = world.send(
      { type: 3, chaddr: A, requested: "10.0.0.12", giaddr: "10.8.0.1" },
      { ...RELAY, from: "10.8.0.1" },
    );
    expect(silent.reason).toBe("drop-not-authoritative");
  });

  it("gets the longest lease for more than the maximum and for ever, the default for 0 [R7]", () => {
    for (const leaseSeconds of [0, 5000, 0xffffffff]) {
      const chaddr = `02:00:00:00:02:${(leaseSeconds & 0xff).toString(16).padStart(2, "0")}`;
      const address = world.lease(chaddr);
      world.now += 30;
      expect(world.send({ type: 3, chaddr, requested: address, leaseSeconds }).leaseSeconds).toBe(
        leaseSeconds === 0 ? 600 : 1200,
      );
    }
  });
});

describe("DHCPREQUEST in RENEWING and REBINDING", () => {
  it("is ACKed to ciaddr by ordinary routing, without a neighbour entry", () => {
    const address = world.lease(A);
    world.now += 300;
    const ack = world.send({ type: 3, chaddr: A, ciaddr: address }, { to: "10.0.0.1", from: address });
    expect(ack).toMatchObject({
      reason: "ack-renew",
      delivery: "unicast",
      destination: address,
      source: "10.0.0.1",
    });
    world.now += 300;
    const rebind = world.send({ type: 3, chaddr: A, ciaddr: address }, { from: address });
    expect(rebind).toMatchObject({ reason: "ack-rebind", delivery: "unicast", source: "10.0.0.1" });
  });

  it("renews over the anycast address from that address", () => {
    const address = world.lease(A, { giaddr: "10.9.0.1" }, RELAY);
    world.now += 300;
    const ack = world.send({ type: 3, chaddr: A, ciaddr: address }, { ifindex: 3, to: "192.0.2.53", from: address });
    expect(ack).toMatchObject({
      reason: "ack-renew",
      source: "192.0.2.53",
      serverId: "192.0.2.53",
      destination: address,
    });
  });

  it("records and ACKs an unknown lease whose address is free", () => {
    expect(
      world.send({ type: 3, chaddr: A, ciaddr: "10.0.0.12" }, { to: "10.0.0.1", from: "10.0.0.12" }),
    ).toMatchObject({ reason: "ack-renew", yiaddr: "10.0.0.12" });
    expect(stateOf("10.0.0.12")).toBe(BindingState.bound);
  });

  it("is NAKed for somebody else's address and silent for one in no pool", () => {
    const taken = world.lease(B);
    world.now += 10;
    expect(world.send({ type: 3, chaddr: A, ciaddr: taken }, { to: "10.0.0.1", from: taken }).reason).toBe("nak-taken");
    expect(
      world.send({ type: 3, chaddr: A, ciaddr: "10.0.0.200" }, { to: "10.0.0.1", from: "10.0.0.200" }).reason,
    ).toBe("drop-not-ours");
  });

  it("is never granted the server's own address [R3]", () => {
    const outcome = world.send({ type: 3, chaddr: A, ciaddr: "10.0.0.1" }, { to: "10.0.0.2", from: "10.0.0.3" });
    expect(outcome).toMatchObject({ reason: "nak-not-available", delivery: "broadcast" });
  });
});

describe("DHCPRELEASE and DHCPDECLINE", () => {
  it("release the owner's lease and keep the address for its return", () => {
    const address = world.lease(A);
    expect(
      world.send({ type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.1" }, { to: "10.0.0.1", from: address })
        .reason,
    ).toBe("released");
    expect(stateOf(address)).toBe(BindingState.released);
    expect(world.lease(A)).toBe(address);
  });

  it("are ignored from anybody else, for another server, or from elsewhere", () => {
    const address = world.lease(A);
    const at = { to: "10.0.0.1", from: address };
    expect(world.send({ type: 7, chaddr: B, ciaddr: address, serverId: "10.0.0.1" }, at).reason).toBe("drop-not-owner");
    expect(
      world.send({ type: 7, chaddr: B, clientId: [1, 2, 0, 0, 0, 0, 10], ciaddr: address, serverId: "10.0.0.1" }, at)
        .reason,
    ).toBe("drop-not-owner");
    expect(world.send({ type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.77" }, at).reason).toBe(
      "drop-other-server",
    );
    expect(world.send({ type: 7, chaddr: A, ciaddr: address }).reason).toBe("drop-no-server-id");
    expect(world.send({ type: 7, chaddr: B, ciaddr: address }, at).reason).toBe("drop-not-owner");
    expect(
      world.send({ type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.1" }, { to: "10.0.0.1", from: "10.0.0.200" })
        .reason,
    ).toBe("drop-not-owner");
    expect(world.send({ type: 4, chaddr: B, requested: address, serverId: "10.0.0.1" }).reason).toBe("drop-not-owner");
    expect(stateOf(address)).toBe(BindingState.bound);
  });

  it("take a declined address out of use for at least ten minutes, and only a share of the pool", () => {
    const address = world.lease(A);
    expect(world.send({ type: 4, chaddr: A, requested: address, serverId: "10.0.0.1" }).reason).toBe("declined");
    expect(stateOf(address)).toBe(BindingState.abandoned);
    expect(world.table.endsAt(world.table.slotOf(ip(address)))).toBe(world.now + 600);
    expect(world.lease(A)).not.toBe(address);
    const second = world.lease(B);
    expect(world.send({ type: 4, chaddr: B, requested: second, serverId: "10.0.0.1" }).reason).toBe(
      "drop-abandon-limit",
    );
  });
});

describe("DHCPINFORM", () => {
  it("is answered at ciaddr with options and no times", () => {
    const ack = world.send({ type: 8, chaddr: A, ciaddr: "10.0.0.50" }, { to: "10.0.0.1", from: "10.0.0.50" });
    expect(ack).toMatchObject({
      reason: "ack-inform",
      delivery: "unicast",
      destination: "10.0.0.50",
      yiaddr: "0.0.0.0",
      leaseSeconds: -1,
    });
  });

  it("is dropped when it does not come from the address that it names, or names ours", () => {
    expect(world.send({ type: 8, chaddr: A, ciaddr: "10.0.0.3" }, { to: "10.0.0.1", from: "10.0.0.50" }).reason).toBe(
      "drop-forged-inform",
    );
    expect(world.send({ type: 8, chaddr: A, ciaddr: "10.0.0.1" }, { to: "10.0.0.2", from: "10.0.0.1" }).reason).toBe(
      "drop-own-address",
    );
  });

  it("is answered at the address it comes from when ciaddr is empty, but not through a relay", () => {
    const ack = world.send({ type: 8, chaddr: A }, { to: "10.0.0.1", from: "10.0.0.50" });
    expect(ack).toMatchObject({ reason: "ack-inform", delivery: "unicast", destination: "10.0.0.50" });
    expect(world.send({ type: 8, chaddr: A }, { to: "10.0.0.1", from: "0.0.0.0" }).reason).toBe("drop-no-address");
    const relayed = { type: 8, chaddr: A, giaddr: "10.9.0.1" };
    expect(world.send(relayed, RELAY).reason).toBe("drop-no-address");
  });
});

describe("BOOTP", () => {
  it("is served for hosts with a fixed address and for nobody else", () => {
    const reply = world.send({ type: 0, chaddr: "02:00:00:00:00:99" });
    expect(reply).toMatchObject({ reason: "bootp-reserved", yiaddr: "10.0.0.15", messageType: 0, hasReply: true });
    expect(world.send({ type: 0, chaddr: A }).reason).toBe("drop-bootp");
  });
});

describe("every decision", () => {
  it("is dropped for messages that only servers send, and for our own source address", () => {
    expect(world.send({ type: 2, chaddr: A }).reason).toBe("drop-unexpected-type");
    expect(world.send({ type: 1, chaddr: A }, { from: "10.0.0.1" }).reason).toBe("drop-own-address");
  });

  it("is the same again for the same query, state and time", () => {
    const other = new EngineWorld(CONFIG, [
      testInterface(1, "lo", "192.0.2.53/32"),
      testInterface(2, "lan0", "10.0.0.1"),
    ]);
    for (let i = 0; i < 9; i++) {
      const chaddr = `02:00:00:00:03:0${i}`;
      expect(other.send({ type: 1, chaddr }).yiaddr).toBe(world.send({ type: 1, chaddr }).yiaddr);
    }
  });
});
