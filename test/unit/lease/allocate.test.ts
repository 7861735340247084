import { expect, test } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { allocate, isAvailable } from "../../../src/lease/allocate.ts";
import { BindingState, OfferCheck } from "../../../src/lease/lease.ts";
import { LeaseTable, NO_LEASE, type PoolDefinition } from "../../../src/lease/table/table.ts";
import type { ClientIdentity } from "../../../src/wire/client-identity.ts";
import { address, KEYS, makePools, makeRecord, numberedClient } from "../../support/lease-clients.ts";

const NOW = 1000;

/** A table of its own with the few steps that these tests are made of. */
class World {
  readonly table: LeaseTable;

  constructor(pools: readonly PoolDefinition[]) {
    this.table = new LeaseTable(pools, KEYS);
  }

  slot(text: string): number {
    return this.table.slotOf(address(text));
  }

  bind(text: string, client: ClientIdentity, endsAt: number): void {
    const slot = this.slot(text);
    this.table.begin(slot);
    this.table.bind(slot, client, NOW, endsAt);
    this.table.confirm(slot);
  }

  abandon(text: string, until: number): void {
    const slot = this.slot(text);
    this.table.begin(slot);
    this.table.abandon(slot, NOW, until);
    this.table.confirm(slot);
  }

  expire(now: number): void {
    this.table.lapseOffers(now, now, Number.POSITIVE_INFINITY);
    this.table.expire(now, Number.POSITIVE_INFINITY, () => undefined);
  }

  /** The address that would be offered, or "none". */
  allocate(
    client: ClientIdentity,
    more: { pools?: number[]; wanted?: string; now?: number; tried?: string[] } = {},
  ): string {
    const { pools = [0], wanted = "0.0.0.0", now = NOW, tried = [] } = more;
    const triedSlots = tried.map((text) => this.slot(text));
    const slot = allocate(this.table, pools, client, address(wanted), now, triedSlots);
    return slot === NO_LEASE ? "none" : formatIpv4(this.table.addressOf(slot));
  }
}

const FOUR = makePools({ ranges: ["10.0.0.1-10.0.0.4"] });
const LARGE = makePools({ ranges: ["10.0.0.0-10.0.255.255"] });

test("two tables with the same pools and leases choose the same addresses", () => {
  const one = new World(LARGE);
  const other = new World(makePools({ ranges: ["10.0.0.0-10.0.255.255"] }));
  for (let n = 0; n < 500; n++) {
    const client = numberedClient(n);
    const chosen = one.allocate(client);
    expect(other.allocate(client)).toBe(chosen);
    one.bind(chosen, client, 2000);
    other.bind(chosen, client, 2000);
  }
});

test("clients are spread over the pool, not given one address after the other", () => {
  const world = new World(LARGE);
  const quarters = [0, 0, 0, 0];
  for (let n = 0; n < 400; n++) {
    const quarter = Number(world.allocate(numberedClient(n)).split(".")[2]) >>> 6;
    quarters[quarter] = (quarters[quarter] ?? 0) + 1;
  }
  for (const count of quarters) expect(count).toBeGreaterThan(50);
});

test("another pool starts a client elsewhere", () => {
  const world = new World(makePools({ ranges: ["10.0.0.0-10.0.255.255"] }, { ranges: ["10.1.0.0-10.1.255.255"] }));
  const differing = Array.from({ length: 20 }, (_, n) => numberedClient(n)).filter((client) => {
    const [first, second] = [world.allocate(client, { pools: [0] }), world.allocate(client, { pools: [1] })];
    return first.slice(5) !== second.slice(5);
  });
  expect(differing.length).toBeGreaterThan(15);
});

test("a client that asks again before it answers gets the same address", () => {
  const world = new World(LARGE);
  const client = numberedClient(1);
  const first = world.allocate(client);
  world.table.offer(world.slot(first), client, NOW, NOW + 30);
  expect(world.allocate(client, { now: NOW + 1 })).toBe(first);
});

test("an address on offer is offered to somebody else only when nothing else is left, the oldest first [B4]", () => {
  const world = new World(FOUR);
  const offered: string[] = [];
  for (let n = 0; n < 4; n++) {
    const chosen = world.allocate(numberedClient(n));
    expect(offered).not.toContain(chosen);
    world.table.offer(world.slot(chosen), numberedClient(n), NOW, NOW + 30);
    offered.push(chosen);
  }
  for (let n = 0; n < 4; n++) {
    expect(world.allocate(numberedClient(9), { tried: offered.slice(0, n) })).toBe(offered[n]);
  }
  // One that was made anew is the youngest, one whose address is being checked does not give way.
  world.table.offer(world.slot(offered[0] ?? ""), numberedClient(0), NOW, NOW + 30);
  world.table.offer(world.slot(offered[1] ?? ""), numberedClient(1), NOW, NOW + 30, OfferCheck.underWay);
  expect(world.allocate(numberedClient(9), { tried: offered.slice(3) })).toBe(offered[2]);
  expect(world.allocate(numberedClient(9), { tried: offered.slice(2) })).toBe(offered[0]);
  expect(world.allocate(numberedClient(9), { tried: [offered[0] ?? "", ...offered.slice(2)] })).toBe("none");
});

