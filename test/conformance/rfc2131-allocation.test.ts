// RFC 2131: which address, for whom, for how long, with which parameters (sections 2.1, 2.2, 3.1, 4.2, 4.3.1
// and 4.4.5).

import { beforeEach, describe, expect, it } from "vitest";
import { BindingState } from "../../src/lease/lease.ts";
import { decodeMessage, numberOption } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import { ip, octetsOf } from "../support/message-builder.ts";

const CONFIG = `
ping-check false; default-lease-time 600; max-lease-time 1200; option domain-name "example.org";
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.12; option routers 10.0.0.1; }
subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.12; option routers 10.9.0.1; }
host known { hardware ethernet 02:00:00:00:00:77; option root-path "/known"; }
host named { option dhcp-client-identifier 01:02:03; option root-path "/named"; }
class "phone" { match if option vendor-class-identifier = "phone"; option tftp-server-name "phones"; }
`;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
const D = "02:00:00:00:00:0d";
const RELAYED = { giaddr: "10.9.0.1" };
const RELAY = { to: "10.0.0.1", from: "10.9.0.1", port: 67 };

let world: EngineWorld;

beforeEach(() => {
  world = serve();
});

function serve(config = CONFIG): EngineWorld {
  return new EngineWorld(config, [testInterface(2, "lan0", "10.0.0.1")]);
}

function stateOf(address: string): number {
  return world.table.state(world.table.slotOf(ip(address)));
}

function expire(seconds: number): void {
  world.now += seconds;
  world.expire();
}

describe("RFC 2131 sections 2.1 and 4.2: a client", () => {
  it("is known by its identifier, of which no octet means anything [2131 2-1, 4.2-1]", () => {
    const address = world.lease(A, { clientId: [1, 2, 0, 0, 0, 0, 0x0b] });
    expect(world.lease(C, { clientId: [1, 2, 0, 0, 0, 0, 0x0b] })).toBe(address);
    expect(world.lease(B)).not.toBe(address);
    expect(world.lease(A, { clientId: [1, 2, 0, 0, 0, 0, 0x0b, 0] })).not.toBe(address);
  });

  it("is known by chaddr and htype without one [2131 2.1-1, 4.2-2]", () => {
    const address = world.lease(A);
    world.now += 60;
    expect(world.lease(A)).toBe(address);
    expect(world.lease(A, { htype: 6 })).not.toBe(address);
  });

  it("has a lease of its own on each subnet [2131 2.1-1]", () => {
    const here = world.lease(A);
    const there = world.lease(A, RELAYED, RELAY);
    expect(there).toMatch(/^10\.9\.0\./);
    expect([stateOf(here), stateOf(there)]).toEqual([BindingState.bound, BindingState.bound]);
  });
});

describe("RFC 2131 section 2.2: an address", () => {
  it("is nobody else's as long as it is leased [2131 2.2-1]", () => {
    const taken = [A, B, C].map((chaddr) => world.lease(chaddr));
    expect(new Set(taken).size).toBe(3);
    expect(world.send({ type: 1, chaddr: D }).reason).toBe("drop-pool-empty");
    world.now += 599;
    world.expire();
    expect(world.send({ type: 1, chaddr: D }).reason).toBe("drop-pool-empty");
  });

  it("whose lease is over is used again when no other is left, the longest free first [2131 2.2-3]", () => {
    const first = world.lease(A);
    world.now += 1;
    world.lease(B);
    expire(700);
    const unused = world.lease(C);
    expect(unused).not.toBe(first);
    expect(world.lease(D)).toBe(first);
  });

  it("is probed before it is used for another client than before, new or used [2131 2.2-4, 3.1-1]", () => {
    world = serve(CONFIG.replace("ping-check false;", ""));
    expect(world.send({ type: 1, chaddr: A })).toMatchObject({ reason: "offer-new", needsProbe: true });
    for (const chaddr of [A, B, C]) world.lease(chaddr);
    expire(700);
    expect(world.send({ type: 1, chaddr: D })).toMatchObject({ reason: "offer-new", needsProbe: true });
  });

  it("is not probed where the administrator says so [2131 3.1-2]", () => {
    expect(world.send({ type: 1, chaddr: A }).needsProbe).toBe(false);
  });
});

