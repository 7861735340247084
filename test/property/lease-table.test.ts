// The lease table agrees with a naive model after any sequence of operations, pending changes,
// reverts, records from a store and rebuilding included. Both are shown as text and compared after
// every step: states, times, clients, counts, the order of every queue, what is free from where.

import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, isAvailable } from "../../src/lease/allocate.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { Holder } from "../../src/lease/table/held-counts.ts";
import { LeaseTable, NO_LEASE } from "../../src/lease/table/table.ts";
import type { ClientIdentity } from "../../src/wire/client-identity.ts";
import { KEYS, makePools, makeRecord, numberedClient, octets } from "../support/lease-clients.ts";
import { LeaseModel, type ModelLease } from "../support/lease-model.ts";

const POOLS = makePools(
  { ranges: ["10.0.0.10-10.0.0.12", "10.0.0.20"] },
  { ranges: ["10.0.1.0-10.0.1.1"], link: 1 },
  { ranges: ["10.0.0.16-10.0.0.17"] },
  { ranges: ["10.0.0.30"], reserved: true },
);
const NAMES = ["", "a", "a-longer-name"];
/** By number, then by name. */
const CLIENTS: readonly (readonly ClientIdentity[])[] = [0, 1, 2].map((n) =>
  NAMES.map((name) => numberedClient(n, name)),
);
const STATES = Object.values(BindingState);

type Step =
  | {
      readonly kind: "offer" | "bind" | "grant";
      readonly pick: number;
      readonly client: number;
      readonly name: number;
      readonly seconds: number;
    }
  | {
      readonly kind: "load" | "learn";
      readonly pick: number;
      readonly client: number;
      readonly state: BindingState;
      readonly seconds: number;
    }
  | { readonly kind: "abandon"; readonly pick: number; readonly seconds: number }
  | { readonly kind: "begin" | "release" | "withdraw" | "confirm" | "revert"; readonly pick: number }
  | { readonly kind: "expire" | "lapse"; readonly limit: number }
  | { readonly kind: "withhold"; readonly slots: readonly number[] }
  | { readonly kind: "set-clock"; readonly seconds: number }
  | { readonly kind: "pass"; readonly seconds: number };

