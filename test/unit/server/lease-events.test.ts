// What happens to leases, as events: which, in which order, and how many are kept.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { EVENTS_A_SECOND, EVENTS_KEPT, EVENTS_RESUMED } from "../../../src/base/limits/events.ts";
import type { LeaseFollower } from "../../../src/server/lease-events.ts";
import { CommitOutcome } from "../../../src/store/store.ts";
import { ip } from "../../support/message-builder.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT = `ping-check off; default-lease-time 60; max-lease-time 60;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.250; }`;
const A = "02:00:00:00:00:0a";
const SERVER = "10.0.0.1";

let world: SimulatedServer;

beforeEach(async () => {
  vi.useFakeTimers();
  world = await SimulatedServer.start(TEXT);
});

afterEach(async () => {
  await world.server.stop();
  vi.useRealTimers();
});

function follower(more: Partial<LeaseFollower> = {}): LeaseFollower {
  const nothing = (): void => undefined;
  return { isBehind: false, take: nothing, lose: nothing, reload: nothing, ...more };
}

/** Kinds and addresses of what is known. */
function told(): string[] {
  const { events } = world.server;
  return Array.from({ length: events.next - events.first }, (_, i) => {
    const event = events.at(events.first + i);
    return event === undefined ? "?" : `${event.kind} ${formatIpv4(event.lease.record.address)}`;
  });
}

const renew = (address: string): void =>
  world.send({ type: 3, chaddr: A, ciaddr: address }, { localAddress: ip(SERVER), remoteAddress: ip(address) });

describe("leases that have changed", () => {
  it("are told once each, the first first, and not for a renewal that only prolongs", () => {
    const { changes } = world.server.events;
    const before = world.lease("02:00:00:00:00:01");
    const wake = vi.fn();
    changes.follow(wake);
    const first = world.lease(A);
    const second = world.lease("02:00:00:00:00:0b");
    expect([changes.waiting, wake.mock.calls]).toEqual([2, [[false]]]);
    expect([changes.take(), changes.take(), changes.take()]).toEqual([ip(first), ip(second), undefined]);
    world.pass(30_000);
    renew(first);
    world.store.finish();
    expect(changes.waiting).toBe(0);
    world.pass(62_000);
    expect([changes.take(), changes.take(), changes.take(), changes.take()].sort()).toEqual(
      [ip(before), ip(first), ip(second), undefined].sort(),
    );
  });

  it("are all noted, however many change before anybody looks, and forgotten with the table", async () => {
    const { server } = world;
    const { changes } = server.events;
    const wake = vi.fn();
    await world.reload(TEXT.replace("255.255.255.0", "255.255.0.0").replace("10.0.0.250", "10.0.19.250"));
    changes.follow(wake);
    for (let round = 0; round < 2; round++) for (let slot = 0; slot < 5000; slot++) changes.note(slot);
    for (let slot = 0; slot < 3000; slot++) expect(changes.take()).toBe(server.serving.table.addressOf(slot));
    for (let slot = 0; slot < 2900; slot++) changes.note(slot);
    expect(changes.waiting).toBe(4900);
    expect(changes.take()).toBe(server.serving.table.addressOf(3000));
    await world.reload(TEXT);
    expect([changes.waiting, changes.take(), wake.mock.calls.at(-1)]).toEqual([0, undefined, [true]]);
  });
});

