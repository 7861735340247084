// Octets on their way to a lease file: records, closed by trailers into batches. Grows as needed and stays that large,
// so that later commits allocate nothing.

import { LEASE_RECORD_OCTETS_MAX, writeLease, writeLeaseRecord } from "../../lease/file/leases-file.ts";
import type { LeaseRecord } from "../../lease/lease.ts";
import type { LeaseSlot, LeaseTable } from "../../lease/table/table.ts";
import { TRAILER_OCTETS_MAX, writeTrailer } from "./journal-format.ts";

const OCTETS_MIN = 64 * 1024;

/** Batches one after another in one buffer; the last may be open. */
export class BatchBuffer {
  octets = new Uint8Array(OCTETS_MIN);
  /** Octets in use. */
  length = 0;
  private batchStart = 0;

  /** Forgets everything. */
  clear(): void {
    this.length = 0;
    this.batchStart = 0;
  }

  /** Where the open batch starts. */
  get openStart(): number {
    return this.batchStart;
  }

  /** Adds the present content of a slot to the open batch. */
  addLease(table: LeaseTable, slot: LeaseSlot): void {
    this.reserve(LEASE_RECORD_OCTETS_MAX);
    this.length = writeLease(table, slot, this.octets, this.length);
  }

  /** Adds a record that has no slot. */
  addRecord(record: LeaseRecord): void {
    this.reserve(LEASE_RECORD_OCTETS_MAX);
    this.length = writeLeaseRecord(record, this.octets, this.length);
  }

  /** Adds text as it is: whole lines. */
  addText(from: Uint8Array, length: number): void {
    this.reserve(length);
    // A loop: subarray would make an object, and a commit is short.
    for (let i = 0; i < length; i++) this.octets[this.length + i] = from[i] ?? 0;
    this.length += length;
  }

  /** Closes the open batch; the next record begins another one. */
  close(sequence: number): void {
    this.reserve(TRAILER_OCTETS_MAX);
    this.length = writeTrailer(this.octets, this.batchStart, this.length, sequence);
    this.batchStart = this.length;
  }

  private reserve(octets: number): void {
    const needed = this.length + octets;
    if (needed <= this.octets.length) return;
    const wider = new Uint8Array(Math.max(needed, this.octets.length * 2));
    wider.set(this.octets.subarray(0, this.length));
    this.octets = wider;
  }
}
