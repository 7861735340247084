// Addresses that are checked before anybody asks for them, over a simulated backend and store: how soon after a start,
// how many, what that costs a network where nothing happens, and what becomes of it when links or the configuration
// change.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { getUint32 } from "../../../src/base/bytes.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import {
  BUSY_SECONDS,
  CHECK_AHEAD_REST_MS,
  CHECK_AHEAD_TICK_MS,
  CHECKED_FRESH_PER_POOL,
  CHECKED_FRESH_SECONDS,
  CHECKED_PER_POOL,
  CHECKED_SECONDS,
  CHECKS_PER_SECOND_ON_LINK,
} from "../../../src/base/limits/checks.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/model/model.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { openLog } from "../../../src/log.ts";
import type { ClusterParts } from "../../../src/server/cluster-parts.ts";
import { Server } from "../../../src/server/server.ts";
import { KEYS, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";
import { SimulatedBackend, SimulatedStore } from "../../support/simulated-backend.ts";

const SMALL = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.12; }";
const LARGE = "subnet 10.0.0.0 netmask 255.255.0.0 { range 10.0.1.0 10.0.200.255; }";
/** Where we have no address. */
const ROUTED = "subnet 10.5.0.0 netmask 255.255.255.0 { range 10.5.0.10 10.5.0.12; }";
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
/** After a start: what the first pings are given, and a little. */
const WARM_MS = 1200;
const LAN = testInterface(2, "lan0", "10.0.0.1", "10.0.0.2");

let backend: SimulatedBackend;
let store: SimulatedStore;
let server: Server;
let now: number;

function configOf(text: string): Config {
  const { config } = loadConfig("test.conf", text);
  if (config === undefined) throw new TypeError("bad test configuration");
  return config;
}

async function start(text: string, interfaces = [LAN], cluster?: ClusterParts): Promise<void> {
  backend = new SimulatedBackend(interfaces);
  store = new SimulatedStore();
  now = 1000;
  const log = openLog({ verbose: false, readable: false, fd: 1 });
  log.level = "silent";
  const clock = { wall: () => 1_800_000_000 + now / 1000, monotonic: () => now };
  const parts = { backend, store, keys: KEYS, clock, log, interfaces: [], addresses: [], wildcard: false };
  server = new Server({ ...parts, config: configOf(text), ...(cluster !== undefined && { cluster }) });
  await server.start();
}

const send = (parts: MessageParts): void => backend.receive({ bytes: buildMessage(parts), arrival: {} });

function discover(chaddr: string): string {
  send({ type: 1, chaddr });
  return formatIpv4(getUint32(backend.sent.at(-1)?.bytes ?? new Uint8Array(0), 16));
}

function stateOf(address: string): string {
  const lease = [...server.leases()].find(({ record }) => record.address === ip(address))?.record;
  return Object.entries(BindingState).find(([, state]) => state === lease?.state)?.[0] ?? "free";
}

function pass(ms: number, step = CHECK_AHEAD_TICK_MS): void {
  for (let left = ms; left > 0; left -= step) {
    now += step;
    vi.advanceTimersByTime(step);
  }
}

const passSeconds = (seconds: number): void => pass(seconds * 1000, 1000);
const pinged = (): string[] => backend.echoes.map(({ destination }) => destination).sort();
const client = (number: number): string => `02:00:00:00:${(number >> 8).toString(16)}:${(number & 255).toString(16)}`;
const checked = (): number => server.status().counters["address-checked"] ?? 0;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  await server.stop();
  vi.useRealTimers();
});

