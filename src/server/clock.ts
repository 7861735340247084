// The real clocks. Nothing else in the server reads the time.

import type { Clock } from "../base/time.ts";

/** Wall clock in seconds and monotonic clock in milliseconds. */
export const systemClock: Clock = {
  wall: () => Date.now() / 1000,
  monotonic: () => performance.now(),
};