const pick = fc.nat(5039);
const client = fc.nat(CLIENTS.length - 1);
const seconds = fc.oneof(
  { weight: 9, arbitrary: fc.nat(60) },
  { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
);
const grant = fc.record({
  kind: fc.constantFrom("offer" as const, "bind" as const, "grant" as const),
  pick,
  client,
  name: fc.nat(NAMES.length - 1),
  seconds,
});
const settle = fc.record({
  kind: fc.constantFrom(
    "begin" as const,
    "release" as const,
    "withdraw" as const,
    "confirm" as const,
    "revert" as const,
  ),
  pick,
});
const abandon = fc.record({ kind: fc.constant("abandon" as const), pick, seconds: fc.nat(60) });
const load = fc.record({
  kind: fc.constantFrom("load" as const, "learn" as const, "learn" as const),
  pick,
  client,
  state: fc.constantFrom(...STATES),
  seconds,
});
const expire = fc.record({
  kind: fc.constantFrom("expire" as const, "lapse" as const),
  limit: fc.integer({ min: 1, max: 9 }),
});
const withhold = fc.record({ kind: fc.constant("withhold" as const), slots: fc.array(fc.nat(50), { maxLength: 3 }) });
const setClock = fc.record({ kind: fc.constant("set-clock" as const), seconds: fc.integer({ min: -900, max: 900 }) });
const pass = fc.record({ kind: fc.constant("pass" as const), seconds: fc.nat(40) });
const steps = fc.array<Step>(
  fc.oneof(
    { weight: 6, arbitrary: grant },
    { weight: 6, arbitrary: settle },
    { weight: 1, arbitrary: abandon },
    { weight: 2, arbitrary: load },
    { weight: 3, arbitrary: expire },
    { weight: 1, arbitrary: withhold },
    { weight: 1, arbitrary: setClock },
    { weight: 2, arbitrary: pass },
  ),
  { minLength: 1, maxLength: 60 },
);

/** The table and its model, side by side. */
class Pair {
  now = 1000;
  monotonic = 10;
  /** Of the last write to a shared store. */
  revision = 1;
  table: LeaseTable;
  readonly model: LeaseModel;
  private readonly isShared: boolean;
  /** By pending slot: a revision of the time when its change began. */
  private readonly begunAt = new Map<number, number>();
  /** By slot: the revision that was learnt last. */
  private readonly learntAt = new Map<number, number>();

  /** `isShared`: the table mirrors a shared store, from which it learns. */
  constructor(isShared = false) {
    this.isShared = isShared;
    this.table = new LeaseTable(POOLS, KEYS, { findsHardware: true, countsHeld: true, isShared });
    this.model = new LeaseModel(this.table);
  }

  take(step: Step): void {
    const { table, model, now, monotonic } = this;
    switch (step.kind) {
      case "offer":
        return this.at(
          step.pick,
          (slot) => !model.isPending(slot) && mayBeOffered(model.at(slot), step.client, now),
          (slot) => {
            table.offer(slot, identity(step.client, step.name), now, monotonic + step.seconds);
            model.offer(slot, step.client, NAMES[step.name] ?? "", now, monotonic + step.seconds);
          },
        );
      case "bind":
      case "grant":
        return this.at(
          step.pick,
          () => true,
          (slot) => {
            this.begin(slot);
            table.bind(slot, identity(step.client, step.name), now, now + step.seconds);
            model.bind(slot, step.client, NAMES[step.name] ?? "", now, now + step.seconds);
            if (step.kind === "grant") this.confirm(slot);
          },
        );
      case "load":
      case "learn":
        return this.at(
          step.pick,
          () => true,
          (slot) => {
            const { htype, hlen, chaddr, clientId, clientIdLength } = identity(step.client, 0);
            const times = { startsAt: now, endsAt: now + step.seconds, lastTransactionAt: now };
            const hardwareAddress = chaddr.slice(0, hlen);
            const record = { ...times, htype, hardwareAddress, clientId: clientId.slice(0, clientIdLength) };
            const address = table.addressOf(slot);
            const read = makeRecord({ address, state: step.state, ...record });
            if (step.kind === "load") {
              expect(table.load(read)).toBe(true);
              model.load(slot, step.state, step.client, now, now + step.seconds);
            } else if (this.isShared) {
              this.revision += 1;
              this.learntAt.set(slot, this.revision);
              expect(table.learn(address, read, this.revision)).toBe(true);
              model.learn(slot, step.state, step.client, now, now + step.seconds);
              expect(table.learn(address, undefined, this.revision)).toBe(false);
            }
          },
        );
      case "begin":
        return this.at(
          step.pick,
          (slot) => !model.isPending(slot),
          (slot) => this.begin(slot),
        );
      case "release":
        return this.at(
          step.pick,
          (slot) => model.at(slot).state === BindingState.bound,
          (slot) => {
            this.begin(slot);
            table.release(slot, now);
            model.release(slot, now);
          },
        );
      case "abandon":
        return this.at(
          step.pick,
          () => true,
          (slot) => {
            this.begin(slot);
            table.abandon(slot, now, now + step.seconds);
            model.abandon(slot, now, now + step.seconds);
          },
        );
      case "withdraw":
        return this.at(
          step.pick,
          (slot) => model.at(slot).state === BindingState.offered && !model.isPending(slot),
          (slot) => {
            table.withdrawOffer(slot, now);
            model.lapse(slot, now);
          },
        );
      case "confirm":
        return this.at(
          step.pick,
          (slot) => model.isPending(slot),
          (slot) => (step.pick % 2 === 0 ? this.confirm(slot) : this.confirmLate(slot)),
        );
      case "revert":
        return this.at(
          step.pick,
          (slot) => model.isPending(slot),
          (slot) => this.revert(slot),
        );
      case "expire": {
        const due = model.due(BindingState.bound, now);
        const expired: number[] = [];
        const moved = table.expire(now, step.limit, (slot) => expired.push(slot));
        expect(moved).toBe(Math.min(due.length, step.limit));
        // Which of them go first is the table's affair.
        const over = due.filter((slot) => table.state(slot) !== model.at(slot).state);
        expect(over.length).toBe(moved);
        expect(expired.toSorted((a, b) => a - b)).toEqual(over.toSorted((a, b) => a - b));
        for (const slot of over) model.expire(slot);
        return;
      }
      case "lapse": {
        const due = model.due(BindingState.offered, monotonic);
        const lapsed = table.lapseOffers(now, monotonic, step.limit);
        expect(lapsed).toBe(Math.min(due.length, step.limit));
        const over = due.filter((slot) => table.state(slot) !== BindingState.offered);
        expect(over.length).toBe(lapsed);
        for (const slot of over) model.lapse(slot, now);
        return;
      }
      case "withhold": {
        const slots = step.slots.map((slot) => slot % table.size);
        const added = [...new Set(slots)].filter((slot) => !model.withheld.has(slot));
        expect(table.withhold(slots.map((slot) => table.addressOf(slot)))).toEqual(
          added.map((s) => table.addressOf(s)),
        );
        model.withheld.clear();
        for (const slot of slots) model.withheld.add(slot);
        return;
      }
      case "set-clock":
        this.now = Math.max(100, this.now + step.seconds);
        return;
      case "pass":
        this.now += step.seconds;
        this.monotonic += step.seconds;
    }
  }

  settleAll(end: "confirm" | "revert"): void {
    for (const slot of [...this.model.before.keys()]) {
      if (end === "confirm") this.confirm(slot);
      else this.revert(slot);
    }
  }

  private revert(slot: number): void {
    this.table.revert(slot);
    this.model.revert(slot);
  }

  /** The change has become durable after all that was learnt of the slot. */
  private confirm(slot: number): void {
    this.revision += 1;
    this.table.confirm(slot, this.revision);
    this.model.confirm(slot);
  }

  /** The change has become durable when it began; what was learnt since is newer. */
  private confirmLate(slot: number): void {
    const begun = this.begunAt.get(slot) ?? 0;
    const isOvertaken = (this.learntAt.get(slot) ?? 0) > begun;
    this.table.confirm(slot, begun);
    if (isOvertaken) this.model.revert(slot);
    else this.model.confirm(slot);
  }

  private begin(slot: number): void {
    if (this.model.isPending(slot)) return;
    // A revision of its own, which its commit may have got.
    this.revision += 1;
    this.begunAt.set(slot, this.revision);
    this.table.begin(slot);
    this.model.begin(slot);
  }

  /** Does something to one of the slots that it may be done to. */
  private at(index: number, accept: (slot: number) => boolean, act: (slot: number) => void): void {
    const slots = this.model.slots(accept);
    const slot = slots[index % Math.max(1, slots.length)];
    if (slot !== undefined) act(slot);
  }
}

function identity(n: number, name: number): ClientIdentity {
  return CLIENTS[n]?.[name] ?? numberedClient(n);
}

function mayBeOffered(lease: ModelLease, n: number, now: number): boolean {
  switch (lease.state) {
    case BindingState.offered:
      return lease.client === n;
    case BindingState.bound:
    case BindingState.abandoned:
      return lease.endsAt <= now;
    default:
      return true;
  }
}

function walk(next: (slot: number) => number): number[] {
  const slots: number[] = [];
  for (let slot = next(NO_LEASE); slot !== NO_LEASE; slot = next(slot)) slots.push(slot);
  return slots;
}

/** What a search fills its target with, in order. */
function slotsIn(search: (target: Int32Array) => number): number[] {
  const target = new Int32Array(64);
  return [...target.subarray(0, search(target))].sort((a, b) => a - b);
}

/** An order of offers that does not depend on when they were made. */
function byEnd(table: LeaseTable): (a: number, b: number) => number {
  return (a, b) => table.endsAt(a) - table.endsAt(b) || a - b;
}

/** Everything that the table tells, as text; `order`: of the offers, instead of their own. */
function showTable(table: LeaseTable, order: (a: number, b: number) => number = () => 0): string {
  const lines: string[] = [];
  for (let slot = 0; slot < table.size; slot++) {
    const times = [table.startsAt(slot), table.endsAt(slot), table.lastTransactionAt(slot)].join(" ");
    const clients = CLIENTS.flatMap((names, n) =>
      table.isClient(slot, identity(n, 0)) ? [show(table, slot, n, names)] : [],
    );
    lines.push(`${slot} ${table.state(slot)} ${times} ${table.isPending(slot)} ${clients.join(" ")}`);
  }
  for (const { index } of POOLS) {
    lines.push(`counts ${STATES.map((state) => table.countInPool(index, state)).join(" ")}`);
    lines.push(`idle ${walk((slot) => table.nextIdle(index, slot)).join(" ")}`);
    lines.push(`resting ${walk((slot) => table.nextResting(index, slot)).join(" ")}`);
    lines.push(
      `offers ${walk((slot) => table.nextOffer(index, slot))
        .toSorted(order)
        .join(" ")}`,
    );
    lines.push(
      `free ${slotsOf(table, index)
        .map((slot) => table.nextFree(index, slot))
        .join(" ")}`,
    );
  }
  const found = CLIENTS.map((_, n) => [0, 1].map((link) => table.findByClient(identity(n, 0), link)).join(" "));
  lines.push(`found ${found.join(", ")}`);
  for (const n of CLIENTS.keys()) {
    const held = slotsIn((target) => table.findAllByClient(identity(n, 0), target)).filter(
      (slot) => table.state(slot) === BindingState.bound || table.state(slot) === BindingState.offered,
    );
    const known = slotsIn((target) => table.findAllByHardware(identity(n, 0), target));
    lines.push(`held ${held.join(" ")} known ${known.join(" ")}`);
  }
  for (const n of CLIENTS.keys()) lines.push(`counted ${[0, 1].map((link) => countHeld(table, n, link)).join(" ")}`);
  lines.push(`stored ${walk((slot) => table.nextStored(slot)).join(" ")}`);
  return lines.join("\n");
}

/** One client of a slot, with the name that the slot knows it by. */
function show(table: LeaseTable, slot: number, n: number, names: readonly ClientIdentity[]): string {
  const known = names.flatMap((each, name) => (table.hasDetailsOf(slot, each) ? [NAMES[name]] : []));
  return `${n}:${known.join("?")}:${table.hasHardwareOf(slot, identity(n, 0))}`;
}

/** What the model says that the table tells. */
function showModel(model: LeaseModel, table: LeaseTable): string {
  const lines = model.leases.map((lease, slot) => {
    const times = [lease.startsAt, lease.endsAt, lease.lastTransactionAt].join(" ");
    const shown = lease.client === undefined ? "" : `${lease.client}:${lease.hostName}:true`;
    return `${slot} ${lease.state} ${times} ${model.isPending(slot)} ${shown}`;
  });
  for (const { index } of POOLS) {
    const slots = slotsOf(table, index);
    const isKept = (slot: number): boolean => model.isPending(slot) || model.withheld.has(slot);
    const inState = (...states: BindingState[]): number[] =>
      slots
        .filter((slot) => states.includes(model.at(slot).state) && !isKept(slot))
        .toSorted((a, b) => model.at(a).endsAt - model.at(b).endsAt || a - b);
    const free = inState(BindingState.free);
    lines.push(
      `counts ${STATES.map((state) => slots.filter((slot) => isCounted(model, slot, state)).length).join(" ")}`,
    );
    lines.push(`idle ${inState(BindingState.expired, BindingState.released).join(" ")}`);
    lines.push(`resting ${inState(BindingState.abandoned).join(" ")}`);
    lines.push(`offers ${offersOf(model, slots).join(" ")}`);
    lines.push(`free ${slots.map((from) => free.find((slot) => slot >= from) ?? free[0] ?? NO_LEASE).join(" ")}`);
  }
  lines.push(`found ${CLIENTS.map((_, n) => [0, 1].map((link) => model.findByClient(n, link)).join(" ")).join(", ")}`);
  for (const n of CLIENTS.keys()) {
    const held = model.slots((_, { client: holder, state }) => {
      return holder === n && (state === BindingState.bound || state === BindingState.offered);
    });
    lines.push(`held ${held.join(" ")} known ${model.slots((_, lease) => lease.client === n).join(" ")}`);
  }
  for (const n of CLIENTS.keys()) {
    const counts = [0, 1].map((link) => model.slots((slot, lease) => isHeldOn(table, slot, lease, n, link)).length);
    lines.push(`counted ${counts.join(" ")}`);
  }
  lines.push(`stored ${model.slots((_, { state }) => state > BindingState.offered).join(" ")}`);
  return lines.join("\n");
}

/** What a limit of leases counts of a client's hardware address on a link. */
function countHeld({ held }: LeaseTable, n: number, link: number): number | undefined {
  return held?.count(held.holderOf(Holder.hardware, link, identity(n, 0), 0));
}

function isHeldOn(
  table: LeaseTable,
  slot: number,
  { client: n, state }: ModelLease,
  of: number,
  link: number,
): boolean {
  const pool = POOLS[table.poolOf(slot)];
  const isHeld = state === BindingState.bound || state === BindingState.offered;
  return isHeld && n === of && pool?.sharedNetwork === link && !pool.reserved;
}

function isCounted(model: LeaseModel, slot: number, state: BindingState): boolean {
  const isUsable = [BindingState.free, BindingState.expired, BindingState.released].some((each) => each === state);
  return model.at(slot).state === state && !(isUsable && model.withheld.has(slot));
}

/** Offers in the order in which they end, and of those that end together, in which they were made. */
function offersOf(model: LeaseModel, slots: readonly number[]): number[] {
  const offered = slots.filter((slot) => model.at(slot).state === BindingState.offered && !model.isPending(slot));
  const number = (slot: number): number => model.at(slot).offeredAs ?? 0;
  return offered.toSorted((a, b) => model.at(a).endsAt - model.at(b).endsAt || number(a) - number(b));
}

function slotsOf(table: LeaseTable, pool: number): number[] {
  return Array.from({ length: table.size }, (_, slot) => slot).filter((slot) => table.poolOf(slot) === pool);
}

test("the table agrees with a naive model after every step of any sequence", () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (list, isShared) => {
      const pair = new Pair(isShared);
      for (const step of list) {
        pair.take(step);
        expect(showTable(pair.table)).toBe(showModel(pair.model, pair.table));
      }
    }),
    { numRuns: 400 },
  );
});

