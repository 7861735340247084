// How long something took, counted by powers of two: a few numbers for any amount of measurements, and no object for one.

import type { Milliseconds } from "./time.ts";

const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;

/** 1 us, 2 us, 4 us and so on to a good second. */
const BOUNDS = 21;
const LARGEST_US = 2 ** (BOUNDS - 1);

/** Durations in seconds up to which the buckets of a histogram count, without the last one, which has no bound. */
export const LATENCY_BOUNDS: readonly number[] = Array.from({ length: BOUNDS }, (_, i) => 2 ** i / US_PER_SECOND);

/** Counts durations. */
export class LatencyHistogram {
  /** By bucket, each without those below it; one more than there are bounds. */
  readonly counts = new Float64Array(BOUNDS + 1);
  private readonly sum = new Float64Array(1);

  /** Seconds of all durations together. */
  get sumSeconds(): number {
    return (this.sum[0] ?? 0) / US_PER_SECOND;
  }

  /** Counts one; less than nothing counts as nothing. */
  observe(duration: Milliseconds): void {
    const us = Math.max(duration * US_PER_MS, 0);
    const bucket = us > LARGEST_US ? BOUNDS : bucketOf(Math.ceil(us));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum[0] = (this.sum[0] ?? 0) + us;
  }
}

/** The first bucket whose bound is not below `us`, a whole number. */
function bucketOf(us: number): number {
  return us <= 1 ? 0 : 32 - Math.clz32(us - 1);
}

/** The histograms of Latencies. */
export type LatencyName = "decide" | "commit" | "helper";

/** What a server with metrics measures. */
export class Latencies implements Readonly<Record<LatencyName, LatencyHistogram>> {
  /** From reading a query to its decision, of the queries that `oneOf` chooses. */
  readonly decide = new LatencyHistogram();
  /** From the start of a commit to the store's answer. */
  readonly commit = new LatencyHistogram();
  /** From a request for neighbour entries or frames to the helper's answer. */
  readonly helper = new LatencyHistogram();
  private batches = 0;

  /**
   * Which of `count` queries (at least 1) that were read together is measured, from 0: each time another one. On a quiet
   * server that is every query; on a busy one, looks at the clock for each would cost a twentieth of its speed.
   */
  oneOf(count: number): number {
    return this.batches++ % count;
  }
}
