// The made-up exchanges after a start: that they are exchanges to the end, that they touch nothing of the server's, and
// that they give way.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FrameAdmission } from "../../../src/backend/frames/frame-admission.ts";
import { ReplySender } from "../../../src/backend/reply-sender.ts";
import { RECEIVE_BATCH } from "../../../src/base/limits/backend.ts";
import {
  REHEARSAL_PAUSE_MS,
  REHEARSAL_REAL_ENOUGH,
  REHEARSAL_SLICES,
  REHEARSAL_STAGE_SLICES,
} from "../../../src/base/limits/overload.ts";
import { RequestWriter } from "../../../src/helper/protocol.ts";
import { openLog } from "../../../src/log.ts";
import { Counters } from "../../../src/server/counters.ts";
import { Pipeline } from "../../../src/server/pipeline.ts";
import { Rehearsal } from "../../../src/server/rehearsal.ts";
import { BatchBuffer } from "../../../src/store/journal/journal-batch.ts";
import { JournalCounters } from "../../../src/store/journal/journal-status.ts";
import { KEYS } from "../../support/engine-world.ts";

const log = openLog({ verbose: false, readable: false, fd: 1, journal: false, colour: false });
log.level = "silent";
const clock = { wall: () => 1_800_000_000, monotonic: () => 1000 };
const MORE_THAN_ALL_MS = 2 * REHEARSAL_SLICES * REHEARSAL_PAUSE_MS;

let isIdle: boolean;
const note = vi.fn();
const releaseProgram = vi.fn();
const begin = (name = "udp"): Rehearsal =>
  new Rehearsal({ keys: KEYS, clock, log, backend: { name }, memory: { note, releaseProgram }, isIdle: () => isIdle });

beforeEach(() => {
  vi.useFakeTimers();
  isIdle = true;
  note.mockReset();
  releaseProgram.mockReset();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the rehearsal after a start", () => {
  it.each(["udp", "bpf"])("goes through whole exchanges, direct and relayed, and ends by itself, %s", async (name) => {
    const counts = new Map<string, number>();
    vi.spyOn(Counters.prototype, "count").mockImplementation((name) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    });
    const records = vi.spyOn(BatchBuffer.prototype, "addLease");
    const entries = vi.spyOn(RequestWriter.prototype, "neighbours");
    const frames = vi.spyOn(FrameAdmission.prototype, "unwrap");
    const stored = vi.spyOn(JournalCounters.prototype, "count");
    begin(name);
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect([...counts.keys()].sort()).toEqual(["ack-selecting", "offer-new"]);
    expect(counts.get("ack-selecting")).toBeGreaterThan((REHEARSAL_SLICES / 2 - 1) * 60);
    expect(records.mock.calls.length).toBe(counts.get("ack-selecting"));
    expect(entries).toHaveBeenCalled();
    expect(frames.mock.calls.length > 0).toBe(name === "bpf");
    expect(stored).toHaveBeenCalledWith("store-commits");
    expect(note.mock.calls.reduce((sum, [count]) => sum + count, 0)).toBe(REHEARSAL_SLICES * RECEIVE_BATCH);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has the program's pages taken out of memory once, and early, so that it brings back what serving uses", async () => {
    begin();
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect(releaseProgram).toHaveBeenCalledTimes(1);
    const before = note.mock.invocationCallOrder[REHEARSAL_SLICES / 4] ?? 0;
    expect(releaseProgram.mock.invocationCallOrder[0]).toBeLessThan(before);
  });

  it("is repeated with new parts, so that what happens once to a table is no rarity to the compiler", async () => {
    const pipelines = new Set<Pipeline>();
    const onBatch = Pipeline.prototype.onBatch;
    vi.spyOn(Pipeline.prototype, "onBatch").mockImplementation(function (this: Pipeline, count: number) {
      pipelines.add(this);
      onBatch.call(this, count);
    });
    begin();
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect(pipelines.size).toBe(REHEARSAL_SLICES / REHEARSAL_STAGE_SLICES);
    expect(pipelines.size).toBeGreaterThan(2);
  });

  it("goes through exchanges with the conflict check, and without", async () => {
    const pingChecks = new Set<boolean>();
    const onBatch = Pipeline.prototype.onBatch;
    vi.spyOn(Pipeline.prototype, "onBatch").mockImplementation(function (this: Pipeline, count: number) {
      const { serving } = Reflect.get(this, "parts");
      for (const { scope } of serving.config.subnets) pingChecks.add(scope.pingCheck);
      onBatch.call(this, count);
    });
    begin();
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect([...pingChecks].sort()).toEqual([false, true]);
  });

  it("sends by sockets of so many shapes that the code takes the server's own as well", async () => {
    const shapes = new Set<string>();
    const send = ReplySender.prototype.send;
    vi.spyOn(ReplySender.prototype, "send").mockImplementation(function (this: ReplySender, batch) {
      shapes.add(Object.keys(Reflect.get(this, "parts").socket()).join());
      send.call(this, batch);
    });
    begin();
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect(shapes.size).toBeGreaterThan(4);
  });

  it("waits while real messages come, and is given up after enough of them", async () => {
    const batches = vi.spyOn(Pipeline.prototype, "onBatch");
    const rehearsal = begin();
    rehearsal.giveWay(1);
    await vi.advanceTimersByTimeAsync(REHEARSAL_PAUSE_MS);
    expect(batches).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(REHEARSAL_PAUSE_MS);
    expect(batches).toHaveBeenCalledTimes(1);
    rehearsal.giveWay(REHEARSAL_REAL_ENOUGH);
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect(batches).toHaveBeenCalledTimes(1);
    expect(releaseProgram).toHaveBeenCalledTimes(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given up as soon as the server has anything else to do, or stops", async () => {
    const batches = vi.spyOn(Pipeline.prototype, "onBatch");
    begin();
    await vi.advanceTimersByTimeAsync(2 * REHEARSAL_PAUSE_MS);
    expect(batches).toHaveBeenCalledTimes(2);
    isIdle = false;
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect(batches).toHaveBeenCalledTimes(2);
    isIdle = true;
    const second = begin();
    second.stop();
    await vi.advanceTimersByTimeAsync(MORE_THAN_ALL_MS);
    expect(batches).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