test("reverting every pending change leaves no trace of any of them", () => {
  fc.assert(
    fc.property(steps, steps, (first, second) => {
      const pair = new Pair();
      for (const step of first) pair.take(step);
      pair.settleAll("confirm");
      // An offer that comes back stands behind those that end with it.
      const before = showTable(pair.table, byEnd(pair.table));
      for (const step of second) {
        if (step.kind === "bind" || step.kind === "release" || step.kind === "abandon") pair.take(step);
      }
      pair.settleAll("revert");
      expect(showTable(pair.table, byEnd(pair.table))).toBe(before);
    }),
    { numRuns: 200 },
  );
});

test("a rebuilt table tells what the old one told", () => {
  fc.assert(
    fc.property(steps, steps, fc.boolean(), (first, second, isShared) => {
      const pair = new Pair(isShared);
      for (const step of first) pair.take(step);
      pair.settleAll("confirm");
      const before = showTable(pair.table);
      const hostNames = walk((slot) => pair.table.nextStored(slot)).map((slot) => pair.table.record(slot));
      // By way of one that finds no hardware: the index is made anew too.
      const revisions = Array.from({ length: pair.table.size }, (_, slot) => pair.table.revisionOf(slot));
      const plain = pair.table.rebuild(POOLS, { findsHardware: false, isShared });
      pair.table = plain.rebuild(POOLS, { findsHardware: true, countsHeld: true, isShared });
      expect(revisions.map((_, slot) => pair.table.revisionOf(slot))).toEqual(revisions);
      pair.table.withhold([...pair.model.withheld].map((slot) => pair.table.addressOf(slot)));
      expect(showTable(pair.table)).toBe(before);
      expect(walk((slot) => pair.table.nextStored(slot)).map((slot) => pair.table.record(slot))).toEqual(hostNames);
      for (const step of second) pair.take(step);
      expect(showTable(pair.table)).toBe(showModel(pair.model, pair.table));
    }),
    { numRuns: 100 },
  );
});

