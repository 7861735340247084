// All leases as a list tells them, while the server goes on.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { ip } from "../../support/message-builder.ts";
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

it("a list leaves out what is not durable yet: it may never be", async () => {
  const A = "02:00:00:00:00:01";
  const world = await SimulatedServer.start(TEXT);
  const list = (): unknown[] =>
    [...world.server.leases()].map(({ record }) => [
      formatIpv4(record.address),
      record.state,
      record.endsAt,
      formatHex(record.hardwareAddress, ":"),
    ]);
  world.send({ type: 1, chaddr: A });
  const requested = world.addresses.at(-1) ?? "";
  world.send({ type: 3, chaddr: A, requested, serverId: "10.0.0.1" });
  expect(list()).toEqual([]);
  world.store.finish();
  const leased = list();
  expect(leased).toEqual([[requested, BindingState.bound, expect.any(Number), A]]);
  world.pass(10_000);
  const from = { localAddress: ip("10.0.0.1"), remoteAddress: ip(requested) };
  world.send({ type: 3, chaddr: A, ciaddr: requested }, from);
  expect(world.store.isBusy).toBe(true);
  expect(list()).toEqual(leased);
  world.store.finish();
  const renewed = list();
  expect(renewed).not.toEqual(leased);
  world.send({ type: 4, chaddr: A, requested, serverId: "10.0.0.1" });
  expect(list()).toEqual(renewed);
  world.store.finish();
  expect(list()).toEqual([[requested, BindingState.abandoned, expect.any(Number), ""]]);
  await world.server.stop();
});
