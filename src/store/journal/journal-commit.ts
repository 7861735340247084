// What is appended to FILE: commits, each one write and one fdatasync on a worker thread, and between them the ends
// of leases, which no client waits for.
//
// Guarantees: `ok` is said only after fdatasync has returned for the batch and its trailer. After an error nothing is
// appended to that file again: what the kernel still knows of it is uncertain.

import { getSystemErrorMap } from "node:util";
import { assert } from "../../base/assert.ts";
import { ENDS_PER_COMMIT, EXPIRIES_PER_TURN } from "../../base/limits.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../../lease/table/table.ts";
import { type CommitBatch, CommitOutcome } from "../store.ts";
import { BatchBuffer } from "./journal-batch.ts";
import type { Replacement } from "./journal-compact.ts";
import { EndedLeases } from "./journal-ends.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { JournalCounters, JournalStatus } from "./journal-status.ts";

/** Who is told what becomes of FILE. */
export interface CommitListener {
  /** Called on every change of status, with the reason where it changes the store's health. */
  onStatus(status: JournalStatus, reason: string): void;
  /** FILE has grown by an append. */
  onGrown(): void;
}

/** Appends to FILE, one at a time. */
export class JournalCommits {
  /** Whether a commit waits for the disk (LeaseStore.isSynchronous). */
  isSynchronous = true;
  /** Leases whose end is still to be written. */
  readonly ended = new EndedLeases();
  /** The new file in the making, which gets everything that is appended to FILE. */
  replacement: Replacement | undefined;
  /** Sequence of the last batch in FILE. */
  sequence = 0;
  /** Octets of FILE. */
  size = 0;
  private currentStatus: JournalStatus = "loading";
  private readonly files: JournalFiles;
  private readonly counters: JournalCounters;
  private readonly listener: CommitListener;
  private currentTable: LeaseTable | undefined;
  /** The commit that has come and not ended; it waits unless the status is "appending". */
  private batch: CommitBatch | undefined;
  private done: (batch: CommitBatch) => void = () => undefined;
  private readonly buffer = new BatchBuffer();
  /** Octets of `buffer` before the trailer. */
  private recordOctets = 0;
  private onHeld: (() => void) | undefined;
  private onDrained: (() => void) | undefined;
  private endsTurn: NodeJS.Immediate | undefined;

  constructor(files: JournalFiles, counters: JournalCounters, listener: CommitListener) {
    this.files = files;
    this.counters = counters;
    this.listener = listener;
  }

  get status(): JournalStatus {
    return this.currentStatus;
  }

  get table(): LeaseTable {
    assert(this.currentTable !== undefined, "the store is open");
    return this.currentTable;
  }

  /** The table to read slots from; another one only between commits. */
  useTable(table: LeaseTable): void {
    assert(this.batch === undefined, "the table changes between commits only");
    if (this.currentTable !== undefined) this.ended.follow(this.currentTable, table);
    this.currentTable = table;
  }