test("what is allocated may be bound to the client, and no address that may be is missed", () => {
  const pools = [0, 2];
  fc.assert(
    fc.property(steps, client, fc.array(fc.nat(8), { maxLength: 3 }), (list, n, tried) => {
      const pair = new Pair();
      for (const step of list) pair.take(step);
      const { table, model, now } = pair;
      const slot = allocate(table, pools, identity(n, 0), 0, now, tried);
      const may = model.slots(
        (each) =>
          pools.includes(table.poolOf(each)) && !tried.includes(each) && isAvailable(table, each, identity(n, 0), now),
      );
      // A client that has several leases at once is offered the best of them only.
      const others = may.filter((each) => !isHeld(model.at(each)));
      if (slot === NO_LEASE) expect(others).toEqual([]);
      else if (model.isPending(slot)) expect(slot).toBe(table.findByClient(identity(n, 0), 0, pools, tried));
      else if (model.at(slot).state === BindingState.offered && model.at(slot).client !== n) {
        // Only when there is nothing else, and then the oldest offer of all that may give way.
        expect(others).toEqual([]);
        const unclaimed = pools.flatMap((pool) => offersOf(model, slotsOf(table, pool)));
        const giving = unclaimed.filter((each) => !tried.includes(each) && !model.withheld.has(each));
        expect(model.at(slot).endsAt).toBe(Math.min(...giving.map((each) => model.at(each).endsAt)));
      } else expect(may).toContain(slot);
    }),
    { numRuns: 400 },
  );
});

