// From datagram to reply over a simulated backend and store: what waits for what, and what a failed
// commit or an answered ping leads to.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { getUint32 } from "../../../src/base/bytes.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { Latencies } from "../../../src/base/latency.ts";
import { RECEIVE_BATCH } from "../../../src/base/limits/backend.ts";
import { BACKLOG_MAX, BACKLOG_TURN_BEHIND, BEHIND_BATCHES } from "../../../src/base/limits/overload.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { type Logger, openLog } from "../../../src/log.ts";
import { Server } from "../../../src/server/server.ts";
import { CommitOutcome } from "../../../src/store/store.ts";
import { decodeMessage, numberOption } from "../../support/decode-message.ts";
import { KEYS, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";
import { SimulatedBackend, SimulatedStore } from "../../support/simulated-backend.ts";

const QUIET = `ping-check false; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.12; }`;
const PINGING = `subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.12; }`;
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";

let backend: SimulatedBackend;
let store: SimulatedStore;
let server: Server;
let now: number;
let log: Logger;

async function start(text: string, parts: { latencies?: Latencies } = {}): Promise<void> {
  const { config } = loadConfig("test.conf", text);
  if (config === undefined) throw new TypeError("bad test configuration");
  backend = new SimulatedBackend([testInterface(2, "lan0", "10.0.0.1", "10.0.0.2")]);
  store = new SimulatedStore();
  now = 1000;
  log = openLog({ verbose: false, readable: false, fd: 1 });
  log.level = "silent";
  const clock = { wall: () => 1_800_000_000 + now / 1000, monotonic: () => now };
  server = new Server({
    config,
    backend,
    store,
    keys: KEYS,
    clock,
    log,
    interfaces: [],
    addresses: [],
    wildcard: false,
    ...parts,
  });
  await server.start();
}

function send(parts: MessageParts): void {
  backend.receive({ bytes: buildMessage(parts), arrival: {} });
}

function lastYiaddr(): string {
  return formatIpv4(getUint32(backend.sent.at(-1)?.bytes ?? new Uint8Array(0), 16));
}

function discover(chaddr: string): string {
  send({ type: 1, chaddr });
  return lastYiaddr();
}

function stateOf(address: string): string {
  const lease = [...server.leases()].find(({ record }) => record.address === ip(address))?.record;
  return Object.entries(BindingState).find(([, state]) => state === lease?.state)?.[0] ?? "free";
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  await server.stop();
  vi.useRealTimers();
});

describe("a reply", () => {
  it("without room for the relay's option 82 is sent and counted [3046 2.2-4, 2.2-5]", async () => {
    await start(QUIET);
    const pieces = (octets: number): [number, number[]][] => [
      [82, [1, 253, ...new Array<number>(253).fill(5)]],
      [82, [2, octets, ...new Array<number>(octets).fill(6)]],
    ];
    send({ type: 1, chaddr: A, options: pieces(20) });
    expect(server.status().counters["agent-information-left-out"]).toBeUndefined();
    send({ type: 1, chaddr: A, options: pieces(60) });
    expect(backend.sent).toHaveLength(2);
    expect(server.status().counters["agent-information-left-out"]).toBe(1);
  });

  it("without room for an option is counted, and the log names option and client once a burst [R8]", async () => {
    const text = (letter: string): string => letter.repeat(250);
    await start(`option root-path "${text("r")}"; option merit-dump "${text("m")}"; ${QUIET}`);
    const warn = vi.spyOn(log, "warn");
    discover(A);
    discover(B);
    expect(server.status().counters["option-left-out"]).toBe(2);
    expect(warn.mock.calls.map(([, line]) => line)).toEqual([
      `the reply to ${A} via lan0 has no room for option root-path (17): the client does without it`,
    ]);
  });
});