test("what has ended with a step of the wall clock is its client's alone while it is held back [B8]", () => {
  const world = new World(makePools({ ranges: ["10.0.0.1-10.0.0.2"] }));
  world.bind("10.0.0.1", numberedClient(1), 1500);
  world.bind("10.0.0.2", numberedClient(2), 5000);
  world.expire(1600);
  world.table.holdBack(1700);
  world.expire(9000);
  expect(world.allocate(numberedClient(9), { now: 9000 })).toBe("10.0.0.1");
  expect(world.allocate(numberedClient(9), { now: 9000, tried: ["10.0.0.1"] })).toBe("none");
  expect(world.allocate(numberedClient(9), { now: 9000, wanted: "10.0.0.2" })).toBe("10.0.0.1");
  expect(world.allocate(numberedClient(2), { now: 9000 })).toBe("10.0.0.2");
  world.table.holdBack(Number.POSITIVE_INFINITY);
  expect(world.allocate(numberedClient(9), { now: 9000, tried: ["10.0.0.1"] })).toBe("10.0.0.2");
});

test("a client gets its last address back after its lease is over, though others were never used", () => {
  const world = new World(LARGE);
  world.bind("10.0.77.77", numberedClient(1), 2000);
  world.expire(3000);
  expect(world.allocate(numberedClient(1), { now: 3000, wanted: "10.0.1.1" })).toBe("10.0.77.77");
});

test("a client whose last address was taken over gets another one", () => {
  const world = new World(FOUR);
  world.bind("10.0.0.2", numberedClient(1), 2000);
  world.expire(3000);
  world.bind("10.0.0.2", numberedClient(2), 5000);
  const chosen = world.allocate(numberedClient(1), { now: 3000 });
  expect(chosen).not.toBe("none");
  expect(chosen).not.toBe("10.0.0.2");
});

test("a last address in a pool that the client may not use is left alone", () => {
  const world = new World(makePools({ ranges: ["10.0.0.1-10.0.0.4"] }, { ranges: ["10.0.0.9"] }));
  world.bind("10.0.0.9", numberedClient(1), 2000);
  expect(world.allocate(numberedClient(1), { pools: [0] })).toMatch(/^10\.0\.0\.[1-4]$/);
});

test("a requested address that is free is given", () => {
  expect(new World(LARGE).allocate(numberedClient(1), { wanted: "10.0.9.9" })).toBe("10.0.9.9");
});

test.each([
  ["is in no pool", "192.0.2.1"],
  ["is somebody's", "10.0.0.2"],
  ["is in a pool of another link", "10.9.0.1"],
  ["is reserved", "10.0.0.200"],
  ["rests", "10.0.0.3"],
  ["has rested, while others were never used", "10.0.0.4"],
])("a requested address that %s is not given", (_, wanted) => {
  const world = new World(
    makePools(
      { ranges: ["10.0.0.1-10.0.0.9"] },
      { ranges: ["10.9.0.1"], link: 1 },
      { ranges: ["10.0.0.200"], reserved: true },
    ),
  );
  world.bind("10.0.0.2", numberedClient(2), 9000);
  world.abandon("10.0.0.3", 9000);
  world.abandon("10.0.0.4", NOW - 1);
  const chosen = world.allocate(numberedClient(1), { wanted });
  expect(chosen).toMatch(/^10\.0\.0\.[1-9]$/);
  expect(chosen).not.toBe(wanted);
});

test("the pools are used in the order given", () => {
  const world = new World(makePools({ ranges: ["10.0.0.1"] }, { ranges: ["10.0.1.1"] }));
  expect(world.allocate(numberedClient(1), { pools: [0, 1] })).toBe("10.0.0.1");
  expect(world.allocate(numberedClient(1), { pools: [1, 0] })).toBe("10.0.1.1");
  world.bind("10.0.0.1", numberedClient(7), 9000);
  expect(world.allocate(numberedClient(1), { pools: [0, 1] })).toBe("10.0.1.1");
});

test("what was never used comes before what somebody may come back to, in whichever pool", () => {
  const world = new World(makePools({ ranges: ["10.0.0.1"] }, { ranges: ["10.0.1.1"] }));
  world.bind("10.0.0.1", numberedClient(7), 2000);
  world.expire(3000);
  expect(world.allocate(numberedClient(1), { pools: [0, 1], now: 3000 })).toBe("10.0.1.1");
});

test("in a full pool the longest-expired or -released address comes first", () => {
  const world = new World(FOUR);
  world.bind("10.0.0.1", numberedClient(11), 2300);
  world.bind("10.0.0.2", numberedClient(12), 2100);
  world.bind("10.0.0.3", numberedClient(13), 2200);
  world.bind("10.0.0.4", numberedClient(14), 9000);
  world.expire(3000);
  const slot = world.slot("10.0.0.4");
  world.table.begin(slot);
  world.table.release(slot, 2050);
  world.table.confirm(slot);
  for (const expected of ["10.0.0.4", "10.0.0.2", "10.0.0.3", "10.0.0.1"]) {
    expect(world.allocate(numberedClient(1), { now: 3000 })).toBe(expected);
    world.bind(expected, numberedClient(20), 9000);
  }
  expect(world.allocate(numberedClient(1), { now: 3000 })).toBe("none");
});

