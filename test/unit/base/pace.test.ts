// When turns of what follows leases come, and how long they take: by a clock that the test sets.

import { beforeEach, describe, expect, it } from "vitest";
import {
  PACE_MESSAGES_FEW,
  PACE_MESSAGES_FLOOD,
  PACE_MESSAGES_MANY,
  PACE_SHARE_BUSY,
  PACE_TURN_MS,
} from "../../../src/base/limits/pace.ts";
import { DrivenPace } from "../../support/paces.ts";

/** Milliseconds of a step. */
const STEP = 0.05;

let world: DrivenPace;
/** Steps that were done, by the name of their work. */
let done: Map<string, number>;

beforeEach(() => {
  world = new DrivenPace();
  done = new Map();
});

/** Work that goes on for so many steps. */
function work(name: string, steps = Number.POSITIVE_INFINITY, took = STEP): void {
  const step = (): boolean => {
    world.now += took;
    const count = (done.get(name) ?? 0) + 1;
    done.set(name, count);
    if (count > 100_000) throw new Error("a turn does not end");
    return count < steps;
  };
  world.pace.start(step);
}

/** Messages come while the work goes on, so many a second, and each takes so long. Returns the work's share of the time, from the second half on. */
function shareBeside(rate: number, messageMs: number, seconds = 4): number {
  const end = world.now + seconds * 1000;
  const half = world.now + (end - world.now) / 2;
  let [handled, worked, counted] = [world.now, 0, 0];
  while (world.now < end) {
    const after = world.planned?.after ?? 0;
    // What comes before the turn is answered before it, and time without anything to do passes.
    const due = Math.floor(((world.now + after - handled) * rate) / 1000);
    const busy = due * messageMs;
    handled += (due * 1000) / rate;
    world.messages += due;
    world.now += busy;
    world.idle += Math.max(0, after - busy);
    if (world.planned !== undefined) world.planned = { ...world.planned, after: Math.max(0, after - busy) };
    const before = world.now + (world.planned?.after ?? 0);
    world.turn();
    const took = world.now - before;
    if (before < half) continue;
    worked += took;
    counted += took + busy + Math.max(0, after - busy);
  }
  return worked / counted;
}

describe("the pace of what follows leases", () => {
  it("lets turns of half a millisecond follow each other at once where nothing else is to be done", () => {
    work("names", 100);
    for (let turns = 0; world.planned !== undefined; turns++) {
      expect(world.planned.after).toBe(0);
      const before = world.now;
      world.turn();
      expect(world.now - before).toBeLessThan(PACE_TURN_MS + STEP);
      expect(turns).toBeLessThan(12);
    }
    expect(done.get("names")).toBe(100);
  });

  it("leaves all but a fiftieth of the time to many messages, however little time they take", () => {
    work("names");
    expect(shareBeside(PACE_MESSAGES_MANY, 0.001)).toBeCloseTo(PACE_SHARE_BUSY, 2);
    expect(shareBeside(PACE_MESSAGES_FLOOD, 0.04)).toBeCloseTo(PACE_SHARE_BUSY, 2);
  });

  it("leaves more to a flood, the more messages it has", () => {
    work("names");
    expect(shareBeside(2 * PACE_MESSAGES_FLOOD, 0.02)).toBeCloseTo(PACE_SHARE_BUSY / 2, 3);
    expect(shareBeside(3 * PACE_MESSAGES_FLOOD, 0.01)).toBeCloseTo(PACE_SHARE_BUSY / 3, 3);
  });

  it("is done in a flood, too, ten turns a second", () => {
    work("names");
    const before = world.turns;
    const from = world.now;
    shareBeside(1_000_000, 0.0005, 2);
    expect(((world.turns - before) * 1000) / (world.now - from)).toBeGreaterThan(9);
  });

  it("leaves all but a fiftieth of the time to few messages that keep a slow machine busy", () => {
    work("names");
    expect(shareBeside(500, 1.2)).toBeCloseTo(PACE_SHARE_BUSY, 1);
  });

  it("takes the time that few messages leave", () => {
    work("names");
    expect(shareBeside(PACE_MESSAGES_FEW / 2, 0.01)).toBeGreaterThan(0.9);
  });

  it("is at full speed again soon after a flood", () => {
    work("names");
    shareBeside(50_000, 0.01);
    expect(shareBeside(1, 0.01, 0.4)).toBeGreaterThan(0.9);
  });

  it("is one for all work, which takes turns", () => {
    work("names");
    work("file");
    work("zones", 3);
    const share = shareBeside(PACE_MESSAGES_FLOOD, 0.01);
    expect(share).toBeCloseTo(PACE_SHARE_BUSY, 2);
    expect(done.get("zones")).toBe(3);
    expect(done.get("names")).toBeGreaterThan(100);
    expect(Math.abs((done.get("names") ?? 0) - (done.get("file") ?? 0))).toBeLessThan(3);
  });

  it("gives all work the same part of its time, whatever a step of it costs", () => {
    const seconds = (name: string): number => (done.get(name) ?? 0) * (name === "zones" ? 1.05 : STEP);
    const charged = (): boolean => {
      world.now += STEP;
      world.pace.charge(1);
      done.set("zones", (done.get("zones") ?? 0) + 1);
      return false;
    };
    work("names");
    for (let round = 0; round < 2000; round++) {
      world.pace.start(charged);
      shareBeside(50_000, 0.01, 0.01);
    }
    expect(seconds("zones") / seconds("names")).toBeGreaterThan(0.7);
    expect(seconds("zones") / seconds("names")).toBeLessThan(1.3);
  });

  it("counts what is charged as time of a turn, also what is charged between turns", () => {
    work("names");
    shareBeside(50_000, 0.01);
    world.pace.charge(1);
    world.turn();
    const pause = world.planned?.after ?? 0;
    expect(pause).toBeGreaterThan(1 / PACE_SHARE_BUSY - 1);
  });

  it("does nothing twice that is started twice, and nothing that is ended", () => {
    let calls = 0;
    const once = (): boolean => {
      calls += 1;
      return false;
    };
    world.pace.start(once);
    world.pace.start(once);
    while (world.turn());
    expect(calls).toBe(1);
    world.pace.start(once);
    world.pace.end(once);
    while (world.turn());
    expect(calls).toBe(1);
  });

  it("calls nothing again that ends itself", () => {
    let calls = 0;
    const step = (): boolean => {
      calls += 1;
      world.pace.end(step);
      return calls < 3;
    };
    world.pace.start(step);
    while (world.turn());
    expect(calls).toBe(1);
  });
});