describe("a lease change", () => {
  it("is committed before its ACK leaves [2131 3.1-4]", async () => {
    await start(QUIET);
    const address = discover(A);
    send({ type: 3, chaddr: A, requested: address, serverId: "10.0.0.1" });
    expect(store.commits).toEqual([1]);
    expect(backend.sent).toHaveLength(1);
    store.finish();
    expect(backend.sent).toHaveLength(2);
    expect(backend.sent[1]).toMatchObject({
      destination: address,
      delivery: "neighbour",
      source: "10.0.0.1",
      port: 68,
    });
    expect(stateOf(address)).toBe("bound");
  });

  it("that did not become durable is taken back and never ACKed", async () => {
    await start(QUIET);
    const address = discover(A);
    send({ type: 3, chaddr: A, requested: address, serverId: "10.0.0.1" });
    store.finish(CommitOutcome.failed);
    expect(backend.sent).toHaveLength(1);
    expect(stateOf(address)).toBe("free");
    send({ type: 3, chaddr: A, requested: address, serverId: "10.0.0.1" });
    store.finish();
    expect(backend.sent).toHaveLength(2);
  });

  it("under way makes further queries about that lease wait for it, and is made once [D7]", async () => {
    await start(QUIET);
    const address = discover(A);
    for (const xid of [1, 2, 3]) send({ type: 3, chaddr: A, xid, requested: address, serverId: "10.0.0.1" });
    expect(backend.sent).toHaveLength(1);
    store.finish();
    expect(backend.sent).toHaveLength(4);
    expect(new Set(backend.sent.slice(1).map(({ bytes }) => bytes.slice(8).join())).size).toBe(1);
    expect(store.commits).toEqual([1]);
    expect(store.isBusy).toBe(false);
    expect(server.status().counters).toMatchObject({ "ack-selecting": 1, "ack-repeated": 2 });
  });

  it("joins the next commit while one is under way", async () => {
    await start(QUIET);
    const first = discover(A);
    const second = discover(B);
    send({ type: 3, chaddr: A, requested: first, serverId: "10.0.0.1" });
    send({ type: 3, chaddr: B, requested: second, serverId: "10.0.0.1" });
    expect(store.commits).toEqual([1]);
    store.finish();
    expect(store.commits).toEqual([1, 1]);
    expect(backend.sent).toHaveLength(3);
    store.finish();
    expect(backend.sent).toHaveLength(4);
  });

  it("of several queries of one batch is one commit", async () => {
    await start(QUIET);
    const addresses = [discover(A), discover(B)];
    const request = (chaddr: string, requested = ""): { bytes: Uint8Array; arrival: object } => ({
      bytes: buildMessage({ type: 3, chaddr, requested, serverId: "10.0.0.1" }),
      arrival: {},
    });
    backend.receive(request(A, addresses[0]), request(B, addresses[1]));
    expect(store.commits).toEqual([2]);
    store.finish();
    expect(backend.sent).toHaveLength(4);
  });

  it("is not begun while the store fails, and nothing is offered", async () => {
    await start(QUIET);
    store.health = "failing";
    send({ type: 1, chaddr: A });
    expect(backend.sent).toHaveLength(0);
    expect(server.status().counters).toMatchObject({ "drop-store-busy": 1 });
  });
});

