// The rules of a cluster in as many worlds as a run of all tests has time for; `npm run sim` has more. One seed is one
// world: see scenario.ts for what it draws and judge.ts for what must hold.

import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { simulate } from "./simulation.ts";

const SEEDS = 1000;
const SEEDS_OF_A_TEST = 50;

/** What is wrong with some seeds, and how to see it. */
function complaints(from: number, count: number): string[] {
  const found: string[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const { violation } = simulate(seed);
    if (violation === undefined) continue;
    const { rule, client, address, text } = violation;
    found.push(`seed ${seed} (npm run sim -- --seed ${seed}): ${rule}: ${client}, ${formatIpv4(address)}: ${text}`);
  }
  return found;
}

describe("nodes with one address and one store, simulated", () => {
  for (let from = 1; from <= SEEDS; from += SEEDS_OF_A_TEST) {
    const last = from + SEEDS_OF_A_TEST - 1;
    it(`give no address to two clients and keep every other rule in seeds ${from} to ${last}`, () => {
      expect(complaints(from, SEEDS_OF_A_TEST)).toEqual([]);
    });
  }
});

describe("a simulated run", () => {
  it("is the same each time for one seed", () => {
    const trace = (seed: number): { lines: readonly string[]; fingerprint: number } => {
      const lines: string[] = [];
      const { fingerprint } = simulate(seed, { trace: (line) => lines.push(line) });
      return { lines, fingerprint };
    };
    const [first, again, other] = [trace(11), trace(11), trace(12)];
    expect(first.lines.length).toBeGreaterThan(1000);
    expect(again).toEqual(first);
    expect(other.fingerprint).not.toBe(first.fingerprint);
  });

  it("goes the same way whether its trace is read or not", () => {
    expect(simulate(13, { trace: () => undefined }).fingerprint).toBe(simulate(13).fingerprint);
  });

  it("leaves the timers of Node.js as they were", () => {
    const before = [setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate];
    simulate(14);
    expect([setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate]).toEqual(before);
  });
});