test("an address that one client has is never available to another", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const pair = new Pair();
      for (const step of list) pair.take(step);
      for (const [slot, lease] of pair.model.leases.entries()) {
        for (let n = 0; n < CLIENTS.length; n++) {
          if (isHeld(lease) && lease.client !== n) {
            expect(isAvailable(pair.table, slot, identity(n, 0), pair.now)).toBe(false);
            // An offer gives way to others, but to nobody who asks for it while anything else is free.
            const isOffer = lease.state === BindingState.offered;
            const isElseFree = pair.model.slots((each) => isAvailable(pair.table, each, identity(n, 0), pair.now));
            if (isOffer && isElseFree.length === 0) continue;
            const wish = pair.table.addressOf(slot);
            expect(allocate(pair.table, [0, 1, 2], identity(n, 0), wish, pair.now, [])).not.toBe(slot);
          }
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("names of every length come back from the table as they were", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(8), fc.string({ maxLength: 255, unit: "binary-ascii" })), { maxLength: 80 }),
      (list) => {
        const table = new LeaseTable(POOLS, KEYS, { findsHardware: true });
        const names = new Map<number, string>();
        for (const [slot, name] of list) {
          table.begin(slot);
          table.bind(slot, numberedClient(slot, name), 1000, 2000);
          table.confirm(slot);
          names.set(slot, name);
        }
        for (const [slot, name] of names) expect(table.record(slot).hostName).toEqual(octets(name));
      },
    ),
  );
});

function isHeld(lease: ModelLease): boolean {
  return lease.state === BindingState.offered || lease.state === BindingState.bound;
}
