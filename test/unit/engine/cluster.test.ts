// What a server decides that shares its leases with others.

import { beforeEach, describe, expect, it } from "vitest";
import { MESSAGE_AGE_SECONDS, RESERVE_MARGIN_SECONDS } from "../../../src/base/limits/engine.ts";
import { Change } from "../../../src/engine/decision.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { NO_LEASE } from "../../../src/lease/table/table.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { ip, type MessageParts } from "../../support/message-builder.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const SERVER = "10.0.0.1";
const RESERVE = 600;
const SKEW = 30;
const GUARD = 70;
/** A message about a lease is believed when the lease is so old. */
const BELIEVED = MESSAGE_AGE_SECONDS + SKEW;
const POOL = "ping-check off; default-lease-time 3600; max-lease-time 3600; authoritative; range 10.0.0.10 10.0.0.19;";
const HOSTS = "host printer { hardware ethernet 02:00:00:00:00:0c; fixed-address 10.0.0.12; }";

let world: EngineWorld;

function worldOf(text = POOL, hosts = ""): EngineWorld {
  const terms = { reserveSeconds: RESERVE, clockSkewSeconds: SKEW };
  const config = `${hosts} subnet 10.0.0.0 netmask 255.255.255.0 { ${text} }`;
  return new EngineWorld(config, [testInterface(2, "lan0", SERVER)], terms);
}

function slotOf(address: string): number {
  return world.table.slotOf(ip(address));
}

function stateOf(address: string): number {
  return world.table.state(slotOf(address));
}

/** What another server has written of an address is learnt. */
function learn(address: string, chaddr: string, more: Partial<LeaseRecord> = {}): void {
  world.revision += 1;
  const record: LeaseRecord = {
    address: ip(address),
    state: BindingState.bound,
    startsAt: world.now,
    endsAt: world.now + 3600 + RESERVE,
    lastTransactionAt: world.now,
    htype: 1,
    hardwareAddress: Uint8Array.from(chaddr.split(":"), (octet) => Number.parseInt(octet, 16)),
    clientId: new Uint8Array(0),
    hostName: new Uint8Array(0),
    agentInformation: new Uint8Array(0),
    vendorClass: new Uint8Array(0),
    ...more,
  };
  world.table.learn(record.address, record, world.revision);
}

function renewal(chaddr: string, address: string): [MessageParts, { to: string; from: string }] {
  return [
    { type: 3, chaddr, ciaddr: address },
    { to: SERVER, from: address },
  ];
}

function selecting(chaddr: string, address: string): MessageParts {
  return { type: 3, chaddr, requested: address, serverId: SERVER };
}

function release(chaddr: string, address: string): [MessageParts, { to: string; from: string }] {
  return [
    { type: 7, chaddr, ciaddr: address, serverId: SERVER },
    { to: SERVER, from: address },
  ];
}

beforeEach(() => {
  world = worldOf();
});

describe("a lease of a cluster", () => {
  it("lasts longer in the store than its client is told, by the reserve", () => {
    const offer = world.send({ type: 1, chaddr: A });
    const ack = world.send(selecting(A, offer.yiaddr));
    expect(ack).toMatchObject({ reason: "ack-selecting", leaseSeconds: 3600 });
    expect(world.table.endsAt(slotOf(ack.yiaddr))).toBe(world.now + 3600 + RESERVE);
  });

  it("that another server has promised for longer is not shortened by a renewal", () => {
    const promised = world.now + 3600 + RESERVE + 25;
    learn("10.0.0.10", A, { endsAt: promised });
    world.now += 10;
    expect(world.send(...renewal(A, "10.0.0.10"))).toMatchObject({ reason: "ack-renew", leaseSeconds: 3600 });
    expect(world.table.endsAt(slotOf("10.0.0.10"))).toBe(promised);
    world.now += 1000;
    world.send(...renewal(A, "10.0.0.10"));
    expect(world.table.endsAt(slotOf("10.0.0.10"))).toBe(world.now + 3600 + RESERVE);
  });

  it("that is another client's by now does not lend its end to the next one", () => {
    learn("10.0.0.10", B, { state: BindingState.released, endsAt: world.now + 90_000 });
    world.send(selecting(A, "10.0.0.10"));
    expect(world.table.endsAt(slotOf("10.0.0.10"))).toBe(world.now + 3600 + RESERVE);
  });

  it("is told again without being stored anew only if this server has stored it, to the end that was told", () => {
    const address = world.lease(A);
    world.now += 1;
    expect(world.send(selecting(A, address))).toMatchObject({ reason: "ack-repeated", leaseSeconds: 3599 });
    learn(address, A, { lastTransactionAt: world.now });
    expect(world.send(selecting(A, address))).toMatchObject({ reason: "ack-selecting", leaseSeconds: 3600 });
  });

  it("is told again for no longer than anew, though another server has promised it for longer", () => {
    learn("10.0.0.10", A, { endsAt: world.now + 3600 + RESERVE + 25 });
    world.send(...renewal(A, "10.0.0.10"));
    expect(world.send(...renewal(A, "10.0.0.10"))).toMatchObject({ reason: "ack-repeated", leaseSeconds: 3600 });
  });

  it("stays its client's beyond its end until the guard is over, whoever asks", () => {
    world = worldOf("ping-check off; authoritative; range 10.0.0.10 10.0.0.10;");
    learn("10.0.0.10", A, { endsAt: world.now + 100 });
    world.now += 100 + GUARD - 1;
    world.table.expire(world.now, 10, () => undefined, GUARD);
    expect(world.send({ type: 1, chaddr: B }).reason).toBe("drop-pool-empty");
    // Its client comes back, and does not come again.
    expect(world.send({ type: 1, chaddr: A })).toMatchObject({ reason: "offer-current", yiaddr: "10.0.0.10" });
    world.table.lapseOffers(world.now + 40, world.monotonic + 40, 10);
    expect(stateOf("10.0.0.10")).toBe(BindingState.bound);
    expect(world.send({ type: 1, chaddr: B }).reason).toBe("drop-pool-empty");
    world.now += 1;
    world.table.expire(world.now, 10, () => undefined, GUARD);
    expect(world.send({ type: 1, chaddr: B })).toMatchObject({ reason: "offer-new", yiaddr: "10.0.0.10" });
  });

  it("keeps a reserved address from its host until the guard is over", () => {
    world = worldOf(POOL, HOSTS);
    learn("10.0.0.12", A, { endsAt: world.now + 100 });
    world.now += 100 + GUARD - 1;
    const asked = { type: 1, chaddr: "02:00:00:00:00:0c" };
    world.table.expire(world.now, 10, () => undefined, GUARD);
    expect(world.send(asked).yiaddr).not.toBe("10.0.0.12");
    world.now += 1;
    world.table.expire(world.now, 10, () => undefined, GUARD);
    expect(world.send(asked).yiaddr).toBe("10.0.0.12");
  });
});

