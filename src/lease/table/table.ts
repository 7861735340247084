// The lease table: everything known of every address of every pool, in memory. Rows by
// slot (an address of a pool), no object a lease; about 95 octets for a lease with an ordinary
// client behind a relay, its share of all that is below included.
//
//   address-map    address <-> slot <-> pool
//   lease-rows     a row of fixed size for each slot: state, times, and words of the parts below
//   slot-clients   who has or had a slot, and the way from a client to its slots
//   slot-places    what is free, what ends when, what may be used again
//   undo-log       what pending slots were before
//
// Guarantees: a slot has one state and at most one client; a pending slot is found by no allocation;
// `revert` brings everything back as it was.

import { assert } from "../../base/assert.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds, MonotonicSeconds } from "../../base/time.ts";
import type { ClientIdentity, HashKeys } from "../../wire/client-identity.ts";
import type { LoadedLease } from "../file/own-record-reader.ts";
import { BindingState, type LeaseRecord, OfferCheck } from "../lease.ts";
import { AddressMap, NO_SLOT, type PoolDefinition as Pool, type Slot } from "./address-map.ts";
import type { DetailsHandle, DetailsHeap } from "./client-details.ts";
import type { ClientDetails, ClientDetailsTarget } from "./details-block.ts";
import { HardwareIndex } from "./hardware-index.ts";
import { LeaseRows } from "./lease-rows.ts";
import { OutsideLeases } from "./outside-leases.ts";
import { poolHash, scatter } from "./pool-hash.ts";
import { RecordDetails } from "./record-details.ts";
import { SlotClients } from "./slot-clients.ts";
import { SlotPlaces } from "./slot-places.ts";
import { UndoLog } from "./undo-log.ts";
import type { VendorClasses } from "./vendor-classes.ts";

/** Position of a lease in the table; NO_LEASE where there is none. Stable until the configuration is replaced. */
export type LeaseSlot = Slot;
export const NO_LEASE: LeaseSlot = NO_SLOT;

/** A pool: addresses that share one allocation policy. */
export interface PoolDefinition extends Pool {}

/** What a table is to be able to do beside its work; each costs memory. */
export interface TableOptions {
  /** Leases are found by hardware address too (16 octets a lease). */
  readonly findsHardware: boolean;
}

const PLAIN: TableOptions = { findsHardware: false };

const STATES = Object.keys(BindingState).length;

/** All leases. See each member for who may call it when. */
export class LeaseTable {
  readonly pools: readonly PoolDefinition[];
  /** Number of slots. */
  readonly size: number;
  private readonly keys: HashKeys;
  private readonly map: AddressMap;
  private readonly rows: LeaseRows;
  private readonly undo: UndoLog;
  private readonly clients: SlotClients;
  private readonly places: SlotPlaces;
  /** Number of slots by pool, and by state in each. */
  private readonly counts: Int32Array;
  private readonly poolHashes: Uint32Array;
  private readonly outsideLeases = new OutsideLeases();
  private readonly withheld = new Set<LeaseSlot>();
  /** Leases that ended later than this are their clients' alone: see `holdBack`. */
  private heldBackFrom: EpochSeconds = Number.POSITIVE_INFINITY;
  private readonly recordDetails = new RecordDetails();
  /** Between `beginLoading` and `endLoading`. */
  private isLoading = false;

  /** `vendorClasses`: of the table that this one is to know all of; else none. */
  constructor(
    pools: readonly PoolDefinition[],
    keys: HashKeys,
    { findsHardware }: TableOptions = PLAIN,
    vendorClasses?: VendorClasses,
  ) {
    this.pools = pools;
    this.keys = keys;
    this.map = new AddressMap(pools);
    this.size = this.map.size;
    this.rows = new LeaseRows(this.size);
    this.undo = new UndoLog(this.rows);
    const { rows, undo, map, size } = this;
    this.clients = new SlotClients({
      rows,
      undo,
      pools,
      secret: keys.table,
      poolOf: (slot) => map.poolOf(slot),
      vendorClasses,
      byHardware: findsHardware ? new HardwareIndex(size, keys.table) : undefined,
    });
    this.places = new SlotPlaces(map, rows);
    this.counts = new Int32Array(pools.length * STATES);
    for (let pool = 0; pool < pools.length; pool++) this.counts[pool * STATES] = map.poolSize(pool);
    this.poolHashes = Uint32Array.from(pools, poolHash);
  }

