// The store of a rehearsal (rehearsal.ts). The server's own code orders commits and writes records, to a made-up file
// that keeps nothing.

import { HELD_REPLIES_MAX } from "../base/limits/replies.ts";
import type { LeaseSlot, LeaseTable } from "../lease/table/table.ts";
import { JournalCommits } from "../store/journal/journal-commit.ts";
import { JournalCounters } from "../store/journal/journal-status.ts";
import type { AppendedFile } from "../store/journal/journal-tail.ts";
import type { CommitBatch, LeaseStore } from "../store/store.ts";
import { inOwnShape } from "./own-shape.ts";

/** A file that has room for everything and keeps nothing. */
function forgetfulFile(stage: number): AppendedFile {
  let size = 0;
  const append: AppendedFile["appender"]["append"] = (_octets, length, _sync, done) => {
    size += length;
    queueMicrotask(() => done(0, length));
  };
  const appender = inOwnShape({ append, close: () => undefined }, stage);
  return inOwnShape({ path: "", appender, sizeInPlace: () => size, cut: () => Promise.resolve() }, stage);
}

/** A store that writes records and keeps none. */
export class ForgetfulStore implements LeaseStore {
  readonly health = "ready";
  readonly isShared = false;
  readonly commitsMax = 1;
  readonly gatherMs = 0;
  readonly changesMax = HELD_REPLIES_MAX;
  isSynchronous = false;
  readonly counters = new Map<string, number>();
  onHealth = (): void => undefined;
  onNotice = (): void => undefined;
  private readonly commits: JournalCommits;

  /** `stage`: see inOwnShape. */
  constructor(table: LeaseTable, stage: number) {
    this.commits = new JournalCommits(forgetfulFile(stage), new JournalCounters(), {
      onStatus: () => undefined,
      onGrown: () => undefined,
      onEndsLeftOut: () => undefined,
      roomAdvice: () => "",
    });
    this.commits.useTable(table);
    this.commits.beUsable("");
    inOwnShape(this, stage);
  }

  open(): ReturnType<LeaseStore["open"]> {
    return Promise.resolve({ loaded: 0, notices: [], damaged: false });
  }

  useTable(): void {
    // It has one.
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    this.commits.commit(batch, done);
  }

  refresh(_slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void {
    queueMicrotask(() => done(true));
  }

  noteEnd(): void {
    // No one reads it.
  }

  noteTimes(): void {
    // No one reads it.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
