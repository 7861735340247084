// What the kernel shield is told of clients: its table of them becomes what leases and hosts say, with no message that is not
// needed. The kernel is a set here.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeyAction, Layout } from "../../../src/backend/shield/protocol.ts";
import { SHIELD_BATCH, SHIELD_LOOKED_AT, SHIELD_RETRY_MS } from "../../../src/base/limits/shield.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { ClientKeys } from "../../../src/server/client-keys.ts";
import { KnownClients } from "../../../src/server/known-clients.ts";
import type { ClientIdentity } from "../../../src/wire/client-identity.ts";
import { address, KEYS, makeClient, makePools, makeRecord, numberedClient } from "../../support/lease-clients.ts";
import { randomFrom } from "../../support/random.ts";

const FIRST = address("10.0.0.1");
const POOLS = makePools({ ranges: ["10.0.0.1-10.0.255.254"] });
const NOW = 1000;
const END = 5000;
/** Enough for all that a test waits for. */
const SETTLED_MS = 500;

/** What a hardware address is in the kernel. */
const keyOf = ({ chaddr }: Pick<ClientIdentity, "chaddr">): string =>
  Buffer.from([...chaddr.subarray(0, 6), 0, 0]).toString("hex");

class World {
  readonly kernel = new Set<string>();
  readonly full: number[] = [];
  table = new LeaseTable(POOLS, KEYS);
  hosts: { htype: number; hardwareAddress: Uint8Array }[] = [];
  /** Of all messages. */
  keysSent = 0;
  messages = 0;
  largest = 0;
  answerMs = 0;
  /** As the kernel would answer instead of doing it. */
  refuse: ((action: KeyAction) => number | undefined) | undefined;

  follow(max?: number): KnownClients {
    return new KnownClients({
      keys: new ClientKeys(new Uint8Array(8).fill(3), max),
      table: () => this.table,
      hosts: () => this.hosts,
      change: (action, keys) => {
        const result = this.receive(action, keys);
        return new Promise((resolve) => {
          if (this.answerMs === 0) resolve(result);
          else setTimeout(() => resolve(result), this.answerMs);
        });
      },
      onFull: (count) => this.full.push(count),
    });
  }

  /** Client `n` gets address number `n`, or another one. */
  bind(n: number, client = numberedClient(n)): void {
    const slot = this.table.slotOf(FIRST + n);
    this.table.begin(slot);
    this.table.bind(slot, client, NOW, END);
    this.table.confirm(slot);
  }

  /** A durable change of address number `n`. */
  alter(n: number, change: (slot: number) => void): void {
    const slot = this.table.slotOf(FIRST + n);
    this.table.begin(slot);
    change(slot);
    this.table.confirm(slot);
  }

  /** The clients of these numbers are all that the kernel knows. */
  expectKnown(numbers: readonly number[]): void {
    expect([...this.kernel].toSorted()).toEqual(numbers.map((n) => keyOf(numberedClient(n))).toSorted());
  }