describe("a NAK because of a lease", () => {
  it("waits until the store has been read, and only then refuses", () => {
    learn("10.0.0.10", B);
    expect(world.send(...renewal(A, "10.0.0.10"))).toMatchObject({ reason: "nak-taken" });
    expect(world.exchange.decision).toMatchObject({
      needsRefresh: true,
      slot: slotOf("10.0.0.10"),
      change: Change.none,
    });
    world.isFresh = true;
    expect(world.send(...renewal(A, "10.0.0.10"))).toMatchObject({ reason: "nak-taken", messageType: 6 });
    expect(world.exchange.decision.needsRefresh).toBe(false);
  });

  it("waits as well if the address rests, or is not the client's", () => {
    learn("10.0.0.10", B, { state: BindingState.abandoned });
    expect(world.send(selecting(A, "10.0.0.10")).reason).toBe("nak-not-available");
    expect(world.exchange.decision.needsRefresh).toBe(true);
    world.lease(A);
    const other = world.send({ type: 1, chaddr: B }).yiaddr;
    expect(world.send({ type: 3, chaddr: A, requested: other }).reason).toBe("nak-wrong-address");
    expect(world.exchange.decision.needsRefresh).toBe(true);
  });

  it("does not wait if the configuration says so", () => {
    world = worldOf(POOL, HOSTS);
    for (const [requested, reason] of [
      ["10.9.0.1", "nak-wrong-link"],
      ["10.0.0.12", "nak-taken"],
      [SERVER, "nak-not-available"],
    ] as const) {
      expect(world.send(selecting(A, requested))).toMatchObject({ reason, messageType: 6 });
      expect(world.exchange.decision.needsRefresh).toBe(false);
    }
    expect(world.send(selecting("02:00:00:00:00:0c", "10.0.0.13")).reason).toBe("nak-reserved-elsewhere");
    expect(world.exchange.decision.needsRefresh).toBe(false);
  });

  it("is not sent for an address that no pool has: another server may have a newer configuration", () => {
    learn("10.0.0.77", A);
    for (const request of [selecting(A, "10.0.0.77"), { type: 3, chaddr: A, requested: "10.0.0.77" }]) {
      expect(world.send(request).reason).toBe("drop-not-ours");
    }
    expect(world.send(...renewal(A, "10.0.0.77")).reason).toBe("drop-not-ours");
  });

  it("does not wait on a server that has its leases to itself", () => {
    world = new EngineWorld(`subnet 10.0.0.0 netmask 255.255.255.0 { ${POOL} }`, [testInterface(2, "lan0", SERVER)]);
    const address = world.lease(B);
    expect(world.send(selecting(A, address)).reason).toBe("nak-taken");
    expect(world.exchange.decision.needsRefresh).toBe(false);
  });

  it("is not sent because this server has offered the address to another client: both may ask, and the store decides", () => {
    const offered = world.send({ type: 1, chaddr: B }).yiaddr;
    expect(world.send(selecting(A, offered))).toMatchObject({ reason: "ack-selecting", yiaddr: offered });
    expect(world.send(selecting(B, offered)).reason).toBe("nak-taken");
  });
});

