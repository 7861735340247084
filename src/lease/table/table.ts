// The lease table: all records of every address of every pool, in memory. Rows by slot (an address of a pool), no
// object a lease; about 95 octets for a lease with an ordinary client behind a relay, its share of all parts below
// included.
//
//   address-map    address <-> slot <-> pool
//   lease-rows     a row of fixed size for each slot: state, times, and words of the parts below
//   slot-clients   the client that has or had a slot, and the way from a client to its slots
//   slot-queues    which slots are free, when leases end, which slots may be used again
//   undo-log       what pending slots were before
//   revisions      of a shared store: which record of a slot is the newest
//   table-content  all of these, kept in step
//   lease-view     the table's questions
//   stored-leases  how a store's records come into it
//
// table-loader.ts loads a file's leases; table-snapshot.ts loads those of a shared store that has to be read anew.
//
// Guarantees: a slot has one state and at most one client; a pending slot is found by no allocation;
// `revert` brings everything back as it was.

import { assert } from "../../base/assert.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds, MonotonicSeconds, Seconds } from "../../base/time.ts";
import type { ClientIdentity } from "../../wire/client-identity.ts";
import { BindingState, OfferCheck } from "../lease.ts";
import { NO_SLOT, type PoolDefinition as Pool, type Slot } from "./address-map.ts";
import { PLAIN } from "./lease-view.ts";
import { StoredLeases } from "./stored-leases.ts";
import type { SlotFollower, SlotHolder, TableOptions } from "./table-content.ts";

/** Position of a lease in the table; NO_LEASE where there is none. Stable until the configuration is replaced. */
export type LeaseSlot = Slot;
export const NO_LEASE: LeaseSlot = NO_SLOT;

/** A pool: addresses that share one allocation policy. */
export interface PoolDefinition extends Pool {}

export type { SlotFollower, TableOptions };

/** All leases, and what changes them. See each member for who may call it when. */
export class LeaseTable extends StoredLeases {
  private readonly withheld = new Set<LeaseSlot>();

  /**
   * Keeps `addresses` (and no others any more) from all clients: the server's own. Leases of them last until
   * they end; none counts as free. Returns those that were not kept before and are in a pool.
   */
  withhold(addresses: Iterable<Ipv4>): readonly Ipv4[] {
    const wanted = new Set<LeaseSlot>();
    for (const address of addresses) {
      const slot = this.slotOf(address);
      if (slot !== NO_LEASE) wanted.add(slot);
    }
    for (const slot of this.withheld) if (!wanted.has(slot)) this.setWithheld(slot, false);
    const added = [...wanted].filter((slot) => !this.withheld.has(slot));
    for (const slot of added) this.setWithheld(slot, true);
    return added.map((slot) => this.addressOf(slot));
  }

  /**
   * Tells `follower` of each slot that changes from now on, once the change is durable or taken back; undefined: none.
   * There is one follower at a time; a rebuilt table has none.
   */
  followedBy(follower: SlotFollower | undefined): void {
    this.content.follower = follower;
  }

  /**
   * Holds a slot for a client, in memory only: a free, expired or released one, an abandoned one
   * whose rest is over, or a lease that is over and not yet seen by `expire`. An offer to the same
   * client is prolonged. `until` is by the monotonic clock.
   */
  offer(
    slot: LeaseSlot,
    client: ClientIdentity,
    now: EpochSeconds,
    until: MonotonicSeconds,
    check: OfferCheck = OfferCheck.none,
  ): void {
    assert(!this.isPending(slot), "an offer is made of a slot without a change under way");
    const state = this.state(slot);
    assert(state !== BindingState.bound || this.endsAt(slot) <= now, "an offer takes nobody's lease");
    assert(state !== BindingState.abandoned || this.endsAt(slot) <= now, "an offer disturbs no rest");
    assert(state !== BindingState.offered || this.isClient(slot, client), "an offer takes nobody's offer");
    // An offer of the client's own last address keeps when it was last leased: if the client does not claim it, the
    // slot gets that time back.
    const lastLeasedAt = this.isClient(slot, client) ? this.lastTransactionAt(slot) : 0;
    this.content.replace(slot, client, BindingState.offered, now, until as number, lastLeasedAt);
    this.content.rows.setOfferCheck(slot, check);
  }

  /** The client of a lease is offered it again, on terms that it may ask for next. */
  reoffer(slot: LeaseSlot): void {
    this.content.rows.setReoffered(slot, true);
  }

