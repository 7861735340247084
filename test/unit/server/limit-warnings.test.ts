// What is told when something has come to its limit: who has how many, which statement says so, and what to do; once a burst.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ip } from "../../support/message-builder.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const client = (number: number): string => `02:00:00:00:00:${number.toString(16).padStart(2, "0")}`;

beforeAll(() => vi.useFakeTimers());
afterAll(() => vi.useRealTimers());

function start(statements: string, last = 19): Promise<SimulatedServer> {
  return SimulatedServer.start(`${statements} default-lease-time 600;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.${last}; }
subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.19; }`);
}

describe("a client that gets no lease because of a limit", () => {
  it("is told with what has how many leases, and the statement with its value", async () => {
    const world = await start("ping-check off; interface-lease-limit 2;");
    for (let n = 1; n <= 2; n++) world.lease(client(n));
    world.send({ type: 1, chaddr: client(3) });
    expect(world.warnings).toEqual([
      `${client(3)} via lan0 gets no lease: the interface has 2 already, and interface-lease-limit is 2`,
    ]);
  });

  it("is told with its relay's port, and apart from a client that shows none", async () => {
    const world = await start("ping-check off; relay-port-lease-limit 1;");
    const options = [[82, [1, 2, 0x70, 0x37]] as [number, number[]]];
    const relayed = { giaddr: "10.1.0.1", options };
    const by = { localAddress: ip("10.0.0.1"), remoteAddress: ip("10.1.0.1"), remotePort: 67 };
    world.send({ type: 1, chaddr: client(1), ...relayed }, by);
    world.send({ type: 1, chaddr: client(2), ...relayed }, by);
    expect(world.warnings).toEqual([
      `${client(2)} via 10.1.0.1 gets no lease: its port of the relay has 1 already, and relay-port-lease-limit is 1`,
    ]);
    const ciaddr = "10.1.0.15";
    world.elapsedMs += 20_000;
    world.send({ type: 3, chaddr: client(3), ciaddr }, { localAddress: ip("10.0.0.1"), remoteAddress: ip(ciaddr) });
    expect(world.warnings.at(-1)).toMatch(
      /gets no lease: it does not show its port of the relay, and relay-port-lease-limit is 1$/,
    );
  });
});

describe("a host that answers for many addresses", () => {
  it("is one line that names some of them, and says what to do", async () => {
    const world = await start("");
    for (let n = 10; n <= 19; n++) world.backend.answering.push(ip(`10.0.0.${n}`));
    world.pass(1500);
    expect(world.warnings).toHaveLength(1);
    expect(world.warnings[0]).toMatch(
      /^10 addresses are in use by hosts without a lease, which answer a ping or ARP: 10\.0\.0\.10, .*10\.0\.0\.17 and 2 more; they are not offered to new clients\. Find the hosts/,
    );
  });

  it("is one line a minute for a client that declines all that it is offered, with the figures of the pool", async () => {
    const world = await start("ping-check off;");
    const declines = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const requested = world.lease(client(1));
        world.send({ type: 4, chaddr: client(1), requested, serverId: "10.0.0.1" });
        // Two of ten are believed.
        if (world.warnings.length <= 2) world.store.finish();
        world.elapsedMs += 2000;
      }
    };
    declines(12);
    const [, , third, ...more] = world.warnings;
    expect(third).toMatch(
      /another host uses it; it may be offered again, because 2 addresses of the pool are abandoned already and clients may have no more than 20 % of it: find the host/,
    );
    expect(more).toEqual([]);
    declines(30);
    expect(world.warnings).toHaveLength(4);
  });

  it("says how many one client may decline in a minute", async () => {
    const world = await start("ping-check off;", 250);
    for (let i = 0; i < 4; i++) {
      const requested = world.lease(client(1));
      world.send({ type: 4, chaddr: client(1), requested, serverId: "10.0.0.1" });
      if (i < 3) world.store.finish();
    }
    expect(world.warnings.at(-1)).toMatch(/because 3 addresses were declined within a minute by this client/);
  });
});
