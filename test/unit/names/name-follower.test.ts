// How names follow leases: each change is looked at once, as the lease is then, and all leases at the start, after a reload, and
// where others change them too.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { NAMES_PER_STEP } from "../../../src/base/limits/names.ts";
import { type NameFeed, NameFollower } from "../../../src/names/name-follower.ts";
import { NameTable } from "../../../src/names/name-table.ts";
import type { NamedLease, Wish } from "../../../src/names/wish.ts";
import { DrivenPace } from "../../support/paces.ts";

/** A lease of the test's: which client has it, under which name, since when. */
interface Given {
  readonly name: string;
  readonly client: string;
  readonly since: number;
}

/** Milliseconds that looking at a lease takes. */
const LOOK_MS = 0.01;

let world: DrivenPace;
let leases: Map<number, Given>;
/** Addresses that have changed. */
let changed: Set<number>;
let wake: (isReload: boolean) => void;
let walks: number;
let looks: number;
let table: NameTable;
let onChange: (isLookOver: boolean) => void;
const refused: number[] = [];

/** Stands for the lease of an address. */
function leaseOf(address: number): NamedLease | undefined {
  world.now += LOOK_MS;
  looks += 1;
  return leases.has(address) ? ({ record: { address } } as NamedLease) : undefined;
}

const feed: NameFeed = {
  get waiting() {
    return changed.size;
  },
  takeChanged() {
    const [address] = changed;
    if (address !== undefined) changed.delete(address);
    return address;
  },
  leaseOf,
  isLeased: (address) => leases.has(address),
  *leases() {
    walks += 1;
    for (const address of [...leases.keys()].sort((a, b) => a - b)) {
      const lease = leaseOf(address);
      if (lease !== undefined) yield lease;
    }
  },
  follow(call) {
    wake = call;
  },
};

function wishOf({ record: { address } }: NamedLease): Wish | undefined {
  const given = leases.get(address);
  if (given === undefined) return undefined;
  const { name, client, since } = given;
  return { address, label: name, name: `${name}.lan`, client, isReserved: false, since };
}

/** The lease of an address changes, or ends. */
function change(address: number, given?: Given): void {
  if (given === undefined) leases.delete(address);
  else leases.set(address, given);
  const isFirst = changed.size === 0;
  changed.add(address);
  if (isFirst) wake(false);
}

const client = (address: number, name = `n${address}`, since = address): Given => ({
  name,
  client: `${address}`,
  since,
});

function start(): NameFollower {
  return new NameFollower({ feed, pace: world.pace, table, wishOf, onChange, lookEvery: 0 });
}

function finish(): void {
  while (world.turn());
}

beforeEach(() => {
  world = new DrivenPace();
  leases = new Map();
  changed = new Set();
  walks = 0;
  looks = 0;
  table = new NameTable();
  refused.length = 0;
  table.onRefused = ({ wish }) => refused.push(wish.address);
  onChange = () => undefined;
});

describe("names", () => {
  it("catch up with a flood of changes without a look at all leases, and with the last state of each lease only", () => {
    start();
    finish();
    const before = looks;
    for (let round = 0; round < 20; round++) {
      for (let address = 1; address <= 10_000; address++) change(address, client(address, `r${round}-${address}`));
      // Messages come all the time: the names lag.
      world.messages += 20_000;
      world.now += 200;
      world.turn();
    }
    expect(table.given(10_000)).toBeUndefined();
    finish();
    expect(walks).toBe(1);
    expect(looks - before).toBeLessThan(12_000);
    for (const address of [1, 5000, 10_000]) expect(table.given(address)?.name).toBe(`r19-${address}.lan`);
  });

  it("are looked at for half a millisecond at a time, by the end of a look at all leases too", () => {
    for (let address = 1; address <= 20_000; address++) leases.set(address, client(address));
    start();
    let longest = 0;
    for (let before = world.now; world.turn(); before = world.now) longest = Math.max(longest, world.now - before);
    expect(table.size).toBe(20_000);
    expect(world.turns).toBeGreaterThan((20_000 * LOOK_MS) / 1);
    expect(longest).toBeLessThanOrEqual(0.5 + NAMES_PER_STEP * LOOK_MS + 0.001);
  });

  it("belong to who got its address first, in whichever order leases are looked at when all are", () => {
    leases
      .set(1, client(1, "pc", 200))
      .set(2, client(2, "pc", 100))
      .set(3, client(3, "pc", 300));
    start();
    // It asks before the look has come to the others.
    change(0, client(0, "pc", 400));
    finish();
    expect(table.given(2)?.name).toBe("pc.lan");
    expect(refused.sort()).toEqual([0, 1, 3]);
    // Who has the name keeps it, though it has its address for a shorter time.
    change(4, client(4, "pc", 50));
    finish();
    expect(table.given(2)?.name).toBe("pc.lan");
    wake(true);
    finish();
    expect([table.given(2)?.name, table.given(4)]).toEqual(["pc.lan", undefined]);
    for (const address of [2, 1, 3, 0]) change(address);
    finish();
    expect(table.given(4)?.name).toBe("pc.lan");
  });

  it("go with addresses of which no change was told, at the next look at all leases", () => {
    leases.set(1, client(1)).set(2, client(2));
    const follower = start();
    finish();
    leases.delete(1);
    follower.lookAtAll();
    finish();
    expect([table.given(1), table.given(2)?.name]).toEqual([undefined, "n2.lan"]);
  });

  it("of leases that change during a look at all of them do not wait for its end", () => {
    for (let address = 1; address <= 20_000; address++) leases.set(address, client(address));
    const told: boolean[] = [];
    onChange = (isLookOver) => void told.push(isLookOver);
    start();
    world.turn();
    change(50_000, client(50_000, "late"));
    world.turn();
    expect(table.given(50_000)?.name).toBe("late.lan");
    expect(told).not.toContain(true);
    finish();
    expect(told.filter((isLookOver) => isLookOver)).toHaveLength(1);
  });

  it("are looked for again and again where others change leases, but not twice at once", () => {
    vi.useFakeTimers();
    leases.set(1, client(1));
    new NameFollower({ feed, pace: world.pace, table, wishOf, onChange, lookEvery: 1000 });
    vi.advanceTimersByTime(5000);
    finish();
    expect(walks).toBe(1);
    vi.advanceTimersByTime(1000);
    finish();
    expect(walks).toBe(2);
    vi.useRealTimers();
  });
});
