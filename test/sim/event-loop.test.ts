import { describe, expect, it } from "vitest";
import { EventLoop } from "./event-loop.ts";
import { Random } from "./random.ts";

describe("the event loop of the simulation", () => {
  it("lets events happen in the order of their times, and of their planning where times are equal", () => {
    const loop = new EventLoop();
    const random = new Random(1);
    const times = Array.from({ length: 200 }, () => random.below(50));
    const seen: { time: number; number: number }[] = [];
    for (const [number, time] of times.entries()) loop.plan(time, () => seen.push({ time: loop.now, number }));
    loop.run(1000, () => false);
    const expected = times
      .map((time, number) => ({ time, number }))
      .sort((a, b) => a.time - b.time || a.number - b.number);
    expect(seen).toEqual(expected);
  });

  it("is what Node's timers are while it runs", () => {
    const loop = new EventLoop();
    const seen: string[] = [];
    loop.plan(0, () => {
      const interval = setInterval(() => {
        seen.push(`interval at ${loop.now}`);
        if (loop.now >= 30) clearInterval(interval);
      }, 10);
      clearTimeout(setTimeout(() => seen.push("never"), 5));
      setTimeout(() => seen.push(`timer at ${loop.now}`), 15);
      setImmediate(() => seen.push(`immediate at ${loop.now}`));
    });
    loop.run(100, () => false);
    expect(seen).toEqual(["immediate at 0", "interval at 10", "timer at 15", "interval at 20", "interval at 30"]);
  });

  it("drops what an owner has planned once the owner has ended", () => {
    const loop = new EventLoop();
    const owner = { hasEnded: false };
    const seen: number[] = [];
    loop.actAs(owner, () => {
      loop.plan(1, () => seen.push(1));
      loop.plan(2, () => loop.plan(3, () => seen.push(5)));
    });
    loop.plan(4, () => {
      owner.hasEnded = true;
    });
    loop.plan(9, () => seen.push(9));
    loop.run(100, () => false);
    expect(seen).toEqual([1, 9]);
  });
});
