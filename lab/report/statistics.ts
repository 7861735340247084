// Facts about a few measurements: their middle, least and most, how two compare, and the order of rounds. Pure.

import type { Spread } from "../results.ts";

/** Median, least and most of numbers; null if there are none. */
export function spread(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 1 ? middle : middle - 1];
  if (upper === undefined || lower === undefined) return null;
  return { median: (lower + upper) / 2, min: sorted[0] ?? upper, max: sorted.at(-1) ?? upper };
}

/** The smallest value that at least `share` of the values do not exceed; undefined if there are none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
}

/** The middle value, or the mean of the two middle ones; NaN without values. */
export function median(values: readonly number[]): number {
  return spread(values)?.median ?? Number.NaN;
}

/** Rounds below which nothing is said about differences: of two, chance decides. */
export const ROUNDS_TO_COMPARE = 3;

/** How two measurements compare: by a factor, or in a way that their rounds do not tell. */
export type Comparability = number | "unclear" | "unknown";

/**
 * The ratio of the medians of two measurements. "unclear" if their rounds overlap: a round of the lower one is as high as
 * one of the higher. "unknown" if either has fewer than ROUNDS_TO_COMPARE rounds (NaN does not count), or the reference
 * is 0.
 */
export function compareRounds(values: readonly number[], reference: readonly number[]): Comparability {
  const [mine, base] = [values, reference].map((rounds) => rounds.filter(Number.isFinite));
  const [of, to] = [spread(mine ?? []), spread(base ?? [])];
  const rounds = Math.min(mine?.length ?? 0, base?.length ?? 0);
  if (of === null || to === null || rounds < ROUNDS_TO_COMPARE || to.median === 0) return "unknown";
  const isApart = of.min > to.max || of.max < to.min;
  return isApart ? of.median / to.median : "unclear";
}

/** The order of `items` in a round: each round starts with the next one, so that none is always first. */
export function rotated<T>(items: readonly T[], round: number): readonly T[] {
  const start = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
