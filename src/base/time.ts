// Time as the core sees it: numbers that the shell passes in. The core never reads a clock.

/** A duration in whole seconds; `Infinity` where the text says so. */
export type Seconds = number;

/** An instant: seconds since 1970-01-01 00:00:00 UTC, never an int32; `Infinity` means never. */
export type EpochSeconds = number;

/** An instant of the monotonic clock, in seconds with fractions: no setting of the wall clock moves it. Means nothing in another run. */
export type MonotonicSeconds = number;

/** The two clocks of the shell. */
export interface Clock {
  /** Wall clock in seconds (fractions kept): for what goes on the wire and to disk. */
  wall(): EpochSeconds;
  /** Monotonic clock in milliseconds: for time-outs and intervals only. */
  monotonic(): number;
}
