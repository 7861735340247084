// A lease table that mirrors a shared store.

import { expect, test } from "vitest";
import { InvariantError } from "../../../src/base/assert.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { RecordDetails } from "../../../src/lease/table/record-details.ts";
import { LeaseTable, NO_LEASE } from "../../../src/lease/table/table.ts";
import { address, KEYS, makePools, makeRecord, numberedClient } from "../../support/lease-clients.ts";

const POOLS = makePools({ ranges: ["10.0.0.1-10.0.0.9"] });
const ADDRESS = address("10.0.0.3");
const { free, bound, expired, released } = BindingState;

function makeShared(pools = POOLS): { leases: LeaseTable; slot: number } {
  const leases = new LeaseTable(pools, KEYS, { findsHardware: false, isShared: true });
  return { leases, slot: leases.slotOf(ADDRESS) };
}

/** A lease of `ADDRESS` as another server writes it for a client of lease-clients.ts. */
function recordOf(client: number, endsAt: number, more: Partial<LeaseRecord> = {}): LeaseRecord {
  const { htype, chaddr, hlen, clientId, clientIdLength } = numberedClient(client);
  return makeRecord({
    address: ADDRESS,
    state: bound,
    startsAt: 1000,
    endsAt,
    lastTransactionAt: 1000,
    htype,
    hardwareAddress: chaddr.slice(0, hlen),
    clientId: clientId.slice(0, clientIdLength),
    ...more,
  });
}

function begin(leases: LeaseTable, slot: number, client: number, endsAt: number): void {
  leases.begin(slot);
  leases.bind(slot, numberedClient(client), 1000, endsAt);
}

test("what is learnt replaces what the slot was, and an older or equal revision does not", () => {
  const { leases, slot } = makeShared();
  expect(leases.learn(ADDRESS, recordOf(1, 5000), 7)).toBe(true);
  expect(leases.learn(ADDRESS, recordOf(2, 6000), 7)).toBe(false);
  expect(leases.learn(ADDRESS, recordOf(2, 6000), 6)).toBe(false);
  expect(leases.learn(ADDRESS, undefined, 7)).toBe(false);
  expect([leases.state(slot), leases.endsAt(slot), leases.revisionOf(slot)]).toEqual([bound, 5000, 7]);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(slot);
  expect(leases.findByClient(numberedClient(2), 0)).toBe(NO_LEASE);
});

test("a lease that another server has shortened ends at its new time", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(1, 5000), 7);
  leases.learn(ADDRESS, recordOf(1, 2000), 8);
  const ended: number[] = [];
  leases.expire(2000, 10, (at) => ended.push(at));
  expect(ended).toEqual([slot]);
});

test("nothing there frees the slot, and a later commit expects nothing there", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(1, 5000), 7);
  expect(leases.learn(ADDRESS, undefined, 9)).toBe(true);
  expect([leases.state(slot), leases.revisionOf(slot)]).toEqual([free, 0]);
  expect(leases.learn(ADDRESS, recordOf(1, 5000), 8)).toBe(false);
  expect(leases.learn(ADDRESS, recordOf(1, 5000), 10)).toBe(true);
  expect(leases.revisionOf(slot)).toBe(10);
});

test("an offer is lost to what is learnt", () => {
  const { leases, slot } = makeShared();
  leases.offer(slot, numberedClient(2), 1000, 1030);
  leases.learn(ADDRESS, recordOf(1, 5000), 7);
  expect(leases.state(slot)).toBe(bound);
  expect(leases.nextOffer(0, NO_LEASE)).toBe(NO_LEASE);
  expect(leases.isClient(slot, numberedClient(1))).toBe(true);
});

test("what is learnt of a pending slot leaves the change as it is, and is there when the change is reverted", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(3, 900, { state: released }), 4);
  begin(leases, slot, 1, 5000);
  leases.learn(ADDRESS, recordOf(2, 6000), 7);
  expect(leases.isClient(slot, numberedClient(1))).toBe(true);
  expect(leases.endsAt(slot)).toBe(5000);
  leases.revert(slot);
  expect([leases.state(slot), leases.endsAt(slot), leases.revisionOf(slot)]).toEqual([bound, 6000, 7]);
  expect(leases.isClient(slot, numberedClient(2))).toBe(true);
  expect(leases.findByClient(numberedClient(2), 0)).toBe(slot);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(NO_LEASE);
  expect(leases.findByClient(numberedClient(3), 0)).toBe(NO_LEASE);
});

