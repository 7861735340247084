// What is said about a measurement that is repeated a few times: its middle, ratios taken inside one round, so
// that what the whole machine did at that time cancels out, and the order in which rounds go. Pure.

import { spread } from "./statistics.ts";

/** The middle value, or the mean of the two middle ones; NaN without values. */
export function median(values: readonly number[]): number {
  return spread(values)?.median ?? Number.NaN;
}

/**
 * Median over the rounds of `values[round] / reference[round]`: both were measured within minutes of
 * each other. Rounds in which either is missing (NaN) or the reference is 0 do not count; NaN if none does.
 */
export function medianRatio(values: readonly number[], reference: readonly number[]): number {
  const ratios: number[] = [];
  for (const [round, value] of values.entries()) {
    const base = reference[round];
    if (base === undefined || base === 0 || Number.isNaN(base) || Number.isNaN(value)) continue;
    ratios.push(value / base);
  }
  return median(ratios);
}

/** The order of `items` in a round: each round starts with the next one, so that none is always first. */
export function rotated<T>(items: readonly T[], round: number): readonly T[] {
  const start = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
