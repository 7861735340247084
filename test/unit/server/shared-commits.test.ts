// Commits to a store that several servers share: several under way, few changes in each, and answers that a journal never
// gives.

import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { QUERY_WAITS_MAX, REPLY_BATCHES_MAX } from "../../../src/base/limits/replies.ts";
import { replyBatchesFor } from "../../../src/server/commit-queue.ts";
import { buildMessage, type MessageParts } from "../../support/message-builder.ts";
import { HeldWay, SharedMemory, SharedMemoryStore } from "../../support/shared-store.ts";
import { SimulatedStore } from "../../support/simulated-backend.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT = "ping-check off; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }";

let memory: SharedMemory;
let way: HeldWay;
let world: SimulatedServer;
const worlds: SimulatedServer[] = [];
const ways: HeldWay[] = [];

async function start(gatherMs = 0): Promise<{ world: SimulatedServer; way: HeldWay }> {
  const own = new HeldWay();
  const store = new SharedMemoryStore(memory, { way: own, commitsMax: 4, changesMax: 4, gatherMs });
  const cluster = { name: "a", reserveSeconds: 600, clockSkewSeconds: 30, guard: () => 70 };
  const made = await SimulatedServer.start(TEXT, undefined, { store, cluster });
  worlds.push(made);
  ways.push(own);
  return { world: made, way: own };
}

function card(n: number): string {
  return `02:00:00:00:01:${n.toString(16).padStart(2, "0")}`;
}

/** The request for what client `n` was offered; DISCOVERs first. */
function choice(n: number): MessageParts {
  world.send({ type: 1, chaddr: card(n) });
  return { type: 3, chaddr: card(n), xid: n, requested: world.addresses.at(-1) ?? "", serverId: "10.0.0.1" };
}

function counters(of = world): Readonly<Record<string, number>> {
  return of.server.status().counters;
}

beforeEach(async () => {
  vi.useFakeTimers();
  memory = new SharedMemory();
  ({ world, way } = await start());
});

afterEach(async () => {
  for (const one of ways.splice(0)) {
    one.giveUp();
    one.passAll();
  }
  for (const one of worlds.splice(0)) await one.server.stop();
  vi.useRealTimers();
});

describe("commits of a shared store", () => {
  it("are under way four at once, end in any order, and each lets its own replies go", () => {
    const requests = [1, 2, 3, 4, 5].map(choice);
    for (const request of requests) world.send(request);
    expect(way.count("commit")).toBe(4);
    const before = world.addresses.length;
    way.pass("commit", 2);
    way.pass("commit-answer");
    expect(world.addresses.slice(before)).toEqual([requests[2]?.requested]);
    expect(way.count("commit")).toBe(4);
    way.passAll();
    expect(world.addresses.slice(before).sort()).toEqual(requests.map(({ requested }) => requested).sort());
  });

  it("hold no more changes than the store takes, and what comes beside them waits for the next", () => {
    const commit = vi.spyOn(SharedMemoryStore.prototype, "commit");
    const requests = Array.from({ length: 20 }, (_, n) => choice(n));
    const before = world.addresses.length;
    world.backend.receive(...requests.map((parts) => ({ bytes: buildMessage(parts), arrival: {} })));
    way.passAll();
    expect(commit.mock.calls.map(([{ count }]) => count)).toEqual(Array.from({ length: 7 }, (_, n) => (n < 6 ? 3 : 2)));
    expect(world.addresses.slice(before).sort()).toEqual(requests.map(({ requested }) => requested).sort());
    commit.mockRestore();
  });

  it("have reply batches of their own, and those of a journal are as many as ever", () => {
    expect(replyBatchesFor(new SimulatedStore())).toBe(REPLY_BATCHES_MAX);
    const store = new SharedMemoryStore(memory, { commitsMax: 4, changesMax: 127 });
    expect(replyBatchesFor(store)).toBe(REPLY_BATCHES_MAX + 16 + 3);
  });

  it("are all waited for before a new configuration is in force", async () => {
    for (const request of [1, 2].map(choice)) world.send(request);
    let isOver = false;
    const reload = world.reload(TEXT).then(() => {
      isOver = true;
    });
    way.pass("commit");
    way.pass("commit-answer");
    await Promise.resolve();
    expect(isOver).toBe(false);
    way.passAll();
    await reload;
    expect(isOver).toBe(true);
  });
});

