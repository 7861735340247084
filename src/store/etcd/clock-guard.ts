// How long an address has to rest after its lease before another client may have it. Ends of leases are times of the clock
// of the node that wrote them; the guard covers what the clocks of nodes usually differ by. While a node's clock is further
// off, nobody's lease is given to another client. When it is right again, leases that it wrote meanwhile may still have
// ends that are wrong by as much, so the guard is longer until these leases are over.

import type { Seconds } from "../../base/time.ts";

const MS_PER_SECOND = 1000;
/** For leases without end nobody waits, and no other is that long. */
const HOLD_SECONDS_MAX = 7 * 86_400;

/** What it has to know. */
export interface ClockGuardOptions {
  readonly guard: Seconds;
  /** The largest usual difference between two clocks. */
  readonly clockSkew: Seconds;
  /** The longest time from the writing of a lease to its end. */
  readonly leaseMax: Seconds;
}

/** Times `now` are milliseconds of the monotonic clock. */
export class ClockGuard {
  private readonly options: ClockGuardOptions;
  /** By node: how far our clock was ahead of it, lag included, at the last two heartbeats. */
  private readonly aheads = new Map<string, { readonly last: Seconds; readonly before: Seconds | undefined }>();
  private readonly suspects = new Map<string, Seconds>();
  /** The largest difference that leases may still suffer from. */
  private worst: Seconds = 0;
  private holdsUntil = 0;

  constructor(options: ClockGuardOptions) {
    this.options = options;
  }

  /** Seconds that an address rests; Infinity while a clock is off. */
  guardAt(now: number): Seconds {
    if (this.suspects.size > 0) return Number.POSITIVE_INFINITY;
    return this.options.guard + (now < this.holdsUntil ? this.worst : 0);
  }

  /** Nodes whose clock is off, with the seconds that ours is ahead of theirs. */
  get offClocks(): ReadonlyMap<string, Seconds> {
    return this.suspects;
  }

  /** A heartbeat of another node has come, and our clock was `ahead` of what it says. */
  takeHeartbeat(node: string, ahead: Seconds, now: number): void {
    const before = this.aheads.get(node)?.last;
    this.aheads.set(node, { last: ahead, before });
    // Heartbeats come late but never early, so the smaller of two is nearer to the truth.
    const difference = before === undefined ? ahead : Math.min(ahead, before);
    const isOff = Math.abs(difference) > this.bound && (difference < 0 || before !== undefined);
    if (isOff) {
      this.suspects.set(node, difference);
      this.hold(Math.abs(difference), now);
    } else this.suspects.delete(node);
  }

  /** A node has sent no heartbeat for long: what it had written still counts, its clock does not. */
  forget(node: string): void {
    this.aheads.delete(node);
    this.suspects.delete(node);
  }

  /** Our own wall clock was set forward (back: negative). */
  takeStep(step: Seconds, now: number): void {
    if (Math.abs(step) > this.bound) this.hold(Math.abs(step), now);
  }

  private get bound(): Seconds {
    return this.options.clockSkew / 2;
  }

  private hold(difference: Seconds, now: number): void {
    this.worst = now < this.holdsUntil ? Math.max(this.worst, difference) : difference;
    this.holdsUntil = now + Math.min(this.options.leaseMax, HOLD_SECONDS_MAX) * MS_PER_SECOND;
  }
}
