// The load generator and the baseline program are right: the generator counts the exchanges that a server made and
// the invalid replies that it sent, and nothing else. How fast anything is, is not asked here.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Lab, type LabNamespace } from "../../lab/network/lab.ts";
import { type LoadOrders, type LoadReport, runLoad } from "../../lab/network/load.ts";
import { anydhcpd } from "../../lab/servers/anydhcpd.ts";
import { baselineEcho } from "../../lab/servers/baseline-echo.ts";
import { RunningServer } from "../../lab/servers/running-server.ts";
import type { Server } from "../../lab/servers/server.ts";
import type { Service } from "../../lab/servers/service.ts";
import { readLeases } from "../support/daemon.ts";

const SERVER_ADDRESS = "10.9.0.1";
const RELAY_ADDRESS = "10.77.0.1";
const LAN_ADDRESS = "10.78.0.1";

const RELAYED: Service = {
  interfaces: ["up0"],
  addresses: [],
  subnets: [
    { network: "10.9.0.0", prefixLength: 24, interface: "up0", ranges: [] },
    { network: "10.77.0.0", prefixLength: 16, ranges: [{ first: "10.77.1.0", last: "10.77.9.250" }] },
  ],
  leaseSeconds: 3600,
  conflictCheck: false,
};
const RELAY = { server: SERVER_ADDRESS, relay: RELAY_ADDRESS, range: "10.77.1.0-10.77.9.250", seconds: 15 };

const DIRECT: Service = {
  ...RELAYED,
  interfaces: ["lan0"],
  subnets: [
    {
      network: "10.78.0.0",
      prefixLength: 16,
      interface: "lan0",
      ranges: [{ first: "10.78.1.0", last: "10.78.9.250" }],
    },
  ],
};
const CLIENTS_OF_LINK = { server: LAN_ADDRESS, interface: "eth0", range: "10.78.1.0-10.78.9.250", seconds: 15 };

const obstacle = Lab.obstacle();
let lab: Lab;
let server: LabNamespace;
let clients: LabNamespace;

async function start(peer: Server, service: Service): Promise<RunningServer> {
  return RunningServer.start(peer, server, service);
}

async function load(orders: LoadOrders): Promise<readonly LoadReport[]> {
  return runLoad(clients, orders);
}