test("a commit expects the revision that its change began with, whatever is learnt before it is sent", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(1, 900, { state: released }), 4);
  begin(leases, slot, 2, 5000);
  leases.learn(ADDRESS, recordOf(3, 6000), 7);
  expect(leases.revisionOf(slot)).toBe(4);
  leases.revert(slot);
  expect(leases.revisionOf(slot)).toBe(7);
});

test("nothing there is what a pending slot is reverted to, if that was learnt", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(1, 5000), 4);
  begin(leases, slot, 1, 7000);
  leases.learn(ADDRESS, undefined, 7);
  leases.revert(slot);
  expect([leases.state(slot), leases.revisionOf(slot)]).toEqual([free, 0]);
  expect(leases.nextFree(0, slot)).toBe(slot);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(NO_LEASE);
});

test("a confirmed change has the revision of its commit", () => {
  const { leases, slot } = makeShared();
  begin(leases, slot, 1, 5000);
  expect(leases.revisionOf(slot)).toBe(0);
  leases.confirm(slot, 12);
  expect(leases.revisionOf(slot)).toBe(12);
  expect(leases.learn(ADDRESS, recordOf(1, 4000), 11)).toBe(false);
  expect(leases.endsAt(slot)).toBe(5000);
});

test("a change whose own event came before its answer is confirmed", () => {
  const { leases, slot } = makeShared();
  begin(leases, slot, 1, 5000);
  leases.learn(ADDRESS, recordOf(1, 5000), 12);
  leases.confirm(slot, 12);
  expect([leases.state(slot), leases.endsAt(slot), leases.revisionOf(slot)]).toEqual([bound, 5000, 12]);
  expect(leases.findByClient(numberedClient(1), 0)).toBe(slot);
});

test("a change that was overtaken before its answer came gives way to what overtook it", () => {
  const { leases, slot } = makeShared();
  begin(leases, slot, 1, 5000);
  leases.learn(ADDRESS, recordOf(1, 5000), 12);
  leases.learn(ADDRESS, recordOf(1, 1500, { state: released }), 13);
  leases.confirm(slot, 12);
  expect([leases.state(slot), leases.revisionOf(slot)]).toEqual([released, 13]);
});

test("a lease learnt of a pending slot that ends sooner than the slot was due is noticed at its end", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(1, 5000), 4);
  begin(leases, slot, 1, 7000);
  leases.learn(ADDRESS, recordOf(1, 2000), 7);
  leases.revert(slot);
  expect(leases.expire(2000, 10, () => undefined)).toBe(1);
  expect(leases.state(slot)).toBe(expired);
});

test.each<[string, LeaseRecord, boolean]>([
  ["the same client's lease of the same end", recordOf(1, 5000), true],
  ["the same client's longer lease", recordOf(1, 5001), true],
  ["the same client's shorter lease", recordOf(1, 4999), false],
  ["another client's lease", recordOf(2, 5000), false],
  ["a lease that the same client has given back", recordOf(1, 5000, { state: released }), false],
])("a change under way and %s: whether the change is granted", (_what, record, isGranted) => {
  const { leases, slot } = makeShared();
  begin(leases, slot, 1, 5000);
  expect(leases.isGranted(slot)).toBe(false);
  leases.learn(ADDRESS, record, 7);
  expect(leases.isGranted(slot)).toBe(isGranted);
});

test("a change is not granted by what was known when it began", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(1, 5000), 7);
  begin(leases, slot, 1, 5000);
  expect(leases.isGranted(slot)).toBe(false);
});

test("the revision stays when an offer of an expired address lapses", () => {
  const { leases, slot } = makeShared();
  leases.learn(ADDRESS, recordOf(1, 2000), 7);
  leases.expire(2000, 10, () => undefined);
  leases.offer(slot, numberedClient(2), 2000, 30);
  leases.lapseOffers(2030, 30, 10);
  expect([leases.state(slot), leases.revisionOf(slot)]).toEqual([free, 7]);
});

