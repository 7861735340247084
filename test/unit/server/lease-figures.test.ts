// All leases as a list tells them, while the server goes on.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT = `ping-check off; default-lease-time 600; max-lease-time 600;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.250; }`;
const RESERVE = 300;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Leases as short as can be, with the seconds from `world`'s present to their ends. */
function told(world: SimulatedServer, leases = [...world.server.leases()]): unknown[] {
  const now = Math.floor(world.wallOffset + world.elapsedMs / 1000);
  return leases.map(({ record, place }) => [formatIpv4(record.address), record.endsAt - now, place.subnet]);
}

it("a list that a reload overtakes goes on as it began", async () => {
  const cluster = { reserveSeconds: RESERVE, clockSkewSeconds: 1, name: "a", guard: () => 0 };
  const world = await SimulatedServer.start(TEXT, undefined, { cluster });
  for (const last of ["01", "02", "03"]) world.lease(`02:00:00:00:00:${last}`);
  const whole = told(world);
  expect(whole).toHaveLength(3);
  const list = world.server.leases()[Symbol.iterator]();
  const first = list.next().value;
  await world.reload(TEXT.replace("10.0.0.10 ", "10.0.0.5 ").replace("255.255.255.0", "255.255.254.0"));
  expect(told(world, [first, list.next().value, list.next().value])).toEqual(whole);
  await world.server.stop();
});
