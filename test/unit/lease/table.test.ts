import { expect, test } from "vitest";
import { InvariantError } from "../../../src/base/assert.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { LeaseTable, NO_LEASE } from "../../../src/lease/table/table.ts";
import {
  address,
  KEYS,
  makeClient,
  makePools,
  makeRecord,
  numberedClient,
  octets,
} from "../../support/lease-clients.ts";

const POOLS = makePools({ ranges: ["10.0.0.1-10.0.0.9"] }, { ranges: ["10.1.0.1-10.1.0.9"], link: 1 });

function table(): LeaseTable {
  return new LeaseTable(POOLS, KEYS);
}

function bind(leases: LeaseTable, text: string, client: number, endsAt: number): number {
  const slot = leases.slotOf(address(text));
  leases.begin(slot);
  leases.bind(slot, numberedClient(client), 1000, endsAt);
  leases.confirm(slot);
  return slot;
}

function ignore(): void {}

test("a lease is told back as it was bound", () => {
  const leases = table();
  const client = makeClient({
    chaddr: Uint8Array.of(2, 0, 0, 0, 0, 1),
    clientId: Uint8Array.of(1, 9, 9),
    hostName: octets("printer"),
    agentInformation: Uint8Array.of(1, 1, 7),
    vendorClass: octets("udhcp"),
  });
  const slot = leases.slotOf(address("10.0.0.3"));
  leases.begin(slot);
  leases.bind(slot, client, 1000, 1600);
  leases.confirm(slot);
  expect(leases.record(slot)).toEqual({
    address: address("10.0.0.3"),
    state: BindingState.bound,
    startsAt: 1000,
    endsAt: 1600,
    lastTransactionAt: 1000,
    htype: 1,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
    clientId: Uint8Array.of(1, 9, 9),
    hostName: octets("printer"),
    agentInformation: Uint8Array.of(1, 1, 7),
    vendorClass: octets("udhcp"),
  });
  expect(leases.poolOf(slot)).toBe(0);
  expect(leases.hasDetailsOf(slot, client)).toBe(true);
});

test.each(["hostName", "agentInformation", "vendorClass", "chaddr"] as const)("a change of %s is noticed", (field) => {
  const leases = table();
  const parts = {
    clientId: Uint8Array.of(1, 9, 9),
    chaddr: Uint8Array.of(2, 0, 0, 0, 0, 1),
    hostName: octets("ab"),
    agentInformation: octets("ab"),
    vendorClass: octets("ab"),
  };
  const slot = leases.slotOf(address("10.0.0.3"));
  leases.offer(slot, makeClient(parts), 1000, 1030);
  const changed = makeClient({ ...parts, [field]: Uint8Array.of(...parts[field].subarray(0, -1), 0x7a) });
  expect(leases.hasDetailsOf(slot, changed)).toBe(false);
  expect(leases.isClient(slot, changed)).toBe(true);
  expect(leases.hasHardwareOf(slot, changed)).toBe(field !== "chaddr");
});

test("a client with a client identifier is another than one with the same hardware address without", () => {
  const leases = table();
  const chaddr = Uint8Array.of(2, 0, 0, 0, 0, 1);
  const named = makeClient({ chaddr, clientId: Uint8Array.of(1, ...chaddr) });
  const nameless = makeClient({ chaddr });
  const slot = leases.slotOf(address("10.0.0.3"));
  leases.offer(slot, named, 1000, 1030);
  expect(leases.isClient(slot, nameless)).toBe(false);
  expect(leases.findByClient(nameless, 0)).toBe(NO_LEASE);
  expect(leases.hasHardwareOf(slot, nameless)).toBe(true);
  expect(leases.findByClient(makeClient({ clientId: Uint8Array.of(1, ...chaddr) }), 0)).toBe(slot);
});

test("clients with the same octets in chaddr and different hardware types are different", () => {
  const leases = table();
  const chaddr = Uint8Array.of(2, 0, 0, 0, 0, 1);
  leases.offer(0, makeClient({ chaddr, htype: 1 }), 1000, 1030);
  expect(leases.isClient(0, makeClient({ chaddr, htype: 6 }))).toBe(false);
});

