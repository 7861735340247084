import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RECEIVE_BATCH } from "../../../src/base/limits/backend.ts";
import {
  BACKLOG_MAX,
  BACKLOG_TURN,
  BACKLOG_TURN_BEHIND,
  BEHIND_BATCHES,
  SHED_LOOK_MS,
  SHED_SHARE_MIN,
  SHED_WHOLE,
} from "../../../src/base/limits/overload.ts";
import { openLog } from "../../../src/log.ts";
import { Counters } from "../../../src/server/counters.ts";
import { Overload } from "../../../src/server/overload/overload.ts";
import { buildMessage } from "../../support/message-builder.ts";

const DISCOVER = buildMessage({ type: 1 });
const ARRIVAL = { ifindex: 2, localAddress: 1, remoteAddress: 0, remotePort: 68 };

let now: number;
let answered: number;
let shares: number[];
let counters: Counters;
let overload: Overload;

beforeEach(() => {
  vi.useFakeTimers();
  now = 1000;
  answered = 0;
  shares = [];
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
    shed: (share) => shares.push(share),
    isQueueLong: () => true,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Receive calls that are full of DISCOVERs, without a turn of the loop in between. */
function flood(batches: number): void {
  for (let i = 0; i < batches; i++) {
    overload.countReceived(RECEIVE_BATCH);
    for (let k = 0; k < RECEIVE_BATCH && overload.isBehind; k++) {
      overload.putOff(DISCOVER, 0, DISCOVER.length, ARRIVAL);
    }
  }
}

function fallBehind(): void {
  for (let i = 1; i < BEHIND_BATCHES; i++) overload.countReceived(RECEIVE_BATCH);
}

describe("queries that wait", () => {
  it("are answered a few a turn while the server is behind, more once it is not, and all in the end", () => {
    fallBehind();
    flood(4);
    vi.advanceTimersToNextTimer();
    expect(answered).toBe(BACKLOG_TURN_BEHIND);
    overload.countReceived(1);
    vi.advanceTimersToNextTimer();
    expect(answered).toBe(BACKLOG_TURN_BEHIND + BACKLOG_TURN);
    vi.runAllTimers();
    expect(answered).toBe(4 * RECEIVE_BATCH);
    expect(shares).toEqual([]);
  });
});

/** Looks at the share, once, with nothing coming in. */
function rest(): void {
  now += SHED_LOOK_MS;
  vi.advanceTimersByTime(SHED_LOOK_MS);
}

describe("the share that the backend lets through", () => {
  it("is halved while the backlog overflows, and no faster than that shows", () => {
    fallBehind();
    flood(2 * (BACKLOG_MAX / RECEIVE_BATCH) + 1);
    expect(shares).toEqual([SHED_WHOLE / 2]);
    now += SHED_LOOK_MS;
    flood(2);
    expect(shares).toEqual([SHED_WHOLE / 2, SHED_WHOLE / 4]);
    expect(counters.entries().get("drop-behind")).toBeGreaterThan(0);
  });

  it("grows fast at first and slowly near what was too much", () => {
    fallBehind();
    flood(2 * (BACKLOG_MAX / RECEIVE_BATCH) + 1);
    overload.countReceived(1);
    // What was lost since the first look is seen at the second.
    for (let i = 0; i < 9; i++) rest();
    expect(shares).toEqual([512, 256, 320, 400, 500, 510, 521, 532, 543, 554]);
  });

  it("is never so small that no new client has a chance", () => {
    fallBehind();
    for (let i = 0; i < 20; i++) {
      now += SHED_LOOK_MS;
      flood(2 * (BACKLOG_MAX / RECEIVE_BATCH));
    }
    expect(shares.at(-1)).toBe(SHED_SHARE_MIN);
  });

  it("is all of them again within a second after the last was lost, also when nothing comes in", () => {
    fallBehind();
    for (let i = 0; i < 20; i++) {
      now += SHED_LOOK_MS;
      flood(2 * (BACKLOG_MAX / RECEIVE_BATCH));
    }
    overload.countReceived(1);
    const looks = shares.length;
    for (let i = 0; i < 1000 / SHED_LOOK_MS; i++) rest();
    expect(shares.at(-1)).toBe(SHED_WHOLE);
    const growing = shares.slice(looks);
    expect(growing).toEqual([...growing].sort((a, b) => a - b));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not grow while half of the backlog still waits", () => {
    fallBehind();
    flood(2 * (BACKLOG_MAX / RECEIVE_BATCH) + 1);
    const cut = shares.length;
    now += SHED_LOOK_MS;
    overload.countReceived(RECEIVE_BATCH);
    now += SHED_LOOK_MS;
    overload.countReceived(RECEIVE_BATCH);
    expect(shares.slice(cut).every((share) => share <= (shares[cut - 1] ?? 0))).toBe(true);
  });
});
