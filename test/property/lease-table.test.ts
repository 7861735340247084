// The lease table agrees with a naive model after any sequence of operations, pending changes,
// reverts and reloads included.

import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, isAvailable } from "../../src/lease/allocate.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { LeaseTable, NO_LEASE } from "../../src/lease/table.ts";
import { KEYS, makePools, numberedClient, octets } from "../support/lease-clients.ts";
import { LeaseModel } from "../support/lease-model.ts";

const POOLS = makePools(
  { ranges: ["10.0.0.10-10.0.0.14", "10.0.0.20-10.0.0.21"] },
  { ranges: ["10.0.1.0-10.0.1.4"], link: 1 },
  { ranges: ["10.0.0.16-10.0.0.18"] },
  { ranges: ["10.0.0.30"], reserved: true },
);
const CLIENTS = 6;

type Operation =
  | {
      readonly kind: "offer" | "bind";
      readonly pick: number;
      readonly client: number;
      readonly seconds: number;
      readonly name: string;
    }
  | { readonly kind: "abandon"; readonly pick: number; readonly seconds: number }
  | { readonly kind: "release" | "withdraw" | "confirm" | "revert" | "reload"; readonly pick: number }
  | { readonly kind: "expire"; readonly limit: number }
  | { readonly kind: "pass"; readonly seconds: number };

const pick = fc.nat(1000);
const seconds = fc.oneof(
  { weight: 9, arbitrary: fc.nat(100) },
  { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("offer" as const, "bind" as const, "bind" as const),
    pick,
    client: fc.nat(CLIENTS - 1),
    seconds,
    name: fc.constantFrom("", "a", "a-longer-name"),
  }),
  fc.record({ kind: fc.constant("abandon" as const), pick, seconds: fc.nat(100) }),
  fc.record({
    kind: fc.constantFrom("release" as const, "withdraw" as const, "confirm" as const, "revert" as const),
    pick,
  }),
  fc.record({ kind: fc.constant("reload" as const), pick }),
  fc.record({ kind: fc.constant("expire" as const), limit: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant("pass" as const), seconds: fc.nat(50) }),
);

/** The table and its model, side by side. */
class Pair {
  now = 1000;
  readonly table = new LeaseTable(POOLS, KEYS);
  readonly model = new LeaseModel(this.table);

  apply(operation: Operation): void {
    const { table, model, now } = this;
    switch (operation.kind) {
      case "offer": {
        const client = numberedClient(operation.client, operation.name);
        const until = now + operation.seconds;
        const slots = model.slots((slot) => !model.isPending(slot) && mayBeOffered(model, slot, operation.client, now));
        const slot = chosen(slots, operation.pick);
        if (slot === undefined) return;
        table.offer(slot, client, now, until);
        model.hold(slot, BindingState.offered, operation.client, operation.name, now, until);
        return;
      }
      case "bind": {
        const slot = this.pending(operation.pick);
        if (slot === undefined) return;
        table.bind(slot, numberedClient(operation.client, operation.name), now, now + operation.seconds);
        model.hold(slot, BindingState.bound, operation.client, operation.name, now, now + operation.seconds);
        return;
      }
      case "release": {
        const slot = this.pending(operation.pick, (at) => model.at(at).state === BindingState.bound);
        if (slot === undefined) return;
        table.release(slot, now);
        model.release(slot, now);
        return;
      }
      case "abandon": {
        const slot = this.pending(operation.pick);
        if (slot === undefined) return;
        table.abandon(slot, now, now + operation.seconds);
        model.abandon(slot, now, now + operation.seconds);
        return;
      }
      case "withdraw": {
        const offers = model.slots((slot, lease) => lease.state === BindingState.offered && !model.isPending(slot));
        const slot = chosen(offers, operation.pick);
        if (slot === undefined) return;
        table.withdrawOffer(slot);
        model.clear(slot);
        return;
      }
      case "confirm":
      case "revert": {
        const slot = chosen([...model.before.keys()], operation.pick);
        if (slot === undefined) return;
        table[operation.kind](slot);
        model[operation.kind](slot);
        return;
      }
      case "reload": {
        // A store shows again what the table has: nothing changes but that a pending change is void.
        const slot = chosen(
          model.slots((at, lease) => lease.state !== BindingState.offered && lease.isFound && !model.isPending(at)),
          operation.pick,
        );
        if (slot !== undefined) table.load(table.record(slot));
        return;
      }
      case "expire": {
        const due = model.due(now).slice(0, operation.limit);
        const expired: number[] = [];
        expect(table.expire(now, operation.limit, (slot) => expired.push(slot))).toBe(due.length);
        expect(expired).toEqual(due.filter((slot) => model.at(slot).state === BindingState.bound));
        for (const slot of due) model.expire(slot);
        return;
      }
      case "pass":
        this.now += operation.seconds;
    }
  }

  /** Begins a change of some slot that has none, or goes on with one. */
  private pending(pickOf: number, accept: (slot: number) => boolean = () => true): number | undefined {
    const slot = chosen(this.model.slots(accept), pickOf);
    if (slot !== undefined && !this.model.isPending(slot)) {
      this.table.begin(slot);
      this.model.begin(slot);
    }
    return slot;
  }

