// The wall clock is set while the server runs.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CLOCK_STEP_HOLD_SECONDS } from "../../../src/base/limits/server.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT = `ping-check off; default-lease-time 3600;
  subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.11; }`;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";

let world: SimulatedServer;

beforeEach(async () => {
  vi.useFakeTimers();
  world = await SimulatedServer.start(TEXT);
});

afterEach(async () => {
  await world.server.stop();
  vi.useRealTimers();
});

it("forward: it is said once, and addresses of leases that end with it are their clients' for a while [B8]", async () => {
  const [first, second] = [world.lease(A), world.lease(B)];
  world.pass(5000);
  world.wallOffset += 86_400;
  world.pass(3000);
  expect(world.warnings).toEqual([
    "the wall clock has gone forward by 86400 seconds: addresses whose leases ended with that are kept for their clients for 10 minutes",
  ]);
  expect([world.stateOf(first), world.stateOf(second)]).toEqual(["expired", "expired"]);
  const before = world.addresses.length;
  world.send({ type: 1, chaddr: C });
  await world.reload(TEXT);
  world.send({ type: 1, chaddr: C });
  expect(world.addresses).toHaveLength(before);
  expect(world.lease(A)).toBe(first);
  world.pass(CLOCK_STEP_HOLD_SECONDS * 1000);
  expect(world.lease(C)).toBe(second);
});

it("back: it is said once, and offers end all the same [B8]", () => {
  for (const chaddr of [A, B]) world.send({ type: 1, chaddr });
  world.wallOffset -= 86_400;
  world.pass(3000);
  expect(world.warnings).toEqual(["the wall clock has gone back by 86400 seconds: leases last that much longer"]);
  world.pass(30_000);
  expect(world.server.status().leases).toMatchObject({ offered: 0, free: 2 });
});

it("by a little at a time is nothing to speak of [B8]", () => {
  for (let i = 0; i < 20; i++) {
    world.wallOffset += 4;
    world.pass(1000);
  }
  expect(world.warnings).toEqual([]);
});
