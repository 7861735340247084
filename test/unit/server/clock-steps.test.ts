// The wall clock is set while the server runs.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CLOCK_STEP_HOLD_SECONDS } from "../../../src/base/limits/server.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { makeRecord } from "../../support/lease-clients.ts";
import { ip } from "../../support/message-builder.ts";
import { SimulatedStore } from "../../support/simulated-backend.ts";
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
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A lease from before the start, that ends `seconds` after it. */
function recordOf(address: string, chaddr: string, seconds: number): LeaseRecord {
  const startsAt = 1_800_000_000 - 600;
  const hardwareAddress = Uint8Array.from(chaddr.split(":"), (octet) => Number.parseInt(octet, 16));
  const endsAt = startsAt + 600 + seconds;
  const times = { startsAt, endsAt, lastTransactionAt: startsAt };
  return makeRecord({ address: ip(address), state: BindingState.bound, htype: 1, hardwareAddress, ...times });
}

it("forward: it is said once, and addresses of older leases that end with it are their clients' for a while [B8]", async () => {
  await world.server.stop();
  vi.spyOn(SimulatedStore.prototype, "open").mockImplementation((table) => {
    for (const [index, chaddr] of [A, B].entries()) table.load(recordOf(`10.0.0.${10 + index}`, chaddr, 3600));
    return Promise.resolve({ loaded: 2, notices: [], damaged: false });
  });
  world = await SimulatedServer.start(TEXT);
  const [first, second] = ["10.0.0.10", "10.0.0.11"] as const;
  world.pass(5000);
  world.wallOffset += 86_400;
  world.pass(3000);
  expect(world.warnings).toEqual([
    "the wall clock has gone forward by 86400 seconds: leases given since the start keep the time that is left of them; " +
      "older ones that ended with that are kept for their clients for 10 minutes",
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

/** Seconds that are left of the lease of an address. */
function leftOf(address: string): number {
  const lease = [...world.server.leases()].find(({ record }) => record.address === ip(address))?.record;
  return Math.round((lease?.endsAt ?? 0) - world.wallOffset - world.elapsedMs / 1000);
}

it.each([
  ["by the years since 1970", 1_700_000_000],
  ["by a minute", 60],
  ["back by a month", -30 * 86_400],
])("%s: a lease given since the start lasts as long as its client has been told", (_how, step) => {
  const address = world.lease(A);
  world.pass(600_000);
  const renewed = world.lease(B);
  world.wallOffset += step;
  world.pass(2000);
  expect([leftOf(address), leftOf(renewed)]).toEqual([3600 - 602, 3600 - 2]);
  expect(world.store.timesNoted).toBe(1);
  world.pass(3_000_000);
  expect([world.stateOf(address), world.stateOf(renewed)]).toEqual(["expired", "bound"]);
});

it("forward: a lease that is on its way to the disk meanwhile lasts as long, too", () => {
  world.send({ type: 1, chaddr: A });
  const requested = world.addresses.at(-1) ?? "";
  world.send({ type: 3, chaddr: A, requested, serverId: "10.0.0.1" });
  world.wallOffset += 86_400;
  world.pass(2000);
  world.store.finish();
  world.pass(1000);
  expect([world.stateOf(requested), leftOf(requested)]).toEqual(["bound", 3597]);
});

it("forward, then back: a lease lasts as long as if nothing had been", () => {
  const address = world.lease(A);
  world.pass(10_000);
  for (const step of [86_400, -86_400]) {
    world.wallOffset += step;
    world.pass(2000);
  }
  expect(leftOf(address)).toBe(3600 - 14);
});

it("back: it is said once, and offers end all the same [B8]", () => {
  for (const chaddr of [A, B]) world.send({ type: 1, chaddr });
  world.wallOffset -= 86_400;
  world.pass(3000);
  expect(world.warnings).toEqual([
    "the wall clock has gone back by 86400 seconds: leases given since the start keep the time that is left of them; " +
      "older ones last that much longer",
  ]);
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
