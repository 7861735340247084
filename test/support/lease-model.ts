// A lease table without any cleverness: a record for each slot in a plain array, searched from one
// end to the other. The real one has to agree with it after any sequence of operations.

import { BindingState } from "../../src/lease/lease.ts";
import type { LeaseTable, PoolDefinition } from "../../src/lease/table/table.ts";

/** What the model knows of a slot. `client` and `hostName` are the test's own numbers and names. */
export interface ModelLease {
  readonly state: BindingState;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly lastTransactionAt: number;
  readonly client: number | undefined;
  readonly hostName: string;
  /** Whether its client finds it (of those that are over, on one link, only the best is found). */
  readonly isFound: boolean;
  /** Of an offer: its number among all offers. */
  readonly offeredAs?: number;
}

const FREE: ModelLease = {
  state: BindingState.free,
  startsAt: 0,
  endsAt: 0,
  lastTransactionAt: 0,
  client: undefined,
  hostName: "",
  isFound: false,
};

/** The model. Its methods mean what those of LeaseTable mean. */
export class LeaseModel {
  readonly leases: ModelLease[];
  readonly before = new Map<number, ModelLease>();
  private readonly table: LeaseTable;
  private offers = 0;

  constructor(table: LeaseTable) {
    this.table = table;
    this.leases = Array.from({ length: table.size }, () => FREE);
  }

  at(slot: number): ModelLease {
    return this.leases[slot] ?? FREE;
  }

  isPending(slot: number): boolean {
    return this.before.has(slot);
  }

  begin(slot: number): void {
    this.before.set(slot, this.at(slot));
  }

  hold(slot: number, state: BindingState, client: number, hostName: string, now: number, endsAt: number): void {
    const times = { startsAt: now, endsAt, lastTransactionAt: now };
    this.leases[slot] = { state, ...times, client, hostName, isFound: true };
  }

  /** A lease that its client has already goes on from where it started. */
  bind(slot: number, client: number, hostName: string, now: number, endsAt: number): void {
    const { state, client: holder, endsAt: end, startsAt } = this.at(slot);
    const isProlonged = state === BindingState.bound && holder === client && end > now;
    this.hold(slot, BindingState.bound, client, hostName, now, endsAt);
    if (isProlonged) this.leases[slot] = { ...this.at(slot), startsAt: Math.min(startsAt, now) };
  }

  /** An offer keeps when the address was last leased to this very client. */
  offer(slot: number, client: number, hostName: string, now: number, endsAt: number): void {
    const lastTransactionAt = this.at(slot).client === client ? this.at(slot).lastTransactionAt : 0;
    this.hold(slot, BindingState.offered, client, hostName, now, endsAt);
    this.leases[slot] = { ...this.at(slot), lastTransactionAt, offeredAs: ++this.offers };
  }

  /** An unclaimed offer: forgotten, or the client's last address as before. */
  lapse(slot: number, now: number): void {
    const { lastTransactionAt } = this.at(slot);
    if (lastTransactionAt === 0) return this.clear(slot);
    const times = { startsAt: lastTransactionAt, endsAt: now };
    this.leases[slot] = { ...this.at(slot), state: BindingState.expired, ...times };
    this.keepBestFound(slot);
  }

  release(slot: number, now: number): void {
    this.leases[slot] = { ...this.at(slot), state: BindingState.released, endsAt: now, lastTransactionAt: now };
  }

  abandon(slot: number, now: number, until: number): void {
    const times = { startsAt: now, endsAt: until, lastTransactionAt: now };
    this.leases[slot] = { ...FREE, state: BindingState.abandoned, ...times };
  }

  /** A record from a store takes the place of all that is known, of a change under way as well. */
  load(slot: number, state: BindingState, client: number, now: number, endsAt: number): void {
    this.leases[slot] = FREE;
    if (state === BindingState.abandoned) this.abandon(slot, now, endsAt);
    else if (state !== BindingState.free && state !== BindingState.offered) {
      this.hold(slot, state, client, "", now, endsAt);
    }
    if (this.isPending(slot)) this.begin(slot);
    else this.keepBestFound(slot);
  }

  /** What another server has written: of a change under way, only what it would be reverted to is replaced. */
  learn(slot: number, state: BindingState, client: number, now: number, endsAt: number): void {
    const present = this.at(slot);
    this.load(slot, state, client, now, endsAt);
    if (this.isPending(slot)) this.leases[slot] = present;
  }

  clear(slot: number): void {
    this.leases[slot] = FREE;
  }

  confirm(slot: number): void {
    this.before.delete(slot);
    this.keepBestFound(slot);
  }

  revert(slot: number): void {
    // An offer that comes back stands behind those that end with it.
    this.leases[slot] = { ...(this.before.get(slot) ?? FREE), offeredAs: ++this.offers };
    this.before.delete(slot);
    this.keepBestFound(slot);
  }

  /** Slots in a state that are over by `now`, pending ones left out. */
  due(state: BindingState, now: number): number[] {
    return this.slots((slot, lease) => lease.state === state && lease.endsAt <= now && !this.isPending(slot));
  }

  expire(slot: number): void {
    this.leases[slot] = { ...this.at(slot), state: BindingState.expired };
    this.keepBestFound(slot);
  }

  /** Withholding changes nothing that is known of a slot. */
  readonly withheld = new Set<number>();

  findByClient(client: number, link: number): number {
    const found = this.slots((slot, lease) => {
      const pool = this.poolOf(slot);
      return lease.client === client && lease.isFound && !pool.reserved && pool.sharedNetwork === link;
    });
    return found.toSorted((a, b) => this.compare(a, b))[0] ?? -1;
  }

  slots(accept: (slot: number, lease: ModelLease) => boolean): number[] {
    return this.leases.flatMap((lease, slot) => (accept(slot, lease) ? [slot] : []));
  }

  private keepBestFound(slot: number): void {
    const { client, isFound } = this.at(slot);
    if (!isOver(this.at(slot)) || !isFound) return;
    const pool = this.poolOf(slot);
    const rivals = this.slots((other, lease) => {
      const isSameLink =
        this.poolOf(other).sharedNetwork === pool.sharedNetwork && this.poolOf(other).reserved === pool.reserved;
      return lease.client === client && lease.isFound && isOver(lease) && !this.isPending(other) && isSameLink;
    });
    for (const other of rivals.toSorted((a, b) => this.compare(a, b)).slice(1)) {
      this.leases[other] = { ...this.at(other), isFound: false };
    }
  }

  private compare(a: number, b: number): number {
    const rank = (slot: number): number => {
      const { state } = this.at(slot);
      return state === BindingState.bound ? 0 : state === BindingState.offered ? 1 : 2;
    };
    return rank(a) - rank(b) || this.at(b).endsAt - this.at(a).endsAt || a - b;
  }

  private poolOf(slot: number): PoolDefinition {
    const pool = this.table.pools[this.table.poolOf(slot)];
    if (pool === undefined) throw new TypeError(`slot ${slot} is in no pool`);
    return pool;
  }
}

function isOver(lease: ModelLease): boolean {
  return lease.state === BindingState.expired || lease.state === BindingState.released;
}
