// Regressions between two runs, by the figures that depend on the machine least: ratios of our server's figures to
// those of the C programs in the same run. A ratio is a regression when it is worse than the baseline's by more than
// the tolerance and, so that a noisy run raises no false alarm, the baseline's value is better than every round of this
// run.

import type { Baseline, Round, Spread } from "../results.ts";
import { type Figure, type Point, ratioOf } from "./measurements.ts";

/** A ratio that is watched. */
export interface WatchedRatio {
  readonly name: string;
  readonly top: Point;
  readonly bottom: Point;
  readonly better: "more" | "less";
}

/** One ratio then and now. */
export interface BaselineChange {
  readonly name: string;
  readonly then: number;
  readonly now: Spread;
  /** Share by which it is worse; negative where it is better. */
  readonly worseBy: number;
  readonly isRegression: boolean;
}

/** A baseline and a run, ratio by ratio. */
export interface BaselineComparison {
  readonly changes: readonly BaselineChange[];
  /** Ratios of the baseline that the run has not measured. */
  readonly missing: readonly string[];
}

const PAIRS = [
  ["anydhcpd", "baseline-echo-journal"],
  ["anydhcpd-bpf", "baseline-echo-journal"],
  ["anydhcpd-unsynced", "baseline-echo"],
] as const;

const at = (server: string, measurement: string, figure: Figure): Point => ({ server, measurement, figure });

/** Every watched ratio. */
export const WATCHED: readonly WatchedRatio[] = PAIRS.flatMap(([ours, c]) =>
  ["dora", "renew"].flatMap((measurement) => [
    {
      name: `${ours} / ${c}: ${measurement} a second`,
      top: at(ours, measurement, "perSecond"),
      bottom: at(c, measurement, "perSecond"),
      better: "more" as const,
    },
    {
      name: `${ours} / ${c}: ${measurement} processor time`,
      top: at(ours, measurement, "processorMicroseconds"),
      bottom: at(c, measurement, "processorMicroseconds"),
      better: "less" as const,
    },
    {
      name: `${ours} / ${c}: ${measurement} user time to C's processor time`,
      top: at(ours, measurement, "userMicroseconds"),
      bottom: at(c, measurement, "processorMicroseconds"),
      better: "less" as const,
    },
    {
      name: `${ours} / ${c}: ${measurement} instructions`,
      top: at(ours, measurement, "instructions"),
      bottom: at(c, measurement, "instructions"),
      better: "less" as const,
    },
  ]),
);

/** The baseline that a run's rounds give. */
export function baselineOf(rounds: readonly Round[], about: Omit<Baseline, "ratios">): Baseline {
  const ratios: Record<string, number> = {};
  for (const { name, top, bottom } of WATCHED) {
    const ratio = ratioOf(rounds, top, bottom);
    // 0: too little for the clock of a short run. That is nothing to be compared with.
    if (ratio !== null && ratio.median > 0) ratios[name] = Number(ratio.median.toPrecision(4));
  }
  return { ...about, ratios };
}

/** What has become of each ratio of the baseline; `tolerance` is a share: 0.1 lets 10 % pass. */
export function compareWithBaseline(
  baseline: Baseline,
  rounds: readonly Round[],
  tolerance: number,
): BaselineComparison {
  const changes: BaselineChange[] = [];
  const missing: string[] = [];
  for (const [name, then] of Object.entries(baseline.ratios)) {
    const watched = WATCHED.find((one) => one.name === name);
    const now = watched === undefined ? null : ratioOf(rounds, watched.top, watched.bottom);
    if (watched === undefined || now === null) {
      missing.push(name);
      continue;
    }
    const isMoreBetter = watched.better === "more";
    const worseBy = isMoreBetter ? then / now.median - 1 : now.median / then - 1;
    const isWorseInAllRounds = isMoreBetter ? now.max < then : now.min > then;
    changes.push({ name, then, now, worseBy, isRegression: worseBy > tolerance && isWorseInAllRounds });
  }
  return { changes, missing };
}
