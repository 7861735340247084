// How much of one turn of the event loop taking leases over from the store may use.

import { afterEach, expect, it, vi } from "vitest";
import { LEARNING_MS_PER_TURN, LEARNT_PER_LOOK } from "../../../src/base/limits/etcd.ts";
import { TurnShare } from "../../../src/store/etcd/turn-share.ts";

let now = 0;

/** Leases that are taken in one turn, each of which takes so many milliseconds. */
function leasesOfTurn(share: TurnShare, milliseconds: number): number {
  share.begin();
  let leases = 0;
  for (; !share.isUsed(); leases++) now += milliseconds;
  return leases;
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("takes as many leases as fit into its time, and a few more between two looks at the clock", () => {
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const share = new TurnShare();
  const fast = LEARNING_MS_PER_TURN / (10 * LEARNT_PER_LOOK);

  expect(leasesOfTurn(share, fast)).toBeGreaterThanOrEqual(10 * LEARNT_PER_LOOK);
  expect(leasesOfTurn(share, fast)).toBeLessThan(12 * LEARNT_PER_LOOK);
  expect(leasesOfTurn(share, LEARNING_MS_PER_TURN)).toBe(LEARNT_PER_LOOK);
  expect(leasesOfTurn(share, 0.75 * (LEARNING_MS_PER_TURN / LEARNT_PER_LOOK))).toBe(2 * LEARNT_PER_LOOK);
});
