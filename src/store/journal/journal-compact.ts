// Writes all leases into a new file while commits go on in the old one.
//
// The walk takes a few hundred slots per turn of the loop. It must guarantee that the new file, once it replaces the
// old one, says the same of each address:
//  - A slot that is not pending is durable as it stands, so the walk writes it as it stands.
//  - A slot that is pending is not written by the walk: its new content may fail, and its old content
//    is not readable. It is noted as owed. Its commit follows, because every pending slot gets one:
//    if that succeeds, its octets come here too (takeCommit) and the debt is paid; if it fails, the
//    old file is given up with it, this replacement is abandoned, and another begins after the slot
//    has been reverted. A slot that is found settled in another way is written then.
//    The new file is not finished while a slot is owed.
//  - A commit that succeeds after the walk has passed its slots is appended behind them, one that
//    succeeds before is repeated by the walk. All goes through one buffer in the order it happened,
//    and the last record of an address counts.

import { COMPACTION_UNSYNCED_OCTETS } from "../../base/limits/store.ts";
import type { LeaseRecord } from "../../lease/lease.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../../lease/table/table.ts";
import type { CommitBatch } from "../store.ts";
import { BatchBuffer } from "./journal-batch.ts";
import type { Declarations } from "./journal-declarations.ts";
import type { JournalFiles } from "./journal-files.ts";
import { COMPLETE_MARK, JOURNAL_HEADER } from "./journal-format.ts";

/** Slots per turn of the loop: a slice of them took less than a millisecond when measured. */
const SLICE_LEASES = 250;
/** Milliseconds between looks whether the owed slots have been settled. */
const OWED_LOOK_MS = 10;

/**
 * How far a new file is:
 *  - walking: the table is being read; if another takes its place, this file must be dropped.
 *  - following: only octets that are appended to the old file come.
 *  - marked: the mark of a whole file may be in it.
 *  - abandoned: it must be dropped.
 */
export type ReplacementStatus = "walking" | "following" | "marked" | "abandoned";

/** One new file in the making. */
export class Replacement {
  /** Sequence of the last batch. */
  sequence: number;
  /** Octets handed to the file so far. */
  octets = 0;
  /** Octets of them when the disk was last waited for. */
  private synced = 0;
  /** Records of the walk. */
  records = 0;
  private currentStatus: ReplacementStatus = "walking";
  private readonly table: LeaseTable;
  private readonly files: JournalFiles;
  private readonly declarations: Declarations;
  private filling = new BatchBuffer();
  private writing = new BatchBuffer();
  private readonly owed = new Set<LeaseSlot>();

  /** `sequence`: the last one used, so that the new file's batches are numbered above it. */
  constructor(table: LeaseTable, files: JournalFiles, declarations: Declarations, sequence: number) {
    this.table = table;
    this.files = files;
    this.declarations = declarations;
    this.sequence = sequence;
    // Before any commit can come: a file that does not begin so has lost its beginning.
    this.filling.addText(JOURNAL_HEADER, JOURNAL_HEADER.length);
    this.closeBatch();
  }

  get status(): ReplacementStatus {
    return this.currentStatus;
  }

  /** Makes the walk stop; the file is to be dropped then. A file that may be marked as whole is finished or dropped by itself. */
  abandon(): void {
    if (this.currentStatus !== "marked") this.currentStatus = "abandoned";
  }

  /** Writes every lease; false if it was abandoned. Rejects when the file cannot be written. */
  async writeLeases(): Promise<boolean> {
    await this.declarations.write(
      () => this.filling,
      () => this.closeBatch(),
      () => this.flush(),
    );
    await this.writeOutside(this.table.outside());
    for (let slot = NO_LEASE; this.isWanted; ) {
      slot = this.addSlice(slot);
      await this.flush();
      if (slot === NO_LEASE) break;
      if (this.octets - this.synced < COMPACTION_UNSYNCED_OCTETS) continue;
      this.synced = this.octets;
      await this.files.sync();
    }
    await this.settleOwed();
    if (!this.isWanted) return false;
    this.currentStatus = "following";
    return true;
  }

  /** A commit has become durable in the old file: its records, taken before, pay for their owed slots. */
  takeCommit(batch: CommitBatch): void {
    for (let i = 0; i < batch.count && this.owed.size > 0; i++) this.owed.delete(batch.slots[i] ?? NO_LEASE);
  }

  /** Takes records that have been appended to the old file. */
  takeRecords(octets: Uint8Array, length: number): void {
    this.filling.addText(octets, length);
    this.closeBatch();
  }

  /** Closes the file with the mark that says that it is whole. */
  addMark(): void {
    this.currentStatus = "marked";
    this.filling.addText(COMPLETE_MARK, COMPLETE_MARK.length);
    this.closeBatch();
  }

  /**
   * Hands everything so far to the file. Not what comes meanwhile: with commits coming as fast as
   * they are written there would be no end to it.
   */
  async flush(): Promise<void> {
    const full = this.filling;
    if (full.length === 0) return;
    this.filling = this.writing;
    this.writing = full;
    this.octets += full.length;
    await this.files.write(full.octets, full.length);
    full.clear();
  }

  private get isWanted(): boolean {
    return this.currentStatus !== "abandoned";
  }

  private closeBatch(): void {
    this.sequence += 1;
    this.filling.close(this.sequence);
  }

  private async writeOutside(records: Iterable<LeaseRecord>): Promise<void> {
    let inBatch = 0;
    for (const record of records) {
      this.filling.addRecord(record);
      this.records += 1;
      inBatch += 1;
      if (inBatch < SLICE_LEASES) continue;
      inBatch = 0;
      this.closeBatch();
      await this.flush();
      if (!this.isWanted) return;
    }
    if (inBatch > 0) this.closeBatch();
  }

  /** Adds the slots that follow `after` as one batch; returns the last of them, NO_LEASE at the end. */
  private addSlice(after: LeaseSlot): LeaseSlot {
    const { table } = this;
    const before = this.records;
    let slot = after;
    for (let i = 0; i < SLICE_LEASES; i++) {
      slot = table.nextStored(slot);
      if (slot === NO_LEASE) break;
      this.addSettled(slot);
    }
    if (this.records > before) this.closeBatch();
    return slot;
  }

  private addSettled(slot: LeaseSlot): void {
    if (this.table.isPending(slot)) {
      this.owed.add(slot);
      return;
    }
    this.filling.addLease(this.table, slot);
    this.records += 1;
  }

  private async settleOwed(): Promise<void> {
    while (this.owed.size > 0 && this.isWanted) {
      const before = this.records;
      for (const slot of this.owed) {
        if (this.table.isPending(slot)) continue;
        this.owed.delete(slot);
        if (this.table.nextStored(slot - 1) === slot) this.addSettled(slot);
      }
      if (this.records > before) this.closeBatch();
      await this.flush();
      if (this.owed.size > 0) await new Promise((resolve) => setTimeout(resolve, OWED_LOOK_MS));
    }
  }
}
