// What this server is meant to reach, as ratios within one interleaved run: to the other servers, and to C programs
// that do the same system calls without thinking. A run's results say which of these hold on the machine it ran on.

import type { Round, Spread } from "../results.ts";
import { type Figure, type Point, ratioOf } from "./measurements.ts";

/** A ratio of two points that is meant to be on one side of a limit. */
export interface Claim {
  /** The comparison in words. */
  readonly text: string;
  readonly top: Point;
  readonly bottom: Point;
  /** At least, where more is better; at most, where less is. */
  readonly better: "more" | "less";
  readonly limit: number;
  /** What would be better still. */
  readonly aim?: number;
}

/** A claim, and what a run says of it. */
export interface Verdict {
  readonly claim: Claim;
  /** The spread of the rounds' ratios; null if the run has not measured both. */
  readonly ratio: Spread | null;
  /** Whether the middle one is on the right side; null where there is none. */
  readonly holds: boolean | null;
}

const at = (server: string, measurement: string, figure: Figure): Point => ({ server, measurement, figure });

/** The ids of our own ways of running and of the C program that does as much: durable, and not. */
const DURABLE = [
  ["anydhcpd", "baseline-echo-journal"],
  ["anydhcpd-bpf", "baseline-echo-journal"],
] as const;
const NOT_DURABLE = [["anydhcpd-unsynced", "baseline-echo"]] as const;

const OTHERS = [
  ["kea", 5],
  ["isc", 50],
  ["isc-65k", 50],
  ["dnsmasq", 50],
] as const;

/** All claims; servers/list.ts has the ids, plans/load-plans.ts the measurements. */
export const CLAIMS: readonly Claim[] = [
  ...OTHERS.flatMap(([other, limit]) =>
    ["anydhcpd", "anydhcpd-bpf"].map((ours) => ({
      text: `${ours} / ${other}: new leases a second`,
      top: at(ours, "dora", "perSecond"),
      bottom: at(other, "dora", "perSecond"),
      better: "more" as const,
      limit,
    })),
  ),
  ...[
    ...NOT_DURABLE.map((pair) => ({ pair, dora: 0.75, renew: 0.75, aim: 0.9 })),
    ...DURABLE.map((pair) => ({ pair, dora: 0.6, renew: 0.7, aim: 0.75 })),
  ].flatMap(({ pair: [ours, c], dora, renew, aim }) => [
    {
      text: `${ours} / ${c}: new leases a second`,
      top: at(ours, "dora", "perSecond"),
      bottom: at(c, "dora", "perSecond"),
      better: "more" as const,
      limit: dora,
      aim,
    },
    {
      text: `${ours} / ${c}: renewals a second`,
      top: at(ours, "renew", "perSecond"),
      bottom: at(c, "renew", "perSecond"),
      better: "more" as const,
      limit: renew,
      aim,
    },
  ]),
  ...NOT_DURABLE.flatMap(([ours, c]) =>
    ["dora", "renew"].map((measurement) => ({
      text: `${ours} / ${c}: processor time, ${measurement}`,
      top: at(ours, measurement, "processorMicroseconds"),
      bottom: at(c, measurement, "processorMicroseconds"),
      better: "less" as const,
      limit: 1.5,
      aim: 1.25,
    })),
  ),
  ...[...NOT_DURABLE, ...DURABLE].map(([ours, c]) => ({
    text: `${ours} / ${c}: p99 at half load`,
    top: at(ours, "half-load", "p99"),
    bottom: at(c, "half-load", "p99"),
    better: "less" as const,
    limit: 1.5,
  })),
];

/** What the rounds of a run say of each claim. */
export function judge(rounds: readonly Round[]): readonly Verdict[] {
  return CLAIMS.map((claim) => {
    const ratio = ratioOf(rounds, claim.top, claim.bottom);
    if (ratio === null) return { claim, ratio, holds: null };
    return { claim, ratio, holds: claim.better === "more" ? ratio.median >= claim.limit : ratio.median <= claim.limit };
  });
}
