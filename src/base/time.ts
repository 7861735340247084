// Time as the core sees it: numbers that the shell passes in. The core never reads a clock.

import type { Branded } from "./branded.ts";

/** A duration in whole seconds; `Infinity` where the text says so. */
export type Seconds = Branded<"seconds">;

/** An instant: seconds since 1970-01-01 00:00:00 UTC, never an int32; `Infinity` means never. */
export type EpochSeconds = Branded<"seconds since 1970">;

/** An instant of the monotonic clock, in seconds with fractions: no setting of the wall clock moves it. Means nothing in another run. */
export type MonotonicSeconds = Branded<"seconds of the monotonic clock">;

/** A duration in milliseconds. */
export type Microseconds = Branded<"microseconds">;
/** A duration. */
export type Milliseconds = Branded<"milliseconds">;

/** An instant of the monotonic clock in milliseconds: for time-outs and intervals. */
export type MonotonicMilliseconds = Branded<"milliseconds of the monotonic clock">;

/** The two clocks of the shell. */
export interface Clock {
  /** Wall clock (fractions kept): for times that go on the wire and to disk. */
  wall(): EpochSeconds;
  /** Monotonic clock: for time-outs and intervals only. */
  monotonic(): MonotonicMilliseconds;
}