  /** The OFFER has left without the check that it was to wait for. */
  skipOfferCheck(slot: LeaseSlot): void {
    this.content.rows.setOfferCheck(slot, OfferCheck.none);
  }

  /** Drops an offer: the slot is free again, or the client's last address as before. Nothing if it is not offered. */
  withdrawOffer(slot: LeaseSlot, now: EpochSeconds): void {
    if (this.state(slot) !== BindingState.offered) return;
    assert(!this.isPending(slot), "an offer with a change under way is not withdrawn");
    this.lapse(slot, now);
  }

  /** Ends an unclaimed offer. */
  private lapse(slot: LeaseSlot, now: EpochSeconds): void {
    const lastLeasedAt = this.lastTransactionAt(slot);
    if (lastLeasedAt === 0) this.content.replace(slot, "nobody", BindingState.free, 0, 0, 0);
    else this.content.replace(slot, "as-before", BindingState.expired, lastLeasedAt, now, lastLeasedAt);
  }

  // Durable changes: `beginChange` keeps the present content, then one of bind/release/abandon, then
  // `confirm` or `revert` when the store has answered. A slot with a change under way is pending.

  /** Keeps the slot's present content, until `confirm` or `revert`. */
  begin(slot: LeaseSlot): void {
    this.content.beginChange(slot);
  }

  /**
   * Gives the slot, in any state, to a client: the engine has decided. A client that has it already keeps its start.
   */
  bind(slot: LeaseSlot, client: ClientIdentity, now: EpochSeconds, endsAt: EpochSeconds): void {
    assert(this.content.undo.has(slot), "a change begins with begin()");
    const isProlonged =
      this.state(slot) === BindingState.bound && this.endsAt(slot) > now && this.isClient(slot, client);
    // A clock that was set back must not make a lease start after its own transaction.
    const startsAt = isProlonged ? Math.min(this.startsAt(slot), now) : now;
    this.content.replace(slot, client, BindingState.bound, startsAt, endsAt, now);
  }

  /** Ends the lease now; its client stays remembered. */
  release(slot: LeaseSlot, now: EpochSeconds): void {
    assert(this.content.undo.has(slot), "a change begins with begin()");
    this.content.replace(slot, "as-before", BindingState.released, this.startsAt(slot), now, now);
  }

  /** The slot forgets its client and rests until `until`. */
  abandon(slot: LeaseSlot, now: EpochSeconds, until: EpochSeconds): void {
    assert(this.content.undo.has(slot), "a change begins with begin()");
    this.content.replace(slot, "nobody", BindingState.abandoned, now, until, now);
  }

  /**
   * The change is durable. `revision`: what a shared store has given it; if something newer has been learnt of the
   * slot meanwhile, the slot is that.
   */
  confirm(slot: LeaseSlot, revision = 0): void {
    const { content } = this;
    const { revisions, rows } = content;
    if (revisions?.isOvertaken(slot, revision) === true) return content.revert(slot);
    revisions?.set(slot, revision, true);
    if (revisions !== undefined) rows.setConfirmedHere(slot, true);
    content.confirm(slot);
    rows.setReoffered(slot, false);
  }

  /** The change did not happen: the slot has its content from `beginChange` again. */
  revert(slot: LeaseSlot): void {
    this.content.revert(slot);
  }

  /**
   * Moves bound slots that are over by `now` to expired and tells `onExpired` of them, at most `limit` in about the order
   * of their times; returns how many. Never touches pending slots. An abandoned slot stays so until it is used again.
   * `guard`: seconds that a lease is kept for its client beyond its end, because other servers' clocks differ from ours;
   * Infinity: no lease ends. Only this decides when a shared lease is over for other clients.
   */
  expire(now: EpochSeconds, limit: number, onExpired: (slot: LeaseSlot) => void, guard: Seconds = 0): number {
    const until = now - guard;
    let moved = 0;
    for (; moved < limit; moved++) {
      const slot = this.content.queues.firstDue(until);
      if (slot === NO_LEASE) break;
      const { rows } = this.content;
      const [startsAt, endsAt] = [rows.startsAt(slot), rows.endsAt(slot)];
      this.content.replace(slot, "as-before", BindingState.expired, startsAt, endsAt, rows.lastTransactionAt(slot));
      onExpired(slot);
    }
    this.content.outsideLeases.expire(until);
    return moved;
  }