describe("the ping check", () => {
  it("holds the OFFER until its time is over, and sends it as it would have gone at once", async () => {
    await start(PINGING);
    backend.receive({
      bytes: buildMessage({ type: 1, chaddr: A, xid: 7 }),
      arrival: { localAddress: ip("10.0.0.2"), remoteAddress: ip("10.0.0.77") },
    });
    expect(backend.sent).toHaveLength(0);
    const address = backend.echoes[0]?.destination;
    now += 1100;
    vi.advanceTimersByTime(100);
    expect(backend.sent).toHaveLength(1);
    expect(backend.sent[0]).toMatchObject({ destination: address, source: "10.0.0.2", ifindex: 2 });
  });

  it("abandons an address that answers and tries the next one at once [2131 3.1-1]", async () => {
    await start(PINGING);
    send({ type: 1, chaddr: A });
    const echo = backend.echoes[0];
    backend.onEcho(ip(echo?.destination ?? ""), echo?.identifier ?? 0, (echo?.sequence ?? 0) + 1);
    expect(backend.echoes).toHaveLength(1);
    backend.onEcho(ip(echo?.destination ?? ""), echo?.identifier ?? 0, echo?.sequence ?? 0);
    expect(backend.echoes).toHaveLength(2);
    expect(backend.echoes[1]?.destination).not.toBe(echo?.destination);
    store.finish();
    expect(stateOf(echo?.destination ?? "")).toBe("abandoned");
    const [abandoned] = [...server.leases()].filter(({ record }) => record.address === ip(echo?.destination ?? ""));
    expect(abandoned?.record.endsAt).toBe(1_800_000_000 + now / 1000 + 600);
    now += 1100;
    vi.advanceTimersByTime(100);
    expect(lastYiaddr()).toBe(backend.echoes[1]?.destination);
  });

  it("answers a client that repeats itself once, with its newest transaction", async () => {
    await start(PINGING);
    send({ type: 1, chaddr: A, xid: 1 });
    send({ type: 1, chaddr: A, xid: 2 });
    expect(backend.echoes).toHaveLength(1);
    now += 1100;
    vi.advanceTimersByTime(100);
    expect(backend.sent).toHaveLength(1);
    expect(getUint32(backend.sent[0]?.bytes ?? new Uint8Array(0), 4)).toBe(2);
  });

  it("goes before a rapid commit, whose ACK then waits for the store", async () => {
    await start(`rapid-commit true; ${PINGING}`);
    const message: MessageParts = { type: 1, chaddr: A, options: [[80, []]] };
    send(message);
    send(message);
    expect(backend.echoes).toHaveLength(1);
    expect(store.commits).toEqual([]);
    now += 1100;
    vi.advanceTimersByTime(100);
    expect(store.commits).toEqual([1]);
    expect(backend.sent).toHaveLength(0);
    store.finish();
    expect(backend.sent).toHaveLength(1);
    expect(lastYiaddr()).toBe(backend.echoes[0]?.destination);
    expect(stateOf(lastYiaddr())).toBe("bound");
  });

  it("is left out where there is no echo socket", async () => {
    await start(PINGING);
    backend.canEcho = false;
    send({ type: 1, chaddr: A });
    expect(backend.sent).toHaveLength(1);
  });
});

describe("a reload", () => {
  it("waits for the commit under way, keeps the leases, and serves by the new configuration", async () => {
    await start(QUIET);
    const address = discover(A);
    send({ type: 3, chaddr: A, requested: address, serverId: "10.0.0.1" });
    const { config } = loadConfig("new.conf", QUIET.replace("10.0.0.12", "10.0.0.40"));
    if (config === undefined) throw new TypeError("bad test configuration");
    const done = server.reload(config);
    send({ type: 1, chaddr: B });
    expect(backend.sent).toHaveLength(1);
    store.finish();
    await done;
    expect(stateOf(address)).toBe("bound");
    expect(discover(B)).not.toBe(address);
  });

  it("drops no query that would change a lease meanwhile: it is decided by the new configuration, once", async () => {
    await start(QUIET);
    const offered = discover(B);
    send({ type: 3, chaddr: A, requested: discover(A), serverId: "10.0.0.1" });
    const { config } = loadConfig(
      "new.conf",
      QUIET.replace("range 10.0.0.1", "default-lease-time 1234; range 10.0.0.1"),
    );
    if (config === undefined) throw new TypeError("bad test configuration");
    const done = server.reload(config);
    const before = backend.sent.length;
    for (const secs of [0, 4]) send({ type: 3, chaddr: B, requested: offered, serverId: "10.0.0.1", secs });
    store.finish();
    await done;
    expect(store.isBusy).toBe(true);
    store.finish();
    expect(stateOf(offered)).toBe("bound");
    // A's ACK has the lease time of before (option 51).
    const leaseTimes = backend.sent.slice(before).map(({ bytes }) => numberOption(decodeMessage(bytes), 51));
    expect(leaseTimes).toEqual([43_200, 1234]);
    expect(server.status().counters).toMatchObject({ "ack-selecting": 2, "drop-store-busy": 1 });
  });

  it("answers no query that comes when it stops", async () => {
    await start(QUIET);
    const offered = discover(B);
    send({ type: 3, chaddr: A, requested: discover(A), serverId: "10.0.0.1" });
    const stopped = server.stop();
    send({ type: 3, chaddr: B, requested: offered, serverId: "10.0.0.1" });
    store.finish();
    await stopped;
    expect(store.isBusy).toBe(false);
    expect(server.status().counters).toMatchObject({ "drop-store-busy": 1 });
  });
});