describe("RFC 2131 section 3.1: an exchange", () => {
  it("ends with an ACK of what was offered, without another probe [2131 3.1-5, 3.1-6]", () => {
    world = serve(CONFIG.replace("ping-check false;", ""));
    const parts = { chaddr: "02:00:00:00:00:77", leaseSeconds: 900, requestList: [3, 15, 17] };
    const offer = world.send({ ...parts, type: 1 });
    const ack = world.send({ ...parts, type: 3, requested: offer.yiaddr, serverId: offer.serverId });
    expect(ack).toMatchObject({ messageType: 5, yiaddr: offer.yiaddr, needsProbe: false });
    const [offered, acked] = [decodeMessage(offer.bytes), decodeMessage(ack.bytes)];
    const without53 = (options: ReadonlyMap<number, readonly number[]>): unknown =>
      [...options].filter(([c]) => c !== 53);
    expect(without53(acked.options)).toEqual(without53(offered.options));
    expect({ ...acked, options: 0, messageType: 0 }).toEqual({ ...offered, options: 0, messageType: 0 });
  });

  it("that another server wins declines our offer [2131 3.1-3]", () => {
    const { yiaddr } = world.send({ type: 1, chaddr: A });
    expect(stateOf(yiaddr)).toBe(BindingState.offered);
    world.send({ type: 3, chaddr: A, requested: "10.0.0.200", serverId: "10.0.0.2" });
    expect(stateOf(yiaddr)).toBe(BindingState.free);
  });

  it("that asks us for what we cannot give ends with a NAK [2131 3.1-7]", () => {
    const taken = world.lease(B);
    for (const requested of [taken, "10.0.0.200", "192.168.1.1"]) {
      expect(world.send({ type: 3, chaddr: A, requested, serverId: "10.0.0.1" }).messageType).toBe(6);
    }
  });

  it("that stops after the offer frees the address [2131 3.1-8]", () => {
    const addresses = [A, B, C].map((chaddr) => world.send({ type: 1, chaddr }).yiaddr);
    expire(31);
    expect(addresses.map(stateOf)).toEqual([BindingState.free, BindingState.free, BindingState.free]);
    expect(world.send({ type: 1, chaddr: D }).reason).toBe("offer-new");
  });
});

