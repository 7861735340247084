// Appends to FILE: commits, each one write and one fdatasync on a worker thread, and between them the ends of leases,
// which no client waits for.
//
// After an error nothing is appended to FILE again, with one exception: a write that the disk had no room for has left
// a known number of octets, which are cut off. Ends of leases are left out then; a commit without them fails, and so do
// others until there is room.

import { assert } from "../../base/assert.ts";
import { textOf } from "../../base/errors.ts";
import { ENDS_PER_COMMIT, ENDS_PER_WRITE } from "../../base/limits/store.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../../lease/table/table.ts";
import { type CommitBatch, CommitOutcome } from "../store.ts";
import type { Replacement } from "./journal-compact.ts";
import { EndedLeases } from "./journal-ends.ts";
import { PendingCommit } from "./journal-pending-commit.ts";
import type { CommitListener, JournalCounters, JournalStatus } from "./journal-status.ts";
import { type AppendedFile, JournalTail } from "./journal-tail.ts";

/** Appends to FILE, one at a time. */
export class JournalCommits {
  /** Whether a commit waits for the disk (LeaseStore.isSynchronous). */
  isSynchronous = true;
  /** Leases whose end is still to be written. */
  readonly ended = new EndedLeases();
  /** The new file in the making. */
  replacement: Replacement | undefined;
  /** Octets that the disk had no room for last. */
  refusedOctets = 0;
  private currentStatus: JournalStatus = "loading";
  private readonly files: AppendedFile;
  private readonly counters: JournalCounters;
  private readonly listener: CommitListener;
  private currentTable: LeaseTable | undefined;
  private readonly pending = new PendingCommit();
  private readonly tail: JournalTail;
  private onHeld: (() => void) | undefined;

  constructor(files: AppendedFile, counters: JournalCounters, listener: CommitListener) {
    this.files = files;
    this.counters = counters;
    this.listener = listener;
    this.tail = new JournalTail(files);
  }

  get status(): JournalStatus {
    return this.currentStatus;
  }

  /** Octets of FILE. */
  get size(): number {
    return this.tail.size;
  }

  /** Sequence of the last batch in FILE. */
  get sequence(): number {
    return this.tail.sequence;
  }

  get table(): LeaseTable {
    assert(this.currentTable !== undefined, "the store is open");
    return this.currentTable;
  }

  /** The table to read slots from; another one only between commits. */
  useTable(table: LeaseTable): void {
    assert(this.pending.isNone, "the table changes between commits only");
    if (this.currentTable !== undefined) this.ended.follow(this.currentTable, table);
    this.currentTable = table;
  }