describe.skipIf(obstacle !== undefined)(`the load generator ${obstacle ?? ""}`, () => {
  beforeEach(async () => {
    lab = await Lab.create();
    server = await lab.namespace("server");
    clients = await lab.namespace("clients");
    await lab.veth(server, "up0", clients, "up0");
    await lab.veth(server, "lan0", clients, "eth0");
    await server.ip(`addr add ${SERVER_ADDRESS}/24 dev up0`);
    await server.ip("addr add 10.9.0.2/24 dev up0");
    await server.ip(`addr add ${LAN_ADDRESS}/16 dev lan0`);
    await clients.ip("addr add 10.9.0.9/24 dev up0");
    await clients.ip(`addr add ${RELAY_ADDRESS}/32 dev lo`);
    await server.ip("route add 10.77.0.0/16 via 10.9.0.9");
  });
  afterEach(() => lab.dispose());

  it("counts a lease for each exchange with our server, and renews each of them once", async () => {
    const running = await start(anydhcpd(), RELAYED);

    const orders = { ...RELAY, clients: 300, window: 16, once: true, finish: true, restMs: 2100 };
    const [dora, renew] = await load({ ...orders, phases: ["dora", "renew"] });

    expect(dora).toMatchObject({ phase: "dora", path: "relayed", exchanges: 300, invalidReplies: 0, naks: 0, lost: 0 });
    expect(renew).toMatchObject({ phase: "renew", exchanges: 300, invalidReplies: 0, naks: 0, lost: 0 });
    const journal = readFileSync(join(running.directory, "db", "dhcpd.leases"), "utf8");
    expect(readLeases(journal).size).toBe(300);
    // Each renewal was a change: the journal has every lease twice.
    expect(journal.match(/^lease /gm)).toHaveLength(600);
  });

  it.each([{ broadcast: false }, { broadcast: true }])("has clients of a link ask and renew: %o", async (flag) => {
    await start(anydhcpd(), DIRECT);

    const orders = { ...CLIENTS_OF_LINK, ...flag, clients: 100, window: 8, once: true, finish: true };
    const [dora, renew] = await load({ ...orders, phases: ["dora", "renew"] });

    expect(dora).toMatchObject({ ...flag, path: "direct", exchanges: 100, invalidReplies: 0, lost: 0 });
    expect(renew).toMatchObject({ exchanges: 100, invalidReplies: 0, lost: 0 });
  });

  it("floods with DISCOVERs that nobody follows up", async () => {
    const running = await start(anydhcpd(), RELAYED);

    const [flood] = await load({ ...RELAY, phases: ["flood"], clients: 200, window: 16, once: true, finish: true });

    expect(flood).toMatchObject({ phase: "flood", exchanges: 200, invalidReplies: 0, lost: 0 });
    expect(readFileSync(join(running.directory, "db", "dhcpd.leases"), "utf8")).not.toContain("lease ");
  });

  it("mixes renewals with new leases and releases", async () => {
    await start(anydhcpd(), RELAYED);

    const [, mixed] = await load({ ...RELAY, phases: ["dora", "mixed"], clients: 500, window: 16, exchanges: 500 });

    expect(mixed).toMatchObject({ phase: "mixed", invalidReplies: 0, naks: 0, lost: 0 });
    expect(mixed?.exchanges).toBeGreaterThanOrEqual(500);
    expect(mixed?.offerMicroseconds.p50).toBeGreaterThan(0);
  });

  it("tells the time of every OFFER when asked", async () => {
    await start(anydhcpd(), RELAYED);

    const orders = { ...RELAY, clients: 5, window: 1, once: true, finish: true, pauseMs: 20 };
    const [report] = await load({ ...orders, offers: true });

    expect(report?.offersMicroseconds).toHaveLength(5);
    expect(report?.seconds).toBeGreaterThan(0.08);
  });

  it.each([{ journal: false }, { journal: true }])(
    "takes the baseline program for an honest server: %o",
    async (how) => {
      const running = await start(baselineEcho(how), RELAYED);

      const [report] = await load({ ...RELAY, clients: 300, window: 16, once: true, finish: true });

      expect(report).toMatchObject({ exchanges: 300, invalidReplies: 0, naks: 0, lost: 0 });
      if (how.journal)
        expect(readFileSync(join(running.directory, "journal"), "utf8").match(/^lease /gm)).toHaveLength(300);
    },
  );

  it("has the baseline program write as many octets a lease as our server", async () => {
    const orders = { ...RELAY, clients: 300, window: 16, once: true, finish: true };
    const octets: number[] = [];
    for (const [peer, file] of [
      [anydhcpd(), "db/dhcpd.leases"],
      [baselineEcho({ journal: true }), "journal"],
    ] as const) {
      const running = await start(peer, RELAYED);
      expect((await load(orders))[0]).toMatchObject({ exchanges: 300, invalidReplies: 0, lost: 0 });
      const records = readFileSync(join(running.directory, file), "utf8").match(/^lease .*?^}\n/gms) ?? [];
      expect(records).toHaveLength(300);
      octets.push(records.join("").length / 300);
      await running.stop();
    }
    const [ours = 0, baseline = 0] = octets;
    // They differ by the digits of the addresses.
    expect(Math.abs(ours - baseline)).toBeLessThan(4);
  });

  it.each(["source", "serverIdentifier", "hardware", "xid", "type", "address", "options", "agent"])(
    "does not count an exchange with a wrong %s, but asks again and names the fault",
    async (fault) => {
      await start(baselineEcho({ fault }), RELAYED);

      const orders = { ...RELAY, clients: 1, window: 1, once: true, finish: true, timeoutMs: 50, tries: 2 };
      const [report] = await load(orders);

      expect(report).toMatchObject({
        exchanges: 0,
        retransmissions: 1,
        lost: 1,
        invalidReplies: 2,
        invalidKinds: { [fault]: 2 },
      });
    },
  );

  it.each([
    { broadcast: false, journal: false },
    { broadcast: true, journal: false },
    { broadcast: false, journal: true },
  ])("takes frames of the baseline program: %o", async ({ journal, ...flag }) => {
    await start(baselineEcho({ journal }), DIRECT);

    const orders = { ...CLIENTS_OF_LINK, ...flag, clients: 100, window: 8, once: true, finish: true };
    const [dora, renew] = await load({ ...orders, phases: ["dora", "renew"] });

    expect(dora).toMatchObject({ ...flag, path: "direct", exchanges: 100, invalidReplies: 0, lost: 0 });
    expect(renew).toMatchObject({ exchanges: 100, invalidReplies: 0, lost: 0 });
  });

  it("takes no frame that goes to everybody but is for one client", async () => {
    await start(baselineEcho({ fault: "destination" }), DIRECT);

    const orders = { ...CLIENTS_OF_LINK, clients: 1, window: 1, once: true, finish: true, timeoutMs: 50, tries: 2 };

    expect((await load(orders))[0]).toMatchObject({
      exchanges: 0,
      invalidReplies: 2,
      invalidKinds: { destination: 2 },
    });
    expect((await load({ ...orders, anyDestination: true, series: 1 }))[0]).toMatchObject({
      exchanges: 1,
      invalidReplies: 0,
    });
  });

  it.each([
    ["offered the address of another one", 1, "taken"],
    ["given the same address", 2, "duplicate"],
  ])("tells when a client is %s", async (_, window, kind) => {
    await start(baselineEcho({ fault: "duplicate" }), RELAYED);

    const orders = { ...RELAY, clients: 2, window, once: true, finish: true, timeoutMs: 50, tries: 1 };
    const [report] = await load(orders);

    expect(report).toMatchObject({ exchanges: 1, lost: 1, invalidKinds: { [kind]: 1 } });
  });

  it("counts a server that is silent as lost exchanges", async () => {
    const orders = { ...RELAY, clients: 2, window: 2, once: true, finish: true, timeoutMs: 20, tries: 3 };
    const [report] = await load(orders);

    expect(report).toMatchObject({ exchanges: 0, sent: 6, retransmissions: 4, lost: 2, invalidReplies: 0 });
  });

  it("says what is wrong with its orders", async () => {
    await expect(load({ ...RELAY, server: "nowhere" })).rejects.toThrow(/nowhere: not an IPv4 address/);
  });
});