describe("a renewal while the store is away", () => {
  beforeEach(() => {
    learn("10.0.0.10", A, { endsAt: world.now + 2000 + RESERVE });
    world.serving.isStoreAway = true;
  });

  it("is given what is left of the promise, and changes nothing", () => {
    for (const arrival of [{ to: SERVER, from: "10.0.0.10" }, { from: "10.0.0.10" }]) {
      const ack = world.send({ type: 3, chaddr: A, ciaddr: "10.0.0.10" }, arrival);
      const leaseSeconds = 2000 + RESERVE - RESERVE_MARGIN_SECONDS;
      expect(ack).toMatchObject({ reason: "ack-from-reserve", messageType: 5, yiaddr: "10.0.0.10", leaseSeconds });
      expect(world.exchange.decision.change).toBe(Change.none);
    }
  });

  it("is given no more than the configuration allows", () => {
    learn("10.0.0.10", A, { endsAt: world.now + 90_000 });
    expect(world.send(...renewal(A, "10.0.0.10"))).toMatchObject({ reason: "ack-from-reserve", leaseSeconds: 3600 });
  });

  it("is given nothing once the promise is all but over", () => {
    world.now += 2000 + RESERVE - RESERVE_MARGIN_SECONDS;
    expect(world.send(...renewal(A, "10.0.0.10")).reason).toBe("ack-renew");
    expect(world.exchange.decision.change).toBe(Change.bind);
  });

  it("is the only request that is answered so: others begin a change, for which the server has to wait", () => {
    const requests = [selecting(A, "10.0.0.10"), { type: 3, chaddr: A, requested: "10.0.0.10" }];
    for (const request of requests) {
      world.now += 5;
      world.send(request);
      expect(world.exchange.decision.change).toBe(Change.bind);
    }
    world.send(...renewal(B, "10.0.0.11"));
    expect(world.exchange.decision.change).toBe(Change.bind);
  });
});

describe("a message that may be older than the lease that it is about", () => {
  it("gives no lease back that is younger", () => {
    const address = world.lease(A);
    world.now += BELIEVED - 1;
    expect(world.send(...release(A, address)).reason).toBe("drop-too-new");
    expect(stateOf(address)).toBe(BindingState.bound);
    world.now += 1;
    expect(world.send(...release(A, address)).reason).toBe("released");
    expect(stateOf(address)).toBe(BindingState.released);
  });

  it("lets nobody else have a declined address before the lease is over that its client may have again", () => {
    world = worldOf(POOL.replaceAll("3600", "7200"));
    const address = world.lease(A);
    const endsAt = world.table.endsAt(slotOf(address));
    expect(world.send({ type: 4, chaddr: A, requested: address, serverId: SERVER }).reason).toBe("declined");
    expect(stateOf(address)).toBe(BindingState.abandoned);
    expect(world.table.endsAt(slotOf(address))).toBe(endsAt + BELIEVED);
  });

  it("ends no lease by being refused", () => {
    world = worldOf(POOL, HOSTS);
    const card = "02:00:00:00:00:0c";
    learn("10.0.0.11", card);
    expect(world.send(...renewal(card, "10.0.0.11")).reason).toBe("nak-reserved-elsewhere");
    expect(stateOf("10.0.0.11")).toBe(BindingState.bound);
    world.now += BELIEVED;
    expect(world.send(...renewal(card, "10.0.0.11")).reason).toBe("nak-reserved-elsewhere");
    expect(stateOf("10.0.0.11")).toBe(BindingState.released);
  });

  it("makes the client give up its other lease only if that is older, and by a change of its own", () => {
    const first = world.lease(A);
    const second = first === "10.0.0.10" ? "10.0.0.11" : "10.0.0.10";
    world.now += BELIEVED - 1;
    world.send(selecting(A, second));
    expect(world.exchange.decision).toMatchObject({
      change: Change.bind,
      alsoReleased: NO_LEASE,
      releasedAfter: NO_LEASE,
    });
    world = worldOf();
    world.lease(A);
    world.now += BELIEVED;
    world.send(selecting(A, second));
    const decision = { change: Change.bind, alsoReleased: NO_LEASE, releasedAfter: slotOf(first) };
    expect(world.exchange.decision).toMatchObject(decision);
    expect(stateOf(first)).toBe(BindingState.bound);
  });
});

describe("a leasequery about a lease of a cluster", () => {
  it("is told the end that the client knows", () => {
    world = worldOf(POOL, "allow leasequery;");
    const address = world.lease(A);
    world.now += 600;
    const asked: MessageParts = { type: 10, chaddr: "00:00:00:00:00:00", ciaddr: address, giaddr: "10.0.0.9", hops: 1 };
    const told = (): number => {
      world.send(asked, { to: SERVER, from: "10.0.0.9", port: 67 });
      return world.exchange.decision.reply.lease.leaseSeconds;
    };
    expect(told()).toBe(3000);
    expect(world.exchange.decision.reason).toBe("lease-active");
    world.now += 3000;
    told();
    expect(world.exchange.decision.reason).toBe("lease-unassigned");
  });
});