  /** Slot of an address of any pool, or NO_LEASE. */
  slotOf(address: Ipv4): LeaseSlot {
    return this.map.slotOf(address);
  }

  /** Address of a slot. */
  addressOf(slot: LeaseSlot): Ipv4 {
    return this.map.addressOf(slot);
  }

  /** Index of the pool that holds the slot. */
  poolOf(slot: LeaseSlot): number {
    return this.map.poolOf(slot);
  }

  /** Binding state of a slot. */
  state(slot: LeaseSlot): BindingState {
    return this.rows.state(slot);
  }

  /** Start of the lease: when its client got it, however often it was prolonged since without a break. */
  startsAt(slot: LeaseSlot): EpochSeconds {
    return this.rows.startsAt(slot);
  }

  /** End of the lease, or of a rest; of an offer its end by the monotonic clock. */
  endsAt(slot: LeaseSlot): EpochSeconds {
    return this.rows.endsAt(slot);
  }

  /** When the lease last changed at its client's wish. */
  lastTransactionAt(slot: LeaseSlot): EpochSeconds {
    return this.rows.lastTransactionAt(slot);
  }

  /** Blocks of client details; `detailsOf` tells a slot's. */
  get details(): DetailsHeap {
    return this.clients.details;
  }

  /** The slot's block in `details`; 0 if it remembers nobody. */
  detailsOf(slot: LeaseSlot): DetailsHandle {
    return this.clients.handle(slot);
  }

  /** Whether nobody is given the slot's address, its client included: see `withhold`. */
  isWithheld(slot: LeaseSlot): boolean {
    return this.rows.isWithheld(slot);
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
    return this.clients.isClient(slot, client);
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
    return this.clients.find(client, sharedNetwork);
  }

  /** Fills `target` with slots of the client on all links, reserved ones too; returns how many. Every one that it has is found, as far as there is room. */
  findAllByClient(client: ClientIdentity, target: Int32Array): number {
    return this.clients.findAll(client, target);
  }

  /** The same for every slot that remembers the client's hardware address. None where the table was not made for it. */
  findAllByHardware(client: ClientIdentity, target: Int32Array): number {
    return this.clients.findAllByHardware(client, target);
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
    this.places.leave(slot);
    this.clients.set(slot, client);
    this.set(slot, BindingState.offered, now, until, lastLeasedAt);
    this.rows.setOfferCheck(slot, check);
    this.places.enter(slot);
  }

  /** The conflict check of an offer; none of any other slot. */
  offerCheck(slot: LeaseSlot): OfferCheck {
    return this.state(slot) === BindingState.offered ? this.rows.offerCheck(slot) : OfferCheck.none;
  }

  /** The client of a lease is offered it again, on terms that it may ask for next. */
  reoffer(slot: LeaseSlot): void {
    this.rows.setReoffered(slot, true);
  }

  /** Whether that has been done since the lease was last changed: a DHCPREQUEST is no repetition then. */
  isReoffered(slot: LeaseSlot): boolean {
    return this.rows.isReoffered(slot);
  }

  /** The OFFER has left without the check that it was to wait for. */
  skipOfferCheck(slot: LeaseSlot): void {
    this.rows.setOfferCheck(slot, OfferCheck.none);
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
    if (lastLeasedAt === 0) {
      this.clear(slot);
      return;
    }
    this.places.leave(slot);
    this.set(slot, BindingState.expired, lastLeasedAt, now, lastLeasedAt);
    this.places.enter(slot);
    this.clients.keepBestOnly(slot);
  }

  // Durable changes: `begin` keeps the present content, then one of bind/release/abandon, then
  // `confirm` or `revert` when the store has answered. A slot with a change under way is pending.

  /** Whether a change of the slot is under way. */
  isPending(slot: LeaseSlot): boolean {
    return this.undo.has(slot);
  }

  /** Keeps what the slot is now, until `confirm` or `revert`. */
  begin(slot: LeaseSlot): void {
    assert(!this.undo.has(slot), "one change of a slot at a time");
    this.places.leave(slot);
    this.undo.open(slot);
    this.keep(slot);
  }

