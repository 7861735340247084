import { describe, expect, it } from "vitest";
import { halfSipHash } from "../../../src/base/hash.ts";

const COUNTING_KEY = Uint8Array.from({ length: 8 }, (_, i) => i);
const COUNTING = Uint8Array.from({ length: 32 }, (_, i) => i);

describe("halfSipHash", () => {
  // HalfSipHash-2-4 of the octets 0, 1, ..., n-1 under the key 0..7, from its authors' test vectors.
  it.each([
    [0, 0x5b9f35a9],
    [1, 0xb85a4727],
    [2, 0x03a662fa],
    [3, 0x04e7fe8a],
    [4, 0x89466e2a],
    [5, 0x69b6fac5],
    [6, 0x23fc6358],
    [7, 0xc563cf8b],
    [8, 0x8f84b8d0],
    [15, 0x972bfe74],
    [16, 0x84acb5d9],
  ])("gives the published result for %i octets", (length, expected) => {
    expect(halfSipHash(COUNTING_KEY, COUNTING, 0, length)).toBe(expected);
  });

  it("hashes the range it is given and nothing around it", () => {
    const shifted = Uint8Array.from([99, 98, 97, ...COUNTING.subarray(0, 7), 96, 95]);
    expect(halfSipHash(COUNTING_KEY, shifted, 3, 7)).toBe(0xc563cf8b);
  });

  it("spreads keys that differ in a few bits evenly over the buckets of a table", () => {
    const buckets = new Uint32Array(256);
    const octets = Uint8Array.of(0, 1, 0x52, 0x54, 0, 0, 0, 0);
    const count = 65_536;
    for (let i = 0; i < count; i++) {
      octets[6] = i >>> 8;
      octets[7] = i;
      const bucket = halfSipHash(COUNTING_KEY, octets, 0, 8) & 255;
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    const expected = count / 256;
    const chiSquare = buckets.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: mean 255, standard deviation 22.6.
    expect(chiSquare).toBeGreaterThan(255 - 6 * 22.6);
    expect(chiSquare).toBeLessThan(255 + 6 * 22.6);
  });

  it("gives unrelated results under unrelated keys", () => {
    const otherKey = COUNTING_KEY.map((octet) => octet ^ 0x80);
    const results = [0, 1, 2, 3].map((n) => halfSipHash(otherKey, COUNTING, 0, n));
    expect(results).not.toContain(0x5b9f35a9);
    expect(new Set(results).size).toBe(4);
  });
});
