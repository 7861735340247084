// Commits: one transaction for each, whose changes succeed or fail one by one. A commit without an answer in time is
// unknown and stays so: etcd may apply it after a read has shown it absent. That does no harm, because it is
// conditional.

import { COMMIT_DEADLINE_MS, READ_DEADLINE_MS } from "../../base/limits/etcd.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../../lease/table/table.ts";
import { type CommitBatch, CommitOutcome } from "../store.ts";
import type { CallFailure, Endpoints } from "./endpoints.ts";
import type { Keys } from "./keys.ts";
import type { Learner } from "./learner.ts";
import { LEASE_VALUE_OCTETS_MAX, type LeaseValueWriter, StoredLease } from "./lease-value.ts";
import { WireError } from "./protobuf.ts";
import { TransactionAnswer, TransactionWriter } from "./transaction.ts";
import { type Header, Method } from "./wire.ts";

/** What it needs. */
export interface CommitParts {
  readonly endpoints: Endpoints;
  readonly keys: Keys;
  readonly learner: Learner;
  readonly writer: LeaseValueWriter;
  /** The highest revision of an answer so far. */
  revision(): number;
  /** Whether an answer comes from the store that the table is a mirror of; it was asked for when `revision` was `floor`. */
  isOurs(header: Header, floor: number): boolean;
  /** A commit has been answered, or not. */
  onAnswer(failure: CallFailure | undefined): void;
}

/** Counters of commits by outcome. */
export interface CommitCounts {
  commits: number;
  leases: number;
  conflicts: number;
  failures: number;
  unknown: number;
}

/** Sends commits and reads. */
export class Commits {
  readonly counts: CommitCounts = { commits: 0, leases: 0, conflicts: 0, failures: 0, unknown: 0 };
  private readonly parts: CommitParts;
  private readonly transaction = new TransactionWriter();
  private readonly lease = new StoredLease();
  private readonly value = new Uint8Array(LEASE_VALUE_OCTETS_MAX);

  constructor(parts: CommitParts) {
    this.parts = parts;
  }

  /** Sends what the slots of the batch are now. */
  commit(table: LeaseTable, batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    const { endpoints, keys, writer } = this.parts;
    const { transaction, lease, value } = this;
    for (let i = 0; i < batch.count; i++) {
      const slot = batch.slots[i] ?? NO_LEASE;
      lease.takeSlot(table, slot);
      transaction.add(keys.lease(lease.address), table.revisionOf(slot), value, writer.write(lease, value));
    }
    const floor = this.parts.revision();
    endpoints.call(Method.transaction, transaction.take(), COMMIT_DEADLINE_MS, (failure, octets) => {
      if (failure !== undefined) {
        this.fail(batch, failure.kind === "refused" ? CommitOutcome.failed : CommitOutcome.unknown);
      } else this.takeAnswer(table, batch, octets, floor);
      this.parts.onAnswer(failure);
      done(batch);
    });
  }

  /** Reads what the store has of slots now, and has it learnt. */
  refresh(table: LeaseTable, slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    const { endpoints, keys } = this.parts;
    const addresses = slots.map((slot) => table.addressOf(slot));
    for (const address of addresses) this.transaction.addRead(keys.lease(address));
    const floor = this.parts.revision();
    endpoints.call(Method.transaction, this.transaction.take(), READ_DEADLINE_MS, (failure, octets) => {
      done(failure === undefined && this.takeReads(addresses, octets, floor));
    });
  }

  private takeAnswer(table: LeaseTable, batch: CommitBatch, octets: Buffer, floor: number): void {
    const { learner } = this.parts;
    this.counts.commits += 1;
    batch.outcomes.fill(CommitOutcome.unknown, 0, batch.count);
    try {
      const answer = new TransactionAnswer(octets);
      if (!this.parts.isOurs(answer.header, floor)) return this.countOutcomes(batch);
      const { revision } = answer.header;
      batch.revision = revision;
      for (let i = 0; i < batch.count && answer.next(); i++) {
        batch.outcomes[i] = answer.isWritten ? CommitOutcome.ok : CommitOutcome.conflict;
        if (answer.isWritten) continue;
        if (answer.isFound) learner.take(answer.pair);
        else learner.takeAbsence(table.addressOf(batch.slots[i] ?? NO_LEASE), revision);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
    this.countOutcomes(batch);
  }

  private takeReads(addresses: readonly number[], octets: Buffer, floor: number): boolean {
    const { learner } = this.parts;
    try {
      const answer = new TransactionAnswer(octets);
      if (!this.parts.isOurs(answer.header, floor)) return false;
      for (const address of addresses) {
        if (!answer.next()) return false;
        if (answer.isFound) learner.take(answer.pair);
        else learner.takeAbsence(address, answer.header.revision);
      }
      return true;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return false;
    }
  }

  private fail(batch: CommitBatch, outcome: CommitOutcome): void {
    batch.outcomes.fill(outcome, 0, batch.count);
    this.countOutcomes(batch);
  }

  private countOutcomes(batch: CommitBatch): void {
    const { counts } = this;
    for (let i = 0; i < batch.count; i++) {
      const outcome = batch.outcomes[i];
      if (outcome === CommitOutcome.ok) counts.leases += 1;
      else if (outcome === CommitOutcome.conflict) counts.conflicts += 1;
      else if (outcome === CommitOutcome.unknown) counts.unknown += 1;
      else counts.failures += 1;
    }
  }
}
