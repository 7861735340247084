// Firewall sets over a simulated store and a simulated process: what an ACK waits for, and what brings the sets in line.

import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { getUint32 } from "../../../src/base/bytes.ts";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { FIREWALL_DEADLINE_MS, FIREWALL_HOLD_MS } from "../../../src/base/limits/firewall.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Serving } from "../../../src/engine/serving.ts";
import { SetResult } from "../../../src/firewall/protocol.ts";
import { openLog } from "../../../src/log.ts";
import { RefusedQueries } from "../../../src/server/refused-queries.ts";
import { Server } from "../../../src/server/server.ts";
import { CommitOutcome } from "../../../src/store/store.ts";
import { KEYS, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";
import { SimulatedBackend, SimulatedStore } from "../../support/simulated-backend.ts";
import { SimulatedFirewall } from "../../support/simulated-firewall.ts";

const GUESTS = "inet filter guests";
const HELD = "inet filter held";
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";

let backend: SimulatedBackend;
let store: SimulatedStore;
let firewall: SimulatedFirewall;
let server: Server;
let now: number;
let refused: RefusedQueries;
let warnings: MockInstance;
let notes: MockInstance;

function configOf(statements: string) {
  const text = `ping-check false; default-lease-time 60; max-lease-time 60;
    subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; ${statements} }`;
  const { config, diagnostics } = loadConfig("test.conf", text);
  if (config === undefined) throw new TypeError(JSON.stringify(diagnostics));
  return config;
}

async function start(statements: string, ...names: readonly string[]): Promise<void> {
  const config = configOf(statements);
  backend = new SimulatedBackend([testInterface(2, "lan0", "10.0.0.1")]);
  store = new SimulatedStore();
  firewall = new SimulatedFirewall(...names);
  now = 1000;
  const log = openLog({ verbose: false, readable: false, fd: 1 });
  log.level = "silent";
  vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
  warnings = vi.spyOn(log, "warn");
  notes = vi.spyOn(log, "info");
  refused = new RefusedQueries();
  const clock = { wall: () => 1_800_000_000 + now / 1000, monotonic: () => now };
  const parts = { config, backend, store, keys: KEYS, clock, log, interfaces: [], addresses: [], wildcard: false };
  server = new Server({ ...parts, refused, firewall: firewall.client });
  await server.start();
  await pass(0);
}

/** Lets so many milliseconds pass. */
async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function send(parts: MessageParts): void {
  // A client that has an address sends from it.
  const arrival = parts.ciaddr === undefined ? {} : { remoteAddress: ip(parts.ciaddr) };
  backend.receive({ bytes: buildMessage(parts), arrival });
}

/** A client's DISCOVER and REQUEST; the address that it asks for. */
function request(chaddr: string): string {
  send({ type: 1, chaddr });
  const requested = formatIpv4(getUint32(backend.sent.at(-1)?.bytes ?? new Uint8Array(0), 16));
  send({ type: 3, chaddr, requested, serverId: "10.0.0.1" });
  return requested;
}

const counter = (name: string): number => server.status().counters[name] ?? 0;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await server.stop();
  vi.useRealTimers();
});