  /** Gives the slot to a client, whatever it was: the engine has decided. Who has it already keeps its start. */
  bind(slot: LeaseSlot, client: ClientIdentity, now: EpochSeconds, endsAt: EpochSeconds): void {
    assert(this.undo.has(slot), "a change begins with begin()");
    const isProlonged =
      this.state(slot) === BindingState.bound && this.endsAt(slot) > now && this.isClient(slot, client);
    // A clock that was set back must not make a lease start after its own transaction.
    const startsAt = isProlonged ? Math.min(this.startsAt(slot), now) : now;
    this.clients.set(slot, client);
    this.set(slot, BindingState.bound, startsAt, endsAt, now);
  }

  /** Ends the lease now; its client stays remembered. */
  release(slot: LeaseSlot, now: EpochSeconds): void {
    assert(this.undo.has(slot), "a change begins with begin()");
    this.set(slot, BindingState.released, this.startsAt(slot), now, now);
  }

  /** The slot forgets its client and rests until `until`. */
  abandon(slot: LeaseSlot, now: EpochSeconds, until: EpochSeconds): void {
    assert(this.undo.has(slot), "a change begins with begin()");
    this.clients.forget(slot);
    this.set(slot, BindingState.abandoned, now, until, now);
  }

  /** The change is durable. */
  confirm(slot: LeaseSlot): void {
    assert(this.undo.has(slot), "a change that is confirmed was begun");
    this.clients.drop(slot);
    this.rows.setReoffered(slot, false);
    this.settle(slot);
  }

  /** The change did not happen: the slot is what it was at `begin`. */
  revert(slot: LeaseSlot): void {
    assert(this.undo.has(slot), "a change that is reverted was begun");
    const { undo } = this;
    const row = undo.row(slot);
    this.clients.restore(slot);
    const state = (undo.states[row] ?? BindingState.free) as BindingState;
    this.set(slot, state, undo.startsAt[row] ?? 0, undo.endsAt[row] ?? 0, undo.lastTransactionAt[row] ?? 0);
    this.settle(slot);
  }

  /**
   * Moves bound slots that are over by `now` to expired and tells `onExpired` of them, at most `limit` in about the order
   * of their times; returns how many. Never touches pending slots. What was abandoned stays until it is used again.
   */
  expire(now: EpochSeconds, limit: number, onExpired: (slot: LeaseSlot) => void): number {
    let moved = 0;
    for (; moved < limit; moved++) {
      const slot = this.places.firstDue(now);
      if (slot === NO_LEASE) break;
      this.set(slot, BindingState.expired, this.startsAt(slot), this.endsAt(slot), this.lastTransactionAt(slot));
      this.places.enter(slot);
      this.clients.keepBestOnly(slot);
      onExpired(slot);
    }
    this.outsideLeases.expire(now);
    return moved;
  }

