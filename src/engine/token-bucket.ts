// A token bucket whose clock is an argument.

import type { MonotonicSeconds } from "../base/time.ts";

/** Lets through `capacity` events at once and `perSecond` of them in the long run. */
export class TokenBucket {
  private readonly capacity: number;
  private readonly perSecond: number;
  private tokens: number;
  private filledAt: MonotonicSeconds = 0;

  constructor(capacity: number, perSecond: number) {
    this.capacity = capacity;
    this.perSecond = perSecond;
    this.tokens = capacity;
  }

  /** Takes a token if there is one. */
  take(now: MonotonicSeconds): boolean {
    if (!this.has(now)) return false;
    this.tokens -= 1;
    return true;
  }

  /** Whether there is a token. */
  has(now: MonotonicSeconds): boolean {
    const elapsed = Math.max(0, now - this.filledAt);
    this.filledAt = now;
    this.tokens = Math.min(this.capacity, this.tokens + elapsed * this.perSecond);
    return this.tokens >= 1;
  }
}
