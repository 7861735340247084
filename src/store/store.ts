// The contract between the server and whatever keeps leases. The store knows no allocation and no
// DHCP: it makes the present content of lease-table slots durable.

import type { LeaseSlot, LeaseTable } from "../lease/table/table.ts";

/** What became of one lease of a commit. */
export const CommitOutcome = {
  /** Durable, and visible to every reader of the store. */
  ok: 1,
  /** Not known to be durable, or known not to be: no reply may say that it is. */
  failed: 2,
} as const;
export type CommitOutcome = (typeof CommitOutcome)[keyof typeof CommitOutcome];

/** The changed slots of one commit. No slot twice. */
export class CommitBatch {
  readonly slots: Int32Array;
  /** A CommitOutcome for each slot, set when the commit is over. */
  readonly outcomes: Uint8Array;
  count = 0;

  constructor(capacity: number) {
    this.slots = new Int32Array(capacity);
    this.outcomes = new Uint8Array(capacity);
  }

  add(slot: LeaseSlot): void {
    this.slots[this.count++] = slot;
  }

  clear(): void {
    this.count = 0;
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

/** ready: commits work. failing: the last one did not and no change is accepted until it does again. */
export type StoreHealth = "loading" | "ready" | "failing" | "closed";

/** A lease store. Reads are the lease table's own, synchronous. */
export interface LeaseStore {
  readonly health: StoreHealth;
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
   * Makes the present content of the batch's slots durable. At most one commit under way. Calls
   * `done` from the event loop, never from inside `commit`, with every outcome set. The slots must
   * not change meanwhile (the table keeps them pending). Never throws for weather (full disk, I/O error).
   */
  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void;
  /** The time of a stored lease is over: whoever reads the store is told in the store's own time. */
  noteEnd(slot: LeaseSlot): void;
  /** Called on every change of health. */
  onHealth: (health: StoreHealth, reason: string) => void;
  /** Called with what an operator should know while the health stays as it is. */
  onNotice: (notice: StoreNotice) => void;
  /** Counters since start, by name. */
  readonly counters: ReadonlyMap<string, number>;
  /** Waits for what is under way and lets go of the files. */
  close(): Promise<void>;
}
