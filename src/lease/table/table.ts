// The lease table: everything known of every address of every pool, in memory. Rows by
// slot (an address of a pool), no object a lease; about 95 octets for a lease with an ordinary
// client behind a relay, its share of all that is below included.
//
//   address-map    address <-> slot <-> pool
//   lease-rows     a row of fixed size for each slot: state, times, and words of the parts below
//   slot-clients   who has or had a slot, and the way from a client to its slots
//   slot-queues    what is free, what ends when, what may be used again
//   undo-log       what pending slots were before
//   table-content  all of these, kept in step
//
// A file's leases come by table-loader.ts.
//
// Guarantees: a slot has one state and at most one client; a pending slot is found by no allocation;
// `revert` brings everything back as it was.

import { assert } from "../../base/assert.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds, MonotonicSeconds } from "../../base/time.ts";
import type { ClientIdentity, HashKeys } from "../../wire/client-identity.ts";
import { BindingState, type LeaseRecord, OfferCheck } from "../lease.ts";
import { NO_SLOT, type PoolDefinition as Pool, type Slot } from "./address-map.ts";
import type { DetailsHandle, DetailsHeap } from "./client-details.ts";
import type { ClientDetailsTarget } from "./details-block.ts";
import { poolHash, scatter } from "./pool-hash.ts";
import { RecordDetails } from "./record-details.ts";
import { type SlotHolder, TableContent, type TableOptions } from "./table-content.ts";
import type { VendorClasses } from "./vendor-classes.ts";

/** Position of a lease in the table; NO_LEASE where there is none. Stable until the configuration is replaced. */
export type LeaseSlot = Slot;
export const NO_LEASE: LeaseSlot = NO_SLOT;

/** A pool: addresses that share one allocation policy. */
export interface PoolDefinition extends Pool {}

export type { TableOptions };

const PLAIN: TableOptions = { findsHardware: false };

/** All leases. See each member for who may call it when. */
export class LeaseTable {
  readonly pools: readonly PoolDefinition[];
  /** Number of slots. */
  readonly size: number;
  /** For table-loader.ts. */
  readonly content: TableContent;
  private readonly poolHashes: Uint32Array;
  private readonly withheld = new Set<LeaseSlot>();
  /** Leases that ended later than this are their clients' alone: see `holdBack`. */
  private heldBackFrom: EpochSeconds = Number.POSITIVE_INFINITY;
  private readonly recordDetails = new RecordDetails();

  /** `vendorClasses`: of the table that this one is to know all of; else none. */
  constructor(
    pools: readonly PoolDefinition[],
    keys: HashKeys,
    options: TableOptions = PLAIN,
    vendorClasses?: VendorClasses,
  ) {
    this.pools = pools;
    this.content = new TableContent(pools, keys, options, vendorClasses);
    this.size = this.content.map.size;
    this.poolHashes = Uint32Array.from(pools, poolHash);
  }

  /** Slot of an address of any pool, or NO_LEASE. */
  slotOf(address: Ipv4): LeaseSlot {
    return this.content.map.slotOf(address);
  }

  /** Address of a slot. */
  addressOf(slot: LeaseSlot): Ipv4 {
    return this.content.map.addressOf(slot);
  }

  /** Index of the pool that holds the slot. */
  poolOf(slot: LeaseSlot): number {
    return this.content.map.poolOf(slot);
  }

  /** Binding state of a slot. */
  state(slot: LeaseSlot): BindingState {
    return this.content.rows.state(slot);
  }

  /** Start of the lease: when its client got it, however often it was prolonged since without a break. */
  startsAt(slot: LeaseSlot): EpochSeconds {
    return this.content.rows.startsAt(slot);
  }

  /** End of the lease, or of a rest; of an offer its end by the monotonic clock. */
  endsAt(slot: LeaseSlot): EpochSeconds {
    return this.content.rows.endsAt(slot);
  }

  /** When the lease last changed at its client's wish. */
  lastTransactionAt(slot: LeaseSlot): EpochSeconds {
    return this.content.rows.lastTransactionAt(slot);
  }