test("a client has a lease on each link, and each is found there", () => {
  const leases = table();
  const here = bind(leases, "10.0.0.3", 1, 2000);
  const there = bind(leases, "10.1.0.3", 1, 2000);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(here);
  expect(leases.findByClient(numberedClient(1), 1)).toBe(there);
  expect(leases.findByClient(numberedClient(1), 2)).toBe(NO_LEASE);
});

test("of a client's addresses the bound one is found first, then the offered one, then the last to end", () => {
  const leases = table();
  const older = bind(leases, "10.0.0.1", 1, 2000);
  const newer = bind(leases, "10.0.0.2", 1, 2500);
  leases.expire(3000, 10, ignore);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(newer);
  expect(leases.isClient(older, numberedClient(1))).toBe(true);
  const offered = leases.slotOf(address("10.0.0.3"));
  leases.offer(offered, numberedClient(1), 3000, 3030);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(offered);
  const bound = bind(leases, "10.0.0.4", 1, 3010);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(bound);
});

test("a client is not led back to an address that it had before its last one", () => {
  for (const end of ["expire", "release"] as const) {
    const leases = table();
    const [older, newer] = [bind(leases, "10.0.0.1", 1, 2000), bind(leases, "10.0.0.2", 1, 2500)];
    for (const slot of [older, newer]) {
      if (end === "release") {
        leases.begin(slot);
        leases.release(slot, 1100 + slot);
        leases.confirm(slot);
      } else leases.expire(leases.endsAt(slot), 10, ignore);
    }
    bind(leases, "10.0.0.2", 2, 4000);
    expect(leases.findByClient(numberedClient(1), 0)).toBe(NO_LEASE);
    expect(leases.isClient(older, numberedClient(1))).toBe(true);
  }
});

test("a release that is reverted leaves the client's other addresses found", () => {
  const leases = table();
  const [first, second] = [bind(leases, "10.0.0.1", 1, 2000), bind(leases, "10.0.0.2", 1, 2500)];
  leases.begin(second);
  leases.release(second, 2400);
  leases.expire(2000, 10, ignore);
  leases.revert(second);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(second);
  leases.begin(second);
  leases.abandon(second, 2450, 3000);
  leases.confirm(second);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(first);
});

test("a client that wandered through a pool leaves one entry behind, not one a step", () => {
  const leases = new LeaseTable(makePools({ ranges: ["10.0.0.0-10.0.255.255"] }), KEYS);
  // Quadratic work would make this take minutes.
  for (let slot = 0; slot < leases.size; slot++) {
    leases.load(
      makeRecord({
        address: leases.addressOf(slot),
        state: BindingState.released,
        endsAt: slot % 7919,
        htype: 1,
        hardwareAddress: octets("wander"),
      }),
    );
  }
  const wanderer = makeClient({ chaddr: octets("wander") });
  expect(leases.findByClient(wanderer, 0)).toBe(7918);
  for (let i = 0; i < 100_000; i++) leases.findByClient(wanderer, 0);
});

test("an address that is reserved is bound by name and not found by its client", () => {
  const leases = new LeaseTable(makePools({ ranges: ["10.0.0.1"], reserved: true }), KEYS);
  const slot = bind(leases, "10.0.0.1", 1, 2000);
  expect(leases.isClient(slot, numberedClient(1))).toBe(true);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(NO_LEASE);
});

test("an offer is prolonged for its client and free again when it is over", () => {
  const leases = table();
  leases.offer(3, numberedClient(1), 1000, 1030);
  leases.offer(3, numberedClient(1), 1020, 1050);
  expect(leases.lapseOffers(9999, 1049, 10)).toBe(0);
  expect(leases.lapseOffers(9999, 1050, 10)).toBe(1);
  expect(leases.state(3)).toBe(BindingState.free);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(NO_LEASE);
  expect(leases.isClient(3, numberedClient(1))).toBe(false);
});

test("an offer whose address is withheld, and given back, keeps its place among those that end with it", () => {
  const leases = table();
  for (const slot of [4, 2, 6]) leases.offer(slot, numberedClient(slot), 1000, 1030);
  leases.withhold([leases.addressOf(4)]);
  const order = [leases.nextOffer(0, NO_LEASE), leases.nextOffer(0, 4), leases.nextOffer(0, 2)];
  expect(order).toEqual([4, 2, 6]);
  leases.withhold([]);
  expect(leases.nextOffer(0, NO_LEASE)).toBe(4);
});

