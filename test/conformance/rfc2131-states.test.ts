// RFC 2131: what each message of a client means in each of its states (sections 3.2, 3.4, 4.3.2 to 4.3.6,
// tables 4 and 5).

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { addressOption, decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip, type MessageParts } from "../support/message-builder.ts";

const CONFIG = `
ping-check false; default-lease-time 600;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; option routers 10.0.0.1; }
subnet 10.8.0.0 netmask 255.255.255.0 { not authoritative; range 10.8.0.10 10.8.0.19; }
subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; }
host fixed { hardware ethernet 02:00:00:00:00:99; fixed-address 10.0.0.200; }
`;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const FIXED = "02:00:00:00:00:99";
const SERVER = "10.0.0.1";
const RELAY = { to: SERVER, from: "10.9.0.1", port: 67 };
const NOT_OURS = { to: SERVER, from: "10.8.0.1", port: 67 };

let world: EngineWorld;

beforeEach(() => {
  world = new EngineWorld(CONFIG, [testInterface(2, "lan0", SERVER)]);
});

function stateOf(address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

function endOf(address: string): number {
  return world.table.endsAt(world.table.slotOf(ip(address)));
}

describe("RFC 2131 section 4.3.2: a DHCPREQUEST in SELECTING", () => {
  it("has the server identifier and the offered address, and is ACKed with the lease stored [2131 4.3.2-1, 4.3.6-1]", () => {
    const { yiaddr, serverId } = world.send({ type: 1, chaddr: A });
    const ack = world.send({ type: 3, chaddr: A, requested: yiaddr, serverId });
    expect(ack).toMatchObject({ reason: "ack-selecting", yiaddr, leaseSeconds: 600 });
    expect([stateOf(yiaddr), endOf(yiaddr)]).toEqual([BindingState.bound, world.now + 600]);
  });

  it("is the same to an address of ours that the client knows [2131 4.4.4-1]", () => {
    const { yiaddr, serverId } = world.send({ type: 1, chaddr: A }, { to: SERVER });
    expect(yiaddr).toMatch(/^10\.0\.0\.1\d$/);
    expect(world.send({ type: 3, chaddr: A, requested: yiaddr, serverId }, { to: SERVER }).reason).toBe(
      "ack-selecting",
    );
  });

  it("for another server changes nothing but our offer, and gets no answer [2131 4.3.6-1]", () => {
    const address = world.lease(A);
    const request = { type: 3, chaddr: A, requested: address, serverId: "10.0.0.2" };
    expect(world.send(request)).toMatchObject({ reason: "drop-other-server", hasReply: false });
    expect(stateOf(address)).toBe(BindingState.bound);
  });
});

describe("RFC 2131 sections 3.2 and 4.3.2: a DHCPREQUEST in INIT-REBOOT", () => {
  it("has the requested address alone, and is ACKed for the client's own, without a probe [2131 4.3.2-1, 4.3.6-2, 3.2-1]", () => {
    const address = world.lease(A);
    world.now += 100;
    const ack = world.send({ type: 3, chaddr: A, requested: address });
    expect(ack).toMatchObject({ reason: "ack-init-reboot", yiaddr: address, needsProbe: false });
    expect(endOf(address)).toBe(world.now + 600);
  });

  it("gets a NAK for an address of another network, by the arrival or by giaddr [2131 4.3.2-3, 4.3.2-4, 3.2-2, 3.5-1]", () => {
    const address = world.lease(A);
    expect(world.send({ type: 3, chaddr: A, requested: "10.9.0.10" }).reason).toBe("nak-wrong-link");
    expect(world.send({ type: 3, chaddr: A, requested: "192.168.1.1" }).reason).toBe("nak-wrong-link");
    const relayed = { type: 3, chaddr: A, requested: address, giaddr: "10.9.0.1" };
    expect(world.send(relayed, RELAY)).toMatchObject({ reason: "nak-wrong-link", delivery: "relay" });
  });

  it("gets a NAK for another address than its own [2131 4.3.2-3, 4.3.2-5]", () => {
    const own = world.lease(A);
    const other = world.lease(B);
    expect(world.send({ type: 3, chaddr: A, requested: other })).toMatchObject({ messageType: 6 });
    const free = ["10.0.0.10", "10.0.0.11", "10.0.0.12"].find((address) => address !== own && address !== other) ?? "";
    expect(world.send({ type: 3, chaddr: A, requested: free })).toMatchObject({ reason: "nak-wrong-address" });
    expect(world.send({ type: 3, chaddr: FIXED, requested: free })).toMatchObject({ messageType: 6 });
  });

  it("gets no answer without a record of the client: free, leased or reserved for others [2131 4.3.2-6]", () => {
    const taken = world.lease(B);
    const [offered, rested] = ["02:00:00:00:00:01", "02:00:00:00:00:02"].map((chaddr) => {
      const { yiaddr } = world.send({ type: 1, chaddr });
      return yiaddr;
    });
    world.send({ type: 4, chaddr: "02:00:00:00:00:02", requested: rested ?? "", serverId: SERVER });
    expect(stateOf(rested ?? "")).toBe(BindingState.abandoned);
    const free = ["10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.13"].find(
      (address) => stateOf(address) === BindingState.free,
    );
    for (const requested of [free ?? "", taken, offered ?? "", rested ?? "", "10.0.0.200", "10.0.0.77"]) {
      expect(world.send({ type: 3, chaddr: A, requested })).toMatchObject({ hasReply: false });
    }
  });

  it("gets no NAK where we are not authoritative, nor for an address in no pool of ours [2131 3.2-3]", () => {
    const wrong = { type: 3, chaddr: A, requested: "192.168.1.1", giaddr: "10.8.0.1" };
    expect(world.send(wrong, NOT_OURS)).toMatchObject({ reason: "drop-not-authoritative", hasReply: false });
    world.lease(A);
    expect(world.send({ type: 3, chaddr: A, requested: "10.0.0.77" })).toMatchObject({ hasReply: false });
  });

  it("gets its NAK through the relay with the broadcast bit set, and directly by broadcast [2131 4.3.2-7, 4.3.2-8]", () => {
    const direct = world.send({ type: 3, chaddr: A, requested: "192.168.1.1" });
    expect(direct).toMatchObject({ messageType: 6, delivery: "broadcast", destination: "255.255.255.255" });
    const relayed = world.send({ type: 3, chaddr: A, requested: "192.168.1.1", giaddr: "10.9.0.1" }, RELAY);
    expect(relayed).toMatchObject({ messageType: 6, destination: "10.9.0.1" });
    expect(decodeMessage(relayed.bytes).flags).toBe(0x8000);
  });
});

describe("RFC 2131 section 4.3.2: a DHCPREQUEST in RENEWING", () => {
  it("has ciaddr alone and comes by unicast; it is ACKed there and extended [2131 4.3.2-1, 4.3.2-9, 4.3.2-10, 4.3.6-3]", () => {
    const address = world.lease(A);
    world.now += 300;
    const ack = world.send({ type: 3, chaddr: A, ciaddr: address }, { to: SERVER, from: address });
    expect(ack).toMatchObject({ reason: "ack-renew", delivery: "unicast", destination: address, leaseSeconds: 600 });
    expect(endOf(address)).toBe(world.now + 600);
  });

  it("before T1 is ACKed too [2131 4.3.2-10]", () => {
    const address = world.lease(A);
    world.now += 1;
    const ack = world.send({ type: 3, chaddr: A, ciaddr: address }, { to: SERVER, from: address });
    expect(ack).toMatchObject({ messageType: 5, yiaddr: address, leaseSeconds: 599 });
  });
});

describe("RFC 2131 section 4.3.2: a DHCPREQUEST in REBINDING", () => {
  it("has ciaddr alone and comes by broadcast; its address is checked and ACKed [2131 4.3.2-11, 4.3.2-12, 4.3.6-4]", () => {
    const address = world.lease(A);
    const other = world.lease(B);
    world.now += 550;
    expect(world.send({ type: 3, chaddr: A, ciaddr: address }, { from: address })).toMatchObject({
      reason: "ack-rebind",
      delivery: "unicast",
      destination: address,
    });
    expect(world.send({ type: 3, chaddr: A, ciaddr: other }, { from: other })).toMatchObject({ reason: "nak-taken" });
    expect(world.send({ type: 3, chaddr: A, ciaddr: "10.9.0.10" })).toMatchObject({ reason: "nak-wrong-link" });
  });

  it("for an address in no pool of ours is another server's to extend [2131 4.3.2-12]", () => {
    const request = { type: 3, chaddr: A, ciaddr: "10.0.0.77" };
    expect(world.send(request, { from: "10.0.0.77" })).toMatchObject({ reason: "drop-not-ours", hasReply: false });
  });
});

describe("RFC 2131 section 4.3.3: a DHCPDECLINE", () => {
  it("of the holder takes the address out of use, and is told by its reason [2131 4.3.3-1, 4.3.3-2]", () => {
    const address = world.lease(A);
    const decline = world.send({ type: 4, chaddr: A, requested: address, serverId: SERVER });
    expect(decline).toMatchObject({ reason: "declined", hasReply: false });
    expect(stateOf(address)).toBe(BindingState.abandoned);
    expect(world.send({ type: 1, chaddr: A }).yiaddr).not.toBe(address);
    expect(world.send({ type: 1, chaddr: B, requested: address }).yiaddr).not.toBe(address);
  });

  it("of anybody else, or of a reserved address, does not [2131 4.3.3-1]", () => {
    const address = world.lease(A);
    expect(world.send({ type: 4, chaddr: B, requested: address, serverId: SERVER }).reason).toBe("drop-not-owner");
    expect(stateOf(address)).toBe(BindingState.bound);
    world.lease(FIXED);
    const reserved = { type: 4, chaddr: FIXED, requested: "10.0.0.200", serverId: SERVER };
    expect(world.send(reserved).reason).toBe("drop-declined-reservation");
  });

  it("without requested address is ignored, without server identifier through a relay [2131 4.4-3]", () => {
    const address = world.lease(A);
    const relayed = { type: 4, chaddr: A, requested: address, giaddr: "10.0.0.77" };
    expect(world.send(relayed, { ...RELAY, from: "10.0.0.77" }).reason).toBe("drop-no-server-id");
    expect(world.send({ type: 4, chaddr: A, ciaddr: address, serverId: SERVER }).reason).toBe("drop-no-address");
    expect(stateOf(address)).toBe(BindingState.bound);
  });
});

describe("RFC 2131 section 4.3.4: a DHCPRELEASE", () => {
  it("frees the address, and the client finds it again [2131 4.3.4-1, 4.3.4-2]", () => {
    const address = world.lease(A);
    const release = { type: 7, chaddr: A, ciaddr: address, serverId: SERVER };
    expect(world.send(release, { to: SERVER, from: address })).toMatchObject({ reason: "released", hasReply: false });
    expect(stateOf(address)).toBe(BindingState.released);
    expect(world.send({ type: 1, chaddr: A }).yiaddr).toBe(address);
  });

  it("without ciaddr is ignored, without server identifier unless it comes from ciaddr to our address [2131 4.4-4]", () => {
    const address = world.lease(A);
    const from = { to: SERVER, from: address };
    const unnamed = { type: 7, chaddr: A, ciaddr: address };
    for (const elsewhere of [{}, { from: address }, { to: SERVER }, { to: SERVER, from: "10.0.0.77" }])
      expect(world.send(unnamed, elsewhere).reason).toBe("drop-no-server-id");
    const requested = { type: 7, chaddr: A, requested: address, serverId: SERVER };
    expect(world.send(requested, from).reason).toBe("drop-no-address");
    expect(stateOf(address)).toBe(BindingState.bound);
  });
});

describe("RFC 2131 sections 3.4 and 4.3.5: a DHCPINFORM", () => {
  const INFORM: MessageParts = { type: 8, chaddr: A, ciaddr: "10.0.0.77", requestList: [1, 3] };
  const FROM = { to: SERVER, from: "10.0.0.77" };

  it("is ACKed at ciaddr with parameters, without address and times, lease or not [2131 3.4-1, 3.4-2, 3.4-4, 4.3.5-1, 4.3.5-2, 4.3.5-3, 4.3.5-4]", () => {
    for (const broadcast of [false, true]) {
      const ack = world.send({ ...INFORM, broadcast }, FROM);
      expect(ack).toMatchObject({ reason: "ack-inform", delivery: "unicast", destination: "10.0.0.77", port: 68 });
      const message = decodeMessage(ack.bytes);
      expect(message).toMatchObject({ yiaddr: "0.0.0.0", ciaddr: "10.0.0.77" });
      expect(addressOption(message, 3)).toBe("10.0.0.1");
      for (const code of [51, 58, 59]) expect(message.options.has(code)).toBe(false);
    }
    expect(world.table.countInPool(0, BindingState.bound)).toBe(0);
  });

  it("changes nothing of the lease that its sender or another client has [2131 3.4-1]", () => {
    const address = world.lease(A);
    const before = world.table.record(world.table.slotOf(ip(address)));
    world.now += 10;
    for (const chaddr of [A, B]) {
      expect(world.send({ ...INFORM, chaddr, ciaddr: address }, { to: SERVER, from: address }).reason).toBe(
        "ack-inform",
      );
    }
    expect(world.table.record(world.table.slotOf(ip(address)))).toEqual(before);
  });

  it("is checked for an address of the link that it comes from [2131 3.4-3]", () => {
    for (const ciaddr of ["192.168.1.1", "10.9.0.5", "224.0.0.1", SERVER]) {
      expect(world.send({ ...INFORM, ciaddr }, { from: ciaddr })).toMatchObject({ hasReply: false });
    }
    expect(world.send(INFORM, { to: SERVER, from: "10.0.0.78" })).toMatchObject({ reason: "drop-forged-inform" });
  });

  it("from 0.0.0.0 is answered by broadcast on the link of its address, and nowhere else [K6]", () => {
    const ack = world.send(INFORM, { from: "0.0.0.0" });
    expect(ack).toMatchObject({
      reason: "ack-inform",
      delivery: "broadcast",
      destination: "255.255.255.255",
      port: 68,
    });
    expect(ack.ifindex).toBe(2);
    expect(decodeMessage(ack.bytes)).toMatchObject({ ciaddr: INFORM.ciaddr, yiaddr: "0.0.0.0" });
    expect(world.send({ ...INFORM, ciaddr: "10.9.0.77" }, { from: "0.0.0.0" }).reason).toBe("drop-unknown-link");
    expect(world.send({ ...INFORM, ciaddr: "0.0.0.0" }, { from: "0.0.0.0" }).reason).toBe("drop-no-address");
  });

  it("through a relay is ACKed at the relay [2131 4.1-7, 4.3.5-5]", () => {
    const relayed = { ...INFORM, ciaddr: "10.9.0.77", giaddr: "10.9.0.1" };
    const ack = world.send(relayed, RELAY);
    expect(ack).toMatchObject({ reason: "ack-inform", delivery: "relay", destination: "10.9.0.1", port: 67 });
    expect(decodeMessage(ack.bytes)).toMatchObject({ ciaddr: "10.9.0.77", yiaddr: "0.0.0.0" });
  });

  it("may ask for an address and a time in vain [2131 4.4-2]", () => {
    const ack = world.send({ ...INFORM, requested: "10.0.0.10", leaseSeconds: 700 }, FROM);
    expect(ack).toMatchObject({ reason: "ack-inform", yiaddr: "0.0.0.0" });
    expect(decodeMessage(ack.bytes).options.has(51)).toBe(false);
    expect(stateOf("10.0.0.10")).toBe(BindingState.free);
  });
});

describe("RFC 2131 table 5: a DHCPDISCOVER", () => {
  it("may ask for an address and a time, and names no server [2131 4.4-1]", () => {
    const discover = { type: 1, chaddr: A, requested: "10.0.0.15", leaseSeconds: 700, serverId: "10.0.0.2" };
    expect(world.send(discover)).toMatchObject({ messageType: 2, yiaddr: "10.0.0.15", leaseSeconds: 700 });
  });
});

describe("RFC 2131 section 3: what no server gets", () => {
  it("is not answered: BOOTREPLY, OFFER, ACK, NAK [2131 3-1]", () => {
    expect(world.send({ type: 1, op: 2 })).toMatchObject({ reason: "malformed-op", hasReply: false });
    for (const type of [2, 5, 6]) expect(world.send({ type }).hasReply).toBe(false);
  });
});