  /** LeaseStore.commit. */
  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    this.pending.take(batch, done);
    if (this.currentStatus !== "held" && this.currentStatus !== "cutting") this.start();
  }

  /** LeaseStore.noteEnd. */
  noteEnd(slot: LeaseSlot): void {
    this.ended.add(slot);
    this.scheduleEnds();
  }

  /** What FILE is from now on: octets and the last sequence in them. */
  takeFile(sequence: number, octets: number): void {
    this.tail.sequence = sequence;
    this.tail.size = octets;
    this.counters.show("store-file-octets", octets);
  }

  /** FILE can be appended to. */
  beUsable(reason: string): void {
    this.setStatus("idle", reason);
    this.scheduleEnds();
  }

  /** FILE must not be appended to any more; the table is what counts until another is written. */
  giveUp(reason: string): void {
    const isAwaited = this.currentStatus === "held" || this.currentStatus === "cutting";
    this.replacement?.abandon();
    this.setStatus(
      "unusable",
      `${this.files.path}: ${reason}; the server gives and renews no lease until it has written a new file`,
    );
    this.onHeld?.();
    this.onHeld = undefined;
    if (isAwaited) this.next();
  }

  /** Resolves when no append is under way; commits wait until `endReplacement`, or fail where FILE takes none. */
  hold(): Promise<void> {
    if (this.currentStatus === "idle") this.setStatus("held", "");
    if (this.currentStatus !== "appending" && this.currentStatus !== "cutting") return Promise.resolve();
    return new Promise((resolve) => {
      this.onHeld = resolve;
    });
  }

  /** A new file is begun; it gets everything that is appended to FILE. */
  beginReplacement(replacement: Replacement): void {
    this.replacement = replacement;
    this.ended.cover();
  }

  /** It has taken the place of FILE, or has been given up. */
  endReplacement(isDone: boolean): void {
    this.replacement = undefined;
    this.ended.settleCovered(isDone);
    if (this.currentStatus === "held") this.setStatus("idle", "");
    if (this.currentStatus === "idle") this.next();
  }

  /** There is room for ends of leases again. */
  writeEndsAgain(): void {
    this.ended.mode = "written";
    this.scheduleEnds();
  }

  /** Resolves when the commit that has come has ended; nothing but it is appended. */
  drain(): Promise<void> {
    this.ended.close();
    return this.pending.ended();
  }

  /** Commits fail from now on. */
  close(reason: string): void {
    this.setStatus("closed", reason);
  }

  private setStatus(status: JournalStatus, reason: string): void {
    this.currentStatus = status;
    this.listener.onStatus(status, reason);
  }

  /** Starts what has waited. */
  private next(): void {
    if (this.pending.isWaiting) this.start();
    else this.scheduleEnds();
  }

  private start(): void {
    const batch = this.pending.startWriting();
    if (this.currentStatus !== "idle") {
      setImmediate(this.refuse);
      return;
    }
    const { tail, table } = this;
    tail.buffer.clear();
    for (let i = 0; i < batch.count; i++) tail.buffer.addLease(table, batch.slots[i] ?? NO_LEASE);
    this.ended.addTo(tail.buffer, table, this.areEndsWanted ? ENDS_PER_COMMIT : 0);
    this.setStatus("appending", "");
    tail.append(this.isSynchronous, this.isSynchronous ? this.appended : this.written);
  }

  private readonly refuse = (): void => {
    this.counters.count("store-failures");
    this.finish(CommitOutcome.failed);
  };

  /** The answer to a commit comes from the event loop, also where nothing waits for the disk. */
  private readonly written = (errno: number, written: number): void => {
    setImmediate(this.appended, errno, written);
  };

  private readonly appended = (errno: number, written: number): void => {
    const result = this.tail.judge(errno, written);
    if (result.kind === "no-room") return this.cutOff(result.error);
    if (result.kind === "lost") {
      this.giveUp(result.reason);
      return this.refuse();
    }
    const { batch } = this.pending;
    this.takeStored(batch.count);
    this.replacement?.takeCommit(batch);
    this.counters.count("store-commits");
    this.counters.count("store-leases", batch.count);
    this.endAppending();
    this.finish(CommitOutcome.ok);
  };

  /** A batch is in FILE: leases of a commit, and ends. */
  private takeStored(leases: number): void {
    const { tail } = this;
    this.counters.show("store-file-octets", tail.size);
    this.replacement?.takeRecords(tail.buffer.octets, tail.recordOctets);
    this.listener.onGrown(tail.buffer.length, leases + this.ended.takenCount);
  }

  /** FILE can be appended to again, or a new one can take its place. */
  private endAppending(): void {
    const { onHeld } = this;
    this.onHeld = undefined;
    this.setStatus(onHeld === undefined ? "idle" : "held", "");
    onHeld?.();
  }

  /** Takes back an append that found no room: the ends in it are left out; without ends in it, its commit fails. */
  private cutOff(error: string): void {
    const hadEnds = this.ended.takenCount > 0;
    this.refusedOctets = this.tail.buffer.length;
    this.ended.putBack();
    this.setStatus("cutting", "");
    if (hadEnds) {
      this.pending.beginAgain();
      this.ended.mode = "left-out";
      this.listener.onEndsLeftOut(error);
    }
    this.tail.cut().then(
      () => {
        if (!hadEnds) return this.beFull(error);
        this.endAppending();
        if (this.currentStatus === "idle") this.next();
      },
      (failure: unknown) => {
        this.giveUp(`cannot cut off what the disk had no room for (${textOf(failure)})`);
        if (!hadEnds) this.refuse();
      },
    );
  }

  /** FILE is whole, and the disk takes no more: the commit fails, and a new file in the making gives its room back. */
  private beFull(error: string): void {
    this.replacement?.abandon();
    this.setStatus(
      "full",
      `${this.files.path}: the disk is full (${error}); the server gives and renews no lease until there is room: ` +
        this.listener.roomAdvice(),
    );
    this.onHeld?.();
    this.onHeld = undefined;
    this.refuse();
  }

  private finish(outcome: CommitOutcome): void {
    this.pending.end(outcome);
    this.scheduleEnds();
  }

  private scheduleEnds(): void {
    if (this.mayWriteEnds) this.ended.schedule(this.writeEnds);
  }

  private get mayWriteEnds(): boolean {
    return this.pending.isNone && this.currentStatus === "idle" && this.areEndsWanted;
  }

  /** A new file in the making shows the ends that it finds; those that come too late are written behind it. */
  private get areEndsWanted(): boolean {
    return this.ended.mode === "written" && this.replacement === undefined;
  }

  /** While no commit is under way. The file's next sync takes it along. */
  private readonly writeEnds = (): void => {
    if (!this.mayWriteEnds) return;
    const { tail } = this;
    tail.buffer.clear();
    // Without a sync the answer comes before `append` returns.
    if (this.ended.addTo(tail.buffer, this.table, ENDS_PER_WRITE) > 0) tail.append(false, this.endsWritten);
  };

  private readonly endsWritten = (errno: number, written: number): void => {
    const result = this.tail.judge(errno, written);
    if (result.kind === "no-room") return this.cutOff(result.error);
    if (result.kind === "lost") return this.giveUp(result.reason);
    this.takeStored(0);
    this.scheduleEnds();
  };
}
