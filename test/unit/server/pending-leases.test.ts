// Queries about a lease whose change the store has not answered yet: they wait for it.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { QUERY_WAITS_MAX, WAITING_QUERIES_MAX } from "../../../src/base/limits/replies.ts";
import { CommitOutcome } from "../../../src/store/store.ts";
import { ip, type MessageParts } from "../../support/message-builder.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT = "ping-check off; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";
const A = "02:00:00:00:00:0a";

let world: SimulatedServer;
let address: string;

/** The client gives its address back, from there to ours. */
function release(): void {
  world.send({ type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.1" }, fromClient());
}

function fromClient(): { localAddress: number; remoteAddress: number } {
  return { localAddress: ip("10.0.0.1"), remoteAddress: ip(address) };
}

beforeEach(async () => {
  vi.useFakeTimers();
  world = await SimulatedServer.start(TEXT);
  address = world.lease(A);
  world.pass(5000);
});

afterEach(async () => {
  await world.server.stop();
  vi.useRealTimers();
});

describe("a DISCOVER right behind a RELEASE", () => {
  it("waits for the commit and is offered the same address [D15]", () => {
    const before = world.addresses.length;
    release();
    world.send({ type: 1, chaddr: A });
    expect(world.addresses).toHaveLength(before);
    world.store.finish();
    expect(world.addresses.slice(before)).toEqual([address]);
    expect(world.server.status().counters).toMatchObject({ released: 1, "offer-current": 1 });
    expect(world.server.status().counters["drop-already-pending"]).toBeUndefined();
  });

  it("is offered it as well when the RELEASE could not be stored [D15]", () => {
    release();
    world.send({ type: 1, chaddr: A });
    world.store.finish(CommitOutcome.failed);
    expect(world.addresses.at(-1)).toBe(address);
    expect(world.stateOf(address)).toBe("bound");
  });
});

describe("a client that repeats itself while its lease is being stored", () => {
  const B = "02:00:00:00:00:0b";
  let chosen: MessageParts;

  beforeEach(() => {
    world.send({ type: 1, chaddr: B });
    chosen = { type: 3, chaddr: B, requested: world.addresses.at(-1) ?? "", serverId: "10.0.0.1" };
  });

  it("gets one ACK for all copies of its request, whatever their secs [D7]", () => {
    const before = world.addresses.length;
    for (const secs of [0, 4, 12]) world.send({ ...chosen, xid: 5, secs });
    world.store.finish();
    expect(world.addresses.slice(before)).toHaveLength(1);
    expect(world.server.status().counters).toMatchObject({ "drop-already-pending": 2 });
    // Afterwards the same request is answered again: that ACK may have been lost.
    world.send({ ...chosen, xid: 5, secs: 16 });
    expect(world.addresses.slice(before)).toHaveLength(2);
  });

  it("gets one answer for all copies of a message that waits [D15]", () => {
    release();
    const before = world.addresses.length;
    for (const secs of [0, 4, 12]) world.send({ type: 1, chaddr: A, xid: 6, secs });
    world.store.finish();
    expect(world.addresses.slice(before)).toEqual([address]);
    expect(world.server.status().counters).toMatchObject({ "drop-already-pending": 2 });
  });

  it("gets an answer of its own for each exchange", () => {
    const before = world.addresses.length;
    for (const xid of [5, 6]) world.send({ ...chosen, xid });
    world.store.finish();
    expect(world.addresses.slice(before)).toHaveLength(2);
  });

  it("is heard again when the request could not be stored", () => {
    const before = world.addresses.length;
    for (const secs of [0, 4]) world.send({ ...chosen, xid: 5, secs });
    world.store.finish(CommitOutcome.failed);
    expect(world.addresses.slice(before)).toEqual([]);
    world.send({ ...chosen, xid: 5, secs: 12 });
    world.store.finish();
    expect(world.addresses.slice(before)).toHaveLength(1);
  });
});

describe("a query that comes by two ways", () => {
  const RELAYED = { giaddr: "10.0.0.77", agentInformation: [1, 3, 5, 6, 7], hops: 1 };
  const fromRelay = { localAddress: ip("10.0.0.1"), remoteAddress: ip("10.0.0.77"), remotePort: 67 };

  it("if it renews, is answered on both, stored once, and keeps what the relay said [D7]", () => {
    // The first lease comes through the relay.
    const chaddr = "02:00:00:00:00:0b";
    world.send({ type: 1, chaddr, ...RELAYED }, fromRelay);
    const own = world.addresses.at(-1) ?? "";
    world.send({ type: 3, chaddr, requested: own, serverId: "10.0.0.1", ...RELAYED }, fromRelay);
    world.store.finish();
    world.pass(5000);

    const commits = world.store.commits.length;
    const before = world.addresses.length;
    const renewal = { type: 3, chaddr, ciaddr: own, xid: 77 };
    world.send(renewal, { localAddress: ip("10.0.0.1"), remoteAddress: ip(own) });
    world.send({ ...renewal, ...RELAYED }, fromRelay);
    world.store.finish();
    expect(world.addresses.slice(before)).toEqual([own, own]);
    expect(world.backend.sent.slice(before).map(({ destination }) => destination)).toEqual([own, "10.0.0.77"]);
    expect(world.store.commits).toHaveLength(commits + 1);
    const lease = [...world.server.leases()].find(({ record }) => record.address === ip(own))?.record;
    expect([...(lease?.agentInformation ?? [])]).toEqual(RELAYED.agentInformation);
  });

  it("if it gives an address back, changes nothing twice [D7]", () => {
    const commits = world.store.commits.length;
    release();
    const relayed = { type: 7, chaddr: A, ciaddr: address, serverId: "10.0.0.1", ...RELAYED };
    world.send(relayed, fromRelay);
    world.store.finish();
    expect(world.stateOf(address)).toBe("released");
    expect(world.store.commits).toHaveLength(commits + 1);
    expect(world.store.isBusy).toBe(false);
    expect(world.server.status().counters).toMatchObject({ released: 1, "drop-not-leased": 1 });
    expect(world.server.status().counters["drop-not-owner"]).toBeUndefined();
    // Somebody else's by now: the late copy of the RELEASE is nothing to it.
    world.send({ type: 1, chaddr: "02:00:00:00:00:0c", requested: address });
    world.send({ type: 3, chaddr: "02:00:00:00:00:0c", requested: address, serverId: "10.0.0.1" });
    world.store.finish();
    world.send(relayed, fromRelay);
    expect(world.server.status().counters).toMatchObject({ "drop-not-owner": 1 });
    expect(world.stateOf(address)).toBe("bound");
    expect(world.store.isBusy).toBe(false);
  });
});

it("queries that wait are bounded in number [D15]", () => {
  release();
  const before = world.addresses.length;
  for (let n = 0; n < WAITING_QUERIES_MAX + 10; n++) world.send({ type: 1, chaddr: A, xid: n });
  expect(world.server.status().counters).toMatchObject({ "drop-already-pending": 10 });
  world.store.finish();
  expect(world.addresses.slice(before)).toHaveLength(WAITING_QUERIES_MAX);
});

it("a query waits for few commits, whoever changes one lease without end", () => {
  const commits = world.store.commits.length;
  for (let xid = 0; xid < WAITING_QUERIES_MAX / 2; xid++) {
    world.send({ type: 7, chaddr: A, xid, ciaddr: address, serverId: "10.0.0.1" }, fromClient());
    world.send({ type: 3, chaddr: A, xid, requested: address, serverId: "10.0.0.1" });
  }
  while (world.store.isBusy) world.store.finish();
  // The first of them did not wait.
  expect(world.store.commits).toHaveLength(commits + 1 + QUERY_WAITS_MAX);
  const left = WAITING_QUERIES_MAX - 1 - QUERY_WAITS_MAX;
  expect(world.server.status().counters["drop-already-pending"]).toBe(left);
});