test("revisions are kept by a reload, also of slots that look free and of addresses that leave the pools and return", () => {
  const { leases, slot } = makeShared();
  const next = leases.slotOf(ADDRESS + 1);
  leases.learn(ADDRESS, recordOf(1, 5000), 7);
  leases.learn(ADDRESS + 1, recordOf(2, 5000, { address: ADDRESS + 1 }), 8);
  leases.learn(ADDRESS + 2, undefined, 9);
  const options = { findsHardware: false, isShared: true };
  const fewer = leases.rebuild(makePools({ ranges: ["10.0.0.4-10.0.0.9"] }), options);
  expect(fewer.revisionOf(fewer.slotOf(ADDRESS + 1))).toBe(8);
  expect(fewer.learn(ADDRESS + 2, recordOf(3, 5000, { address: ADDRESS + 2 }), 8)).toBe(false);
  expect(fewer.learn(ADDRESS, recordOf(3, 5000), 6)).toBe(false);
  expect(fewer.learn(ADDRESS, recordOf(1, 6000), 10)).toBe(true);
  const again = fewer.rebuild(POOLS, options);
  expect([again.revisionOf(slot), again.endsAt(slot), again.revisionOf(next)]).toEqual([10, 6000, 8]);
});

test("what is learnt to be gone is gone from the addresses outside all pools too", () => {
  const { leases } = makeShared();
  const outside = address("10.9.0.1");
  expect(leases.learn(outside, recordOf(1, 5000, { address: outside }), 7)).toBe(true);
  expect([...leases.outside()]).toHaveLength(1);
  expect(leases.learn(outside, undefined, 6)).toBe(false);
  expect(leases.learn(outside, undefined, 8)).toBe(true);
  expect([...leases.outside()]).toEqual([]);
});

test("the table of a store that is not shared keeps no revisions and learns nothing", () => {
  const leases = new LeaseTable(POOLS, KEYS);
  expect(leases.content.revisions).toBeUndefined();
  expect(leases.revisionOf(0)).toBe(0);
  expect(() => leases.learn(ADDRESS, recordOf(1, 5000), 7)).toThrow(InvariantError);
});

test("revisions of a store that is another one than before are forgotten, and leases stay until something is learnt of them", () => {
  const { leases, slot } = makeShared();
  const outside = address("10.9.9.9");
  leases.learn(ADDRESS, recordOf(1, 5000), 700);
  leases.learn(outside, recordOf(3, 5000, { address: outside }), 701);
  begin(leases, slot, 1, 6000);
  leases.forgetRevisions();
  expect(leases.revisionOf(slot)).toBe(0);
  leases.revert(slot);
  expect([leases.state(slot), leases.endsAt(slot)]).toEqual([bound, 5000]);
  expect([...leases.outside()]).toHaveLength(1);
  expect(leases.learn(ADDRESS, recordOf(2, 4000), 5)).toBe(true);
  expect(leases.learn(outside, recordOf(3, 4000, { address: outside }), 6)).toBe(true);
  expect([leases.endsAt(slot), leases.revisionOf(slot)]).toEqual([4000, 5]);
});

test("a lease that is learnt without a record does what the record does", () => {
  const records = [
    recordOf(1, 5000, { hostName: Uint8Array.of(104), agentInformation: Uint8Array.of(1, 1, 7) }),
    recordOf(2, 6000, { state: released }),
    recordOf(3, 7000, { state: BindingState.abandoned }),
    makeRecord({ address: ADDRESS, state: bound, endsAt: 8000 }),
    recordOf(4, 9000, { address: address("10.9.9.9") }),
  ];
  for (const ignoresClientIds of [false, true]) {
    const pools = POOLS.map((pool) => ({ ...pool, ignoresClientIds }));
    for (const record of records) {
      for (const isPending of [false, true]) {
        const [byRecord, byLease] = [makeShared(pools), makeShared(pools)];
        if (isPending) for (const { leases, slot } of [byRecord, byLease]) begin(leases, slot, 9, 4000);
        const details = new RecordDetails();
        details.take(record);
        const { state, startsAt, endsAt, lastTransactionAt } = record;
        const lease = Object.assign(details, { address: record.address, state, startsAt, endsAt, lastTransactionAt });
        byRecord.leases.learn(record.address, record, 7);
        expect(byLease.leases.learnOwn(lease, 7)).toBe(record.address === ADDRESS);
        if (record.address !== ADDRESS) continue;
        expect(byLease.leases.learnOwn(lease, 7)).toBe(false);
        if (isPending) for (const { leases, slot } of [byRecord, byLease]) leases.revert(slot);
        expect(byLease.leases.record(byLease.slot)).toEqual(byRecord.leases.record(byRecord.slot));
        expect(byLease.leases.revisionOf(byLease.slot)).toBe(7);
        const client = numberedClient(1);
        expect(byLease.leases.findByClient(client, 0)).toBe(byRecord.leases.findByClient(client, 0));
      }
    }
  }
});