test("an offer never takes what somebody has, or what rests", () => {
  const leases = table();
  const bound = bind(leases, "10.0.0.1", 1, 2000);
  expect(() => leases.offer(bound, numberedClient(1), 1000, 1030)).toThrow(InvariantError);
  leases.offer(3, numberedClient(1), 1000, 1030);
  expect(() => leases.offer(3, numberedClient(2), 1000, 1030)).toThrow(InvariantError);
  leases.begin(4);
  expect(() => leases.offer(4, numberedClient(2), 1000, 1030)).toThrow(InvariantError);
  leases.abandon(4, 1000, 1600);
  leases.confirm(4);
  expect(() => leases.offer(4, numberedClient(2), 1599, 1630)).toThrow(InvariantError);
  leases.offer(4, numberedClient(2), 1600, 1630);
});

test("leases end in the order of their times, as many at once as asked for", () => {
  const leases = table();
  for (const [n, endsAt] of [1500, 1300, 1400, 1200, 9000].entries()) bind(leases, `10.0.0.${n + 1}`, n, endsAt);
  const told: number[] = [];
  expect(leases.expire(1199, 3, (slot) => told.push(slot))).toBe(0);
  expect(leases.expire(2000, 3, (slot) => told.push(slot))).toBe(3);
  expect(leases.expire(2000, 3, (slot) => told.push(slot))).toBe(1);
  expect(told).toEqual([3, 1, 2, 0]);
  expect(leases.expire(8999, 3, ignore)).toBe(0);
  expect(leases.countInPool(0, BindingState.expired)).toBe(4);
});

test("a lease without end never ends", () => {
  const leases = table();
  bind(leases, "10.0.0.1", 1, Number.POSITIVE_INFINITY);
  expect(leases.expire(Number.MAX_SAFE_INTEGER, 10, ignore)).toBe(0);
});

test("a lease whose renewal the store has not answered does not end, and ends after all when it is reverted", () => {
  const leases = table();
  const slot = bind(leases, "10.0.0.1", 1, 1500);
  leases.begin(slot);
  leases.bind(slot, numberedClient(1), 1499, 2500);
  expect(leases.expire(1600, 10, ignore)).toBe(0);
  leases.revert(slot);
  expect(leases.expire(1600, 10, ignore)).toBe(1);
});

test("a lease that becomes shorter ends sooner", () => {
  const leases = table();
  bind(leases, "10.0.0.1", 1, 9000);
  bind(leases, "10.0.0.1", 1, 1500);
  expect(leases.expire(1499, 10, ignore)).toBe(0);
  expect(leases.expire(1500, 10, ignore)).toBe(1);
});

test("a lease that is prolonged again and again ends at its last time, be that rounds of the wheel away", () => {
  const leases = table();
  const day = 86_400;
  for (const endsAt of [1500, 2500, 3 * day + 7]) bind(leases, "10.0.0.1", 1, endsAt);
  bind(leases, "10.0.0.2", 2, 3 * day + 6);
  for (let now = 1000; now < 3 * day + 6; now += 4999) expect(leases.expire(now, 10, ignore)).toBe(0);
  expect(leases.expire(3 * day + 5, 10, ignore)).toBe(0);
  expect(leases.expire(3 * day + 6, 10, ignore)).toBe(1);
  expect(leases.expire(3 * day + 7, 10, ignore)).toBe(1);
});

test("a lease that begins after the clock was set back ends at its time", () => {
  const leases = table();
  bind(leases, "10.0.0.1", 1, 90_000);
  expect(leases.expire(89_000, 10, ignore)).toBe(0);
  bind(leases, "10.0.0.2", 2, 1500);
  expect(leases.expire(1499, 10, ignore)).toBe(0);
  expect(leases.expire(1500, 10, ignore)).toBe(1);
  expect(leases.expire(89_999, 10, ignore)).toBe(0);
  expect(leases.expire(90_000, 10, ignore)).toBe(1);
});