describe("the ACK of a client in a firewall set", () => {
  it("leaves when both the store and the set have taken its lease, which they are given at once", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    firewall.isSlow = true;
    const address = request(A);
    expect(store.commits).toEqual([1]);
    store.finish();
    expect(backend.sent).toHaveLength(1);
    firewall.answer();
    expect(firewall.elements(GUESTS)).toEqual([address]);
    expect(backend.sent).toHaveLength(2);
  });

  it("leaves without an answer after a fifth of a second, and those behind it at once", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    firewall.isSlow = true;
    request(A);
    store.finish();
    await pass(FIREWALL_DEADLINE_MS + 1);
    expect(backend.sent).toHaveLength(2);
    request(B);
    store.finish();
    expect(backend.sent).toHaveLength(4);
    expect(counter("firewall-late")).toBe(2);
  });

  it("never leaves with hold-ack where there is no answer or the set refuses the element", async () => {
    await start(`firewall-set nft ${HELD} { hold-ack true; }`, HELD);
    firewall.isSlow = true;
    request(A);
    store.finish();
    await pass(FIREWALL_HOLD_MS);
    expect(backend.sent).toHaveLength(1);
    firewall.isSlow = false;
    firewall.result = SetResult.full;
    firewall.answer();
    request(B);
    store.finish();
    await pass(0);
    expect(backend.sent).toHaveLength(2);
    expect(counter("firewall-held-back")).toBe(2);
    expect(counter("firewall-full")).toBeGreaterThan(0);
    expect(server.status().firewallSets).toMatchObject([{ name: HELD, condition: "full", elements: 0 }]);
  });

  it("is told in the log, in the counters and on the status page when a set holds it back", async () => {
    await start(`firewall-set nft ${HELD} { hold-ack true; }`, HELD);
    firewall.result = SetResult.missing;
    const address = request(A);
    store.finish();
    await pass(1000);
    const text = `DHCPACK on ${address} to ${A} via lan0 was not sent: the firewall set ${HELD} did not take the element`;
    expect(warnings.mock.calls.filter(([, line]) => line === text)).toMatchObject([
      [{ reason: "drop-firewall" }, text],
    ]);
    expect(counter("drop-firewall")).toBe(1);
    const { clients } = refused.describe();
    expect(clients).toMatchObject([
      { hardware: A, message: "DHCPREQUEST", address, reason: "drop-firewall", count: 1 },
    ]);
  });

  it("leaves when its client asks again and the set takes the element by then", async () => {
    await start(`firewall-set nft ${HELD} { hold-ack true; }`, HELD);
    firewall.result = SetResult.failed;
    const requested = request(A);
    store.finish();
    await pass(0);
    firewall.result = SetResult.ok;
    const again = { type: 3, chaddr: A, requested, serverId: "10.0.0.1" };
    send(again);
    await pass(0);
    send(again);
    expect(firewall.elements(HELD)).toEqual([requested]);
    expect(backend.sent).toHaveLength(2);
  });

  it("is made by a message to the process for all clients of a commit", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    const first = request(A);
    firewall.batches.length = 0;
    const others = [B, "02:00:00:00:00:0c", "02:00:00:00:00:0d"].map(request);
    store.finish();
    store.finish();
    await pass(0);
    expect(firewall.batches).toEqual([1, 3]);
    expect(firewall.elements(GUESTS).toSorted()).toEqual([first, ...others].toSorted());
  });
});