  private receive(action: KeyAction, keys: Uint8Array): number | undefined {
    const count = keys.length / Layout.key.octets;
    this.messages++;
    this.keysSent += count;
    this.largest = Math.max(this.largest, count);
    if (this.refuse !== undefined) return this.refuse(action);
    for (let i = 0; i < count; i++) {
      const key = Buffer.from(keys.subarray(i * Layout.key.octets, (i + 1) * Layout.key.octets)).toString("hex");
      if (action === KeyAction.put) this.kernel.add(key);
      else this.kernel.delete(key);
    }
    return 0;
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(SETTLED_MS);

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(() => void vi.useRealTimers());

describe("the clients that the kernel shield knows", () => {
  it("are all that have a lease at the start, one message at a time, and none in the turn of the start", async () => {
    const count = 2 * SHIELD_BATCH + 10;
    for (const n of numbers(count)) world.bind(n);
    world.follow();
    expect(world.messages).toBe(0);
    await settle();
    world.expectKnown(numbers(count));
    expect(world.keysSent).toBe(count);
    expect(world.largest).toBe(SHIELD_BATCH);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("cost no message when they renew, however many do", async () => {
    const count = 1000;
    for (const n of numbers(count)) world.bind(n);
    world.follow();
    await settle();
    const before = world.messages;
    for (let round = 0; round < 20; round++) {
      for (const n of numbers(count)) world.bind(n, numberedClient(n, `name${round}`));
      expect(vi.getTimerCount()).toBe(0);
      await settle();
    }
    expect(world.messages).toBe(before);
    world.expectKnown(numbers(count));
  });

  it("are told of once each where many new ones come, many in a message", async () => {
    world.follow();
    await settle();
    const count = 10 * SHIELD_BATCH;
    for (const n of numbers(count)) world.bind(n);
    for (const n of numbers(count)) world.bind(n);
    await settle();
    expect([world.keysSent, world.messages]).toEqual([count, 10]);
  });

  it("cost no message when a lease comes and goes within a moment", async () => {
    world.follow();
    await settle();
    world.bind(1);
    world.alter(1, (slot) => world.table.release(slot, NOW));
    await settle();
    expect(world.messages).toBe(0);
    world.bind(1);
    await settle();
    world.expectKnown([1]);
  });

  it("lose their place when a lease expires, is released or declined, or goes to another client", async () => {
    for (const n of [1, 2, 3, 4]) world.bind(n);
    world.bind(5);
    world.follow();
    await settle();
    world.alter(1, (slot) => world.table.release(slot, NOW));
    world.alter(2, (slot) => world.table.abandon(slot, NOW, END));
    world.bind(3, numberedClient(30));
    await settle();
    world.expectKnown([4, 5, 30]);
    world.table.expire(END, 10, () => undefined);
    await settle();
    world.expectKnown([]);
  });

  it("are none whose lease did not become durable, and keep their place when a change of theirs did not", async () => {
    world.bind(1);
    world.follow();
    await settle();
    const [old, other] = [world.table.slotOf(FIRST + 1), world.table.slotOf(FIRST + 2)];
    world.table.begin(old);
    world.table.release(old, NOW);
    world.table.begin(other);
    world.table.bind(other, numberedClient(2), NOW, END);
    await settle();
    world.table.revert(old);
    world.table.revert(other);
    await settle();
    world.expectKnown([1]);
    expect(world.messages).toBe(1);
  });

  it("keep their place while another lease of the same hardware address runs", async () => {
    const { chaddr } = numberedClient(0);
    const withId = (id: number): ClientIdentity =>
      makeClient({ chaddr: chaddr.subarray(0, 6), clientId: Uint8Array.of(0, id) });
    world.bind(1, withId(1));
    world.bind(2, withId(2));
    world.follow();
    await settle();
    world.alter(1, (slot) => world.table.release(slot, NOW));
    await settle();
    world.expectKnown([0]);
    world.alter(2, (slot) => world.table.release(slot, NOW));
    await settle();
    world.expectKnown([]);
  });

  it("keep their place as a declared host when their lease ends", async () => {
    world.hosts = [{ htype: 1, hardwareAddress: numberedClient(1).chaddr.slice(0, 6) }];
    world.follow();
    world.bind(1);
    await settle();
    world.alter(1, (slot) => world.table.release(slot, NOW));
    await settle();
    world.expectKnown([1]);
  });

  it("are those of the new configuration after a reload, and those of its leases", async () => {
    const host = (n: number): (typeof world.hosts)[number] => ({
      htype: 1,
      hardwareAddress: numberedClient(n).chaddr.slice(0, 6),
    });
    world.hosts = [host(1), host(2)];
    for (const n of [2, 3, 4]) world.bind(n);
    const clients = world.follow();
    await settle();
    world.expectKnown([1, 2, 3, 4]);
    const sent = world.keysSent;
    // Address number 4 is in no pool any more.
    world.table = world.table.rebuild(makePools({ ranges: ["10.0.0.1-10.0.0.4", "10.0.1.0-10.0.1.9"] }));
    world.hosts = [host(5)];
    clients.lookAtAll();
    await settle();
    world.expectKnown([2, 3, 5]);
    expect(world.keysSent - sent).toBe(3);
    world.alter(3, (slot) => world.table.release(slot, NOW));
    await settle();
    world.expectKnown([2, 5]);
  });

  it("are followed while all are looked at, and again when another reload comes before the end", async () => {
    const count = 3 * SHIELD_BATCH;
    for (const n of numbers(count)) world.bind(n);
    const clients = world.follow();
    await vi.advanceTimersToNextTimerAsync();
    expect(world.keysSent).toBe(SHIELD_BATCH);
    world.alter(0, (slot) => world.table.release(slot, NOW));
    world.alter(count - 1, (slot) => world.table.release(slot, NOW));
    world.table = world.table.rebuild(POOLS);
    clients.lookAtAll();
    await vi.advanceTimersToNextTimerAsync();
    world.alter(1, (slot) => world.table.release(slot, NOW));
    await settle();
    world.expectKnown(numbers(count - 1).slice(2));
  });

  it("are removed by no change before all are looked at: another lease may have the hardware address", async () => {
    const last = 3 * SHIELD_LOOKED_AT;
    for (const n of numbers(last)) world.bind(n);
    world.bind(last, numberedClient(0));
    const clients = world.follow();
    await settle();
    const { messages } = world;
    clients.lookAtAll();
    await vi.advanceTimersToNextTimerAsync();
    world.alter(0, (slot) => world.table.release(slot, NOW));
    await settle();
    expect(world.messages).toBe(messages);
    world.expectKnown(numbers(last));
  });

  it("are the same when the table learns of them from a shared store", async () => {
    world.table = new LeaseTable(POOLS, KEYS, { findsHardware: false, isShared: true });
    world.follow();
    await settle();
    const record = (n: number): ReturnType<typeof makeRecord> =>
      makeRecord({
        ...{ address: FIRST + 1, state: BindingState.bound, startsAt: NOW, endsAt: END, htype: 1 },
        hardwareAddress: numberedClient(n).chaddr.slice(0, 6),
      });
    world.table.learn(FIRST + 1, record(1), 5);
    await settle();
    world.expectKnown([1]);
    world.table.learn(FIRST + 1, record(2), 6);
    await settle();
    world.expectKnown([2]);
    world.table.learn(FIRST + 1, undefined, 7);
    await settle();
    world.expectKnown([]);
  });

  it("have Ethernet's addresses", async () => {
    world.hosts = [{ htype: 6, hardwareAddress: numberedClient(1).chaddr.slice(0, 6) }];
    world.bind(1, makeClient({ htype: 6, chaddr: numberedClient(1).chaddr.slice(0, 6) }));
    world.bind(2, makeClient({ chaddr: numberedClient(2).chaddr.slice(0, 5) }));
    world.bind(3, makeClient({ clientId: Uint8Array.of(0, 1) }));
    world.follow();
    await settle();
    world.expectKnown([]);
  });

  it("are put again after a while where the kernel has refused some, and so are removals", async () => {
    world.bind(1);
    world.refuse = () => 1;
    world.follow();
    await settle();
    expect([world.messages, world.full]).toEqual([1, [1]]);
    world.refuse = undefined;
    await vi.advanceTimersByTimeAsync(SHIELD_RETRY_MS);
    world.expectKnown([1]);
    world.refuse = () => 1;
    world.alter(1, (slot) => world.table.release(slot, NOW));
    await settle();
    world.refuse = undefined;
    world.expectKnown([1]);
    await vi.advanceTimersByTimeAsync(SHIELD_RETRY_MS);
    world.expectKnown([]);
    expect(world.full).toEqual([1]);
  });

  it("are as many as there is room for; who renews gets the room that another leaves", async () => {
    for (const n of [1, 2, 3, 4]) world.bind(n);
    world.follow(3);
    await settle();
    world.expectKnown([1, 2, 3]);
    expect(world.full).toEqual([1]);
    world.alter(2, (slot) => world.table.release(slot, NOW));
    await settle();
    world.bind(4);
    await settle();
    world.expectKnown([1, 3, 4]);
  });

  it("are told to nobody when the shield is gone", async () => {
    world.bind(1);
    world.refuse = () => undefined;
    world.follow();
    await settle();
    const { messages } = world;
    world.bind(2);
    await settle();
    expect([world.messages, vi.getTimerCount()]).toEqual([messages, 0]);
  });

  it("are what the leases say after any changes, with answers that come late and refusals", async () => {
    const random = randomFrom(1);
    const clients = world.follow(40);
    for (let step = 0; step < 3000; step++) {
      const n = random(60);
      const slot = world.table.slotOf(FIRST + n);
      const isBound = world.table.state(slot) === BindingState.bound;
      const bound = numbers(60).filter((i) => world.table.state(world.table.slotOf(FIRST + i)) === BindingState.bound);
      if (isBound && random(2) === 0) world.alter(n, (at) => world.table.release(at, NOW));
      else if (isBound && random(4) === 0) world.alter(n, (at) => world.table.abandon(at, NOW, NOW));
      else if (bound.length < 30) world.bind(n, numberedClient(random(25)));
      if (random(50) === 0) {
        world.table = world.table.rebuild(POOLS);
        clients.lookAtAll();
      }
      world.refuse = random(10) === 0 ? () => 1 : undefined;
      world.answerMs = random(5);
      if (random(3) === 0) await vi.advanceTimersByTimeAsync(random(8));
    }
    world.refuse = undefined;
    await vi.advanceTimersByTimeAsync(3 * SHIELD_RETRY_MS);
    const wanted = new Set<string>();
    for (let slot = world.table.nextStored(-1); slot >= 0; slot = world.table.nextStored(slot)) {
      if (world.table.state(slot) !== BindingState.bound) continue;
      const { hardwareAddress } = world.table.record(slot);
      wanted.add(keyOf({ chaddr: hardwareAddress }));
    }
    expect([...world.kernel].toSorted()).toEqual([...wanted].toSorted());
    expect(wanted.size).toBeGreaterThan(5);
  });
});
