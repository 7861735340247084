// Notices that the wall clock was set: it has moved away from the monotonic clock since the last look. Slow
// corrections (NTP's slewing) stay below what counts between two looks.

import { CLOCK_STEP_SECONDS } from "../base/limits/server.ts";
import type { Clock, Seconds } from "../base/time.ts";

/** Looked at every second. */
export class ClockWatch {
  private readonly clock: Clock;
  /** Seconds that the wall clock is ahead of the monotonic one. */
  private ahead: Seconds;

  constructor(clock: Clock) {
    this.clock = clock;
    this.ahead = aheadOf(clock);
  }

  /** Seconds by which the wall clock was set forward (back: negative) since the last look; 0 if it was not. */
  measureStep(): Seconds {
    const before = this.ahead;
    this.ahead = aheadOf(this.clock);
    const step = this.ahead - before;
    return Math.abs(step) > CLOCK_STEP_SECONDS ? step : 0;
  }
}

function aheadOf(clock: Clock): Seconds {
  return clock.wall() - clock.monotonic() / 1000;
}