describe("a firewall set", () => {
  it("loses the element of a change that did not become durable", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    request(A);
    await pass(0);
    expect(firewall.elements(GUESTS)).toHaveLength(1);
    store.finish(CommitOutcome.failed);
    await pass(1);
    expect(firewall.elements(GUESTS)).toEqual([]);
    expect(backend.sent).toHaveLength(1);
  });

  it("loses the element of a lease that has expired", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    request(A);
    store.finish();
    await pass(0);
    expect([...(firewall.sets.get(GUESTS)?.values() ?? [])]).toEqual([60]);
    await pass(62_000);
    expect(firewall.elements(GUESTS)).toEqual([]);
  });

  it("of changed addresses loses one that goes to another client, and keeps one that its client gets again", async () => {
    await start(`firewall-set nft ${GUESTS} { addresses changed; } exclude 10.0.0.11 10.0.0.19;`, GUESTS);
    const address = request(A);
    store.finish();
    await pass(0);
    firewall.sets.get(GUESTS)?.set(address, 60);
    const release = { type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.1" };
    send(release);
    store.finish();
    expect(request(A)).toBe(address);
    store.finish();
    await pass(0);
    expect(firewall.elements(GUESTS)).toEqual([address]);
    send(release);
    store.finish();
    expect(request(B)).toBe(address);
    store.finish();
    await pass(0);
    expect(firewall.elements(GUESTS)).toEqual([]);
  });

  it("of abandoned addresses has those that a host without a lease answers for, until it does no more", async () => {
    const statement = "firewall-set nft inet filter gone { addresses abandoned; }";
    await start(statement, "inet filter gone");
    const { serving } = server as unknown as { serving: Serving };
    const { table, checked } = serving;
    const slot = table.slotOf(ip("10.0.0.15"));
    checked.addBusy(table.poolOf(slot), slot, now / 1000 + 600);
    await pass(2000);
    await pass(1);
    expect([...(firewall.sets.get("inet filter gone") ?? [])]).toEqual([["10.0.0.15", expect.any(Number)]]);
    expect(Math.abs((firewall.sets.get("inet filter gone")?.get("10.0.0.15") ?? 0) - 599)).toBeLessThan(2);
    expect(server.explainer.explainAddress(ip("10.0.0.15")).firewallSets).toEqual(["inet filter gone"]);
    firewall.restart();
    await pass(20);
    expect(firewall.elements("inet filter gone")).toEqual(["10.0.0.15"]);
    checked.forgive(table.poolOf(slot), slot);
    await pass(2000);
    await pass(1);
    expect(firewall.elements("inet filter gone")).toEqual([]);
    expect(server.explainer.explainAddress(ip("10.0.0.15")).firewallSets).toBeUndefined();
  });

  it("that has lost elements of leases gets them again, and a line of the log says so", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    const addresses = [A, B].map(request);
    store.finish();
    store.finish();
    await pass(0);
    await pass(1000);
    expect(warnings).not.toHaveBeenCalled();
    firewall.sets.get(GUESTS)?.clear();
    firewall.restart();
    await pass(20);
    expect(firewall.elements(GUESTS).toSorted()).toEqual(addresses.toSorted());
    const text = `the firewall set ${GUESTS} has lost the elements of 2 leases: the server puts them in again. Find out what has taken them out (nft monitor)`;
    expect(warnings.mock.calls.map(([, line]) => line)).toEqual([text]);
    firewall.restart();
    await pass(20);
    expect(warnings).toHaveBeenCalledTimes(1);
  });

  it("that was made anew gets its elements again, and the log says so without a warning", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    const address = request(A);
    store.finish();
    await pass(0);
    await pass(1000);
    firewall.makeAnew(GUESTS);
    await pass(1000);
    await pass(20);
    expect(firewall.elements(GUESTS)).toEqual([address]);
    const text = `the firewall set ${GUESTS} was made anew: the server puts in the elements of 1 lease again`;
    expect(notes.mock.calls.map(([, line]) => line)).toContain(text);
    expect(warnings).not.toHaveBeenCalled();
    firewall.sets.get(GUESTS)?.clear();
    firewall.restart();
    await pass(20);
    expect(warnings.mock.calls.map(([, line]) => line)).toEqual([
      expect.stringContaining("has lost the element of 1 lease:"),
    ]);
  });

  it("that no statement names any more loses the elements of leases, and keeps those of others", async () => {
    await start(`firewall-set nft ${GUESTS}; firewall-set nft ${HELD};`, GUESTS, HELD);
    const address = request(A);
    store.finish();
    await pass(0);
    firewall.sets.get(GUESTS)?.set("192.0.2.7", 60);
    await server.reload(configOf(`firewall-set nft ${HELD};`));
    await pass(20);
    expect(firewall.elements(GUESTS)).toEqual(["192.0.2.7"]);
    expect(firewall.elements(HELD)).toEqual([address]);
    await server.reload(configOf(`firewall-set nft ${GUESTS}; firewall-set nft ${HELD};`));
    await pass(20);
    expect(firewall.elements(GUESTS)).toEqual([address]);
  });

  it("is compared with the leases when its process was started again and after a reload", async () => {
    await start(`firewall-set nft ${GUESTS};`, GUESTS);
    const address = request(A);
    store.finish();
    await pass(0);
    firewall.sets.set(GUESTS, new Map([["10.9.9.9", 60]]));
    firewall.restart();
    await pass(20);
    expect(firewall.elements(GUESTS)).toEqual([address]);
    firewall.sets.set(GUESTS, new Map([["10.9.9.9", 60]]));
    await server.reload(configOf(`firewall-set nft ${GUESTS};`));
    await pass(20);
    expect(firewall.elements(GUESTS)).toEqual([address]);
  });

  it("that the process was not told of is unreachable, and so are all without a process", async () => {
    await start(`firewall-set nft ${GUESTS}; firewall-set nft ${HELD};`, HELD);
    const conditions = () => server.status().firewallSets?.map(({ condition }) => condition);
    expect(conditions()).toEqual(["unreachable", "ok"]);
    firewall.client.close();
    request(A);
    store.finish();
    await pass(FIREWALL_DEADLINE_MS);
    expect(backend.sent).toHaveLength(2);
  });
});
