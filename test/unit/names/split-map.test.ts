// A map in parts does what a map does.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SplitMap } from "../../../src/names/split-map.ts";

const key = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.integer({ min: 0, max: 20 }),
  fc.string(),
  fc.constantFrom("a", "b"),
);
const step = fc.record({ key, value: fc.option(fc.integer(), { nil: undefined }) });

describe("a map in parts", () => {
  it("has what was put in and not taken out, as a map", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new Map<string | number, number>();
        const split = new SplitMap<string | number, number>();
        for (const { key: at, value } of steps) {
          if (value === undefined) {
            map.delete(at);
            split.delete(at);
          } else {
            map.set(at, value);
            split.set(at, value);
          }
          expect(split.size).toBe(map.size);
          expect([split.get(at), split.has(at)]).toEqual([map.get(at), map.has(at)]);
        }
        expect(new Set(split.keys())).toEqual(new Set(map.keys()));
      }),
    );
  });

  it("spreads addresses in a row, and names that differ by a number, over its parts", () => {
    const sizes = (keys: readonly (string | number)[]): number => {
      const split = new SplitMap<string | number, number>();
      for (const one of keys) split.set(one, 0);
      const { parts } = split as unknown as { readonly parts: readonly Map<string | number, number>[] };
      return Math.max(...parts.map(({ size }) => size));
    };
    expect(sizes(Array.from({ length: 25_600 }, (_, i) => 0x0a000000 + i))).toBe(100);
    expect(sizes(Array.from({ length: 25_600 }, (_, i) => `host-${i}.lab.example`))).toBeLessThan(300);
  });
});