  /** Ends offers that nobody claimed by `monotonic`, at most `limit` of them; returns how many. Never touches pending slots. */
  lapseOffers(now: EpochSeconds, monotonic: MonotonicSeconds, limit: number): number {
    let lapsed = 0;
    for (const { index } of this.pools) {
      for (; lapsed < limit; lapsed++) {
        const slot = this.places.nextOffer(index, NO_LEASE);
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
    return (this.map.poolStarts[pool] ?? 0) + Math.floor((hash / 0x1_0000_0000) * this.poolSize(pool));
  }

  /** The first never-used slot of a pool at or after its slot `from`, going on at its first; NO_LEASE if none. */
  nextFree(pool: number, from: LeaseSlot): LeaseSlot {
    return this.places.nextFree(pool, from);
  }

  /** The longest-expired or -released slot of a pool (`previous` NO_LEASE), or the one after `previous`; NO_LEASE if none. */
  nextIdle(pool: number, previous: LeaseSlot): LeaseSlot {
    return this.places.nextIdle(pool, previous);
  }

  /** The oldest offer of a pool (`previous` NO_LEASE), or the one made after `previous`; NO_LEASE if none. Pending ones are left out. */
  nextOffer(pool: number, previous: LeaseSlot): LeaseSlot {
    return this.places.nextOffer(pool, previous);
  }

  /** The abandoned slot of a pool whose rest ends first (`previous` NO_LEASE), or the one after `previous`; NO_LEASE if none. */
  nextResting(pool: number, previous: LeaseSlot): LeaseSlot {
    return this.places.nextResting(pool, previous);
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
   * Many records are about to come by `load` and `loadOwn`, into a table that knows nothing yet. Until
   * `endLoading` nobody may ask for anything but what single slots are: what finds leases, and what knows their
   * ends, is made then, once for all.
   */
  beginLoading(): void {
    assert(this.nextStored(NO_LEASE) === NO_LEASE, "leases are loaded into a table that knows none");
    this.isLoading = true;
  }

  /** All have come. */
  endLoading(): void {
    this.isLoading = false;
    let count = 0;
    for (let slot = this.places.nextTaken(0); slot !== NO_LEASE; slot = this.places.nextTaken(slot + 1)) count++;
    this.clients.reserve(count);
    for (let slot = this.places.nextTaken(0); slot !== NO_LEASE; slot = this.places.nextTaken(slot + 1)) {
      this.clients.indexLoaded(slot);
      this.places.enter(slot);
      this.clients.keepBestOnly(slot);
    }
  }

  /**
   * Takes a record read from a store; replaces whatever is known of that address, including what
   * a pending change of it would be reverted to. False if the address is in no pool: then it is kept
   * aside (see `outside`) and written by compaction, until it is over. An offer counts as free.
   */
  load(record: LeaseRecord): boolean {
    const slot = this.slotOf(record.address);
    if (slot === NO_LEASE) {
      this.outsideLeases.put(record);
      return false;
    }
    const isKnown = record.state !== BindingState.free && record.state !== BindingState.offered;
    this.openContent(slot);
    if (isKnown && record.state !== BindingState.abandoned && this.recordDetails.take(record)) {
      this.setLoaded(slot, this.recordDetails);
    } else if (this.isLoading) {
      this.clients.forget(slot);
    }
    if (isKnown) this.set(slot, record.state, record.startsAt, record.endsAt, record.lastTransactionAt);
    else this.set(slot, BindingState.free, 0, 0, 0);
    this.closeContent(slot);
    return true;
  }

  /** Like `load`, for a bound, expired or released lease with a client; false, with nothing done, if the address is in no pool. */
  loadOwn(lease: LoadedLease): boolean {
    const slot = this.slotOf(lease.address);
    if (slot === NO_LEASE) return false;
    this.openContent(slot);
    this.setLoaded(slot, lease);
    this.set(slot, lease.state, lease.startsAt, lease.endsAt, lease.lastTransactionAt);
    this.closeContent(slot);
    return true;
  }

  /** Whether the client has a running lease of an address that no pool has (any more). */
  hasOutside(address: Ipv4, client: ClientIdentity): boolean {
    return this.outsideLeases.isOf(address, client);
  }

  /** Records of addresses that no pool has. */
  outside(): Iterable<LeaseRecord> {
    return this.outsideLeases.records();
  }

  /** The first slot above `after` (NO_LEASE: of all) that a lease file must contain: bound, expired, released, abandoned; NO_LEASE if none. */
  nextStored(after: LeaseSlot): LeaseSlot {
    for (let slot = this.places.nextTaken(after + 1); slot !== NO_LEASE; slot = this.places.nextTaken(slot + 1)) {
      if (this.state(slot) > BindingState.offered) return slot;
    }
    return NO_LEASE;
  }

  /** Slots of a pool in a state; withheld ones that nobody has are in none. */
  countInPool(pool: number, state: BindingState): number {
    return this.counts[pool * STATES + state] ?? 0;
  }

  /** First slot of a pool. */
  firstSlotOf(pool: number): LeaseSlot {
    return this.map.poolStarts[pool] ?? 0;
  }

  /** Number of addresses of a pool. */
  poolSize(pool: number): number {
    return this.map.poolSize(pool);
  }

  /** A table for another configuration that knows everything this one knows. Only while nothing is pending. */
  rebuild(pools: readonly PoolDefinition[], options: TableOptions = PLAIN): LeaseTable {
    assert(this.undo.count === 0, "a table is rebuilt while nothing is pending");
    const table = new LeaseTable(pools, this.keys, options, this.details.vendorClasses);
    for (let slot = this.places.nextTaken(0); slot !== NO_LEASE; slot = this.places.nextTaken(slot + 1)) {
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

  private setLoaded(slot: LeaseSlot, loaded: ClientDetails): void {
    let client = loaded;
    if (this.ignoresClientIds(slot) && loaded.hlen > 0) {
      this.recordDetails.takeWithoutId(loaded);
      client = this.recordDetails;
    }
    if (this.isLoading) this.clients.remember(slot, client);
    else this.clients.set(slot, client);
  }

  private ignoresClientIds(slot: LeaseSlot): boolean {
    return this.pools[this.poolOf(slot)]?.ignoresClientIds === true;
  }

  private copyFrom(source: LeaseTable, from: LeaseSlot, slot: LeaseSlot): void {
    this.openContent(slot);
    const handle = source.detailsOf(from);
    if (handle !== 0 && this.ignoresClientIds(slot) && source.details.hasIdBesideHardware(handle)) {
      this.recordDetails.take(source.record(from));
      this.setLoaded(slot, this.recordDetails);
    } else this.clients.adopt(slot, source.clients, from);
    this.set(slot, source.state(from), source.startsAt(from), source.endsAt(from), source.lastTransactionAt(from));
    this.closeContent(slot);
  }

  /** Before a slot's whole content is replaced, pending or not: it forgets its client, but while loading, when `remember` compares. */
  private openContent(slot: LeaseSlot): void {
    if (this.isLoading) {
      if (this.state(slot) === BindingState.free) this.places.leave(slot);
      return;
    }
    if (!this.isPending(slot)) this.places.leave(slot);
    this.clients.forget(slot);
  }

  /** After it was replaced. */
  private closeContent(slot: LeaseSlot): void {
    if (this.isLoading) {
      if (this.state(slot) === BindingState.free) this.places.enter(slot);
      return;
    }
    if (this.isPending(slot)) {
      this.clients.drop(slot);
      this.keep(slot);
      this.places.leaveDue(slot);
      return;
    }
    this.places.enter(slot);
    this.clients.keepBestOnly(slot);
  }

  /** Ends a change, whatever came of it. */
  private settle(slot: LeaseSlot): void {
    const endedAt = this.undo.endsAt[this.undo.row(slot)];
    this.undo.close(slot);
    this.places.enter(slot, endedAt);
    this.clients.keepBestOnly(slot);
  }

  /** Writes the slot's present content into its undo row. */
  private keep(slot: LeaseSlot): void {
    const { undo } = this;
    const row = undo.row(slot);
    undo.states[row] = this.state(slot);
    undo.startsAt[row] = this.startsAt(slot);
    undo.endsAt[row] = this.endsAt(slot);
    undo.lastTransactionAt[row] = this.lastTransactionAt(slot);
    this.clients.keep(slot);
  }

  private set(
    slot: LeaseSlot,
    state: BindingState,
    startsAt: EpochSeconds,
    endsAt: EpochSeconds,
    lastTransactionAt: EpochSeconds,
  ): void {
    const { rows } = this;
    this.count(slot, rows.state(slot), -1);
    this.count(slot, state, 1);
    rows.set(slot, state, startsAt, endsAt, lastTransactionAt);
  }

  private count(slot: LeaseSlot, state: BindingState, by: number): void {
    const isUsable = state === BindingState.free || state === BindingState.expired || state === BindingState.released;
    if (isUsable && this.rows.isWithheld(slot)) return;
    const at = this.poolOf(slot) * STATES + state;
    this.counts[at] = (this.counts[at] ?? 0) + by;
  }

  private setWithheld(slot: LeaseSlot, isWithheld: boolean): void {
    const isPlaced = !this.isPending(slot);
    const state = this.state(slot);
    if (isPlaced) this.places.leave(slot);
    this.count(slot, state, -1);
    this.rows.setWithheld(slot, isWithheld);
    this.count(slot, state, 1);
    if (isWithheld) this.withheld.add(slot);
    else this.withheld.delete(slot);
    if (isPlaced) this.places.enter(slot);
  }

  /** Makes a slot free that is not pending. */
  private clear(slot: LeaseSlot): void {
    this.places.leave(slot);
    this.clients.forget(slot);
    this.set(slot, BindingState.free, 0, 0, 0);
    this.places.enter(slot);
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