describe("addresses checked ahead", () => {
  it("are all of a small pool's, each pinged once, from our address there", async () => {
    await start(SMALL);
    pass(WARM_MS);
    expect(pinged()).toEqual(["10.0.0.10", "10.0.0.11", "10.0.0.12"]);
    expect(new Set(backend.echoes.map(({ source }) => source))).toEqual(new Set(["10.0.0.1"]));
    expect(checked()).toBe(3);
  });

  it("are others on each server of a cluster", async () => {
    const lists: string[][] = [];
    for (const name of ["a", "b", "c"]) {
      const terms = { name, reserveSeconds: 600, clockSkewSeconds: 30, guard: () => 70 };
      await start(LARGE, [LAN], terms);
      pass(WARM_MS);
      lists.push(pinged());
      await server.stop();
    }
    await start(LARGE);
    expect(lists.map(({ length }) => length)).toEqual(lists.map(() => CHECKED_PER_POOL));
    expect(new Set(lists.flat()).size).toBe(3 * CHECKED_PER_POOL);
  });

  it("are as many soon after a start when each look at them comes late", async () => {
    await start(LARGE);
    for (let ticks = 0; ticks < 8; ticks++) {
      now += 1.5 * CHECK_AHEAD_TICK_MS;
      vi.advanceTimersByTime(CHECK_AHEAD_TICK_MS);
    }
    expect(pinged().length).toBeGreaterThanOrEqual(8 * 1.5 * CHECK_AHEAD_TICK_MS);
  });

  it("are enough 1.2 s after a start for 200 new clients at once [R13]", async () => {
    await start(LARGE);
    pass(WARM_MS);
    const before = backend.echoes.length;
    for (let i = 0; i < 200; i++) send({ type: 1, chaddr: client(i) });
    expect(backend.sent).toHaveLength(200);
    expect(backend.echoes).toHaveLength(before);
  });

  it("are some of each of 50 subnets 1.2 s after a start, not all of the first ones [R13]", async () => {
    const numbers = Array.from({ length: 50 }, (_, i) => i);
    const text = numbers.map((i) => `subnet 10.${i}.0.0 netmask 255.255.0.0 { range 10.${i}.1.0 10.${i}.4.255; }`);
    await start(
      text.join("\n"),
      numbers.map((i) => testInterface(2 + i, `lan${i}`, `10.${i}.0.1`)),
    );
    pass(WARM_MS);
    for (const i of numbers) {
      for (let j = 0; j < 4; j++) {
        const bytes = buildMessage({ type: 1, chaddr: client(256 * i + j) });
        backend.receive({ bytes, arrival: { ifindex: 2 + i } });
      }
    }
    expect(backend.sent).toHaveLength(200);
    expect(Math.max(...backend.echoes.map(({ source }) => Number(source.split(".")[1])))).toBe(49);
  });

  it("are replaced as they are used, no faster than the link's bound [R13, D5]", async () => {
    await start(LARGE);
    pass(20_000);
    for (let i = 0; i < 200; i++) send({ type: 1, chaddr: client(i) });
    const before = backend.echoes.length;
    pass(10_000);
    expect(backend.echoes).toHaveLength(before + 200);
    for (let i = 0; i < 500; i++) {
      send({ type: 1, chaddr: client(1000 + i) });
      pass(CHECK_AHEAD_TICK_MS);
    }
    const spent = CHECKED_PER_POOL + 200 + 20 * CHECKS_PER_SECOND_ON_LINK;
    expect(backend.echoes.length - before).toBeLessThanOrEqual(spent);
  });

  it("wake the machine rarely once all are checked, and often again when one is missing", async () => {
    await start(SMALL);
    pass(15_000);
    const plans = vi.spyOn(globalThis, "setTimeout");
    const delays = (): unknown[] => plans.mock.calls.map(([, delay]) => delay);
    pass(20_000);
    expect(new Set(delays())).toEqual(new Set([CHECK_AHEAD_REST_MS]));
    expect(plans.mock.calls.length).toBeLessThanOrEqual(10);
    discover(A);
    expect(delays().at(-1)).toBe(CHECK_AHEAD_TICK_MS);
    plans.mockRestore();
  });

  it("are looked for no more once the server has stopped", async () => {
    await start(SMALL);
    pass(CHECK_AHEAD_TICK_MS);
    const before = backend.echoes.length;
    await server.stop();
    expect(vi.getTimerCount()).toBe(0);
    pass(5000);
    expect(backend.echoes).toHaveLength(before);
  });

  it("are offered at once, without another ping", async () => {
    await start(SMALL);
    send({ type: 1, chaddr: B });
    expect(backend.sent).toHaveLength(0);
    pass(3000);
    const before = backend.echoes.length;
    expect(discover(A)).toMatch(/^10\.0\.0\.1[0-2]$/);
    expect(backend.echoes).toHaveLength(before);
  });

  it("are the same that would be offered without, when all are checked", async () => {
    await start(SMALL.replace("subnet", "ping-check off; subnet"));
    const plain = discover(A);
    await server.stop();
    await start(SMALL);
    pass(WARM_MS);
    expect(discover(A)).toBe(plain);
  });

  it("are offered to no new client while somebody answers, but whoever has one may keep it", async () => {
    await start(`authoritative; ${SMALL}`);
    pass(CHECK_AHEAD_TICK_MS);
    const [echo] = backend.echoes;
    if (echo === undefined) throw new Error("no ping");
    backend.onEcho(ip(echo.destination), echo.identifier, echo.sequence);
    pass(WARM_MS);
    const others = [A, B].map(discover);
    expect(new Set([...others, echo.destination]).size).toBe(3);
    expect(store.commits).toEqual([]);

    const bytes = buildMessage({ type: 3, chaddr: "02:00:00:00:00:77", ciaddr: echo.destination });
    backend.receive({ bytes, arrival: { localAddress: ip("10.0.0.1"), remoteAddress: ip(echo.destination) } });
    store.finish();
    expect(stateOf(echo.destination)).toBe("bound");
  });

  it("are in use as well when somebody answers ARP for them, if not the ping", async () => {
    await start(SMALL);
    backend.answering.push(ip("10.0.0.11"));
    pass(WARM_MS);
    expect([A, B].map(discover).sort()).toEqual(["10.0.0.10", "10.0.0.12"]);
  });

  it("are known only once the kernel has found out whether an old entry of its neighbour table is true", async () => {
    await start(SMALL);
    backend.stale.push(ip("10.0.0.11"));
    pass(WARM_MS);
    expect(checked()).toBe(2);
    backend.answering.push(ip("10.0.0.11"));
    pass(9000);
    expect([A, B].map(discover).sort()).toEqual(["10.0.0.10", "10.0.0.12"]);
  });

  it("are checked again when nobody answers any more", async () => {
    await start(SMALL);
    backend.answering.push(ip("10.0.0.11"));
    pass(WARM_MS);
    backend.answering.pop();
    passSeconds(BUSY_SECONDS + 10);
    expect([A, B, "02:00:00:00:00:0c"].map(discover).sort()).toEqual(["10.0.0.10", "10.0.0.11", "10.0.0.12"]);
  });

  it("count no more once offered: if nobody takes the offer, they are pinged anew", async () => {
    await start(SMALL);
    pass(WARM_MS);
    const offered = discover(A);
    passSeconds(60);
    expect(pinged().filter((address) => address === offered)).toHaveLength(2);
  });

  it.each(["ping-check off;", "ping-ahead off;"])("are none with %s", async (statement) => {
    await start(SMALL.replace("subnet", `${statement} subnet`));
    pass(5000);
    expect(backend.echoes).toHaveLength(0);
  });

  it("are some of a large pool's, from all over it", async () => {
    await start(LARGE);
    passSeconds(20);
    expect(backend.echoes).toHaveLength(CHECKED_PER_POOL);
    const quarters = new Set(
      backend.echoes.map(({ destination }) => Math.floor(Number(destination.split(".")[2]) / 51)),
    );
    expect(quarters.size).toBe(4);
    const before = backend.echoes.length;
    expect(pinged()).toContain(discover(A));
    expect(backend.echoes).toHaveLength(before);
  });

  it("are those of former clients, longest ago first, when no other is left", async () => {
    await start(SMALL.replace("subnet", "default-lease-time 60; subnet"));
    for (const chaddr of ["02:00:00:00:01:01", "02:00:00:00:01:02", "02:00:00:00:01:03"]) {
      pass(WARM_MS);
      const address = discover(chaddr);
      send({ type: 3, chaddr, requested: address, serverId: "10.0.0.1" });
      store.finish();
      expect(stateOf(address)).toBe("bound");
    }
    passSeconds(200);
    const before = backend.echoes.length;
    expect(discover(A)).toMatch(/^10\.0\.0\.1[0-2]$/);
    expect(backend.echoes).toHaveLength(before);
  });

  it("are asked for twice where a router asks in our place, which may drop the first ping", async () => {
    await start(ROUTED);
    pass(WARM_MS);
    expect(pinged()).toEqual(["10", "10", "11", "11", "12", "12"].map((last) => `10.5.0.${last}`));
    expect(checked()).toBe(3);
  });

  it("are those of other pools when the kernel takes no ping to one of them", async () => {
    await start(`${ROUTED} ${SMALL}`);
    const { sendEcho } = backend;
    backend.sendEcho = (destination, ...rest) =>
      destination >>> 16 !== ip("10.5.0.0") >>> 16 && sendEcho.call(backend, destination, ...rest);
    pass(WARM_MS);
    expect(pinged()).toEqual(["10.0.0.10", "10.0.0.11", "10.0.0.12"]);
  });
});

