// Several rounds of one measurement.

import { describe, expect, it } from "vitest";
import { compareRounds, median, rotated } from "../../../lab/report/statistics.ts";

describe("rounds", () => {
  it("have a middle, which is no number without rounds", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNaN();
  });

  it("compare by the ratio of their middles, which a reader of the medians can check [U14]", () => {
    expect(compareRounds([60, 44, 50], [10, 20, 11])).toBeCloseTo(50 / 11);
    expect(compareRounds([1, 2, 3], [40, 40, 90])).toBe(0.05);
  });

  it("show no clear difference where they overlap [U14]", () => {
    expect(compareRounds([10, 12, 30], [20, 21, 22])).toBe("unclear");
    expect(compareRounds([20, 21, 22], [20, 21, 22])).toBe("unclear");
  });

  it("do not compare where fewer than three are there, or nothing to compare with [U14]", () => {
    // Two servers of 4,680 and 5,050 exchanges a second were told as 11 to 1: by the mean of 21 and 0.47.
    expect(compareRounds([6_300, 3_060], [300, 6_510])).toBe("unknown");
    expect(compareRounds([10, Number.NaN, 5, 8], [1, 1, Number.NaN, 4])).toBeCloseTo(8);
    expect(compareRounds([10, Number.NaN, 5], [1, 1, 2])).toBe("unknown");
    expect(compareRounds([1, 2, 3], [0, 0, 0])).toBe("unknown");
  });

  it("each begin with another one", () => {
    expect(rotated(["a", "b", "c"], 0)).toEqual(["a", "b", "c"]);
    expect(rotated(["a", "b", "c"], 4)).toEqual(["b", "c", "a"]);
    expect(rotated([], 1)).toEqual([]);
  });
});
