// How long an address rests after its lease, by the clocks of the cluster's nodes.

import { describe, expect, it } from "vitest";
import { ClockGuard } from "../../../src/store/etcd/clock-guard.ts";

const SECOND = 1000;

function makeGuard(): ClockGuard {
  return new ClockGuard({ guard: 70, clockSkew: 30, leaseMax: 4200 });
}

describe("the guard behind the end of a lease", () => {
  it("is the configured one while clocks differ by no more than half of what is usual", () => {
    const guard = makeGuard();
    for (const ahead of [-15, 0, 14.5, 15]) guard.takeHeartbeat("b", ahead, 0);
    expect(guard.guardAt(0)).toBe(70);
  });

  it("is infinite at once when another clock is ahead, and after two heartbeats when it is behind", () => {
    const guard = makeGuard();
    guard.takeHeartbeat("b", -16, 0);
    expect(guard.guardAt(0)).toBe(Number.POSITIVE_INFINITY);
    const other = makeGuard();
    other.takeHeartbeat("b", 0, 0);
    // Ours seems ahead of a heartbeat that came late: one alone proves nothing.
    other.takeHeartbeat("b", 20, 2 * SECOND);
    expect(other.guardAt(2 * SECOND)).toBe(70);
    other.takeHeartbeat("b", 20, 4 * SECOND);
    expect(other.guardAt(4 * SECOND)).toBe(Number.POSITIVE_INFINITY);
    expect([...other.offClocks]).toEqual([["b", 20]]);
  });

  it("is longer by the largest difference until every lease is over that was written meanwhile", () => {
    const guard = makeGuard();
    guard.takeHeartbeat("b", -100, 0);
    guard.takeHeartbeat("b", -300, 2 * SECOND);
    guard.takeHeartbeat("b", 0, 4 * SECOND);
    guard.takeHeartbeat("b", 0, 6 * SECOND);
    expect(guard.guardAt(6 * SECOND)).toBe(370);
    expect(guard.guardAt(4201 * SECOND)).toBe(370);
    // The difference was last seen with the heartbeat before the one that was right again.
    expect(guard.guardAt(4206 * SECOND)).toBe(70);
  });

  it("counts a node that is gone no longer, but what it has written", () => {
    const guard = makeGuard();
    guard.takeHeartbeat("b", -60, 0);
    guard.forget("b");
    expect(guard.guardAt(SECOND)).toBe(130);
  });

  it("grows by a step of the own clock, whatever its direction", () => {
    const guard = makeGuard();
    guard.takeStep(-3600, 0);
    expect(guard.guardAt(SECOND)).toBe(3670);
    guard.takeStep(10, 2 * SECOND);
    expect(guard.guardAt(3 * SECOND)).toBe(3670);
    expect(guard.guardAt(4201 * SECOND)).toBe(70);
  });
});
