// Leases on their way between a lease file and the store of a cluster. A lease in the store ends later than in a file,
// by the reserve; the file has the end that its client knows.

import type { EpochSeconds, Seconds } from "../base/time.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { CommitBatch, CommitOutcome, type LeaseStore } from "../store/store.ts";
import { ClientIdentity } from "../wire/client-identity.ts";

/** What became of the leases of a file. */
export interface Filled {
  stored: number;
  /** The store has a lease of the address already, which stays. */
  known: number;
  /** Over, or never begun: nothing to keep. */
  over: number;
  /** In no range and no fixed-address of the configuration. */
  outside: number;
  /** The store did not take them. */
  failed: number;
}

/**
 * Puts leases that still run, and addresses that rest, into a store that is open with `table`. Records of one address
 * must not come twice.
 */
export async function fillStore(
  store: LeaseStore,
  table: LeaseTable,
  records: Iterable<LeaseRecord>,
  reserve: Seconds,
  now: EpochSeconds,
): Promise<Filled> {
  const filled: Filled = { stored: 0, known: 0, over: 0, outside: 0, failed: 0 };
  const batch = new CommitBatch(store.changesMax);
  for (const record of records) {
    const slot = table.slotOf(record.address);
    if (!isKept(record, now)) filled.over += 1;
    else if (slot === NO_LEASE) filled.outside += 1;
    else if (table.state(slot) !== BindingState.free) filled.known += 1;
    else {
      table.begin(slot);
      const { state, lastTransactionAt, endsAt } = record;
      if (state === BindingState.abandoned) table.abandon(slot, lastTransactionAt, endsAt);
      else table.bind(slot, identityOf(record), lastTransactionAt, endsAt + reserve);
      batch.add(slot);
      if (batch.count === store.changesMax) await commit(store, table, batch, filled);
    }
  }
  if (batch.count > 0) await commit(store, table, batch, filled);
  return filled;
}

/** The leases of a store that is open with `table`, as a lease file has them, by address. */
export function* exportedLeases(table: LeaseTable, reserve: Seconds): Generator<LeaseRecord> {
  for (let slot = table.nextStored(NO_LEASE); slot !== NO_LEASE; slot = table.nextStored(slot)) {
    const record = table.record(slot);
    const isLease = record.state === BindingState.bound || record.state === BindingState.expired;
    yield isLease ? { ...record, endsAt: record.endsAt - reserve } : record;
  }
}

function isKept({ state, endsAt }: LeaseRecord, now: EpochSeconds): boolean {
  return (state === BindingState.bound || state === BindingState.abandoned) && endsAt > now;
}

function identityOf(record: LeaseRecord): ClientIdentity {
  const identity = new ClientIdentity();
  identity.htype = record.htype;
  identity.hlen = record.hardwareAddress.length;
  identity.chaddr.set(record.hardwareAddress);
  identity.clientId.set(record.clientId);
  identity.clientIdLength = record.clientId.length;
  identity.hostName.set(record.hostName);
  identity.hostNameLength = record.hostName.length;
  identity.agentInformation.set(record.agentInformation);
  identity.agentInformationLength = record.agentInformation.length;
  identity.vendorClass.set(record.vendorClass);
  identity.vendorClassLength = record.vendorClass.length;
  return identity;
}

async function commit(store: LeaseStore, table: LeaseTable, batch: CommitBatch, filled: Filled): Promise<void> {
  await new Promise<void>((resolve) => store.commit(batch, () => resolve()));
  for (let i = 0; i < batch.count; i++) {
    const slot = batch.slots[i] ?? NO_LEASE;
    const outcome = batch.outcomes[i];
    if (outcome === CommitOutcome.ok) {
      table.confirm(slot, batch.revision);
      filled.stored += 1;
    } else {
      table.revert(slot);
      filled[outcome === CommitOutcome.conflict ? "known" : "failed"] += 1;
    }
  }
  batch.clear();
}
