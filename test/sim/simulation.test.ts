// A simulated run is made of its seed alone. See scenario.ts for what a seed draws and judge.ts for what must hold.

import { describe, expect, it } from "vitest";
import { simulate } from "./simulation.ts";

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
