// How late the event loop is: the longest time that a query waits before the server looks at it. Measured only on
// demand, because the measurement wakes the process a thousand times a second.

import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { LOOP_DELAY_SECONDS } from "../../base/limits/overload.ts";

/** Milliseconds between ticks of a 1 ms timer; the tick itself is part of them. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const NANOSECONDS_PER_MS = 1e6;

/** Measures on demand, and ends by itself when no caller asks any more. */
export class LoopDelayMeter {
  private histogram: IntervalHistogram | undefined;
  private end: NodeJS.Timeout | undefined;

  /**
   * Returns the delay since the last call, and measures from now on for LOOP_DELAY_SECONDS; undefined if it did not
   * measure.
   */
  restart(): LoopDelay | undefined {
    const delay = this.report();
    this.histogram ??= monitorEventLoopDelay({ resolution: 1 });
    this.histogram.reset();
    this.histogram.enable();
    clearTimeout(this.end);
    this.end = setTimeout(() => this.stop(), LOOP_DELAY_SECONDS * 1000).unref();
    return delay;
  }

  /** Measures no more. */
  stop(): void {
    clearTimeout(this.end);
    this.histogram?.disable();
    this.histogram = undefined;
  }

  private report(): LoopDelay | undefined {
    const { histogram } = this;
    if (histogram === undefined || histogram.count === 0) return undefined;
    const milliseconds = (nanoseconds: number): number => Math.round(nanoseconds / (NANOSECONDS_PER_MS / 100)) / 100;
    return {
      p50: milliseconds(histogram.percentile(50)),
      p99: milliseconds(histogram.percentile(99)),
      max: milliseconds(histogram.max),
    };
  }
}