  check(): void {
    const { table, model, now } = this;
    for (const [slot, lease] of model.leases.entries()) {
      const { client, hostName, isFound, ...times } = lease;
      expect(table.record(slot)).toMatchObject(times);
      expect(table.isPending(slot)).toBe(model.isPending(slot));
      for (let n = 0; n < CLIENTS; n++) {
        expect(table.isClient(slot, numberedClient(n))).toBe(n === client);
        expect(table.hasHardwareOf(slot, numberedClient(n))).toBe(n === client);
        expect(table.hasDetailsOf(slot, numberedClient(n, hostName))).toBe(n === client);
      }
      expect(table.record(slot).hostName).toEqual(octets(hostName));
    }
    for (const pool of POOLS) {
      for (const state of Object.values(BindingState)) {
        const count = model.slots((slot, lease) => lease.state === state && table.poolOf(slot) === pool.index).length;
        expect(table.countInPool(pool.index, state)).toBe(count);
      }
      this.checkOrder(pool.index);
    }
    for (let n = 0; n < CLIENTS; n++) {
      for (const link of [0, 1]) expect(table.findByClient(numberedClient(n), link)).toBe(model.findByClient(n, link));
      this.checkAllocation(n);
    }
    const held = model.slots(
      (slot, { state }) => !model.isPending(slot) && (state === BindingState.offered || state === BindingState.bound),
    );
    expect(table.nextExpiryAt()).toBe(Math.min(Number.POSITIVE_INFINITY, ...held.map((slot) => model.at(slot).endsAt)));
    expect(stored(table)).toEqual(model.slots((_, { state }) => state > BindingState.offered));
    expect(now).toBe(this.now);
  }

  /** The bitmap and the queues of a pool hold what they must, and nothing else, in order. */
  private checkOrder(pool: number): void {
    const { table, model } = this;
    const inState = (...states: BindingState[]): number[] =>
      model
        .slots((slot, { state }) => table.poolOf(slot) === pool && states.includes(state) && !model.isPending(slot))
        .toSorted((a, b) => model.at(a).endsAt - model.at(b).endsAt || a - b);
    expect(walk((slot) => table.nextIdle(pool, slot))).toEqual(inState(BindingState.expired, BindingState.released));
    expect(walk((slot) => table.nextResting(pool, slot))).toEqual(inState(BindingState.abandoned));
    const free = inState(BindingState.free);
    const first = table.firstCandidate(pool, 0) - table.firstCandidate(pool, 0);
    expect(first).toBe(0);
    for (let slot = 0; slot < table.size; slot++) {
      if (table.poolOf(slot) !== pool) continue;
      expect(table.nextFree(pool, slot)).toBe(free.find((other) => other >= slot) ?? free[0] ?? NO_LEASE);
    }
  }

  /** What is allocated may be bound to the client, and nothing is missed. */
  private checkAllocation(client: number): void {
    const { table, model, now } = this;
    const identity = numberedClient(client);
    const slot = allocate(table, [0, 2], identity, 0, now, []);
    const available = model.slots((at) => [0, 2].includes(table.poolOf(at)) && isAvailable(table, at, identity, now));
    const reachable = available.filter((at) => {
      const { state, isFound } = model.at(at);
      return isFound || (state !== BindingState.bound && state !== BindingState.offered);
    });
    if (slot === NO_LEASE) expect(reachable).toEqual([]);
    else expect(available).toContain(slot);
  }
}

function mayBeOffered(model: LeaseModel, slot: number, client: number, now: number): boolean {
  const lease = model.at(slot);
  switch (lease.state) {
    case BindingState.offered:
      return lease.client === client;
    case BindingState.bound:
    case BindingState.abandoned:
      return lease.endsAt <= now;
    default:
      return true;
  }
}

function chosen(slots: readonly number[], index: number): number | undefined {
  return slots[index % Math.max(1, slots.length)];
}

function walk(next: (slot: number) => number): number[] {
  const slots: number[] = [];
  for (let slot = next(NO_LEASE); slot !== NO_LEASE; slot = next(slot)) slots.push(slot);
  return slots;
}

function stored(table: LeaseTable): number[] {
  return walk((slot) => table.nextStored(slot));
}

test("the table agrees with a naive model after every operation of any sequence", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const pair = new Pair();
      for (const each of operations) {
        pair.apply(each);
        pair.check();
      }
    }),
    { numRuns: 60 },
  );
});

test("reverting every pending change leaves no trace of any of them", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), fc.array(operation, { maxLength: 20 }), (first, second) => {
      const pair = new Pair();
      for (const each of first) pair.apply(each);
      for (const slot of [...pair.model.before.keys()])
        pair.apply({ kind: "confirm", pick: [...pair.model.before.keys()].indexOf(slot) });
      const before = pair.model.leases.slice();
      const changes = second.filter(
        (each) => each.kind === "bind" || each.kind === "release" || each.kind === "abandon",
      );
      for (const each of changes) pair.apply(each);
      while (pair.model.before.size > 0) pair.apply({ kind: "revert", pick: 0 });
      expect(pair.model.leases).toEqual(before);
      pair.check();
    }),
    { numRuns: 60 },
  );
});

test("a rebuilt table knows what the old one knew", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const pair = new Pair();
      for (const each of operations) pair.apply(each);
      while (pair.model.before.size > 0) pair.apply({ kind: "confirm", pick: 0 });
      const rebuilt = pair.table.rebuild(POOLS);
      for (let slot = 0; slot < pair.table.size; slot++) expect(rebuilt.record(slot)).toEqual(pair.table.record(slot));
      Object.assign(pair, { table: rebuilt });
      pair.check();
    }),
    { numRuns: 60 },
  );
});
