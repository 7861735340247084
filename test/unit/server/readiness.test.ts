import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated-server.ts";

const QUIET = "ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const A = "02:00:00:00:00:0a";

let world: SimulatedServer;

beforeEach(async () => {
  vi.useFakeTimers();
  world = await SimulatedServer.start(`drain-time 3; ${QUIET}`);
});
afterEach(() => vi.useRealTimers());

const state = async (): Promise<string> => (await world.server.readiness.health()).state;

/** Whether a DISCOVER is answered now. */
function answers(): boolean {
  const before = world.backend.sent.length;
  world.send({ type: 1, chaddr: A });
  return world.backend.sent.length > before;
}

describe("a server that is drained", () => {
  it("is unhealthy at once, answers for the drain time, and is silent then", async () => {
    expect(await state()).toBe("healthy");
    world.server.readiness.drain();
    expect(await state()).toBe("unhealthy");
    world.pass(2900);
    expect(answers()).toBe(true);
    world.pass(100);
    expect(answers()).toBe(false);
    expect(world.server.status().counters).toMatchObject({ drained: 1 });
    expect(await state()).toBe("unhealthy");
  });

  it("serves again when it is told to, also before it is silent", async () => {
    world.server.readiness.drain();
    world.pass(1000);
    world.server.readiness.undrain();
    world.pass(10_000);
    expect([await state(), answers()]).toEqual(["healthy", true]);
    world.server.readiness.drain();
    world.pass(3000);
    world.server.readiness.undrain();
    expect([await state(), answers()]).toEqual(["healthy", true]);
  });

  it("does not begin anew when it is told twice, and says since when it is drained", () => {
    expect(world.server.readiness.drained).toBeUndefined();
    const since = world.wallOffset + world.elapsedMs / 1000;
    world.server.readiness.drain();
    world.pass(2000);
    world.server.readiness.drain();
    expect(world.server.readiness.drained).toEqual({ state: "draining", since });
    world.pass(1000);
    expect(answers()).toBe(false);
    expect(world.server.readiness.drained).toEqual({ state: "silent", since });
    world.server.readiness.undrain();
    expect(world.server.readiness.drained).toBeUndefined();
  });

  it("has no time to answer without drain-time", async () => {
    world = await SimulatedServer.start(QUIET);
    world.server.readiness.drain();
    expect(answers()).toBe(false);
  });
});

describe("a server that is to stop", () => {
  it("is drained first, and does not serve again", async () => {
    const stop = vi.fn();
    world.server.readiness.drainToStop(stop);
    expect(await state()).toBe("unhealthy");
    world.pass(2900);
    world.server.readiness.undrain();
    expect(stop).not.toHaveBeenCalled();
    world.pass(100);
    expect(stop).toHaveBeenCalledOnce();
  });

  it("stops at once if it is drained already, or soon if it is being drained", () => {
    const stop = vi.fn();
    world.server.readiness.drain();
    world.pass(2000);
    world.server.readiness.drainToStop(stop);
    world.pass(1000);
    expect(stop).toHaveBeenCalledOnce();
    world.server.readiness.drainToStop(stop);
    expect(stop).toHaveBeenCalledTimes(2);
  });
});

describe("the health of a server", () => {
  it("counts the time since its store was ready", async () => {
    world.store.health = "failing";
    world.store.onHealth("failing", "full");
    world.pass(2000);
    world.store.onHealth("failing", "still full");
    world.pass(2000);
    const { checks } = await world.server.readiness.health();
    expect(checks.find(({ name }) => name === "store")?.reason).toBe("leases cannot be stored for 4 seconds");
    world.store.health = "ready";
    world.store.onHealth("ready", "room again");
    expect(await state()).toBe("healthy");
  });

  it("counts the time since its own clock is doubted, which the store does not tell", async () => {
    world.store.health = "failing";
    world.pass(5000);
    const { checks } = await world.server.readiness.health();
    expect(checks.find(({ name }) => name === "store")?.reason).toMatch(/^leases cannot be stored for [45] seconds$/);
  });

  it("tells of subnets whose addresses are all in use", async () => {
    world = await SimulatedServer.start(QUIET.replace("10.0.0.19", "10.0.0.10"));
    world.lease(A);
    const { state: now, checks } = await world.server.readiness.health();
    expect(now).toBe("healthy");
    expect(checks.at(-1)).toEqual({
      name: "addresses",
      state: "warning",
      reason: "10.0.0.0/24 has no free address",
    });
  });
});
