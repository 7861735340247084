// What the log says of networks that have no address left.

import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { getUint32 } from "../../../src/base/bytes.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { FULL_NOTICE_MS } from "../../../src/base/limits/server.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { openLog } from "../../../src/log.ts";
import { Server } from "../../../src/server/server.ts";
import { KEYS, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip } from "../../support/message-builder.ts";
import { SimulatedBackend, SimulatedStore } from "../../support/simulated-backend.ts";

const log = openLog({ verbose: false, readable: false, fd: 1 });
log.level = "silent";

let backend: SimulatedBackend;
let store: SimulatedStore;
let server: Server;
let now: number;
let warnings: MockInstance;
let notices: MockInstance;

async function start(text: string): Promise<void> {
  const { config } = loadConfig("test.conf", text);
  if (config === undefined) throw new TypeError("bad test configuration");
  backend = new SimulatedBackend([testInterface(2, "lan0", "192.0.2.1")]);
  store = new SimulatedStore();
  now = 1000;
  const clock = { wall: () => 1_800_000_000 + now / 1000, monotonic: () => now };
  const parts = { backend, store, keys: KEYS, clock, log, interfaces: [], addresses: [], wildcard: false };
  server = new Server({ ...parts, config });
  await server.start();
  warnings = vi.spyOn(log, "warn");
  notices = vi.spyOn(log, "info");
}

/** Gives a client the address that it is offered, and tells it. */
function lease(chaddr: string): string {
  discover(chaddr);
  const address = formatIpv4(getUint32(backend.sent.at(-1)?.bytes ?? new Uint8Array(0), 16));
  const bytes = buildMessage({ type: 3, chaddr, requested: address, serverId: "192.0.2.1" });
  backend.receive({ bytes, arrival: {} });
  store.finish();
  return address;
}

function release(chaddr: string, address: string): void {
  const bytes = buildMessage({ type: 7, chaddr, ciaddr: address, serverId: "192.0.2.1" });
  backend.receive({ bytes, arrival: { localAddress: ip("192.0.2.1"), remoteAddress: ip(address) } });
  store.finish();
}

const discover = (chaddr: string): void => backend.receive({ bytes: buildMessage({ type: 1, chaddr }), arrival: {} });
const client = (i: number): string => `02:00:00:00:00:${String(i).padStart(2, "0")}`;
const said = (spy: MockInstance, event: string): unknown[] =>
  spy.mock.calls.filter(([fields]) => fields.event === event).map(([, text]) => text);

function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

const CONFIG = "ping-check false; subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.12; }";

beforeEach(() => {
  vi.useFakeTimers();
  vi.restoreAllMocks();
});

afterEach(async () => {
  await server.stop();
  vi.useRealTimers();
});

describe("a network without a free address", () => {
  it("is warned of once a minute, with figures, and once when it is over [U4]", async () => {
    await start(CONFIG);
    const addresses = [1, 2, 3].map((i) => lease(client(i)));
    expect(said(warnings, "full")).toEqual([]);
    for (let i = 0; i < 50; i++) discover(client(10 + i));
    expect(said(warnings, "full")).toEqual([
      "192.0.2.0/24: all 3 addresses are leased; new clients get no address until one is free",
    ]);
    expect(warnings.mock.calls[0]?.[0]).toEqual({
      event: "full",
      network: "192.0.2.0/24",
      addresses: 3,
      leased: 3,
      offered: 0,
      abandoned: 0,
      free: 0,
      refused: 1,
    });
    pass(FULL_NOTICE_MS);
    discover(client(10));
    expect(said(warnings, "full")).toHaveLength(2);
    expect(warnings.mock.calls.at(-1)?.[0]).toMatchObject({ refused: 50 });
    expect(said(notices, "full-over")).toEqual([]);

    release(client(1), addresses[0] ?? "");
    pass(2000);
    expect(said(notices, "full-over")).toEqual(["192.0.2.0/24: 1 of 3 addresses is free again"]);
    pass(2 * FULL_NOTICE_MS);
    expect(said(notices, "full-over")).toHaveLength(1);
    expect(said(warnings, "full")).toHaveLength(2);
  });

  it("is told apart from one whose free addresses are not for this client [U4]", async () => {
    const pools = "pool { range 192.0.2.10 192.0.2.10; } pool { deny unknown-clients; range 192.0.2.20 192.0.2.24; }";
    await start(CONFIG.replace("range 192.0.2.10 192.0.2.12;", pools));
    lease(client(1));
    pass(5000);
    const timers = vi.getTimerCount();
    discover(client(2));
    expect(said(warnings, "full")).toEqual([
      "192.0.2.0/24: a new client may use none of the addresses that are free (5 of 6)",
    ]);
    pass(2 * FULL_NOTICE_MS);
    expect(said(notices, "full-over")).toEqual([]);
    expect(vi.getTimerCount()).toBe(timers);
  });

  it("is no warning where no address is declared", async () => {
    await start("ping-check false; subnet 192.0.2.0 netmask 255.255.255.0 { }");
    discover(client(1));
    expect(said(warnings, "full")).toEqual([]);
  });
});