describe("lease events", () => {
  it("are kept from the first reader on, in the order in which they became durable", () => {
    const { events } = world.server;
    const first = world.lease("02:00:00:00:00:01");
    expect(events.next).toBe(1);
    const wake = vi.fn();
    events.follow(follower({ take: wake }));
    const address = world.lease(A);
    world.pass(30_000);
    renew(address);
    expect(told()).toEqual([`added ${address}`]);
    world.store.finish();
    world.pass(62_000);
    expect(told()).toEqual([`added ${address}`, `renewed ${address}`, `expired ${first}`, `expired ${address}`]);
    expect(wake).toHaveBeenCalledTimes(4);
  });

  it("are none of what did not become durable", () => {
    world.server.events.follow(follower());
    world.send({ type: 1, chaddr: A });
    const requested = world.addresses.at(-1) ?? "";
    world.send({ type: 3, chaddr: A, requested, serverId: SERVER });
    world.store.finish(CommitOutcome.failed);
    expect(told()).toEqual([]);
  });

  it("tell whose lease was declined, and that a released one is", () => {
    world.server.events.follow(follower());
    const address = world.lease(A);
    world.send({ type: 4, chaddr: A, requested: address, serverId: SERVER });
    world.store.finish();
    const { events } = world.server;
    expect(told()).toEqual([`added ${address}`, `declined ${address}`]);
    expect(events.at(2)?.lease.record.hardwareAddress).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 10));
    const other = world.lease(A);
    world.send(
      { type: 7, chaddr: A, ciaddr: other, serverId: SERVER },
      { localAddress: ip(SERVER), remoteAddress: ip(other) },
    );
    world.store.finish();
    expect(told().slice(2)).toEqual([`added ${other}`, `released ${other}`]);
  });

  it("tell the end that the client was told, as a list does and an explanation", async () => {
    const cluster = { reserveSeconds: 300, clockSkewSeconds: 1, name: "a", guard: () => 0 };
    const shared = await SimulatedServer.start(TEXT, undefined, { cluster });
    const { server } = shared;
    server.events.follow(follower());
    const address = shared.lease(A);
    const endsAt = Math.floor(shared.wallOffset + shared.elapsedMs / 1000) + 60;
    expect(server.events.at(1)?.lease.record.endsAt).toBe(endsAt);
    expect([...server.leases()].map(({ record }) => record.endsAt)).toEqual([endsAt]);
    expect(server.explainer.explainAddress(ip(address)).lease?.record.endsAt).toBe(endsAt);
    await server.stop();
  });

  it("tell that an offered address was declined, and by whom, and that it is released when it is forgiven", async () => {
    const { server } = world;
    server.events.follow(follower());
    world.send({ type: 1, chaddr: A });
    const offered = world.addresses.at(-1) ?? "";
    world.send({ type: 4, chaddr: A, requested: offered, serverId: SERVER });
    world.store.finish();
    expect(told()).toEqual([`declined ${offered}`]);
    expect(server.events.at(1)?.lease.record.hardwareAddress).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 10));
    const forgiven = server.operations.forgive(ip(offered));
    world.store.finish();
    expect(await forgiven).toMatchObject({ ok: true });
    expect(told()).toEqual([`declined ${offered}`, `released ${offered}`]);
  });

  it("tell a conflict where somebody answers the check of an address", async () => {
    await world.server.stop();
    world = await SimulatedServer.start(TEXT.replace("ping-check off; ", ""));
    world.server.events.follow(follower());
    world.send({ type: 1, chaddr: A });
    const [echo] = world.backend.echoes;
    if (echo === undefined) throw new TypeError("the address is checked");
    world.backend.onEcho(ip(echo.destination), echo.identifier, echo.sequence);
    world.store.finish();
    expect(told()).toEqual([`conflict ${echo.destination}`]);
  });

  it("tell a conflict where somebody answers at a free address ahead of time", async () => {
    await world.server.stop();
    world = await SimulatedServer.start(TEXT.replace("ping-check off; ", "").replace("10.0.0.250", "10.0.0.12"));
    world.server.events.follow(follower());
    world.backend.answering.push(ip("10.0.0.11"));
    world.pass(1500);
    expect(told()).toEqual(["conflict 10.0.0.11"]);
    expect(world.server.events.at(1)?.lease.record.state).toBe(0);
  });

  it("are behind a reload, which may leave leases out", async () => {
    const { server } = world;
    const wake = vi.fn();
    server.events.follow(follower({ reload: wake }));
    world.lease(A);
    await world.reload(TEXT.replaceAll("10.0.0.", "10.0.9."));
    expect(wake).toHaveBeenCalledOnce();
    expect([server.events.first, server.events.next]).toEqual([3, 3]);
    expect([...server.leases()]).toEqual([]);
  });

  it("beyond what is taken in a second are forgotten with all before them, and readers are to look at all leases", () => {
    const { events } = world.server;
    events.follow(follower());
    const wait = (EVENTS_RESUMED * 1000) / EVENTS_A_SECOND;
    for (let i = 0; i < EVENTS_KEPT + 10; i++) events.noteExpired(0);
    expect(events.first).toBe(events.next);
    world.pass(wait - 1);
    events.noteExpired(0);
    expect(events.first).toBe(events.next);
    world.pass(wait);
    events.noteExpired(0);
    expect(events.next - events.first).toBe(1);
  });

  it("are none during a flood, for as long as it lasts", () => {
    const { events } = world.server;
    const take = vi.fn();
    events.follow(follower({ take }));
    for (let i = 0; i < EVENTS_KEPT; i++) events.noteExpired(0);
    take.mockClear();
    for (let ms = 0; ms < 1000; ms += 10) {
      world.pass(10);
      for (let i = 0; i < EVENTS_A_SECOND / 50; i++) events.noteExpired(0);
    }
    expect(take).not.toHaveBeenCalled();
    expect(events.first).toBe(events.next);
  });

  it("have the request of the first one after a flood", () => {
    const { events } = world.server;
    events.wantRequests();
    events.follow(follower());
    for (let i = 0; i < EVENTS_KEPT; i++) events.noteExpired(0);
    world.pass(60_000);
    const address = world.lease(A);
    expect(told()).toEqual([`added ${address}`]);
    expect(events.at(events.first)?.request).toMatchObject({ interface: "lan0" });
  });

  it("have no request of a change before that did not become durable", () => {
    const { events } = world.server;
    const reader = { ...follower(), isBehind: false };
    events.wantRequests();
    events.follow(reader);
    const address = world.lease(A);
    world.pass(30_000);
    renew(address);
    world.store.finish(CommitOutcome.failed);
    reader.isBehind = true;
    world.pass(5000);
    renew(address);
    reader.isBehind = false;
    world.store.finish();
    expect(told()).toEqual([`added ${address}`, `renewed ${address}`]);
    expect(events.at(events.next - 1)?.request).toBeUndefined();
  });

  it("are not described while all readers are behind, each of which is told when it missed the first", () => {
    const { events } = world.server;
    const lose = vi.fn();
    const behind = { isBehind: true, lose };
    events.follow(follower(behind));
    const address = world.lease(A);
    expect([events.first, events.next, lose.mock.calls.length]).toEqual([2, 2, 1]);
    const ended = Math.floor(world.wallOffset + world.elapsedMs / 1000) + 60;
    world.pass(65_000);
    expect(lose.mock.calls.slice(1)).toEqual([[ended]]);
    events.follow(follower());
    world.lease(A);
    expect(told()).toEqual([`added ${address}`]);
  });

  it("are kept up to a number, the latest", () => {
    const { events } = world.server;
    events.follow(follower());
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < EVENTS_A_SECOND / 2; i++) events.noteExpired(0);
      world.pass(1000);
    }
    expect(events.next - events.first).toBe(EVENTS_KEPT);
    expect(events.at(events.first)).toBeDefined();
  });
});
