// The contract between the server and a store of leases. The store knows no allocation and no DHCP: it makes the
// present content of lease-table slots durable.
//
// A journal has one writer. A shared store has many: each server keeps a mirror of it in its lease table, and every
// write is conditional. Other servers' changes come into the table by LeaseTable.learn, whose revisions say which of
// two records is the newer one; a commit counts only while the store's record of the lease still has the revision of
// LeaseTable.revisionOf.

import type { LeaseSlot, LeaseTable } from "../lease/table/table.ts";

/** What became of one lease of a commit. */
export const CommitOutcome = {
  /** Durable, and visible to every reader of the store. */
  ok: 1,
  /** A journal: not known to be durable. A shared store: known to be written nowhere. No reply may say that it is stored. */
  failed: 2,
  /**
   * Another server has written the lease first, and nothing was changed. The store has given what it found to
   * LeaseTable.learn before it says so.
   */
  conflict: 3,
  /**
   * The store has not answered in time: the change may be there, or be applied even later. No later read can show that
   * it never will be. It is conditional, so that it takes no client's lease away.
   */
  unknown: 4,
} as const;
export type CommitOutcome = (typeof CommitOutcome)[keyof typeof CommitOutcome];

/** The changed slots of one commit. No slot twice, nor in two commits at once. */
export class CommitBatch {
  readonly slots: Int32Array;
  /** A CommitOutcome for each slot, set when the commit is over. */
  readonly outcomes: Uint8Array;
  count = 0;
  /** Revision that a shared store has given all leases of the commit whose outcome is ok. */
  revision = 0;

  constructor(capacity: number) {
    this.slots = new Int32Array(capacity);
    this.outcomes = new Uint8Array(capacity);
  }

  add(slot: LeaseSlot): void {
    this.slots[this.count++] = slot;
  }

  clear(): void {
    this.count = 0;
    this.revision = 0;
  }
}

/** A line for the log. */
export interface StoreNotice {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** What opening found. */
export interface StoreReport {
  readonly loaded: number;
  readonly notices: readonly StoreNotice[];
  /** Records may have been lost: free addresses are probed before an offer for one max-lease-time. */
  readonly damaged: boolean;
}

/**
 * ready: commits work. failing: the last one did not, and no change is accepted until one does again; a shared store is
 * failing too while this server's clock cannot be trusted. away: a shared store cannot be reached or has no quorum; no
 * change is accepted, and leases are renewed from what the store has promised before.
 */
export type StoreHealth = "loading" | "ready" | "failing" | "away" | "closed";

/** A lease store. Reads are the lease table's own, synchronous. */
export interface LeaseStore {
  readonly health: StoreHealth;
  /** Whether other servers write into the same store. The table that it is opened with keeps revisions then (TableOptions). */
  readonly isShared: boolean;
  /** Commits that may be under way at once, at least 1. */
  readonly commitsMax: number;
  /**
   * Milliseconds that changes wait for more to come while another commit is under way: few large commits cost a shared
   * store less than many small ones. Without meaning if `commitsMax` is 1.
   */
  readonly gatherMs: number;
  /** Changes that one commit may hold, at least 2 and at most HELD_REPLIES_MAX. */
  readonly changesMax: number;
  /**
   * Whether a commit waits for the disk. Without (dhcpd.conf(5) `dont-use-fsync`), a stored lease outlives this process
   * but perhaps not a power failure. A store without a disk takes no notice.
   */
  isSynchronous: boolean;
  /** Loads everything into the table. Rejects with DaemonError when it must not start (locked by another daemon, unreadable). */
  open(table: LeaseTable): Promise<StoreReport>;
  /** After a reload: the table to read slots from. Only between commits. */
  useTable(table: LeaseTable): void;
  /**
   * Makes the present content of the batch's slots durable. At most `commitsMax` under way, each of at most `changesMax`
   * changes; they end in any order. Calls `done` from the event loop, never from inside `commit`, with every outcome
   * set. The slots must not change meanwhile (the table keeps them pending). Never throws for weather (full disk, I/O
   * error, lost link).
   */
  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void;
  /**
   * Reads what the store has of the slots' leases at a moment after the call (a linearizable read) and gives it to
   * LeaseTable.learn; then calls `done` from the event loop with true. With false if it could not: nothing may be
   * concluded then. At most `changesMax` slots. The table of a store that is not shared is all there is to know: it
   * answers true. Never throws for weather.
   */
  refresh(slots: readonly LeaseSlot[], done: (isFresh: boolean) => void): void;
  /** The time of a stored lease is over: the store records that at a time of its own choice. */
  noteEnd(slot: LeaseSlot): void;
  /** Times of many leases of the table have changed, because the clock was set: the store records that at a time of its own choice. */
  noteTimes(): void;
  /** Called on every change of health. */
  onHealth: (health: StoreHealth, reason: string) => void;
  /** Called with what an operator should know while the health stays as it is. */
  onNotice: (notice: StoreNotice) => void;
  /** Counters since start, by name. */
  readonly counters: ReadonlyMap<string, number>;
  /** Waits for the work under way and lets go of the files. */
  close(): Promise<void>;
}