  /** LeaseStore.commit. */
  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    assert(this.batch === undefined, "one commit at a time");
    this.batch = batch;
    this.done = done;
    if (this.currentStatus !== "held") this.start(batch);
  }

  /** LeaseStore.noteEnd. */
  noteEnd(slot: LeaseSlot): void {
    this.ended.add(slot);
    this.scheduleEnds();
  }

  /** What FILE is from now on: octets and the last sequence in them. */
  takeFile(sequence: number, octets: number): void {
    this.sequence = sequence;
    this.size = octets;
    this.counters.show("store-file-octets", octets);
  }

  /** FILE can be appended to. */
  beUsable(reason: string): void {
    this.setStatus("idle", reason);
    this.scheduleEnds();
  }

  /** FILE must not be appended to any more; the table is what counts until another is written. */
  giveUp(reason: string): void {
    const wasHeld = this.currentStatus === "held";
    this.replacement?.abandon();
    this.setStatus(
      "unusable",
      `${this.files.path}: ${reason}: no lease is given or prolonged until a new file is written`,
    );
    if (wasHeld) this.next();
  }

  /** Resolves when no append is under way; commits wait from then on, or fail where FILE is unusable. */
  hold(): Promise<void> {
    if (this.currentStatus === "idle") this.setStatus("held", "");
    if (this.currentStatus !== "appending") return Promise.resolve();
    return new Promise((resolve) => {
      this.onHeld = resolve;
    });
  }

  /** Ends `hold`. */
  release(): void {
    if (this.currentStatus !== "held") return;
    this.setStatus("idle", "");
    this.next();
  }

  /** Resolves when the commit that has come has ended; nothing but it is appended. */
  drain(): Promise<void> {
    clearImmediate(this.endsTurn);
    this.endsTurn = undefined;
    this.ended.clear();
    if (this.batch === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.onDrained = resolve;
    });
  }

  /** No commit succeeds from now on. */
  close(reason: string): void {
    this.setStatus("closed", reason);
  }

  private setStatus(status: JournalStatus, reason: string): void {
    this.currentStatus = status;
    this.listener.onStatus(status, reason);
  }

  /** Starts what has waited. */
  private next(): void {
    if (this.batch !== undefined) this.start(this.batch);
    else this.scheduleEnds();
  }

  private start(batch: CommitBatch): void {
    if (this.currentStatus !== "idle") {
      setImmediate(this.refuse);
      return;
    }
    const { buffer, table } = this;
    buffer.clear();
    for (let i = 0; i < batch.count; i++) buffer.addLease(table, batch.slots[i] ?? NO_LEASE);
    this.ended.addTo(buffer, table, ENDS_PER_COMMIT);
    this.closeBatch();
    this.setStatus("appending", "");
    const done = this.isSynchronous ? this.appended : this.written;
    this.files.appender.append(buffer.octets, buffer.length, this.isSynchronous, done);
  }

  private closeBatch(): void {
    this.recordOctets = this.buffer.length;
    this.buffer.close(this.sequence + 1);
  }

  private readonly refuse = (): void => {
    this.counters.count("store-failures");
    this.finish(CommitOutcome.failed);
  };

  /** The answer to a commit comes from the event loop, also where nothing waits for the disk. */
  private readonly written = (errno: number): void => {
    setImmediate(this.appended, errno);
  };

  private readonly appended = (errno: number): void => {
    const { batch } = this;
    assert(batch !== undefined, "an append belongs to a commit");
    const isStored = this.takeAppended(errno);
    if (isStored) {
      this.replacement?.takeCommit(batch);
      this.counters.count("store-commits");
      this.counters.count("store-leases", batch.count);
    } else {
      this.counters.count("store-failures");
    }
    this.endAppending();
    this.finish(isStored ? CommitOutcome.ok : CommitOutcome.failed);
  };

  private endAppending(): void {
    const { onHeld } = this;
    this.onHeld = undefined;
    if (this.currentStatus === "appending") this.setStatus(onHeld === undefined ? "idle" : "held", "");
    onHeld?.();
  }

  /** Whether what `buffer` holds is in FILE now, behind all that was there; else FILE is given up. */
  private takeAppended(errno: number): boolean {
    const { buffer } = this;
    const expected = this.size + buffer.length;
    const size = errno === 0 ? this.files.sizeInPlace() : expected;
    if (errno !== 0 || size !== expected) {
      this.giveUp(errno !== 0 ? `cannot append (${describeErrno(errno)})` : describeChange(size, expected));
      return false;
    }
    this.takeFile(this.sequence + 1, size);
    this.replacement?.takeRecords(buffer.octets, this.recordOctets);
    this.listener.onGrown();
    return true;
  }

  private finish(outcome: CommitOutcome): void {
    const { batch, done, onDrained } = this;
    assert(batch !== undefined, "only a commit can end");
    this.batch = undefined;
    batch.outcomes.fill(outcome, 0, batch.count);
    this.onDrained = undefined;
    onDrained?.();
    done(batch);
    this.scheduleEnds();
  }

  private scheduleEnds(): void {
    if (this.ended.count > 0 && this.endsTurn === undefined && this.mayWriteEnds) {
      this.endsTurn = setImmediate(this.writeEnds);
    }
  }

  private get mayWriteEnds(): boolean {
    return this.batch === undefined && this.currentStatus === "idle";
  }

  /** While no commit is under way. The file's next sync takes it along. */
  private readonly writeEnds = (): void => {
    this.endsTurn = undefined;
    if (!this.mayWriteEnds) return;
    const { buffer } = this;
    buffer.clear();
    if (this.ended.addTo(buffer, this.table, EXPIRIES_PER_TURN) === 0) return;
    this.closeBatch();
    // Without a sync the answer comes before this returns.
    this.files.appender.append(buffer.octets, buffer.length, false, this.endsWritten);
  };

  private readonly endsWritten = (errno: number): void => {
    if (this.takeAppended(errno)) this.scheduleEnds();
  };
}

function describeErrno(errno: number): string {
  const [name, message] = getSystemErrorMap().get(-errno) ?? [`error ${errno}`, "unknown"];
  return `${name}: ${message}`;
}

/** Why a file is not what was written to it. */
function describeChange(size: number, expected: number): string {
  return size < 0
    ? "is not there any more"
    : `has ${size} octets and not the ${expected} that were written: another program has changed it`;
}
