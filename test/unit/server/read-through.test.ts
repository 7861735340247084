// A server of a cluster whose mirror may be behind: what it knows of a lease refuses nobody before the store has been
// read, and renewals go on while the store is away.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { ip, type MessageParts } from "../../support/message-builder.ts";
import { HeldWay, SharedMemory, SharedMemoryStore } from "../../support/shared-store.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT =
  "ping-check off; default-lease-time 3600; authoritative;" +
  "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }";
const TERMS = { reserveSeconds: 600, clockSkewSeconds: 30, name: "a", guard: () => 70 };
const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";

let memory: SharedMemory;
let store: SharedMemoryStore;
let way: HeldWay;
let world: SimulatedServer;

/** What another server writes of an address. */
function write(address: string, chaddr: string, more: Partial<LeaseRecord> = {}): void {
  const now = Math.floor(world.wallOffset + world.elapsedMs / 1000);
  memory.put({
    address: ip(address),
    state: BindingState.bound,
    startsAt: now,
    endsAt: now + 3600 + TERMS.reserveSeconds,
    lastTransactionAt: now,
    htype: 1,
    hardwareAddress: Uint8Array.from(chaddr.split(":"), (octet) => Number.parseInt(octet, 16)),
    clientId: new Uint8Array(0),
    hostName: new Uint8Array(0),
    agentInformation: new Uint8Array(0),
    vendorClass: new Uint8Array(0),
    ...more,
  });
}

function renew(chaddr: string, address: string, xid = 1): void {
  world.send({ type: 3, chaddr, xid, ciaddr: address }, { localAddress: ip("10.0.0.1"), remoteAddress: ip(address) });
}

/** Message types of all replies: 2 OFFER, 5 ACK, 6 NAK. */
function types(): number[] {
  return world.backend.sent.map(({ bytes }) => bytes[242] ?? 0);
}

function counters(): Readonly<Record<string, number>> {
  return world.server.status().counters;
}

beforeEach(async () => {
  vi.useFakeTimers();
  memory = new SharedMemory();
  way = new HeldWay();
  store = new SharedMemoryStore(memory, { way });
  world = await SimulatedServer.start(TEXT, undefined, { store, cluster: TERMS });
});

afterEach(async () => {
  way.passAll();
  way.giveUp();
  way.passAll();
  await world.server.stop();
  vi.useRealTimers();
});

describe("a request that what is known of its lease refuses", () => {
  beforeEach(() => {
    write("10.0.0.10", B);
    way.pass("event");
  });

  it("is refused when the store says the same", () => {
    renew(A, "10.0.0.10");
    expect(types()).toEqual([]);
    way.pass("refresh");
    way.pass("refresh-answer");
    expect(types()).toEqual([6]);
    expect(counters()).toMatchObject({ "nak-taken": 1 });
  });

  it("is served when the store knows better, though the news of it comes late", () => {
    write("10.0.0.10", A);
    renew(A, "10.0.0.10");
    way.pass("refresh");
    way.pass("refresh-answer");
    way.pass("commit");
    way.pass("commit-answer");
    expect(types()).toEqual([5]);
    expect(counters()).toMatchObject({ "ack-renew": 1 });
    expect(counters()["nak-taken"]).toBeUndefined();
  });

  it("is left unanswered when the store cannot be read", () => {
    renew(A, "10.0.0.10");
    way.giveUp();
    way.lose("refresh");
    expect(types()).toEqual([]);
    expect(counters()).toMatchObject({ "drop-not-verified": 1 });
    renew(A, "10.0.0.10");
    way.passAll();
    expect(types()).toEqual([6]);
  });

  it("waits for one reading together with others, and copies of it get one answer", () => {
    const refresh = vi.spyOn(store, "refresh");
    write("10.0.0.11", B);
    way.pass("event");
    renew(A, "10.0.0.10");
    for (let copy = 0; copy < 3; copy++) renew(A, "10.0.0.10", 2);
    renew(A, "10.0.0.11", 3);
    way.passAll();
    expect(types()).toEqual([6, 6, 6]);
    expect(refresh.mock.calls.map(([slots]) => slots.length)).toEqual([1, 2]);
    expect(counters()).toMatchObject({ "nak-taken": 3, "drop-not-verified": 2 });
  });

  it("is forgotten when the configuration is replaced meanwhile: its client asks again", async () => {
    renew(A, "10.0.0.10");
    await world.reload(TEXT);
    way.passAll();
    expect(types()).toEqual([]);
    renew(A, "10.0.0.10");
    way.passAll();
    expect(types()).toEqual([6]);
  });

  it("is answered at once where the configuration alone refuses it", () => {
    const request: MessageParts = { type: 3, chaddr: A, requested: "10.9.0.1", serverId: "10.0.0.1" };
    world.send(request);
    expect(types()).toEqual([6]);
    expect(way.count("refresh")).toBe(0);
  });
});