test("the longest-expired address is found whichever pool has it and in whichever order leases were loaded", () => {
  const world = new World(makePools({ ranges: ["10.0.0.1-10.0.0.2"] }, { ranges: ["10.0.1.1-10.0.1.2"] }));
  const ends: [string, number][] = [
    ["10.0.0.1", 400],
    ["10.0.0.2", 200],
    ["10.0.1.1", 300],
    ["10.0.1.2", 100],
  ];
  for (const [text, endsAt] of ends) {
    world.table.load(makeRecord({ address: address(text), state: BindingState.expired, endsAt }));
  }
  expect(world.allocate(numberedClient(1), { pools: [0, 1] })).toBe("10.0.1.2");
  expect(world.allocate(numberedClient(1), { pools: [0, 1], tried: ["10.0.1.2", "10.0.0.2"] })).toBe("10.0.1.1");
});

test("abandoned addresses come last, the one whose rest ended first before the others, and never during their rest", () => {
  const world = new World(FOUR);
  world.abandon("10.0.0.1", 1700);
  world.abandon("10.0.0.2", 1600);
  world.abandon("10.0.0.3", 5000);
  world.bind("10.0.0.4", numberedClient(4), 1500);
  expect(world.allocate(numberedClient(1), { now: 1550 })).toBe("none");
  world.expire(2000);
  expect(world.allocate(numberedClient(1), { now: 2000 })).toBe("10.0.0.4");
  expect(world.allocate(numberedClient(1), { now: 2000, tried: ["10.0.0.4"] })).toBe("10.0.0.2");
  expect(world.allocate(numberedClient(1), { now: 2000, tried: ["10.0.0.4", "10.0.0.2"] })).toBe("10.0.0.1");
  expect(world.allocate(numberedClient(1), { now: 2000, tried: ["10.0.0.4", "10.0.0.2", "10.0.0.1"] })).toBe("none");
});

test("an address that was tried is not offered again, whatever speaks for it", () => {
  const world = new World(FOUR);
  world.bind("10.0.0.2", numberedClient(1), 1500);
  world.expire(2000);
  const tried = ["10.0.0.2"];
  for (let i = 0; i < 3; i++) {
    const chosen = world.allocate(numberedClient(1), { now: 2000, tried, wanted: "10.0.0.2" });
    expect(tried).not.toContain(chosen);
    tried.push(chosen);
  }
  expect(new Set(tried).size).toBe(4);
  expect(world.allocate(numberedClient(1), { now: 2000, tried })).toBe("none");
});

test("an address with a change under way is offered to nobody but its client, who waits for it [D15]", () => {
  const world = new World(makePools({ ranges: ["10.0.0.1"] }));
  const slot = world.slot("10.0.0.1");
  world.table.begin(slot);
  world.table.bind(slot, numberedClient(1), NOW, 2000);
  for (const n of [1, 2]) {
    expect(world.allocate(numberedClient(n), { wanted: "10.0.0.1" })).toBe(n === 1 ? "10.0.0.1" : "none");
    expect(isAvailable(world.table, slot, numberedClient(n), NOW)).toBe(false);
  }
  world.table.revert(slot);
  expect(world.allocate(numberedClient(2))).toBe("10.0.0.1");
});

test("no pools, no address", () => {
  expect(new World(FOUR).allocate(numberedClient(1), { pools: [] })).toBe("none");
});

test("an address is available to its own client and, once nobody has it, to anybody", () => {
  const world = new World(makePools({ ranges: ["10.0.0.1-10.0.0.3"] }, { ranges: ["10.0.0.9"], reserved: true }));
  const [mine, other] = [numberedClient(1), numberedClient(2)];
  const may = (text: string, client: ClientIdentity, now: number): boolean =>
    isAvailable(world.table, world.slot(text), client, now);
  world.bind("10.0.0.1", mine, 2000);
  world.table.offer(world.slot("10.0.0.2"), mine, NOW, NOW + 30);
  world.abandon("10.0.0.3", 1600);
  expect([may("10.0.0.1", mine, NOW), may("10.0.0.1", other, NOW)]).toEqual([true, false]);
  expect([may("10.0.0.2", mine, NOW), may("10.0.0.2", other, NOW)]).toEqual([true, false]);
  expect([may("10.0.0.3", mine, 1599), may("10.0.0.3", mine, 1600)]).toEqual([false, true]);
  expect(may("10.0.0.9", mine, NOW)).toBe(false);
  world.expire(2000);
  expect([may("10.0.0.1", other, 2000), may("10.0.0.2", other, 2000)]).toEqual([true, true]);
});