describe("RFC 2131 section 4.3.1: the address that is offered", () => {
  it("is the client's current one, whatever it asks for [2131 4.3.1-1, 2.2-2]", () => {
    const address = world.lease(A);
    for (const requested of ["10.0.0.10", "10.0.0.11", "10.0.0.12"]) {
      expect(world.send({ type: 1, chaddr: A, requested })).toMatchObject({ reason: "offer-current", yiaddr: address });
    }
  });

  it("is its previous one, expired or released [2131 4.3.1-2, 2.2-2, 4.3.4-2]", () => {
    const address = world.lease(A);
    expire(700);
    expect(stateOf(address)).toBe(BindingState.expired);
    expect(world.lease(A, { requested: "10.0.0.12" })).toBe(address);
    const release = { type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.1" };
    expect(world.send(release, { to: "10.0.0.1", from: address }).reason).toBe("released");
    expect(world.send({ type: 1, chaddr: A }).yiaddr).toBe(address);
  });

  it("is the one that it requests, if that is free and ours [2131 4.3.1-3]", () => {
    expect(world.send({ type: 1, chaddr: A, requested: "10.0.0.12" }).yiaddr).toBe("10.0.0.12");
    expect(world.send({ type: 1, chaddr: B, requested: "10.0.0.12" }).yiaddr).toMatch(/^10\.0\.0\.1[01]$/);
    expect(world.send({ type: 1, chaddr: C, requested: "10.9.0.10" }).yiaddr).toMatch(/^10\.0\.0\./);
  });

  it("is a new one of the subnet of the arrival or of the relay [2131 4.3.1-4]", () => {
    expect(world.send({ type: 1, chaddr: A }).yiaddr).toMatch(/^10\.0\.0\.1\d$/);
    expect(world.send({ type: 1, chaddr: A, ...RELAYED }, RELAY).yiaddr).toMatch(/^10\.9\.0\.1\d$/);
  });

  it("is kept for the client until it has had time to answer [2131 4.3.1-5, 4.3.2-2]", () => {
    const offers = [A, B].map((chaddr) => world.send({ type: 1, chaddr }).yiaddr);
    expect(new Set(offers).size).toBe(2);
    expire(29);
    const other = world.lease(D, { requested: offers[0] ?? "" });
    expect(offers).not.toContain(other);
    const request = { type: 3, chaddr: A, requested: offers[0] ?? "", serverId: "10.0.0.1" };
    expect(world.send(request).reason).toBe("ack-selecting");
  });

  it("goes to another client before that only when the pool has nothing else, and who requests it later is told [2131 4.3.2-2]", () => {
    const offers = [A, B, C].map((chaddr) => world.send({ type: 1, chaddr }).yiaddr);
    expect(world.send({ type: 1, chaddr: D })).toMatchObject({ reason: "offer-new", yiaddr: offers[0] });
    const request = { type: 3, requested: offers[0] ?? "", serverId: "10.0.0.1" };
    expect(world.send({ ...request, chaddr: D }).reason).toBe("ack-selecting");
    expect(world.send({ ...request, chaddr: A })).toMatchObject({ reason: "nak-taken", messageType: 6 });
  });
});

describe("RFC 2131 section 4.3.1: the lease time", () => {
  it("is the default for a client that asks for none, lease or not [2131 4.3.1-6, 4.3.1-7]", () => {
    expect(world.send({ type: 1, chaddr: A }).leaseSeconds).toBe(600);
    world.lease(A);
    world.now += 100;
    expect(world.send({ type: 1, chaddr: A }).leaseSeconds).toBe(600);
  });

  it("is what a client asks for, within the configured bounds [2131 4.3.1-8]", () => {
    world = serve(`min-lease-time 60; ${CONFIG}`);
    for (const [asked, told] of [
      [700, 700],
      [5000, 1200],
      [30, 60],
      [0xffffffff, 1200],
    ] as const) {
      expect(world.send({ type: 1, chaddr: A, leaseSeconds: asked }).leaseSeconds).toBe(told);
    }
  });
});

describe("RFC 2131 section 4.4.5: T1 and T2", () => {
  function times(leaseSeconds: number): number[] {
    const message = decodeMessage(world.send({ type: 1, chaddr: A, leaseSeconds }).bytes);
    return [58, 59, 51].map((code) => numberOption(message, code));
  }

  it("are half and seven eighths of the lease time [2131 4.4.5-3]", () => {
    expect(times(800)).toEqual([400, 700, 800]);
    expect(times(1200)).toEqual([600, 1050, 1200]);
  });

  it("stand before each other and before the end of the lease, or are not told where they cannot [2131 4.4.5-1]", () => {
    for (let seconds = 1; seconds <= 200; seconds++) {
      const [t1 = 0, t2 = 0, end = 0] = times(seconds);
      expect(end).toBe(seconds);
      if (seconds < 4) expect([t1, t2]).toEqual([-1, -1]);
      else expect([t1 > 0, t1 < t2, t2 < end]).toEqual([true, true, true]);
    }
  });

  it("are told in OFFER and ACK, of the time that the lease then has, and are the same each time [2131 4.4.5-2, 4.4.5-4]", () => {
    const address = world.lease(A, { leaseSeconds: 800 });
    world.now += 1;
    const request = { type: 3, chaddr: A, ciaddr: address, leaseSeconds: 800 };
    const repeated = world.send(request, { to: "10.0.0.1", from: address });
    expect(repeated.reason).toBe("ack-repeated");
    const message = decodeMessage(repeated.bytes);
    expect([51, 58, 59].map((code) => numberOption(message, code))).toEqual([799, 399, 697]);
    expect(times(800)).toEqual(times(800));
  });
});

describe("RFC 2131 section 4.3.1: parameters", () => {
  function optionsOf(parts = {}, arrival = {}): ReadonlyMap<number, readonly number[]> {
    return decodeMessage(world.send({ type: 1, chaddr: A, ...parts }, arrival).bytes).options;
  }
  const text = (value: string): number[] => [...new TextEncoder().encode(value)];

  it("that are configured are sent to whoever asks [2131 4.3.1-10]", () => {
    const options = optionsOf({ requestList: [15, 3, 1] });
    expect(options.get(15)).toEqual(text("example.org"));
    expect(options.get(3)).toEqual(octetsOf("10.0.0.1"));
    expect(options.get(1)).toEqual(octetsOf("255.255.255.0"));
  });

  it("that are not configured are not sent, with a default or otherwise [2131 4.3.1-11, 4.3.1-12]", () => {
    const asked = [19, 20, 22, 23, 26, 27, 35, 37, 42, 69, 121, 150];
    const options = optionsOf({ requestList: asked });
    for (const code of asked) expect(options.has(code)).toBe(false);
  });

  it("are sent as far as there is room, the rest left out [2131 4.3.1-13]", () => {
    world = serve(`option merit-dump "${"m".repeat(250)}"; option root-path "${"r".repeat(250)}"; ${CONFIG}`);
    const message = decodeMessage(world.send({ type: 1, chaddr: A, requestList: [17, 14, 15, 3] }).bytes);
    expect(message.length).toBeLessThanOrEqual(548);
    expect([17, 14, 15, 3].map((code) => message.options.has(code))).toEqual([true, false, true, true]);
  });

  it("that are asked for twice are sent once [2131 4.3.1-14]", () => {
    const { bytes } = world.send({ type: 1, chaddr: A, requestList: [15, 3, 15, 3, 53, 54, 51, 15] });
    const { order } = decodeMessage(bytes);
    expect(new Set(order).size).toBe(order.length);
  });

  it("of one client are sent to it, by hardware address or identifier [2131 4.3.1-15]", () => {
    expect(optionsOf({ chaddr: "02:00:00:00:00:77" }).get(17)).toEqual(text("/known"));
    expect(optionsOf({ clientId: [1, 2, 3] }).get(17)).toEqual(text("/named"));
    expect(optionsOf().has(17)).toBe(false);
  });

  it("of a vendor class are sent to clients that say exactly its name [2131 4.3.1-16, 4.3.1-17]", () => {
    expect(optionsOf({ options: [[60, text("phone")]] }).get(66)).toEqual(text("phones"));
    for (const other of ["phones", "phon", "Phone", ""]) {
      expect(optionsOf({ options: [[60, text(other)]] }).has(66)).toBe(false);
    }
  });

  it("of the client's subnet are sent to it [2131 4.3.1-18]", () => {
    expect(optionsOf().get(3)).toEqual(octetsOf("10.0.0.1"));
    expect(optionsOf(RELAYED, RELAY).get(3)).toEqual(octetsOf("10.9.0.1"));
  });
});