describe("commits of a store for which few large ones are better", () => {
  const GATHER_MS = 10;
  let commit: MockInstance<SharedMemoryStore["commit"]>;

  /** Requests of clients, one after the other. */
  function send(...clients: number[]): void {
    for (const client of clients) world.send(choice(client));
  }
  /** How many changes each commit so far has. */
  const sizes = (): number[] => commit.mock.calls.map(([{ count }]) => count);

  function pass(milliseconds: number): void {
    world.elapsedMs += milliseconds;
    vi.advanceTimersByTime(milliseconds);
  }

  beforeEach(async () => {
    ({ world, way } = await start(GATHER_MS));
    commit = vi.spyOn(SharedMemoryStore.prototype, "commit");
  });

  afterEach(() => {
    commit.mockRestore();
  });

  it("leave at once while none is under way, and wait for the one that is", () => {
    send(1, 2, 3);
    expect(sizes()).toEqual([1]);
    way.pass("commit");
    way.pass("commit-answer");
    expect(sizes()).toEqual([1, 2]);
  });

  it("do not wait for longer than the store wants", () => {
    send(1, 2);
    pass(GATHER_MS - 1);
    send(3);
    expect(sizes()).toEqual([1]);
    pass(1);
    expect(sizes()).toEqual([1, 2]);
    send(4);
    pass(GATHER_MS - 1);
    expect(sizes()).toEqual([1, 2]);
    pass(1);
    expect(sizes()).toEqual([1, 2, 1]);
  });

  it("do not wait when they are full", () => {
    send(1, 2, 3, 4);
    expect(sizes()).toEqual([1, 3]);
  });
});

describe("a change that another server has overtaken", () => {
  it("is taken back and not ACKed, and the table shows whose the lease is", async () => {
    const other = await start();
    const request = choice(1);
    const rival = { ...request, chaddr: card(2) };
    other.world.send(rival);
    other.way.passAll();
    world.send(request);
    const before = world.addresses.length;
    way.passAll();
    expect(world.addresses).toHaveLength(before);
    expect(counters()).toMatchObject({ "drop-store-conflict": 1, "store-conflicts": 1 });
    expect(counters()["drop-store-failed"]).toBeUndefined();
    const [lease] = [...world.server.leases()];
    expect(lease?.record.hardwareAddress).toEqual(Uint8Array.of(2, 0, 0, 0, 1, 2));
  });

  it("is ACKed all the same if the other has written the same lease for the same client", async () => {
    const other = await start();
    const request = choice(1);
    for (const one of [world, other.world]) one.send(request);
    const before = world.addresses.length;
    other.way.passAll();
    way.lose("event");
    way.passAll();
    expect(counters()).toMatchObject({ "store-conflicts": 1 });
    expect(counters()["drop-store-conflict"]).toBeUndefined();
    expect(world.addresses.slice(before)).toEqual([request.requested]);
    expect(other.world.addresses).toEqual([request.requested]);
  });
});

describe("a change of which nobody knows what became of it", () => {
  it("is taken back and not ACKed, and is there when it shows later", () => {
    const request = choice(1);
    world.send(request);
    const before = world.addresses.length;
    way.giveUp();
    expect(world.addresses).toHaveLength(before);
    expect(counters()).toMatchObject({ "drop-store-unknown": 1 });
    expect(world.stateOf(request.requested ?? "")).toBe("free");
    way.passAll();
    expect(world.addresses).toHaveLength(before);
    expect(world.stateOf(request.requested ?? "")).toBe("bound");
    world.elapsedMs += 4000;
    world.send(request);
    way.passAll();
    expect(world.addresses.slice(before)).toEqual([request.requested]);
    expect(counters()["drop-store-conflict"]).toBeUndefined();
  });
});

it("a query about a pending lease waits for that lease's commit only, however many others end before", () => {
  const own = choice(1);
  const others = Array.from({ length: QUERY_WAITS_MAX + 1 }, (_, n) => choice(2 + n));
  world.send(own);
  const before = world.addresses.length;
  world.send({ type: 1, chaddr: card(1), xid: 9 });
  for (const other of others) {
    world.send(other);
    way.pass("commit", 1);
    way.pass("commit-answer");
  }
  expect(world.addresses.slice(before)).toEqual(others.map(({ requested }) => requested));
  way.passAll();
  expect(world.addresses.slice(before + others.length)).toEqual([own.requested, own.requested]);
  expect(counters()["drop-already-pending"]).toBeUndefined();
});
