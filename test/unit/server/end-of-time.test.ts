// Leases across the ends of 32-bit times: 2038 for signed numbers, 2106 for those without a sign.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ip } from "../../support/message-builder.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const LEASE_SECONDS = 3600;
const TEXT = `ping-check off; default-lease-time ${LEASE_SECONDS};
  subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.11; }`;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
/** Option 51 with the lease time. */
const LEASE_TIME = Buffer.from([51, 4, 0, 0, LEASE_SECONDS >> 8, LEASE_SECONDS & 255]);

let world: SimulatedServer;

async function startBefore(limit: number): Promise<void> {
  let elapsedMs = (): number => 0;
  const clock = {
    wall: () => limit - LEASE_SECONDS / 2 + elapsedMs() / 1000,
    monotonic: () => elapsedMs(),
  };
  world = new SimulatedServer(TEXT, ["10.0.0.1"], { clock });
  elapsedMs = () => world.elapsedMs;
  await world.server.start();
}

function renew(chaddr: string, address: string): void {
  world.send({ type: 3, chaddr, ciaddr: address }, { remoteAddress: ip(address) });
  world.store.finish();
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  await world.server.stop();
  vi.useRealTimers();
});

describe.each([
  ["2038", 2 ** 31],
  ["2106", 2 ** 32],
])("a lease that begins before %s and ends after it", (_year, limit) => {
  it("is renewed, is nobody else's meanwhile, and tells its time", async () => {
    await startBefore(limit);
    const first = world.lease(A);
    expect(Buffer.from(world.backend.sent.at(-1)?.bytes ?? []).includes(LEASE_TIME)).toBe(true);
    world.pass((LEASE_SECONDS / 2 + 60) * 1000);
    expect(world.stateOf(first)).toBe("bound");
    renew(A, first);
    expect(world.addresses.at(-1)).toBe(first);
    expect(Buffer.from(world.backend.sent.at(-1)?.bytes ?? []).includes(LEASE_TIME)).toBe(true);
    const second = world.lease(B);
    expect(second).not.toBe(first);
    world.pass((LEASE_SECONDS / 2) * 1000);
    const before = world.addresses.length;
    world.send({ type: 1, chaddr: C });
    expect(world.addresses).toHaveLength(before);
    expect(world.warnings.filter((warning) => !warning.includes("new clients get no address"))).toEqual([]);
  });
});

it("ends after 2038 as before, and its address is another client's then", async () => {
  await startBefore(2 ** 31);
  const addresses = [world.lease(A), world.lease(B)];
  world.pass((LEASE_SECONDS + 60) * 1000);
  expect(addresses.map((address) => world.stateOf(address))).toEqual(["expired", "expired"]);
  expect(addresses).toContain(world.lease(C));
});

it("lasts for ever where it would end after 2106, which the table does not know", async () => {
  await startBefore(2 ** 32);
  const first = world.lease(A);
  world.pass((LEASE_SECONDS + 60) * 1000);
  expect(world.stateOf(first)).toBe("bound");
  const [lease] = [...world.server.leases()].filter(({ record }) => record.address === ip(first));
  expect(lease?.record.endsAt).toBe(Number.POSITIVE_INFINITY);
});