  /** Blocks of client details; `detailsOf` tells a slot's. */
  get details(): DetailsHeap {
    return this.content.clients.details;
  }

  /** The slot's block in `details`; 0 if it remembers nobody. */
  detailsOf(slot: LeaseSlot): DetailsHandle {
    return this.content.clients.handle(slot);
  }

  /** Whether nobody is given the slot's address, its client included: see `withhold`. */
  isWithheld(slot: LeaseSlot): boolean {
    return this.content.rows.isWithheld(slot);
  }

  /**
   * Keeps `addresses` (and no others any more) from everybody: the server's own. Leases of them last until
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

  /** Whether the slot's client is this one (equal client keys). False for slots that remember nobody. */
  isClient(slot: LeaseSlot, client: ClientIdentity): boolean {
    return this.content.clients.isClient(slot, client);
  }

  /**
   * Whether the client may go on with the slot: it is the slot's client, or the slot was leased to its hardware
   * address without an identifier (it has begun to send one, or `ignore-client-uids` was turned off).
   */
  isOwner(slot: LeaseSlot, client: ClientIdentity): boolean {
    if (this.isClient(slot, client)) return true;
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.isHardwareOnly(handle, client);
  }

  /** Whether the slot's recorded hardware address is the client's (for logs and the ownership of DECLINE/RELEASE). */
  hasHardwareOf(slot: LeaseSlot, client: ClientIdentity): boolean {
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.hasHardwareOf(handle, client);
  }

  /** Whether what is recorded besides times (hardware address, host name, agent information, vendor class) equals the client's. */
  hasDetailsOf(slot: LeaseSlot, client: ClientIdentity): boolean {
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.hasDetailsOf(handle, client);
  }

  /** The client's slot on a link, best first: bound, then offered, then the latest to end of expired/released; NO_LEASE if none. Reserved pools excluded. */
  findByClient(client: ClientIdentity, sharedNetwork: number): LeaseSlot {
    return this.content.clients.find(client, sharedNetwork);
  }

  /** Fills `target` with slots of the client on all links, reserved ones too; returns how many. Every one that it has is found, as far as there is room. */
  findAllByClient(client: ClientIdentity, target: Int32Array): number {
    return this.content.clients.findAll(client, target);
  }

  /** The same for every slot that remembers the client's hardware address. None where the table was not made for it. */
  findAllByHardware(client: ClientIdentity, target: Int32Array): number {
    return this.content.clients.findAllByHardware(client, target);
  }

  /** Whether the slot's client came through a relay that gave this sub-option this value. */
  hasAgentSubOption(slot: LeaseSlot, code: number, value: Uint8Array): boolean {
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.hasAgentSubOption(handle, code, value);
  }

  /** Copies what a slot that remembers somebody knows of its client. */
  copyDetails(slot: LeaseSlot, target: ClientDetailsTarget): void {
    const handle = this.detailsOf(slot);
    assert(handle !== 0, "details are copied of slots that have them");
    this.details.copy(handle, target);
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
    // An offer of the client's own last address keeps when it was last leased: if nobody claims it, it is that again.
    const lastLeasedAt = this.isClient(slot, client) ? this.lastTransactionAt(slot) : 0;
    this.content.replace(slot, client, BindingState.offered, now, until, lastLeasedAt);
    this.content.rows.setOfferCheck(slot, check);
  }

  /** The conflict check of an offer; none of any other slot. */
  offerCheck(slot: LeaseSlot): OfferCheck {
    return this.state(slot) === BindingState.offered ? this.content.rows.offerCheck(slot) : OfferCheck.none;
  }

  /** The client of a lease is offered it again, on terms that it may ask for next. */
  reoffer(slot: LeaseSlot): void {
    this.content.rows.setReoffered(slot, true);
  }

