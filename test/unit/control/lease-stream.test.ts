// Many lines are told in turns, and no faster than they are read.

import { once } from "node:events";
import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { LEASES_LOOK_MS, LEASES_TOLD_PER_TURN } from "../../../src/base/limits/control.ts";
import { streamLines } from "../../../src/control/lease-stream.ts";

const LINES = 10 * LEASES_TOLD_PER_TURN + 1;

/** 0 to LINES - 1; `taken.count` is how many have been asked for. */
function* numbers(taken: { count: number }): Generator<number> {
  for (; taken.count < LINES; taken.count++) yield taken.count;
}

test("every line comes, in order, and then how many there are", async () => {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (octets: Buffer) => {
    text += octets.toString();
  });
  streamLines(stream, numbers({ count: 0 }), (n) => ({ n }));
  await once(stream, "end");
  const lines = Array.from({ length: LINES }, (_, n) => `{"n":${n}}`);
  expect(text.trimEnd().split("\n")).toEqual([...lines, `{"count":${LINES}}`]);
});

test("an empty line comes in each second in which nothing is found to tell", async () => {
  const stream = new PassThrough();
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const taken = { count: 0 };
  streamLines(stream, numbers(taken), (n) => {
    if (n % LEASES_TOLD_PER_TURN === 0) now += LEASES_LOOK_MS / 2;
    return n === LINES - 1 ? { n } : undefined;
  });
  let text = "";
  for await (const octets of stream) text += String(octets);
  clock.mockRestore();
  expect(text).toBe(`${"\n".repeat(5)}{"n":${LINES - 1}}\n{"count":1}\n`);
});

test("nobody who does not read is written to without end", async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const taken = { count: 0 };
  streamLines(stream, numbers(taken), (n) => ({ n }));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(taken.count).toBeLessThanOrEqual(2 * LEASES_TOLD_PER_TURN);
  stream.resume();
  await once(stream, "end");
  expect(taken.count).toBe(LINES);
});

test("other turns come between, and nothing is asked for when the stream is gone", async () => {
  const stream = new PassThrough({ highWaterMark: 1 << 30 });
  const taken = { count: 0 };
  streamLines(stream, numbers(taken), (n) => ({ n }));
  expect(taken.count).toBeLessThan(LEASES_TOLD_PER_TURN + 1);
  stream.destroy();
  const told = taken.count;
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(taken.count).toBe(told);
});
