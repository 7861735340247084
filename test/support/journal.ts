// Lease files for tests: written as the store writes them, and read back.

import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LEASE_RECORD_OCTETS_MAX, writeLeaseRecord } from "../../src/lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../../src/lease/lease.ts";
import { LeaseTable, NO_LEASE } from "../../src/lease/table/table.ts";
import { BatchBuffer } from "../../src/store/journal/journal-batch.ts";
import { JOURNAL_HEADER } from "../../src/store/journal/journal-format.ts";
import { JournalReader, type Recovery } from "../../src/store/journal/journal-recover.ts";
import { CommitBatch, CommitOutcome, type LeaseStore, type StoreHealth } from "../../src/store/store.ts";
import { address, KEYS, makePools, makeRecord, numberedClient, octets } from "./lease-clients.ts";

/** Far enough away that no test's lease is over. */
export const LATER = 4_000_000_000;

/** A table of 10.0.0.1 to 10.0.255.254, or to `last`. */
export function makeTable(isShared = false, last = "10.0.255.254"): LeaseTable {
  return new LeaseTable(makePools({ ranges: [`10.0.0.1-${last}`] }), KEYS, { findsHardware: false, isShared });
}

/** Lease number `n` of makeTable's pool, told apart from its neighbours by every field. */
export function numberedRecord(n: number, more: Partial<LeaseRecord> = {}): LeaseRecord {
  return makeRecord({
    address: address("10.0.0.1") + n,
    state: BindingState.bound,
    startsAt: 1_700_000_000 + n,
    endsAt: LATER + n,
    lastTransactionAt: 1_700_000_000 + n,
    htype: 1,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, n >>> 8, n),
    hostName: octets(`host-${n}`),
    ...more,
  });
}

/** A lease file as the store writes it: the header, then one batch per list. */
export function journalOf(batches: readonly (readonly LeaseRecord[])[], sequence = 1): Uint8Array {
  const buffer = new BatchBuffer();
  buffer.addText(JOURNAL_HEADER, JOURNAL_HEADER.length);
  buffer.close(sequence);
  for (const [i, batch] of batches.entries()) {
    for (const record of batch) buffer.addRecord(record);
    buffer.close(sequence + 1 + i);
  }
  return buffer.octets.slice(0, buffer.length);
}

/** What a file's octets come to: the last record of each address as text, and the findings. */
export interface Recovered {
  readonly recovery: Recovery;
  readonly leases: ReadonlyMap<number, string>;
}

/** Reads octets in pieces of `pieceOctets`. */
export function recover(bytes: Uint8Array, pieceOctets = bytes.length || 1): Recovered {
  const records = new Map<number, LeaseRecord>();
  const reader = new JournalReader({
    take: (record) => records.set(record.address, record),
    known: (address) => records.get(address),
  });
  for (let at = 0; at < bytes.length; at += pieceOctets) reader.push(bytes.slice(at, at + pieceOctets));
  const recovery = reader.finish();
  return { recovery, leases: leasesOf([...records.values()]) };
}

/** What `recover` should say of these records. */
export function leasesOf(records: readonly LeaseRecord[]): Map<number, string> {
  return new Map(records.map((record) => [record.address, textOf(record)]));
}

const text = Buffer.alloc(LEASE_RECORD_OCTETS_MAX);

/** A record as the file has it. */
export function textOf(record: LeaseRecord): string {
  return text.toString("latin1", 0, writeLeaseRecord(record, text, 0));
}

/** All that a table would keep in a file, by address. */
export function contentOf(table: LeaseTable): Map<number, string> {
  const leases = new Map<number, string>();
  for (let slot = table.nextStored(NO_LEASE); slot !== NO_LEASE; slot = table.nextStored(slot)) {
    leases.set(table.addressOf(slot), textOf(table.record(slot)));
  }
  for (const record of table.outside()) leases.set(record.address, textOf(record));
  return leases;
}

/** Binds slots to their numbered clients until `endsAt`, in memory, as the engine does before a commit. */
export function bindSlots(table: LeaseTable, slots: readonly number[], endsAt = LATER): CommitBatch {
  const batch = new CommitBatch(Math.max(1, slots.length));
  for (const slot of slots) {
    table.begin(slot);
    table.bind(slot, numberedClient(slot, `host-${slot}`), 1_700_000_000, endsAt);
    batch.add(slot);
  }
  return batch;
}

/** Commits and settles the table, as the server does; the outcomes by position. */
export function commit(store: LeaseStore, table: LeaseTable, batch: CommitBatch): Promise<CommitOutcome[]> {
  return new Promise((resolve) => {
    store.commit(batch, (ended) => {
      resolve(settle(table, ended));
    });
  });
}

/** Confirms what became durable and reverts the rest. */
export function settle(table: LeaseTable, batch: CommitBatch): CommitOutcome[] {
  const outcomes: CommitOutcome[] = [];
  for (let i = 0; i < batch.count; i++) {
    const slot = batch.slots[i] ?? NO_LEASE;
    const outcome = (batch.outcomes[i] ?? CommitOutcome.failed) as CommitOutcome;
    if (outcome === CommitOutcome.ok) table.confirm(slot, batch.revision);
    else table.revert(slot);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Resolves when the store is as wanted. Replaces its onHealth. */
export function healthOf(store: LeaseStore, wanted: StoreHealth): Promise<string> {
  return new Promise((resolve) => {
    if (store.health === wanted) resolve("");
    store.onHealth = (health, reason) => {
      if (health === wanted) resolve(reason);
    };
  });
}

/** How the name of a scratch folder begins. */
export const SCRATCH_NAME = "anydhcpd-store-";

/** A folder that is removed at the end of the scope. */
export class ScratchFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), SCRATCH_NAME));

  /** A path inside. */
  file(name = "dhcpd.leases"): string {
    return join(this.path, name);
  }

  /** The content of a file in it. */
  read(name = "dhcpd.leases"): Uint8Array {
    return Uint8Array.from(readFileSync(this.file(name)));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Opens a file as the launcher does for a daemon that may not write in the directory. */
export function openAsLauncher(path: string): number {
  return openSync(path, "a+", 0o640);
}
