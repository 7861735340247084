// A limit for lines of the log that clients cause: they choose their names, and must not be able to fill the log.

import { NAME_NOTICES_MAX, NAME_NOTICES_MS } from "../base/limits/names.ts";

/** The limit for one kind of line. */
export class Notices {
  private count = 0;
  /** Milliseconds of the monotonic clock. */
  private from = 0;

  /** Whether one more line may be written now; it is counted then. */
  take(): boolean {
    const now = performance.now();
    if (now - this.from >= NAME_NOTICES_MS) {
      this.from = now;
      this.count = 0;
    }
    return this.count++ < NAME_NOTICES_MAX;
  }
}