test("a pending lease that the store replaces by a shorter one ends at the shorter one's time", () => {
  const leases = table();
  const slot = bind(leases, "10.0.0.5", 1, 5000);
  leases.begin(slot);
  leases.bind(slot, numberedClient(1), 1000, 6000);
  leases.load(LOADED);
  leases.confirm(slot);
  expect(leases.expire(LOADED.endsAt - 1, 10, ignore)).toBe(0);
  expect(leases.expire(LOADED.endsAt, 10, ignore)).toBe(1);
});

test("a reverted change leaves the lease, its client and its place in the queue as they were", () => {
  const leases = table();
  const slot = bind(leases, "10.0.0.1", 1, 1500);
  bind(leases, "10.0.0.2", 2, 1400);
  leases.expire(2000, 10, ignore);
  const before = leases.record(slot);
  leases.begin(slot);
  leases.bind(slot, numberedClient(3, "a name that takes more room than before"), 2000, 3000);
  expect(leases.findByClient(numberedClient(3), 0)).toBe(slot);
  expect(leases.nextIdle(0, NO_LEASE)).toBe(1);
  expect(leases.nextIdle(0, 1)).toBe(NO_LEASE);
  leases.revert(slot);
  expect(leases.record(slot)).toEqual(before);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(slot);
  expect(leases.findByClient(numberedClient(3), 0)).toBe(NO_LEASE);
  expect(leases.nextIdle(0, 1)).toBe(slot);
  expect(leases.isPending(slot)).toBe(false);
});

test("one change of a slot at a time, and none that was not begun", () => {
  const leases = table();
  leases.begin(0);
  expect(() => leases.begin(0)).toThrow(InvariantError);
  for (const change of [
    () => leases.bind(1, numberedClient(1), 1000, 2000),
    () => leases.release(1, 1000),
    () => leases.abandon(1, 1000, 2000),
    () => leases.confirm(1),
    () => leases.revert(1),
  ]) {
    expect(change).toThrow(InvariantError);
  }
});

test("many changes may be under way at once", () => {
  const leases = new LeaseTable(makePools({ ranges: ["10.0.0.0-10.0.15.255"] }), KEYS);
  for (let slot = 0; slot < leases.size; slot++) {
    leases.begin(slot);
    leases.bind(slot, numberedClient(slot), 1000, 2000 + slot);
  }
  for (let slot = 0; slot < leases.size; slot++) {
    if (slot % 3 === 0) leases.revert(slot);
    else leases.confirm(slot);
  }
  for (let slot = 0; slot < leases.size; slot++) {
    expect(leases.state(slot)).toBe(slot % 3 === 0 ? BindingState.free : BindingState.bound);
    expect(leases.findByClient(numberedClient(slot), 0)).toBe(slot % 3 === 0 ? NO_LEASE : slot);
  }
});

test("an abandoned slot forgets its client", () => {
  const leases = table();
  const slot = bind(leases, "10.0.0.1", 1, 2000);
  leases.begin(slot);
  leases.abandon(slot, 1100, 1700);
  leases.confirm(slot);
  expect(leases.isClient(slot, numberedClient(1))).toBe(false);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(NO_LEASE);
  expect(leases.record(slot)).toEqual(
    makeRecord({
      address: address("10.0.0.1"),
      state: BindingState.abandoned,
      startsAt: 1100,
      endsAt: 1700,
      lastTransactionAt: 1100,
    }),
  );
});

const LOADED: LeaseRecord = makeRecord({
  address: address("10.0.0.5"),
  startsAt: 1000,
  endsAt: 2000,
  lastTransactionAt: 1000,
  htype: 1,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 4),
});

test("the last record of an address counts", () => {
  const leases = table();
  expect(leases.load({ ...LOADED, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 2) })).toBe(true);
  leases.load(LOADED);
  expect(leases.findByClient(numberedClient(4), 0)).toBe(4);
  expect(leases.findByClient(numberedClient(2), 0)).toBe(NO_LEASE);
  leases.load({ ...LOADED, state: BindingState.free });
  expect(leases.findByClient(numberedClient(4), 0)).toBe(NO_LEASE);
  expect(leases.countInPool(0, BindingState.free)).toBe(9);
});

