// A token bucket whose clock is an argument.

import type { EpochSeconds } from "../base/time.ts";

/** Lets through `capacity` events at once and `perSecond` of them in the long run. */
export class TokenBucket {
  private readonly capacity: number;
  private readonly perSecond: number;
  private tokens: number;
  private filledAt: EpochSeconds = 0;

  constructor(capacity: number, perSecond: number) {
    this.capacity = capacity;
    this.perSecond = perSecond;
    this.tokens = capacity;
  }

  /** Takes a token if there is one; a clock that steps back adds none. */
  take(now: EpochSeconds): boolean {
    if (!this.has(now)) return false;
    this.tokens -= 1;
    return true;
  }

  /** Whether there is a token. */
  has(now: EpochSeconds): boolean {
    const elapsed = Math.max(0, now - this.filledAt);
    this.filledAt = now;
    this.tokens = Math.min(this.capacity, this.tokens + elapsed * this.perSecond);
    return this.tokens >= 1;
  }
}