describe("what checks ahead cost a network", () => {
  it("is one request for an absent address: the kernel is told to stop before it asks again [D5]", async () => {
    await start(SMALL);
    pass(800);
    expect(backend.stopped).toEqual([]);
    pass(160);
    expect(backend.stopped.sort()).toEqual(["10.0.0.10", "10.0.0.11", "10.0.0.12"]);
  });

  it("is nothing where all was asked for lately, and little later [D5]", async () => {
    await start(LARGE);
    passSeconds(30);
    expect(backend.echoes).toHaveLength(CHECKED_PER_POOL);
    passSeconds(CHECKED_FRESH_SECONDS - 90);
    expect(backend.echoes).toHaveLength(CHECKED_PER_POOL);
    passSeconds(60);
    expect(backend.echoes).toHaveLength(CHECKED_PER_POOL + CHECKED_FRESH_PER_POOL);
    passSeconds(10 * 3600);
    const perSecond = backend.echoes.length / (10 * 3600);
    expect(perSecond).toBeLessThan(0.15);
  });

  it("is no burst: one request in a millisecond [D5]", async () => {
    await start(LARGE);
    pass(CHECK_AHEAD_TICK_MS);
    const counts: number[] = [];
    for (let i = 0; i < 10; i++) {
      const before = backend.echoes.length;
      pass(CHECK_AHEAD_TICK_MS);
      counts.push(backend.echoes.length - before);
    }
    expect(Math.max(...counts)).toBe(CHECK_AHEAD_TICK_MS);
  });

  it("is nothing on a link without a carrier, and what a start costs once it has one [D5]", async () => {
    await start(SMALL, [{ ...LAN, running: false }]);
    pass(3000);
    expect(backend.echoes).toHaveLength(0);
    server.onInterfaces(new Interfaces(1, [LAN]));
    pass(WARM_MS);
    expect(checked()).toBe(3);
  });

  it("is nothing when other links change, and all anew when an address appears [R13, D5]", async () => {
    const other = "subnet 10.7.0.0 netmask 255.255.255.0 { range 10.7.0.10 10.7.0.11; }";
    await start(`${SMALL} ${other}`);
    pass(3000);
    const before = backend.echoes.length;
    server.onInterfaces(new Interfaces(2, [LAN, testInterface(9, "veth9", "172.16.0.1")]));
    pass(3000);
    expect(backend.echoes).toHaveLength(before);
    server.onInterfaces(new Interfaces(3, [LAN, testInterface(7, "lan7", "10.7.0.1")]));
    pass(WARM_MS);
    expect(
      backend.echoes
        .slice(before)
        .map(({ destination }) => destination)
        .sort(),
    ).toEqual(["10.7.0.10", "10.7.0.11"]);
  });

  it("is a new subnet's addresses when the configuration is read again: what is known stays known [R13, D5]", async () => {
    await start(SMALL);
    pass(3000);
    const reloaded = server.reload(configOf(`subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.9 10.0.0.12; }`));
    await reloaded;
    pass(WARM_MS);
    expect(pinged()).toEqual(["10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.9"]);
    const before = backend.echoes.length;
    expect(new Set([1, 2, 3, 4].map((i) => discover(client(i)))).size).toBe(4);
    expect(backend.echoes).toHaveLength(before);
  });

  it("is all anew, though as old as a check counts, an hour later", async () => {
    await start(SMALL);
    passSeconds(CHECKED_SECONDS + 60);
    expect(discover(A)).toMatch(/^10\.0\.0\.1[0-2]$/);
  });
});

describe("a ping that a client waits for", () => {
  it("is not held back any more when its address is given away [D6]", async () => {
    await start(SMALL.replace("subnet", "ping-ahead off; subnet"));
    send({ type: 1, chaddr: A });
    pass(900);
    expect([backend.stopped, backend.sent]).toEqual([[], []]);
    pass(200);
    expect(backend.sent).toHaveLength(1);
    expect(backend.stopped).toEqual(pinged());
  });
});
