// What ends is ended in turns, each of them short.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXPIRIES_PER_TURN } from "../../../src/base/limits/server.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { Sweeper } from "../../../src/server/sweeper.ts";
import { address, KEYS, makePools, makeRecord } from "../../support/lease-clients.ts";

const LEASES = 4 * EXPIRIES_PER_TURN + 1;
const FIRST = address("10.0.0.1");
const END = 1000;

function tableOf(count: number): LeaseTable {
  const table = new LeaseTable(makePools({ ranges: ["10.0.0.1-10.0.255.254"] }), KEYS);
  for (let n = 0; n < count; n++) {
    table.load(makeRecord({ address: FIRST + n, state: BindingState.bound, endsAt: END }));
  }
  return table;
}

describe("the sweeper", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function sweeperOf(table: LeaseTable, wall: () => number): { sweeper: Sweeper; expired: number[] } {
    const expired: number[] = [];
    const clock = { wall, monotonic: wall };
    const sweeper = new Sweeper({
      clock,
      table: () => table,
      onExpired: (slot) => expired.push(slot),
      onClockSet: () => undefined,
    });
    sweeper.start();
    return { sweeper, expired };
  }

  it("ends all that is over within its second, a few in a turn", () => {
    const { sweeper, expired } = sweeperOf(tableOf(LEASES), () => END);
    vi.advanceTimersByTime(1000);
    expect(expired.length).toBeGreaterThanOrEqual(EXPIRIES_PER_TURN);
    expect(expired.length % EXPIRIES_PER_TURN).toBe(0);
    const first = expired.length;
    vi.advanceTimersToNextTimer();
    expect(expired).toHaveLength(first + EXPIRIES_PER_TURN);
    vi.advanceTimersByTime(10);
    expect(new Set(expired).size).toBe(LEASES);
    sweeper.stop();
  });

  it("ends leases only when the guard is over as well, however long that is at the moment", () => {
    const [table, expired] = [tableOf(1), [] as number[]];
    let [now, guard] = [END + 69, 70];
    const clock = { wall: () => now, monotonic: () => now * 1000 };
    const sweeper = new Sweeper({
      clock,
      table: () => table,
      guard: () => guard,
      onExpired: (slot) => expired.push(slot),
      onClockSet: () => undefined,
    });
    sweeper.start();
    vi.advanceTimersByTime(1000);
    guard = Number.POSITIVE_INFINITY;
    now = END + 70_000;
    vi.advanceTimersByTime(1000);
    expect(expired).toHaveLength(0);
    guard = 70;
    vi.advanceTimersByTime(1000);
    expect(expired).toHaveLength(1);
    sweeper.stop();
  });

  it("ends nothing before its time, and nothing when it is stopped", () => {
    let now = END - 1;
    const { sweeper, expired } = sweeperOf(tableOf(LEASES), () => now);
    vi.advanceTimersByTime(3000);
    expect(expired).toHaveLength(0);
    now = END;
    vi.advanceTimersToNextTimer();
    sweeper.stop();
    vi.advanceTimersByTime(3000);
    expect(expired).toHaveLength(EXPIRIES_PER_TURN);
    expect(vi.getTimerCount()).toBe(0);
  });
});
