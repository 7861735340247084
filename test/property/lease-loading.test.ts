// A table into which all leases of a file are loaded at once knows what one does that was given the last
// record of each address, one after another: who has what, what is free, what ends when, who is found where.

import fc from "fast-check";
import { expect, test } from "vitest";
import { BindingState, type LeaseRecord } from "../../src/lease/lease.ts";
import { Holder } from "../../src/lease/table/held-counts.ts";
import { LeaseTable, NO_LEASE } from "../../src/lease/table/table.ts";
import { TableLoader } from "../../src/lease/table/table-loader.ts";
import { address, KEYS, makePools, makeRecord, numberedClient, octets } from "../support/lease-clients.ts";

const POOLS = makePools(
  { ranges: ["10.0.0.10-10.0.0.15"] },
  { ranges: ["10.0.1.0-10.0.1.1"], link: 1 },
  { ranges: ["10.0.0.30"], reserved: true },
);
const ADDRESSES = [
  ...["10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14", "10.0.0.15"],
  ...["10.0.1.0", "10.0.1.1", "10.0.0.30", "10.9.9.9"],
].map(address);
const CLIENTS = [0, 1, 2, 3].map((n) => numberedClient(n));
const NAMES = ["", "a", "a-longer-name"].map(octets);
const END = 2000;

const record = fc
  .record({
    address: fc.constantFrom(...ADDRESSES),
    state: fc.constantFrom(...Object.values(BindingState)),
    client: fc.option(fc.constantFrom(...CLIENTS), { freq: 6 }),
    hostName: fc.constantFrom(...NAMES),
    startsAt: fc.integer({ min: 1000, max: 1004 }),
    endsAt: fc.oneof(fc.integer({ min: 1000, max: END }), fc.constant(Number.POSITIVE_INFINITY)),
  })
  .map(({ client, ...parts }) =>
    makeRecord({
      ...parts,
      lastTransactionAt: parts.startsAt,
      hardwareAddress: client?.chaddr.slice(0, 6) ?? new Uint8Array(0),
      clientId: client?.clientId.slice(0, client.clientIdLength) ?? new Uint8Array(0),
      hostName: client === null ? new Uint8Array(0) : parts.hostName,
    }),
  );

function tableOf(findsHardware: boolean): LeaseTable {
  return new LeaseTable(POOLS, KEYS, { findsHardware, countsHeld: true });
}

function found(table: LeaseTable): unknown {
  const target = new Int32Array(20);
  const pools = POOLS.map(({ index }) => {
    const idle: number[] = [];
    const resting: number[] = [];
    for (let slot = table.nextIdle(index, NO_LEASE); slot !== NO_LEASE; slot = table.nextIdle(index, slot))
      idle.push(slot);
    for (let slot = table.nextResting(index, NO_LEASE); slot !== NO_LEASE; slot = table.nextResting(index, slot))
      resting.push(slot);
    const counts = Object.values(BindingState).map((state) => table.countInPool(index, state));
    return { idle, resting, counts, free: table.nextFree(index, table.firstSlotOf(index)) };
  });
  const clients = CLIENTS.map((client) => {
    const all = Array.from(target.subarray(0, table.findAllByClient(client, target))).sort();
    const byHardware = Array.from(target.subarray(0, table.findAllByHardware(client, target))).sort();
    const counts = [0, 1].map((link) => table.held?.count(table.held.holderOf(Holder.hardware, link, client, 0)));
    return { all, byHardware, counts, links: [0, 1].map((link) => table.findByClient(client, link)) };
  });
  const records = Array.from({ length: table.size }, (_, slot) => table.record(slot));
  return { pools, clients, records, outside: [...table.outside()], stored: table.nextStored(NO_LEASE) };
}

function lastOfEach(records: readonly LeaseRecord[]): LeaseRecord[] {
  const last = new Map(records.map((one) => [one.address, one]));
  return [...last.values()].sort((a, b) => a.address - b.address);
}

test("leases loaded at once are known like leases loaded one by one", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 24 }), fc.boolean(), (records, findsHardware) => {
      const [atOnce, singly] = [tableOf(findsHardware), tableOf(findsHardware)];
      const loader = new TableLoader(atOnce);
      for (const one of records) loader.load(one);
      expect(loader.finish()).toBe(atOnce);
      for (const one of lastOfEach(records)) singly.load(one);
      expect(found(atOnce)).toEqual(found(singly));
      for (const now of [1500, END]) {
        atOnce.expire(now, 100, () => undefined);
        singly.expire(now, 100, () => undefined);
        expect(found(atOnce)).toEqual(found(singly));
      }
    }),
    { numRuns: 1000 },
  );
});

test("what a file takes back is free again", () => {
  const table = tableOf(false);
  const lease = makeRecord({ address: ADDRESSES[0] ?? 0, state: BindingState.bound, endsAt: END });
  const loader = new TableLoader(table);
  loader.load({ ...lease, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1) });
  loader.load({ ...lease, state: BindingState.free });
  loader.finish();
  expect(table.nextFree(0, 0)).toBe(0);
  expect(table.detailsOf(0)).toBe(0);
  expect(table.nextStored(NO_LEASE)).toBe(NO_LEASE);
});

test("a table that knows leases already is not loaded into", () => {
  const table = tableOf(false);
  table.load(makeRecord({ address: ADDRESSES[0] ?? 0, state: BindingState.bound, endsAt: END }));
  expect(() => new TableLoader(table)).toThrow("a table that knows none");
});
