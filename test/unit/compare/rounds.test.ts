// Several rounds of one measurement.

import { describe, expect, it } from "vitest";
import { median, medianRatio, rotated } from "../../../src/compare/rounds.ts";

describe("rounds", () => {
  it("have a middle, which is no number without rounds", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNaN();
  });

  it("give the middle of their ratios, not the ratio of their middles", () => {
    expect(medianRatio([10, 40, 9], [10, 20, 3])).toBe(2);
  });

  it("do not count for a ratio where either is missing or there is nothing to compare with", () => {
    expect(medianRatio([10, Number.NaN, 5, 8], [0, 1, Number.NaN, 4])).toBe(2);
    expect(medianRatio([1], [])).toBeNaN();
  });

  it("each begin with another one", () => {
    expect(rotated(["a", "b", "c"], 0)).toEqual(["a", "b", "c"]);
    expect(rotated(["a", "b", "c"], 4)).toEqual(["b", "c", "a"]);
    expect(rotated([], 1)).toEqual([]);
  });
});
