// Notices that the wall clock was set: it has moved away from the monotonic clock since the last look. Slow corrections
// (NTP's slewing) stay below the limit between two looks.

import { CLOCK_STEP_HOLD_SECONDS, CLOCK_STEP_SECONDS } from "../base/limits/server.ts";
import type { Clock, Seconds } from "../base/time.ts";

/** What follows from a step of the wall clock (back: negative), for the log. `isShared`: other servers have the leases too. */
export function describeClockStep(
  step: Seconds,
  isShared: boolean,
): { readonly seconds: Seconds; readonly text: string } {
  const seconds = Math.round(step);
  const leases = isShared ? "leases" : "leases given since the start keep the time that is left of them; older ones";
  const consequence =
    step > 0
      ? `${leases} that ended with that are kept for their clients for ${CLOCK_STEP_HOLD_SECONDS / 60} minutes`
      : `${leases} last that much longer`;
  const direction = step > 0 ? "forward" : "back";
  return { seconds, text: `the wall clock has gone ${direction} by ${Math.abs(seconds)} seconds: ${consequence}` };
}

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