describe("while the store is away", () => {
  beforeEach(() => {
    write("10.0.0.10", A);
    way.passAll();
    store.setHealth("away", "no answer");
  });

  it("renewals are answered from the reserve, and nothing is stored", () => {
    renew(A, "10.0.0.10");
    expect(types()).toEqual([5]);
    expect(counters()).toMatchObject({ "ack-from-reserve": 1 });
    expect(way.count("commit")).toBe(0);
  });

  it("a renewal gets nothing if the store is failing instead: the clock may be wrong that would tell what is left", () => {
    store.setHealth("failing", "the clock was set by an hour");
    renew(A, "10.0.0.10");
    expect(types()).toEqual([]);
    expect(counters()).toMatchObject({ "drop-store-busy": 1 });
  });

  it("new clients wait, and are served when it is back", () => {
    world.send({ type: 1, chaddr: B });
    expect(types()).toEqual([]);
    expect(counters()).toMatchObject({ "drop-store-busy": 1 });
    store.setHealth("ready", "answers again");
    world.send({ type: 1, chaddr: B });
    expect(types()).toEqual([2]);
    renew(A, "10.0.0.10");
    way.passAll();
    expect(counters()).toMatchObject({ "ack-renew": 1 });
  });
});

describe("a client that takes another address", () => {
  const second: MessageParts = { type: 3, chaddr: A, requested: "10.0.0.11", serverId: "10.0.0.1" };

  beforeEach(() => {
    write("10.0.0.10", A);
    way.passAll();
    world.elapsedMs += 60_000;
  });

  it("gives up its first one by a commit that follows the other's", () => {
    world.send(second);
    expect(way.count("commit")).toBe(1);
    way.pass("commit");
    way.pass("commit-answer");
    expect(types()).toEqual([5]);
    expect([world.stateOf("10.0.0.11"), memory.get(ip("10.0.0.10"))?.record.state]).toEqual([
      "bound",
      BindingState.bound,
    ]);
    way.passAll();
    expect(memory.get(ip("10.0.0.10"))?.record.state).toBe(BindingState.released);
    expect(world.stateOf("10.0.0.10")).toBe("released");
  });

  it("keeps its first one if it does not get the other", () => {
    world.send(second);
    write("10.0.0.11", B);
    way.passAll();
    expect(types()).toEqual([]);
    expect(memory.get(ip("10.0.0.10"))?.record.state).toBe(BindingState.bound);
    expect(way.count("commit")).toBe(0);
  });
});

it("an address whose lease is over goes to another client when the guard is over, and to none while the clock is suspect", async () => {
  let guard = Number.POSITIVE_INFINITY;
  const only = "ping-check off; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.10; }";
  const other = await SimulatedServer.start(only, undefined, {
    store: new SharedMemoryStore(memory, { way }),
    cluster: { ...TERMS, guard: () => guard },
  });
  write("10.0.0.10", A, { endsAt: other.wallOffset + 100 });
  way.passAll();
  other.elapsedMs += 1_000_000;
  other.pass(1000);
  other.send({ type: 1, chaddr: B });
  expect(other.addresses).toEqual([]);
  guard = 70;
  other.pass(1000);
  other.send({ type: 1, chaddr: B });
  expect(other.addresses).toEqual(["10.0.0.10"]);
  await other.server.stop();
});
