import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  BACKLOG_MAX,
  BACKLOG_TURN,
  BACKLOG_TURN_BEHIND,
  BEHIND_BATCHES,
  RECEIVE_BATCH,
  SHED_FEWER_MS,
  SHED_LEVEL_MAX,
  SHED_MORE_MS,
} from "../../../src/base/limits.ts";
import { openLog } from "../../../src/log.ts";
import { Counters } from "../../../src/server/counters.ts";
import { Overload } from "../../../src/server/overload.ts";
import { buildMessage } from "../../support/message-builder.ts";

const DISCOVER = buildMessage({ type: 1 });
const ARRIVAL = { listener: 0, ifindex: 2, localAddress: 1, remoteAddress: 0, remotePort: 68 };

let now: number;
let answered: number;
let levels: number[];
let counters: Counters;
let overload: Overload;

beforeEach(() => {
  vi.useFakeTimers();
  now = 1000;
  answered = 0;
  levels = [];
  counters = new Counters();
  const log = openLog({ verbose: false, readable: false, fd: 1 });
  log.level = "silent";
  overload = new Overload({
    counters,
    clock: { wall: () => now / 1000, monotonic: () => now },
    log,
    answer: () => {
      answered += 1;
    },
    endTurn: () => undefined,
    shed: (level) => levels.push(level),
    isQueueLong: () => true,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Receive calls that are full of DISCOVERs, without a turn of the loop in between. */
function flood(batches: number): void {
  for (let i = 0; i < batches; i++) {
    overload.note(RECEIVE_BATCH);
    for (let k = 0; k < RECEIVE_BATCH && overload.isBehind; k++) {
      overload.putOff(DISCOVER, 0, DISCOVER.length, ARRIVAL);
    }
  }
}

function fallBehind(): void {
  for (let i = 1; i < BEHIND_BATCHES; i++) overload.note(RECEIVE_BATCH);
}

describe("queries that wait", () => {
  it("are answered a few a turn while the server is behind, more once it is not, and all in the end", () => {
    fallBehind();
    flood(4);
    vi.advanceTimersToNextTimer();
    expect(answered).toBe(BACKLOG_TURN_BEHIND);
    overload.note(1);
    vi.advanceTimersToNextTimer();
    expect(answered).toBe(BACKLOG_TURN_BEHIND + BACKLOG_TURN);
    vi.runAllTimers();
    expect(answered).toBe(4 * RECEIVE_BATCH);
    expect(levels).toEqual([]);
  });
});

describe("the share that the backend drops", () => {
  it("doubles while the backlog overflows, up to its most, and no faster than its effect shows", () => {
    fallBehind();
    flood(BACKLOG_MAX / RECEIVE_BATCH + 2);
    expect(levels).toEqual([1]);
    for (let i = 0; i < 12; i++) {
      now += SHED_MORE_MS;
      flood(1);
    }
    expect(levels).toEqual(Array.from({ length: SHED_LEVEL_MAX }, (_, i) => i + 1));
    expect(counters.entries().get("drop-behind")).toBe(14 * RECEIVE_BATCH);
  });

  it("goes back step by step when nobody waits any more, also when nothing comes in", () => {
    fallBehind();
    flood(BACKLOG_MAX / RECEIVE_BATCH + 2);
    now += SHED_MORE_MS;
    flood(1);
    expect(levels).toEqual([1, 2]);
    overload.note(1);
    // What was lost since the last look counts once more.
    for (let i = 0; i < 2; i++) {
      now += SHED_FEWER_MS;
      overload.adjust();
    }
    expect(levels).toEqual([1, 2, 3]);
    vi.runAllTimers();
    for (let i = 0; i < 4; i++) {
      now += SHED_FEWER_MS;
      overload.adjust();
    }
    expect(levels).toEqual([1, 2, 3, 2, 1, 0]);
  });
});
