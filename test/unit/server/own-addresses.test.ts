// The server's own addresses in its ranges: said in the log, once for each change.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.1 10.0.0.3; }";
const SAID = (address: string): string =>
  `${address} is this server's own address and also in a range or a fixed-address: no client is given it`;

let world: SimulatedServer;

beforeEach(() => vi.useFakeTimers());

afterEach(async () => {
  await world.server.stop();
  vi.useRealTimers();
});

it("are warned of at the start, at a reload and as they change, and not pinged ahead [U3]", async () => {
  world = await SimulatedServer.start(TEXT, ["10.0.0.1"]);
  expect(world.warnings).toEqual([SAID("10.0.0.1")]);
  expect(world.server.status().leases).toMatchObject({ free: 2 });
  world.pass(20_000);
  expect(world.backend.echoes.map(({ destination }) => destination).sort()).toEqual(["10.0.0.2", "10.0.0.3"]);
  world.setAddresses("10.0.0.1");
  expect(world.warnings).toHaveLength(1);
  world.setAddresses("10.0.0.1", "10.0.0.3");
  expect(world.warnings.slice(1)).toEqual([SAID("10.0.0.3")]);
  world.send({ type: 1, chaddr: "02:00:00:00:00:0a", requested: "10.0.0.3" });
  world.pass(1100);
  expect(world.addresses).toEqual(["10.0.0.2"]);
  await world.reload(TEXT);
  expect(world.warnings.slice(2)).toEqual([SAID("10.0.0.1"), SAID("10.0.0.3")]);
  expect(world.server.status().leases).toMatchObject({ free: 0 });
});
