// Logs a recurring trouble once per burst: the first time, and again only after it has been quiet for a while. Counters
// elsewhere count every occurrence.

import type { MonotonicMilliseconds } from "../base/time.ts";

const QUIET_MS = 60_000;

/** Remembers which kinds of trouble have been said. */
export class BurstNotices {
  private readonly lastAt = new Map<string, MonotonicMilliseconds>();
  private readonly now: () => MonotonicMilliseconds;

  /** `now` is a monotonic clock. */
  constructor(now: () => MonotonicMilliseconds) {
    this.now = now;
  }

  /** Notes one occurrence; true if it begins a burst and should be said. */
  begins(kind: string): boolean {
    const now = this.now();
    const last = this.lastAt.get(kind);
    this.lastAt.set(kind, now);
    return last === undefined || now - last >= QUIET_MS;
  }
}
