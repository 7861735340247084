// The rule "say it once a burst".

/** Lets the first event of a kind through, then one summary for each further interval in which there were more. */
export class BurstFilter {
  private readonly intervalMs: number;
  private readonly bursts = new Map<string, { until: number; suppressed: number }>();

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  /**
   * How many events of this kind were held back since the last one that was logged, or -1 if this one is to be held
   * back too.
   */
  admit(kind: string, nowMs: number): number {
    const burst = this.bursts.get(kind);
    if (burst === undefined) {
      this.bursts.set(kind, { until: nowMs + this.intervalMs, suppressed: 0 });
      return 0;
    }
    if (nowMs < burst.until) {
      burst.suppressed += 1;
      return -1;
    }
    const suppressed = burst.suppressed;
    burst.until = nowMs + this.intervalMs;
    burst.suppressed = 0;
    return suppressed;
  }
}
