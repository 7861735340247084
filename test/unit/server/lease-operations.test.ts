// What an operator has done to single leases: it is answered when it is stored, and not before.

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseIpv4 } from "../../../src/base/ipv4.ts";
import type { OperationResult } from "../../../src/server/lease-operations.ts";
import { CommitOutcome } from "../../../src/store/store.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const CONFIG = `default-lease-time 600;
ping-check off;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.11; }
`;
const [CLIENT, OTHER] = ["02:00:00:00:00:07", "02:00:00:00:00:08"];

let world: SimulatedServer;
let result: OperationResult | undefined;

beforeAll(() => vi.useFakeTimers());
afterAll(() => vi.useRealTimers());
beforeEach(async () => {
  world = await SimulatedServer.start(CONFIG, ["10.0.0.1/24"]);
  result = undefined;
});

async function ask(command: "release" | "forgive", address: string): Promise<void> {
  void world.server.operations[command](parseIpv4(address) ?? 0).then((told) => {
    result = told;
  });
  await Promise.resolve();
}

/** Ends the commit under way, and lets those who wait hear of it. */
async function stored(outcome: CommitOutcome = CommitOutcome.ok): Promise<void> {
  world.store.finish(outcome);
  await Promise.resolve();
}

function decline(chaddr: string, requested: string): void {
  world.send({ type: 4, chaddr, requested, serverId: "10.0.0.1" });
  world.store.finish();
}

describe("release", () => {
  it("ends a lease, and is answered when that is stored", async () => {
    const address = world.lease(CLIENT);
    await ask("release", address);
    expect(result).toBeUndefined();
    await stored();
    expect(result).toEqual({
      ok: true,
      message: expect.stringMatching(/^10\.0\.0\.\d+ is released: its client is not told/),
    });
    expect(world.server.status().leases).toMatchObject({ bound: 0, released: 1 });
  });

  it("leaves the lease as it is where that cannot be stored, and says so", async () => {
    const address = world.lease(CLIENT);
    await ask("release", address);
    await stored(CommitOutcome.failed);
    expect(result).toEqual({ ok: false, message: `${address} could not be stored, and nothing is changed` });
    expect(world.server.status().leases).toMatchObject({ bound: 1, released: 0 });
  });

  it("refuses what is not leased, what is not ours, and what is being changed", async () => {
    const address = world.lease(CLIENT);
    await ask("release", "10.0.0.99");
    expect(result?.message).toBe("10.0.0.99 is in no range and no fixed-address of the configuration");
    await ask("release", address === "10.0.0.10" ? "10.0.0.11" : "10.0.0.10");
    expect(result?.message).toMatch(/ is not leased$/);
    await ask("release", address);
    await ask("release", address);
    expect(result?.message).toBe(`${address} has a change under way: ask again in a moment`);
    await stored();
    expect(result?.ok).toBe(true);
  });

  it("refuses while the store takes no changes", async () => {
    const address = world.lease(CLIENT);
    world.store.health = "failing";
    await ask("release", address);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining("the store takes no changes now") });
  });
});

describe("forgive", () => {
  it("lets an abandoned address be given again at once", async () => {
    const addresses = [CLIENT, OTHER].map((chaddr) => world.lease(chaddr));
    decline(CLIENT, addresses[0] ?? "");
    const replies = world.addresses.length;
    world.send({ type: 1, chaddr: "02:00:00:00:00:09" });
    expect(world.addresses).toHaveLength(replies);
    await ask("forgive", addresses[0] ?? "");
    await stored();
    expect(result?.ok).toBe(true);
    expect(world.server.status().leases).toMatchObject({ bound: 1, released: 1, abandoned: 0 });
    world.send({ type: 1, chaddr: "02:00:00:00:00:0a" });
    expect(world.addresses.at(-1)).toBe(addresses[0]);
  });

  it("refuses what is not abandoned", async () => {
    const address = world.lease(CLIENT);
    await ask("forgive", address);
    expect(result).toEqual({ ok: false, message: `${address} is not abandoned, and was not found in use` });
  });

  it("lets an address that was found in use be offered to new clients again, which nothing needs to be stored for", async () => {
    world = await SimulatedServer.start(CONFIG.replace("ping-check off;", ""), ["10.0.0.1/24"]);
    world.backend.answering.push(parseIpv4("10.0.0.11") ?? 0);
    world.pass(1500);
    expect(world.server.status().subnets[0]).toMatchObject({ inUse: 1, free: 1 });
    world.backend.answering.pop();
    await ask("forgive", "10.0.0.11");
    expect(result).toEqual({
      ok: true,
      message: "10.0.0.11 may be given to a new client again, after another check that nobody uses it",
    });
    expect(world.server.status().subnets[0]).toMatchObject({ inUse: 0, free: 2 });
    expect(world.store.commits).toEqual([]);
  });
});
