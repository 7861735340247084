// A shared store is read anew while its table is in use.

import { expect, test } from "vitest";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { LeaseTable, NO_LEASE } from "../../../src/lease/table/table.ts";
import { TableLoader } from "../../../src/lease/table/table-loader.ts";
import { TableSnapshot } from "../../../src/lease/table/table-snapshot.ts";
import { address, KEYS, makePools, makeRecord, numberedClient } from "../../support/lease-clients.ts";

const SHARED = { findsHardware: false, isShared: true };
const FIRST = address("10.0.0.1");
const OUTSIDE = address("10.9.0.1");
const POOLS = makePools({ ranges: ["10.0.0.1-10.0.0.40"] });

/** A lease of the pool's address number `n`, or of `at`. */
function recordOf(n: number, endsAt = 5000, at = FIRST + n): LeaseRecord {
  return makeRecord({
    address: at,
    state: BindingState.bound,
    startsAt: 1000,
    endsAt,
    lastTransactionAt: 1000,
    htype: 1,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, n),
  });
}

function makeTable(): LeaseTable {
  const table = new LeaseTable(POOLS, KEYS, SHARED);
  for (let n = 0; n < 20; n++) table.learn(FIRST + n, recordOf(n), 10 + n);
  table.learn(OUTSIDE, recordOf(99, 5000, OUTSIDE), 40);
  table.learn(OUTSIDE + 1, recordOf(98, 5000, OUTSIDE + 1), 41);
  return table;
}

function states(table: LeaseTable): string {
  return Array.from({ length: 21 }, (_, n) =>
    table.state(table.slotOf(FIRST + n)) === BindingState.free ? "-" : "x",
  ).join("");
}

test("what a reading does not show is gone, a few slots at a time, and what it shows is as it shows it", () => {
  const table = makeTable();
  const snapshot = new TableSnapshot(table, 50);
  for (let n = 0; n < 20; n += 2) snapshot.take(recordOf(n, 6000), 42);
  snapshot.take(recordOf(97, 6000, OUTSIDE), 43);
  let turns = 1;
  while (!snapshot.sweep(4)) turns++;
  expect(turns).toBe(5);
  expect(states(table)).toBe(`${"x-".repeat(10)}-`);
  expect(table.endsAt(table.slotOf(FIRST))).toBe(6000);
  expect([...table.outside()].map((record) => record.address)).toEqual([OUTSIDE]);
  expect(table.revisionOf(table.slotOf(FIRST + 1))).toBe(0);
});

test("what was learnt after the reading's revision stays, and so do offers", () => {
  const table = makeTable();
  const snapshot = new TableSnapshot(table, 50);
  table.learn(FIRST + 3, recordOf(3, 7000), 51);
  const offered = table.slotOf(FIRST + 20);
  table.offer(offered, numberedClient(1), 1000, 30);
  expect(snapshot.sweep(1000)).toBe(true);
  expect(states(table)).toBe(`---x${"-".repeat(16)}x`);
  expect(table.state(offered)).toBe(BindingState.offered);
});

test("a change under way is reverted to nothing, if the reading shows nothing", () => {
  const table = makeTable();
  const slot = table.slotOf(FIRST);
  table.begin(slot);
  table.bind(slot, numberedClient(1), 1000, 9000);
  new TableSnapshot(table, 50).sweep(1000);
  expect(table.state(slot)).toBe(BindingState.bound);
  table.revert(slot);
  expect(table.state(slot)).toBe(BindingState.free);
});

test("a reading goes on after a reload", () => {
  const table = makeTable();
  const snapshot = new TableSnapshot(table, 50);
  for (const n of [0, 1, 2, 17]) snapshot.take(recordOf(n), 10 + n);
  snapshot.mark(OUTSIDE);
  expect(snapshot.sweep(2)).toBe(false);
  const ranges = ["10.0.0.2-10.0.0.40", "10.9.0.1-10.9.0.2"];
  const other = table.rebuild(makePools({ ranges }), SHARED);
  snapshot.follow(other);
  for (const n of [5, 6]) snapshot.take(recordOf(n), 10 + n);
  expect(snapshot.sweep(1000)).toBe(true);
  const left: number[] = [];
  for (let slot = other.nextStored(NO_LEASE); slot !== NO_LEASE; slot = other.nextStored(slot)) {
    left.push(other.addressOf(slot) >= OUTSIDE ? 100 + other.addressOf(slot) - OUTSIDE : other.addressOf(slot) - FIRST);
  }
  expect(left.sort((a, b) => a - b)).toEqual([1, 2, 5, 6, 17, 100]);
  expect([...other.outside()].map((record) => record.address)).toEqual([FIRST]);
});

test("leases that are loaded at once have their revisions", () => {
  const table = new LeaseTable(POOLS, KEYS, SHARED);
  const loader = new TableLoader(table);
  loader.load(recordOf(1), 7);
  loader.load(recordOf(9, 5000, OUTSIDE), 8);
  loader.finish();
  expect(table.revisionOf(table.slotOf(FIRST + 1))).toBe(7);
  expect([table.isNews(FIRST + 1, 7), table.isNews(FIRST + 1, 8)]).toEqual([false, true]);
  expect([table.isNews(OUTSIDE, 8), table.isNews(OUTSIDE, 9)]).toEqual([false, true]);
});

test("leases that are expected are all found once they have come", () => {
  const table = makeTable();
  const snapshot = new TableSnapshot(table, 50);
  snapshot.expect(1_000_000);
  for (let n = 0; n < 40; n++) snapshot.take(recordOf(n, 6000), 42);
  expect(snapshot.sweep(1000)).toBe(true);
  const client = numberedClient(0);
  const found = new Int32Array(2);
  for (let n = 0; n < 40; n++) {
    client.chaddr.set(recordOf(n).hardwareAddress);
    expect([table.findAllByClient(client, found), found[0]]).toEqual([1, table.slotOf(FIRST + n)]);
  }
});
