// How late the event loop is, as `anydhcpctl status --delay` tells it.

import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { LoopDelayMeter } from "../../../src/server/overload/loop-delay.ts";

const STALL_MS = 50;

const meter = new LoopDelayMeter();
afterEach(() => meter.stop());

function stall(): void {
  const end = performance.now() + STALL_MS;
  while (performance.now() < end);
}

describe("the event loop's delay", () => {
  it("is not known before it was asked for", () => {
    expect(meter.restart()).toBeUndefined();
  });

  it("has the longest stall since it was last asked for, and then forgets it", async () => {
    meter.restart();
    await pause(10);
    stall();
    await pause(10);
    const delay = meter.restart();
    expect(delay?.max).toBeGreaterThanOrEqual(STALL_MS - 1);
    expect(delay?.p50).toBeLessThanOrEqual(delay?.max ?? 0);
    await pause(10);
    expect(meter.restart()?.max).not.toBe(delay?.max);
  });

  it("is not measured any more once it is stopped", async () => {
    meter.restart();
    await pause(10);
    meter.stop();
    expect(meter.restart()).toBeUndefined();
  });
});