describe("measuring decisions", () => {
  const query = (chaddr: string) => ({ bytes: buildMessage({ type: 1, chaddr }), arrival: {} });

  it("measures a query that comes alone, and one of those that come together, each time another", async () => {
    const latencies = new Latencies();
    await start(QUIET, { latencies });
    const measured = (): number => latencies.decide.counts.reduce((sum, count) => sum + count, 0);
    for (let alone = 1; alone <= 3; alone++) {
      backend.receive(query(A));
      expect(measured()).toBe(alone);
    }
    // Where the second is no query, what has been measured tells which one of two was to be.
    const before = measured();
    const noQuery = { bytes: new Uint8Array(10), arrival: {} };
    for (let together = 0; together < 4; together++) backend.receive(query(B), noQuery);
    expect(measured() - before).toBe(2);
  });
});

describe("a flood of new clients", () => {
  const WIDE = "ping-check false; subnet 10.0.0.0 netmask 255.255.0.0 { range 10.0.1.0 10.0.200.255; }";
  const newClient = (n: number) => ({
    bytes: buildMessage({ type: 1, chaddr: `02:01:00:00:${(n >>> 8).toString(16)}:${(n & 255).toString(16)}` }),
    arrival: {},
  });
  type Datagram = { bytes: Uint8Array; arrival: object };
  let clients = 0;
  const full = (...last: readonly Datagram[]) =>
    backend.receive(...Array.from({ length: RECEIVE_BATCH - last.length }, () => newClient(++clients)), ...last);

  it("is put off while the server is behind, and a renewal is answered at once", async () => {
    await start(WIDE);
    for (let i = 1; i < BEHIND_BATCHES; i++) full();
    const before = backend.sent.length;
    expect(before).toBe((BEHIND_BATCHES - 1) * RECEIVE_BATCH);
    const renewal = { type: 3, chaddr: A, ciaddr: "10.0.3.4" };
    full({ bytes: buildMessage(renewal), arrival: { localAddress: ip("10.0.0.1"), remoteAddress: ip("10.0.3.4") } });
    store.finish();
    expect(backend.sent.slice(before).map(({ destination }) => destination)).toEqual(["10.0.3.4"]);

    vi.advanceTimersToNextTimer();
    expect(backend.sent).toHaveLength(before + 1 + BACKLOG_TURN_BEHIND);
    full();
    backend.receive(newClient(++clients));
    while (backend.sent.length < clients + 1) vi.advanceTimersToNextTimer();
    expect(new Set(backend.sent.map(({ destination }) => destination)).size).toBe(clients + 1);
    expect(server.status().counters["drop-behind"]).toBeUndefined();
  });

  it("loses what has waited longest, and says how much", async () => {
    await start(WIDE);
    const batches = BEHIND_BATCHES + BACKLOG_MAX / RECEIVE_BATCH;
    for (let i = 0; i < batches; i++) full();
    expect(server.status().counters["drop-behind"]).toBe(RECEIVE_BATCH);
  });
});