  /** Whether that has been done since the lease was last changed: a DHCPREQUEST is no repetition then. */
  isReoffered(slot: LeaseSlot): boolean {
    return this.content.rows.isReoffered(slot);
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

  /** Ends an offer that nobody claimed. */
  private lapse(slot: LeaseSlot, now: EpochSeconds): void {
    const lastLeasedAt = this.lastTransactionAt(slot);
    if (lastLeasedAt === 0) this.content.replace(slot, "nobody", BindingState.free, 0, 0, 0);
    else this.content.replace(slot, "as-before", BindingState.expired, lastLeasedAt, now, lastLeasedAt);
  }

  // Durable changes: `begin` keeps the present content, then one of bind/release/abandon, then
  // `confirm` or `revert` when the store has answered. A slot with a change under way is pending.

  /** Whether a change of the slot is under way. */
  isPending(slot: LeaseSlot): boolean {
    return this.content.undo.has(slot);
  }

  /** Keeps what the slot is now, until `confirm` or `revert`. */
  begin(slot: LeaseSlot): void {
    this.content.begin(slot);
  }

  /** Gives the slot to a client, whatever it was: the engine has decided. Who has it already keeps its start. */
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

  /** The change is durable. */
  confirm(slot: LeaseSlot): void {
    this.content.confirm(slot);
    this.content.rows.setReoffered(slot, false);
  }

  /** The change did not happen: the slot is what it was at `begin`. */
  revert(slot: LeaseSlot): void {
    this.content.revert(slot);
  }

  /**
   * Moves bound slots that are over by `now` to expired and tells `onExpired` of them, at most `limit` in about the order
   * of their times; returns how many. Never touches pending slots. What was abandoned stays until it is used again.
   */
  expire(now: EpochSeconds, limit: number, onExpired: (slot: LeaseSlot) => void): number {
    let moved = 0;
    for (; moved < limit; moved++) {
      const slot = this.content.queues.firstDue(now);
      if (slot === NO_LEASE) break;
      const { rows } = this.content;
      const [startsAt, endsAt] = [rows.startsAt(slot), rows.endsAt(slot)];
      this.content.replace(slot, "as-before", BindingState.expired, startsAt, endsAt, rows.lastTransactionAt(slot));
      onExpired(slot);
    }
    this.content.outsideLeases.expire(now);
    return moved;
  }

  /** Ends offers that nobody claimed by `monotonic`, at most `limit` of them; returns how many. Never touches pending slots. */
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
   * Where in a pool a client's candidates start. `orderHash` is keyed with the cluster's secret; the
   * pool comes in by its addresses, which every server with the same configuration knows alike.
   */
  firstCandidate(pool: number, orderHash: number): LeaseSlot {
    const hash = scatter(scatter(orderHash) ^ (this.poolHashes[pool] ?? 0));
    // 32 bits scaled to the size: no remainder, and no bias worth the name.
    return (this.content.map.poolStarts[pool] ?? 0) + Math.floor((hash / 0x1_0000_0000) * this.poolSize(pool));
  }

  /** The first never-used slot of a pool at or after its slot `from`, going on at its first; NO_LEASE if none. */
  nextFree(pool: number, from: LeaseSlot): LeaseSlot {
    return this.content.queues.nextFree(pool, from);
  }

  /** The longest-expired or -released slot of a pool (`previous` NO_LEASE), or the one after `previous`; NO_LEASE if none. */
  nextIdle(pool: number, previous: LeaseSlot): LeaseSlot {
    return this.content.queues.nextIdle(pool, previous);
  }

  /** The oldest offer of a pool (`previous` NO_LEASE), or the one made after `previous`; NO_LEASE if none. Pending ones are left out. */
  nextOffer(pool: number, previous: LeaseSlot): LeaseSlot {
    return this.content.queues.nextOffer(pool, previous);
  }

  /** The abandoned slot of a pool whose rest ends first (`previous` NO_LEASE), or the one after `previous`; NO_LEASE if none. */
  nextResting(pool: number, previous: LeaseSlot): LeaseSlot {
    return this.content.queues.nextResting(pool, previous);
  }

  /**
   * The wall clock was at `from` and has been set forward: until this is called with Infinity, what has expired since
   * then is given to nobody but its client, whose own clock goes on as before.
   */
  holdBack(from: EpochSeconds): void {
    this.heldBackFrom = from;
  }

  /** Whether a slot is its former client's alone for that reason. */
  isHeldBack(slot: LeaseSlot): boolean {
    return this.state(slot) === BindingState.expired && this.endsAt(slot) > this.heldBackFrom;
  }

  /** The lease as a value (allocates). */
  record(slot: LeaseSlot): LeaseRecord {
    const handle = this.detailsOf(slot);
    return {
      address: this.addressOf(slot),
      state: this.state(slot),
      startsAt: this.startsAt(slot),
      endsAt: this.endsAt(slot),
      lastTransactionAt: this.lastTransactionAt(slot),
      ...(handle === 0 ? NOBODY : this.details.read(handle)),
    };
  }

  /**
   * Takes a record read from a store; replaces whatever is known of that address, including what
   * a pending change of it would be reverted to. False if the address is in no pool: then it is kept
   * aside (see `outside`) and written by compaction, until it is over. An offer counts as free.
   */
  load(record: LeaseRecord): boolean {
    const { content, recordDetails } = this;
    const slot = this.slotOf(record.address);
    if (slot === NO_LEASE) {
      content.outsideLeases.put(record);
      return false;
    }
    const { state, startsAt, endsAt, lastTransactionAt } = record;
    if (state === BindingState.free || state === BindingState.offered) {
      content.replace(slot, "nobody", BindingState.free, 0, 0, 0);
    } else {
      const isClient = state !== BindingState.abandoned && recordDetails.take(record);
      if (content.ignoresClientIds(slot)) recordDetails.leaveIdOut();
      content.replace(slot, isClient ? recordDetails : "nobody", state, startsAt, endsAt, lastTransactionAt);
    }
    content.overrule(slot);
    return true;
  }

  /** Whether the client has a running lease of an address that no pool has (any more). */
  hasOutside(address: Ipv4, client: ClientIdentity): boolean {
    return this.content.outsideLeases.isOf(address, client);
  }

  /** Records of addresses that no pool has. */
  outside(): Iterable<LeaseRecord> {
    return this.content.outsideLeases.records();
  }

  /** The first slot above `after` (NO_LEASE: of all) that a lease file must contain: bound, expired, released, abandoned; NO_LEASE if none. */
  nextStored(after: LeaseSlot): LeaseSlot {
    for (
      let slot = this.content.queues.nextTaken(after + 1);
      slot !== NO_LEASE;
      slot = this.content.queues.nextTaken(slot + 1)
    ) {
      if (this.state(slot) > BindingState.offered) return slot;
    }
    return NO_LEASE;
  }

  /** Slots of a pool in a state; withheld ones that nobody has are in none. */
  countInPool(pool: number, state: BindingState): number {
    return this.content.countInPool(pool, state);
  }

  /** First slot of a pool. */
  firstSlotOf(pool: number): LeaseSlot {
    return this.content.map.poolStarts[pool] ?? 0;
  }

  /** Number of addresses of a pool. */
  poolSize(pool: number): number {
    return this.content.map.poolSize(pool);
  }

  /** A table for another configuration that knows everything this one knows. Only while nothing is pending. */
  rebuild(pools: readonly PoolDefinition[], options: TableOptions = PLAIN): LeaseTable {
    assert(this.content.undo.count === 0, "a table is rebuilt while nothing is pending");
    const table = new LeaseTable(pools, this.content.keys, options, this.details.vendorClasses);
    for (
      let slot = this.content.queues.nextTaken(0);
      slot !== NO_LEASE;
      slot = this.content.queues.nextTaken(slot + 1)
    ) {
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
  }

  private setWithheld(slot: LeaseSlot, isWithheld: boolean): void {
    this.content.setWithheld(slot, isWithheld);
    if (isWithheld) this.withheld.add(slot);
    else this.withheld.delete(slot);
  }
}

const NOTHING = new Uint8Array(0);
const NOBODY = {
  htype: 0,
  hardwareAddress: NOTHING,
  clientId: NOTHING,
  hostName: NOTHING,
  agentInformation: NOTHING,
  vendorClass: NOTHING,
} as const;
