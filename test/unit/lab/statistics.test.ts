// What results are summed up by.

import { describe, expect, it } from "vitest";
import { describeMachine } from "../../../lab/network/machine.ts";
import { formatRange } from "../../../lab/report/numbers.ts";
import { percentile, spread } from "../../../lab/report/statistics.ts";

describe("a spread", () => {
  it("has the middle one of an odd number of values, and the mean of the middle two of an even number", () => {
    expect(spread([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 });
    expect(spread([40, 10, 20, 30])).toEqual({ median: 25, min: 10, max: 40 });
    expect(spread([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  it("is none of no values", () => {
    expect(spread([])).toBeNull();
    expect(formatRange(null)).toBe("–");
  });

  it("reads as median, least and most", () => {
    expect(formatRange({ median: 1234.5, min: 99.96, max: 20_000 })).toBe("1\u202f230 (100 to 20\u202f000)");
  });
});

describe("a percentile", () => {
  it("is the smallest value that so many do not exceed", () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 0.2, 0.21, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 1, 2, 5, 5]);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

describe("the machine", () => {
  it("tells processors, kernel, file system and Node", () => {
    const machine = describeMachine("/");
    expect(machine.cores).toBeGreaterThan(0);
    expect(machine.node).toBe(process.version);
    expect(machine.fileSystem).toMatch(/\S/);
  });
});