test("a record that is loaded as bound and is over expires at the next pass", () => {
  const leases = table();
  leases.load(LOADED);
  expect(leases.expire(2000, 10, ignore)).toBe(1);
  expect(leases.state(4)).toBe(BindingState.expired);
  expect(leases.findByClient(numberedClient(4), 0)).toBe(4);
});

test("a client identifier of one octet is none", () => {
  const leases = table();
  leases.load({ ...LOADED, clientId: Uint8Array.of(7) });
  expect(leases.isClient(4, numberedClient(4))).toBe(true);
});

test("a record that comes from the store during a change is what both ends of the change lead to", () => {
  for (const end of ["confirm", "revert"] as const) {
    const leases = table();
    bind(leases, "10.0.0.5", 1, 1500);
    leases.begin(4);
    leases.bind(4, numberedClient(2), 1000, 3000);
    leases.load(LOADED);
    leases[end](4);
    expect(leases.record(4)).toEqual(LOADED);
    for (const n of [1, 2]) expect(leases.findByClient(numberedClient(n), 0)).toBe(NO_LEASE);
    expect(leases.findByClient(numberedClient(4), 0)).toBe(4);
    expect(leases.expire(1999, 10, ignore)).toBe(0);
    expect(leases.expire(2000, 10, ignore)).toBe(1);
  }
});

test("leases of addresses in no pool are kept until they are over", () => {
  const leases = table();
  const lost = { ...LOADED, address: address("192.0.2.1") };
  expect(leases.load({ ...lost, endsAt: 1 })).toBe(false);
  expect(leases.load(lost)).toBe(false);
  expect([...leases.outside()]).toEqual([lost]);
  leases.expire(1999, 10, ignore);
  expect([...leases.outside()]).toEqual([lost]);
  leases.expire(2000, 10, ignore);
  expect([...leases.outside()]).toEqual([]);
});

test("a rebuilt table keeps every lease and offer, sets aside what no pool has any more, and finds it again", () => {
  const leases = table();
  bind(leases, "10.0.0.1", 1, 2000);
  bind(leases, "10.0.0.9", 3, 2500);
  leases.offer(leases.slotOf(address("10.0.0.2")), numberedClient(2), 1000, 1030);
  leases.offer(leases.slotOf(address("10.0.0.8")), numberedClient(5), 1000, 1030);
  const kept = leases.record(leases.slotOf(address("10.0.0.1")));

  const narrower = leases.rebuild(
    makePools({ ranges: ["10.0.7.0-10.0.7.9"] }, { ranges: ["10.0.0.1-10.0.0.4"], link: 3 }),
  );
  expect(narrower.record(narrower.slotOf(address("10.0.0.1")))).toEqual(kept);
  expect(narrower.findByClient(numberedClient(1), 3)).toBe(narrower.slotOf(address("10.0.0.1")));
  expect(narrower.findByClient(numberedClient(2), 3)).toBe(narrower.slotOf(address("10.0.0.2")));
  expect([...narrower.outside()].map((record) => record.address)).toEqual([address("10.0.0.9")]);
  expect(narrower.countInPool(1, BindingState.bound)).toBe(1);
  expect(narrower.countInPool(1, BindingState.free)).toBe(2);

  const again = narrower.rebuild(POOLS);
  expect([...again.outside()]).toEqual([]);
  expect(again.findByClient(numberedClient(3), 0)).toBe(again.slotOf(address("10.0.0.9")));
  expect(again.state(again.slotOf(address("10.0.0.8")))).toBe(BindingState.free);
});

test("a table is not rebuilt while a change is under way", () => {
  const leases = table();
  leases.begin(0);
  expect(() => leases.rebuild(POOLS)).toThrow(InvariantError);
});

test("the slots that a file must contain are told in order", () => {
  const leases = table();
  bind(leases, "10.1.0.2", 1, 2000);
  bind(leases, "10.0.0.4", 2, 2000);
  leases.offer(5, numberedClient(3), 1000, 1030);
  const stored: number[] = [];
  for (let slot = leases.nextStored(NO_LEASE); slot !== NO_LEASE; slot = leases.nextStored(slot)) stored.push(slot);
  expect(stored).toEqual([3, 10]);
});
