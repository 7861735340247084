// What results are summed up by.

import { describe, expect, it } from "vitest";
import { describeMachine } from "../../../lab/machine.ts";
import { figure, percentile, range, spread } from "../../../lab/statistics.ts";

describe("a spread", () => {
  it("has the middle one of an odd number of values, and the mean of the middle two of an even number", () => {
    expect(spread([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 });
    expect(spread([40, 10, 20, 30])).toEqual({ median: 25, min: 10, max: 40 });
    expect(spread([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  it("is none of no values", () => {
    expect(spread([])).toBeNull();
    expect(range(null)).toBe("-");
  });

  it("reads as median, least and most", () => {
    expect(range({ median: 1234.5, min: 99.96, max: 20_000 })).toBe("1,235 (100 to 20,000)");
  });
});

describe("a percentile", () => {
  it("is the smallest value that so many do not exceed", () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 0.2, 0.21, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 1, 2, 5, 5]);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

describe("a figure", () => {
  it("has the digits that mean something", () => {
    expect([0.123, 9.876, 12.34, 123.4, 1_234_567].map(figure)).toEqual(["0.12", "9.88", "12.3", "123", "1,234,567"]);
    expect(figure(undefined)).toBe("-");
    expect(figure(null)).toBe("-");
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
