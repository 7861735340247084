// The state of a journal's lease file: one of these at a time.

import type { StoreHealth } from "../store.ts";

/**
 * The state of FILE:
 *  - loading: it is not open yet.
 *  - idle: the next append may start.
 *  - appending: a commit is on its way to the disk.
 *  - cutting: an append for which the disk had no room is being cut off; commits wait.
 *  - held: FILE is being replaced; commits wait.
 *  - full: FILE is whole, and the disk has no room for more; commits fail until it has.
 *  - unusable: FILE must not be appended to; commits fail until a new file has taken its place.
 *  - closed: commits fail from now on.
 */
export type JournalStatus = "loading" | "idle" | "appending" | "cutting" | "held" | "full" | "unusable" | "closed";

/** What a status means to the server. */
export function healthOfStatus(status: JournalStatus): StoreHealth {
  return HEALTH[status];
}

const HEALTH: Readonly<Record<JournalStatus, StoreHealth>> = {
  loading: "loading",
  idle: "ready",
  appending: "ready",
  cutting: "ready",
  held: "ready",
  full: "failing",
  unusable: "failing",
  closed: "closed",
};

/** Counters of a journal, by the names that `LeaseStore.counters` has. */
export class JournalCounters {
  readonly values = new Map<string, number>([
    ["store-commits", 0],
    ["store-leases", 0],
    ["store-failures", 0],
    ["store-rewrites", 0],
    ["store-rewrite-failures", 0],
    ["store-file-octets", 0],
  ]);

  /** Adds to a counter. */
  count(name: string, by = 1): void {
    this.values.set(name, (this.values.get(name) ?? 0) + by);
  }

  /** Sets a counter that shows a present value. */
  show(name: string, value: number): void {
    this.values.set(name, value);
  }
}

/** Learns of changes of FILE's state. */
export interface CommitListener {
  /** Called on every change of status, with the reason where it changes the store's health. */
  onStatus(status: JournalStatus, reason: string): void;
  /** FILE has grown by an append. */
  onGrown(octets: number, records: number): void;
  /** The disk had no room for ends of leases, which are left out from now on. */
  onEndsLeftOut(error: string): void;
  /** What to do about a full disk. */
  roomAdvice(): string;
}
