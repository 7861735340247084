// dhcpd.leases(5), text to records and back. Pure: files, batches and their checksums are the
// store's business; the comment lines that close its batches are comments here like any other.
//
// It writes ISC's dialect, because reporting tools read that, and reads ISC's and OpenBSD's. The last record of an
// address counts: the reader keeps that order.

import type { LeaseRecord } from "../lease.ts";
import type { LeaseSlot, LeaseTable } from "../table/table.ts";
import { LeasesFileReader } from "./leases-file-reader.ts";
import { LEASE_OCTETS_MAX, writeRecord, writeSlot } from "./leases-file-writer.ts";

/** Octets of room that `writeLease` and `writeLeaseRecord` need. */
export const LEASE_RECORD_OCTETS_MAX = LEASE_OCTETS_MAX;

/** Writes the present content of a slot at `at` of `target`; returns the offset behind it. Allocates nothing. */
export function writeLease(table: LeaseTable, slot: LeaseSlot, target: Uint8Array, at: number): number {
  return writeSlot(table, slot, target, at);
}

/** Writes a record at `at` of `target`, for leases that have no slot; returns the offset behind it. */
export function writeLeaseRecord(record: LeaseRecord, target: Uint8Array, at: number): number {
  return writeRecord(record, target, at);
}

/** The text of a record, as `writeLease` would write it. */
export function formatLeaseRecord(record: LeaseRecord): string {
  const target = new Uint8Array(LEASE_RECORD_OCTETS_MAX);
  const length = writeRecord(record, target, 0);
  return String.fromCharCode(...target.subarray(0, length));
}

/**
 * Reads `length` octets at `offset`: passes each whole record to `onRecord`, in order, and each damaged place to
 * `onError` with its offset in `bytes`. After damage reading goes on at the next line that starts with `lease `. A
 * whole statement that is no lease goes to `onDeclaration` with its place: `word` is `host`, `class` and so on for
 * ISC's blocks, "" for others. Records are values of their own. Never throws; returns how many records there were.
 */
export function readLeases(
  bytes: Uint8Array,
  offset: number,
  length: number,
  onRecord: (record: LeaseRecord) => void,
  onError: (offset: number, message: string) => void,
  onDeclaration: (word: string, start: number, end: number) => void = () => undefined,
): number {
  return new LeasesFileReader(bytes, offset, offset + length, onRecord, onError, onDeclaration).read();
}