  /**
   * Ends offers that are unclaimed at `monotonic`, at most `limit` of them; returns how many. Never touches pending
   * slots.
   */
  lapseOffers(now: EpochSeconds, monotonic: MonotonicSeconds, limit: number): number {
    let lapsed = 0;
    for (const { index } of this.pools) {
      for (; lapsed < limit; lapsed++) {
        const slot = this.content.queues.nextOffer(index, NO_LEASE);
        if (slot === NO_LEASE || this.endsAt(slot) > monotonic) break;
        this.lapse(slot, now);
      }
    }
    return lapsed;
  }

  /**
   * The wall clock was at `from` and has been set forward: until this is called with Infinity, leases that have expired
   * since then go to no other client, because their own client's clock goes on as before.
   */
  holdBack(from: EpochSeconds): void {
    this.heldBackFrom = from;
  }

  /**
   * The wall clock was set by `step` seconds (back: negative). Leases whose last transaction was from `from` to `until`, by
   * the clock as it was, keep the time that is left of them, as their clients' own clocks have it. Returns the addresses
   * of pending slots, which are left alone: the caller asks again when their changes have ended.
   */
  moveTimes(step: Seconds, from: EpochSeconds, until: EpochSeconds, addresses?: readonly Ipv4[]): readonly Ipv4[] {
    const pending: Ipv4[] = [];
    const move = (slot: LeaseSlot): void => {
      if (this.isPending(slot)) pending.push(this.addressOf(slot));
      else if (this.state(slot) === BindingState.bound) this.moveTime(slot, step, from, until);
    };
    if (addresses === undefined) for (const slot of this.takenSlots()) move(slot);
    else for (const slot of addresses.map((address) => this.slotOf(address))) if (slot !== NO_LEASE) move(slot);
    return pending;
  }

  private moveTime(slot: LeaseSlot, step: Seconds, from: EpochSeconds, until: EpochSeconds): void {
    const [lastAt, startsAt, endsAt] = [this.lastTransactionAt(slot), this.startsAt(slot), this.endsAt(slot)];
    if (lastAt < from || lastAt > until) return;
    const movedAt = Math.max(0, lastAt + step);
    const start = Math.min(startsAt < from ? startsAt : Math.max(0, startsAt + step), movedAt);
    this.content.replace(slot, "as-before", BindingState.bound, start, endsAt + step, movedAt);
  }

  private *takenSlots(): Iterable<LeaseSlot> {
    const { queues } = this.content;
    for (let slot = queues.nextTaken(0); slot !== NO_LEASE; slot = queues.nextTaken(slot + 1)) yield slot;
  }

  /** A table for another configuration that knows everything this one knows. Only while nothing is pending. */
  rebuild(pools: readonly PoolDefinition[], options: TableOptions = PLAIN): LeaseTable {
    assert(this.content.undo.count === 0, "a table is rebuilt while nothing is pending");
    const table = new LeaseTable(pools, this.content.keys, options, this.details.vendorClasses);
    for (const slot of this.takenSlots()) {
      if (this.state(slot) === BindingState.offered) continue;
      const other = table.slotOf(this.addressOf(slot));
      if (other !== NO_LEASE) table.copyFrom(this, slot, other);
      else table.load(this.record(slot));
    }
    // In the order in which they were made.
    for (const { index } of this.pools) {
      for (let slot = this.nextOffer(index, NO_LEASE); slot !== NO_LEASE; slot = this.nextOffer(index, slot)) {
        const other = table.slotOf(this.addressOf(slot));
        if (other !== NO_LEASE) table.copyFrom(this, slot, other);
      }
    }
    for (const record of this.outside()) table.load(record);
    table.heldBackFrom = this.heldBackFrom;
    table.adoptRevisions(this);
    return table;
  }

  private copyFrom(source: LeaseTable, from: LeaseSlot, slot: LeaseSlot): void {
    const { content } = this;
    const handle = source.detailsOf(from);
    let holder: SlotHolder = "as-before";
    if (handle !== 0 && content.ignoresClientIds(slot) && source.details.hasIdBesideHardware(handle)) {
      this.recordDetails.take(source.record(from));
      this.recordDetails.leaveIdOut();
      holder = this.recordDetails;
    } else content.clients.adopt(slot, source.content.clients, from);
    const [startsAt, endsAt] = [source.startsAt(from), source.endsAt(from)];
    content.replace(slot, holder, source.state(from), startsAt, endsAt, source.lastTransactionAt(from));
    if (source.held !== undefined) this.held?.copyInterface(slot, source.held, from);
  }

  private setWithheld(slot: LeaseSlot, isWithheld: boolean): void {
    this.content.setWithheld(slot, isWithheld);
    if (isWithheld) this.withheld.add(slot);
    else this.withheld.delete(slot);
  }
}
