// What is said about a measurement that is repeated a few times: its middle, how it compares with another one, and
// the order in which rounds go. Pure.

import { spread } from "./statistics.ts";

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
