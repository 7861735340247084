// What was seen on the wire and what was heard on a socket: matched in any order, told when it is late,
// bounded whatever comes.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sightings } from "../../../src/backend/observe/sightings.ts";
import { OBSERVE_TICKS } from "../../../src/base/limits/backend.ts";

/** All that is told in the ticks until nothing is waited for: places, and how often. */
function told(sightings: Sightings, ticks = OBSERVE_TICKS): [number, number][] {
  const losses: [number, number][] = [];
  for (let i = 0; i < ticks; i++) sightings.pass((place, times) => losses.push([place, times]));
  return losses;
}

describe("sightings", () => {
  it("tell nothing of a query that is heard, before or after it is seen", () => {
    const sightings = new Sightings(8);
    sightings.see(1);
    sightings.hear(1);
    sightings.hear(2);
    sightings.see(2);
    expect(told(sightings)).toEqual([]);
    expect([sightings.matched, sightings.isEmpty]).toEqual([2, true]);
  });

  it("tell of a query that is never heard once its time is over, not before", () => {
    const sightings = new Sightings(8);
    const place = sightings.see(1);
    expect(told(sightings, OBSERVE_TICKS - 1)).toEqual([]);
    expect(told(sightings, 1)).toEqual([[place, 1]]);
    expect(sightings.isEmpty).toBe(true);
  });

  it("say nothing of what is heard and not seen", () => {
    const sightings = new Sightings(8);
    sightings.hear(1);
    expect([told(sightings), sightings.isEmpty]).toEqual([[], true]);
  });

  it("match what is heard some ticks later", () => {
    const sightings = new Sightings(8);
    sightings.see(1);
    expect(told(sightings, OBSERVE_TICKS - 1)).toEqual([]);
    sightings.hear(1);
    expect([told(sightings), sightings.matched]).toEqual([[], 1]);
  });

  it("count equal queries of one tick in one place", () => {
    const sightings = new Sightings(8);
    const place = sightings.see(1);
    for (let i = 0; i < 100; i++) expect(sightings.see(1)).toBe(-1);
    sightings.hear(1);
    expect([told(sightings), sightings.forgotten]).toEqual([[[place, 100]], 0]);
  });

  it("let the oldest give way, and count those that nobody has heard", () => {
    const sightings = new Sightings(4);
    for (let key = 0; key < 10; key++) sightings.see(key);
    sightings.hear(9);
    expect([told(sightings).length, sightings.forgotten]).toEqual([3, 6]);
  });

  it("tell exactly what was seen more often than heard, whatever the order, where there is room", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 40 })), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (list) => {
        const sightings = new Sightings(256);
        const balances = new Map<number, number>();
        const keys = new Map<number, number>();
        for (const [isSeen, key] of list) {
          const place = isSeen ? sightings.see(key) : -1;
          if (!isSeen) sightings.hear(key);
          if (place >= 0) keys.set(place, key);
          balances.set(key, (balances.get(key) ?? 0) + (isSeen ? 1 : -1));
        }
        const lost = told(sightings).reduce((sum, [, times]) => sum + times, 0);
        const expected = [...balances.values()].reduce((sum, balance) => sum + Math.max(0, balance), 0);
        expect(lost).toBe(expected);
      }),
    );
  });
});
