import { expect, it } from "vitest";
import { exportedLeases, fillStore } from "../../../src/cli/cluster-leases.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { poolsOf } from "../../../src/lease/pools.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { configOf } from "../../support/config-text.ts";
import { KEYS } from "../../support/engine-world.ts";
import { ip } from "../../support/message-builder.ts";
import { SharedMemory, SharedMemoryStore } from "../../support/shared-store.ts";

const NOW = 1_800_000_000;
const RESERVE = 600;
const CONFIG = configOf("subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.200; }");
const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

function lease(address: string, more: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    address: ip(address),
    state: BindingState.bound,
    startsAt: NOW - 100,
    endsAt: NOW + 500,
    lastTransactionAt: NOW - 100,
    htype: 1,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, ip(address) & 255),
    clientId: octets(`id of ${address}`),
    hostName: octets("host"),
    agentInformation: Uint8Array.of(1, 1, 65),
    vendorClass: octets("vendor"),
    ...more,
  };
}

async function opened(memory: SharedMemory): Promise<{ store: SharedMemoryStore; table: LeaseTable }> {
  const store = new SharedMemoryStore(memory, { changesMax: 2 });
  const table = new LeaseTable(poolsOf(CONFIG), KEYS, { findsHardware: false, isShared: true });
  await store.open(table);
  return { store, table };
}

it("leases of a file are in the store as they were, but for the reserve, and come out of it as they were", async () => {
  const memory = new SharedMemory();
  const { store, table } = await opened(memory);
  const records = [
    lease("10.0.0.10"),
    lease("10.0.0.11"),
    lease("10.0.0.12", { endsAt: Number.POSITIVE_INFINITY }),
    lease("10.0.0.13", { state: BindingState.abandoned, clientId: octets(""), hardwareAddress: octets("") }),
  ];
  const filled = await fillStore(store, table, records, RESERVE, NOW);
  expect(filled).toEqual({ stored: 4, known: 0, over: 0, outside: 0, failed: 0 });
  expect(memory.get(ip("10.0.0.10"))?.record.endsAt).toBe(NOW + 500 + RESERVE);

  const other = await opened(memory);
  const exported = [...exportedLeases(other.table, RESERVE)];
  expect(exported.map(({ address, endsAt }) => [address, endsAt])).toEqual(
    records.map(({ address, endsAt }) => [address, endsAt]),
  );
  expect(exported[0]).toEqual(records[0]);
});

it("what is over, elsewhere or known to the store already is left out, and the store's own stays", async () => {
  const memory = new SharedMemory();
  memory.put(lease("10.0.0.20", { hardwareAddress: Uint8Array.of(2, 9, 9, 9, 9, 9) }));
  const { store, table } = await opened(memory);
  const records = [
    lease("10.0.0.20"),
    lease("10.0.0.21", { endsAt: NOW }),
    lease("10.0.0.22", { state: BindingState.released }),
    lease("10.9.0.1"),
  ];
  expect(await fillStore(store, table, records, RESERVE, NOW)).toEqual({
    stored: 0,
    known: 1,
    over: 2,
    outside: 1,
    failed: 0,
  });
  expect(memory.get(ip("10.0.0.20"))?.record.hardwareAddress[1]).toBe(9);
});

it("a lease that a server has stored meanwhile counts as known, and one that could not be stored as failed", async () => {
  const memory = new SharedMemory();
  const { store, table } = await opened(memory);
  const other = await opened(memory);
  await fillStore(other.store, other.table, [lease("10.0.0.30")], RESERVE, NOW);
  const raced = await fillStore(store, table, [lease("10.0.0.30"), lease("10.0.0.31")], RESERVE, NOW);
  expect(raced).toMatchObject({ known: 1, stored: 1 });
  await store.close();
  expect(await fillStore(store, table, [lease("10.0.0.32")], RESERVE, NOW)).toMatchObject({ failed: 1 });
});
