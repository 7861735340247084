// The lease table: everything known of every address of every pool, in memory. Dense columns by
// slot (an address of a pool), no object a lease; about 95 octets for a lease with an ordinary
// client, counting its share of all that is below.
//
//   address-map    address <-> slot <-> pool       client-index  client -> slots
//   free-bitmap    never-used slots of a pool      client-details  who the client is
//   expiry-queue   what ends when: leases and offers of the table (`due`); of each pool what may be
//                  used again (`idle`: expired, released) and what rests (`resting`: abandoned)
//   undo-log       what pending slots were before
//
// Guarantees: a slot has one state and at most one client; a pending slot is offered to nobody,
// since it is in no bitmap and no queue of its pool; `revert` brings everything back as it was.
// A client that took many addresses one after the other is found by the latest to end of those
// that are over, so that no client makes its own look-ups slow.

import { assert } from "../base/assert.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { ClientIdentity, HashKeys } from "../wire/client-identity.ts";
import { AddressMap, NO_SLOT, type PoolDefinition as Pool, type Slot } from "./address-map.ts";
import { type DetailsHandle, DetailsHeap } from "./client-details.ts";
import { ClientIndex } from "./client-index.ts";
import { hashClientKey } from "./client-key.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { FreeBitmap } from "./free-bitmap.ts";
import { BindingState, type LeaseRecord } from "./lease.ts";
import { OutsideLeases } from "./outside-leases.ts";
import { RecordDetails } from "./record-details.ts";
import { UndoLog } from "./undo-log.ts";

/** Position of a lease in the table; NO_LEASE where there is none. Stable until the configuration is replaced. */
export type LeaseSlot = Slot;
export const NO_LEASE: LeaseSlot = NO_SLOT;

/** A pool: addresses that share one allocation policy. */
export interface PoolDefinition extends Pool {}

/** What belongs to one pool. */
interface PoolParts {
  readonly definition: PoolDefinition;
  readonly firstSlot: LeaseSlot;
  /** Positions count from `firstSlot`. */
  readonly free: FreeBitmap;
  /** Expired and released slots by the time they ended. */
  readonly idle: ExpiryQueue;
  /** Abandoned slots by the time their rest ends. */
  readonly resting: ExpiryQueue;
  /** Number of slots by state. */
  readonly counts: Int32Array;
  /** Hash of the pool's addresses. */
  readonly hash: number;
}

/** All leases. See each member for who may call it when. */
export class LeaseTable {
  readonly pools: readonly PoolDefinition[];
  /** Number of slots. */
  readonly size: number;
  /** Blocks of client details; `detailsOf` tells a slot's. */
  readonly details = new DetailsHeap();
  private readonly keys: HashKeys;
  private readonly map: AddressMap;
  private readonly parts: readonly PoolParts[];
  private readonly states: Uint8Array;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly transactions: Float64Array;
  /** Hash of the client key; meaningful where the slot is indexed. */
  private readonly keyHashes: Uint32Array;
  private readonly handles: Uint32Array;
  /** 1 where the slot is in the client index. */
  private readonly indexed: Uint8Array;
  /** Shared by all queues. */
  private readonly positions: Uint32Array;
  private readonly clients: ClientIndex;
  /** Offered and bound slots by the time they end, or an earlier one (a prolonged lease stays where it was). */
  private readonly due: ExpiryQueue;
  private readonly undo: UndoLog;
  private readonly outsideLeases = new OutsideLeases();
  private readonly recordDetails = new RecordDetails();

  constructor(pools: readonly PoolDefinition[], keys: HashKeys) {
    this.pools = pools;
    this.keys = keys;
    this.map = new AddressMap(pools);
    this.size = this.map.size;
    this.states = new Uint8Array(this.size);
    this.starts = new Float64Array(this.size);
    this.ends = new Float64Array(this.size);
    this.transactions = new Float64Array(this.size);
    this.keyHashes = new Uint32Array(this.size);
    this.handles = new Uint32Array(this.size);
    this.indexed = new Uint8Array(this.size);
    this.positions = new Uint32Array(this.size);
    this.clients = new ClientIndex(this.keyHashes);
    this.due = new ExpiryQueue(this.positions);
    this.undo = new UndoLog(this.size);
    this.parts = pools.map((definition, pool) => ({
      definition,
      firstSlot: this.map.poolStarts[pool] ?? 0,
      free: new FreeBitmap(this.map.poolSize(pool)),
      idle: new ExpiryQueue(this.positions),
      resting: new ExpiryQueue(this.positions),
      counts: Int32Array.of(this.map.poolSize(pool), 0, 0, 0, 0, 0),
      hash: hashRanges(definition.ranges),
    }));
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
    return (this.states[slot] ?? BindingState.free) as BindingState;
  }

  /** Start of the lease. */
  startsAt(slot: LeaseSlot): EpochSeconds {
    return this.starts[slot] ?? 0;
  }

  /** End of the lease; of an offer or a rest, for those states. */
  endsAt(slot: LeaseSlot): EpochSeconds {
    return this.ends[slot] ?? 0;
  }

  /** When the client was last answered about this lease. */
  lastTransactionAt(slot: LeaseSlot): EpochSeconds {
    return this.transactions[slot] ?? 0;
  }

  /** The slot's block in `details`; 0 if it remembers nobody. */
  detailsOf(slot: LeaseSlot): DetailsHandle {
    return this.handles[slot] ?? 0;
  }

  /** Whether the slot's client is this one (equal client keys). False for slots that remember nobody. */
  isClient(slot: LeaseSlot, client: ClientIdentity): boolean {
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.hasKeyOf(handle, client);
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
    const hash = hashClientKey(client, this.keys.table);
    let best = NO_LEASE;
    for (let at = this.clients.next(hash, -1); at >= 0; at = this.clients.next(hash, at)) {
      const slot = this.clients.slotAt(at);
      if (best !== NO_LEASE && !this.isBetter(slot, best)) continue;
      const pool = this.pools[this.poolOf(slot)];
      if (pool === undefined || pool.reserved || pool.sharedNetwork !== sharedNetwork) continue;
      if (this.isClient(slot, client)) best = slot;
    }
    return best;
  }

  /**
   * Holds a slot for a client, in memory only: a free, expired or released one, an abandoned one
   * whose rest is over, or a lease that is over and not yet seen by `expire`. An offer to the same
   * client is prolonged.
   */
  offer(slot: LeaseSlot, client: ClientIdentity, now: EpochSeconds, until: EpochSeconds): void {
    assert(!this.isPending(slot), "an offer is made of a slot without a change under way");
    const state = this.state(slot);
    assert(state !== BindingState.bound || this.endsAt(slot) <= now, "an offer takes nobody's lease");
    assert(state !== BindingState.abandoned || this.endsAt(slot) <= now, "an offer disturbs no rest");
    assert(state !== BindingState.offered || this.isClient(slot, client), "an offer takes nobody's offer");
    this.dequeue(slot);
    this.setClient(slot, client);
    this.set(slot, BindingState.offered, now, until, now);
    this.enqueue(slot);
  }

  /** Drops an offer: the slot is free again. Nothing if it is not offered. */
  withdrawOffer(slot: LeaseSlot): void {
    if (this.state(slot) !== BindingState.offered) return;
    assert(!this.isPending(slot), "an offer with a change under way is not withdrawn");
    this.clear(slot);
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
    this.dequeue(slot);
    this.undo.open(slot);
    this.keep(slot);
  }

  /** Gives the slot to a client, whatever it was: the engine has decided. */
  bind(slot: LeaseSlot, client: ClientIdentity, now: EpochSeconds, endsAt: EpochSeconds): void {
    assert(this.undo.has(slot), "a change begins with begin()");
    this.setClient(slot, client);
    this.set(slot, BindingState.bound, now, endsAt, now);
  }

  /** Ends the lease now; its client stays remembered. */
  release(slot: LeaseSlot, now: EpochSeconds): void {
    assert(this.undo.has(slot), "a change begins with begin()");
    this.set(slot, BindingState.released, this.startsAt(slot), now, now);
  }

  /** The slot forgets its client and rests until `until`. */
  abandon(slot: LeaseSlot, now: EpochSeconds, until: EpochSeconds): void {
    assert(this.undo.has(slot), "a change begins with begin()");
    this.forgetClient(slot);
    this.set(slot, BindingState.abandoned, now, until, now);
  }

  /** The change is durable. */
  confirm(slot: LeaseSlot): void {
    const before = this.undo.detailsBefore(slot);
    if (before !== 0 && before !== this.detailsOf(slot)) this.details.release(before);
    this.undo.close(slot);
    this.enqueue(slot);
    this.rememberLatestOnly(slot);
  }

  /** The change did not happen: the slot is what it was at `begin`. */
  revert(slot: LeaseSlot): void {
    const { undo } = this;
    const row = undo.row(slot);
    const before = undo.details[row] ?? 0;
    const handle = this.detailsOf(slot);
    if (this.indexed[slot] === 1) this.unindex(slot);
    if (handle !== 0 && handle !== before) this.details.release(handle);
    this.handles[slot] = before;
    this.keyHashes[slot] = undo.keyHashes[row] ?? 0;
    if (undo.indexed[row] === 1) this.index(slot);
    const state = (undo.states[row] ?? BindingState.free) as BindingState;
    this.set(slot, state, undo.startsAt[row] ?? 0, undo.endsAt[row] ?? 0, undo.lastTransactionAt[row] ?? 0);
    undo.close(slot);
    this.enqueue(slot);
    this.rememberLatestOnly(slot);
  }

  /**
   * Moves what is over by `now` (offers to free; bound to expired, told to `onExpired`; abandoned
   * stays until reused), at most `limit` of them; returns how many. Never touches pending slots.
   */
  expire(now: EpochSeconds, limit: number, onExpired: (slot: LeaseSlot) => void): number {
    let moved = 0;
    while (moved < limit && this.nextDueAt() <= now) {
      const slot = this.due.first();
      moved++;
      if (this.state(slot) === BindingState.offered) {
        this.clear(slot);
        continue;
      }
      this.set(slot, BindingState.expired, this.startsAt(slot), this.endsAt(slot), this.lastTransactionAt(slot));
      this.enqueue(slot);
      this.rememberLatestOnly(slot);
      onExpired(slot);
    }
    this.outsideLeases.expire(now);
    return moved;
  }

  /** When `expire` next has work; Infinity if never. Pending slots count from their confirmation on. */
  nextExpiryAt(): EpochSeconds {
    return Math.min(this.nextDueAt(), this.outsideLeases.nextEndAt);
  }

  /**
   * Where in a pool a client's candidates start. `orderHash` is keyed with the cluster's secret; the
   * pool comes in by its addresses, which every server with the same configuration knows alike.
   */
  firstCandidate(pool: number, orderHash: number): LeaseSlot {
    const parts = this.partsOf(pool);
    // 32 bits of hash scaled to the size: no remainder, and no bias worth the name.
    const position = Math.floor((mix(mix(orderHash) ^ parts.hash) / 0x1_0000_0000) * this.poolSize(pool));
    return parts.firstSlot + position;
  }

  /** The first never-used slot of a pool at or after its slot `from`, going on at its first; NO_LEASE if none. */
  nextFree(pool: number, from: LeaseSlot): LeaseSlot {
    const { free, firstSlot } = this.partsOf(pool);
    const position = from - firstSlot;
    const found = free.next(position < free.size ? position : 0);
    return found < 0 ? NO_LEASE : firstSlot + found;
  }

  /** The longest-expired or -released slot of a pool (`previous` NO_LEASE), or the one after `previous`; NO_LEASE if none. */
  nextIdle(pool: number, previous: LeaseSlot): LeaseSlot {
    const { idle } = this.partsOf(pool);
    return previous === NO_LEASE ? idle.first() : idle.after(previous);
  }

  /** The abandoned slot of a pool whose rest ends first (`previous` NO_LEASE), or the one after `previous`; NO_LEASE if none. */
  nextResting(pool: number, previous: LeaseSlot): LeaseSlot {
    const { resting } = this.partsOf(pool);
    return previous === NO_LEASE ? resting.first() : resting.after(previous);
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
   * Takes a record read from a store; replaces whatever is known of that address, pending changes
   * and what they would be reverted to included. False if the address is in no pool: then it is kept
   * aside (see `outside`) and written by compaction, until it is over. An offer counts as free.
   */
  load(record: LeaseRecord): boolean {
    const slot = this.slotOf(record.address);
    if (slot === NO_LEASE) {
      this.outsideLeases.put(record);
      return false;
    }
    const isKnown = record.state !== BindingState.free && record.state !== BindingState.offered;
    this.replaceBegin(slot);
    if (isKnown && record.state !== BindingState.abandoned && this.recordDetails.take(record)) {
      this.handles[slot] = this.details.store(this.recordDetails);
      if (this.details.hasKey(this.detailsOf(slot))) {
        this.keyHashes[slot] = hashClientKey(this.recordDetails, this.keys.table);
        this.index(slot);
      }
    }
    if (isKnown) this.set(slot, record.state, record.startsAt, record.endsAt, record.lastTransactionAt);
    else this.set(slot, BindingState.free, 0, 0, 0);
    this.replaceEnd(slot);
    return true;
  }

  /** Records of addresses that no pool has. */
  outside(): Iterable<LeaseRecord> {
    return this.outsideLeases.records();
  }

  /** The first slot above `after` (NO_LEASE: of all) that a lease file must contain: bound, expired, released, abandoned; NO_LEASE if none. */
  nextStored(after: LeaseSlot): LeaseSlot {
    for (let slot = after + 1; slot < this.size; slot++) {
      if ((this.states[slot] ?? 0) > BindingState.offered) return slot;
    }
    return NO_LEASE;
  }

  /** Slots in a state, for status pages. */
  countInPool(pool: number, state: BindingState): number {
    return this.partsOf(pool).counts[state] ?? 0;
  }

  /** Number of addresses of a pool. */
  poolSize(pool: number): number {
    return this.map.poolSize(pool);
  }

  /** A table for another configuration that knows everything this one knows. Only while nothing is pending. */
  rebuild(pools: readonly PoolDefinition[]): LeaseTable {
    assert(this.undo.count === 0, "a table is rebuilt while nothing is pending");
    const table = new LeaseTable(pools, this.keys);
    for (let slot = 0; slot < this.size; slot++) {
      if (this.states[slot] === BindingState.free) continue;
      const other = table.slotOf(this.addressOf(slot));
      if (other !== NO_LEASE) table.copyFrom(this, slot, other);
      else if (this.states[slot] !== BindingState.offered) table.load(this.record(slot));
    }
    for (const record of this.outside()) table.load(record);
    return table;
  }

  private copyFrom(source: LeaseTable, from: LeaseSlot, slot: LeaseSlot): void {
    const handle = source.detailsOf(from);
    this.replaceBegin(slot);
    if (handle !== 0) this.handles[slot] = this.details.adopt(source.details, handle);
    this.keyHashes[slot] = source.keyHashes[from] ?? 0;
    if (source.indexed[from] === 1) this.index(slot);
    this.set(slot, source.state(from), source.startsAt(from), source.endsAt(from), source.lastTransactionAt(from));
    this.replaceEnd(slot);
  }

  /** First half of replacing a slot's whole content, pending or not: it forgets its client. */
  private replaceBegin(slot: LeaseSlot): void {
    if (!this.isPending(slot)) this.dequeue(slot);
    this.forgetClient(slot);
  }

  private replaceEnd(slot: LeaseSlot): void {
    if (!this.isPending(slot)) {
      this.enqueue(slot);
      this.rememberLatestOnly(slot);
      return;
    }
    const before = this.undo.detailsBefore(slot);
    if (before !== 0) this.details.release(before);
    this.keep(slot);
  }

  /** Writes the slot's present content into its undo row. */
  private keep(slot: LeaseSlot): void {
    const { undo } = this;
    const row = undo.row(slot);
    undo.states[row] = this.states[slot] ?? 0;
    undo.startsAt[row] = this.starts[slot] ?? 0;
    undo.endsAt[row] = this.ends[slot] ?? 0;
    undo.lastTransactionAt[row] = this.transactions[slot] ?? 0;
    undo.keyHashes[row] = this.keyHashes[slot] ?? 0;
    undo.details[row] = this.handles[slot] ?? 0;
    undo.indexed[row] = this.indexed[slot] ?? 0;
  }

  private set(
    slot: LeaseSlot,
    state: BindingState,
    startsAt: EpochSeconds,
    endsAt: EpochSeconds,
    lastTransactionAt: EpochSeconds,
  ): void {
    const { counts } = this.partsOf(this.poolOf(slot));
    const before = this.states[slot] ?? 0;
    counts[before] = (counts[before] ?? 0) - 1;
    counts[state] = (counts[state] ?? 0) + 1;
    this.states[slot] = state;
    this.starts[slot] = startsAt;
    this.ends[slot] = endsAt;
    this.transactions[slot] = lastTransactionAt;
  }

  /** Makes a slot free that is not pending. */
  private clear(slot: LeaseSlot): void {
    this.dequeue(slot);
    this.forgetClient(slot);
    this.set(slot, BindingState.free, 0, 0, 0);
    this.enqueue(slot);
  }

  /** Takes a slot out of its pool's bitmap or queue. Offered and bound ones may stay in `due`, see `enqueue`. */
  private dequeue(slot: LeaseSlot): void {
    const parts = this.partsOf(this.poolOf(slot));
    switch (this.state(slot)) {
      case BindingState.free:
        return parts.free.take(slot - parts.firstSlot);
      case BindingState.expired:
      case BindingState.released:
        return parts.idle.remove(slot);
      case BindingState.abandoned:
        return parts.resting.remove(slot);
      case BindingState.offered:
      case BindingState.bound:
        return;
    }
  }

  /** Puts a slot that was taken out, and may still be in `due`, where its state says. */
  private enqueue(slot: LeaseSlot): void {
    const parts = this.partsOf(this.poolOf(slot));
    const state = this.state(slot);
    const endsAt = this.endsAt(slot);
    const isDue = (this.positions[slot] ?? 0) !== 0;
    if (state === BindingState.offered || state === BindingState.bound) {
      // A lease that ends later than its key says is put off when its turn comes, not at each renewal.
      if (endsAt === Number.POSITIVE_INFINITY) {
        if (isDue) this.due.remove(slot);
      } else if (!isDue) this.due.push(slot, endsAt);
      else if (endsAt < this.due.keyOf(slot)) this.due.move(slot, endsAt);
      return;
    }
    if (isDue) this.due.remove(slot);
    if (state === BindingState.free) parts.free.free(slot - parts.firstSlot);
    else if (state === BindingState.abandoned) parts.resting.push(slot, endsAt);
    else parts.idle.push(slot, endsAt);
  }

  /** When the first of `due` ends, after putting off what was prolonged; pending slots leave it until they are settled. */
  private nextDueAt(): EpochSeconds {
    const { due } = this;
    for (;;) {
      const slot = due.first();
      if (slot === NO_LEASE) return Number.POSITIVE_INFINITY;
      const endsAt = this.endsAt(slot);
      if (this.isPending(slot)) due.remove(slot);
      else if (endsAt > due.keyOf(slot)) due.move(slot, endsAt);
      else return endsAt;
    }
  }

  private setClient(slot: LeaseSlot, client: ClientIdentity): void {
    const handle = this.detailsOf(slot);
    const isSameClient = handle !== 0 && this.details.hasKeyOf(handle, client);
    if (isSameClient && this.indexed[slot] === 1 && this.details.hasDetailsOf(handle, client)) return;
    this.forgetClient(slot);
    this.handles[slot] = this.details.store(client);
    this.keyHashes[slot] = hashClientKey(client, this.keys.table);
    this.index(slot);
  }

  private forgetClient(slot: LeaseSlot): void {
    if (this.indexed[slot] === 1) this.unindex(slot);
    const handle = this.detailsOf(slot);
    this.handles[slot] = 0;
    // What undoing would bring back stays.
    if (handle !== 0 && handle !== this.undo.detailsBefore(slot)) this.details.release(handle);
  }

  private index(slot: LeaseSlot): void {
    this.clients.add(slot);
    this.indexed[slot] = 1;
  }

  private unindex(slot: LeaseSlot): void {
    this.clients.remove(slot);
    this.indexed[slot] = 0;
  }

  /**
   * Of the slots on one link that a client no longer has, keeps only the best in the index; the
   * others still tell whose they were (`isClient`), but are not found. Without this a client that
   * wanders through a pool would make each of its look-ups as long as its way.
   */
  private rememberLatestOnly(slot: LeaseSlot): void {
    if (!this.isOver(slot) || this.indexed[slot] !== 1) return;
    const hash = this.keyHashes[slot] ?? 0;
    const pool = this.pools[this.poolOf(slot)];
    for (let at = this.clients.next(hash, -1); at >= 0; at = this.clients.next(hash, at)) {
      const other = this.clients.slotAt(at);
      if (other === slot || !this.isOver(other) || this.isPending(other)) continue;
      const otherPool = this.pools[this.poolOf(other)];
      if (otherPool?.sharedNetwork !== pool?.sharedNetwork || otherPool?.reserved !== pool?.reserved) continue;
      if (!this.details.isSameKey(this.detailsOf(slot), this.detailsOf(other))) continue;
      // There is at most one: this rule has been kept before.
      this.unindex(this.isBetter(slot, other) ? other : slot);
      return;
    }
  }

  private isOver(slot: LeaseSlot): boolean {
    return this.states[slot] === BindingState.expired || this.states[slot] === BindingState.released;
  }

  /** Whether `slot` is to be preferred to `other` as the slot of their common client. */
  private isBetter(slot: LeaseSlot, other: LeaseSlot): boolean {
    const rank = RANKS[this.state(slot)];
    const otherRank = RANKS[this.state(other)];
    if (rank !== otherRank) return rank < otherRank;
    const endsAt = this.endsAt(slot);
    const otherEndsAt = this.endsAt(other);
    return endsAt > otherEndsAt || (endsAt === otherEndsAt && slot < other);
  }

  private partsOf(pool: number): PoolParts {
    const parts = this.parts[pool];
    assert(parts !== undefined, "a pool's index is below their number");
    return parts;
  }
}

/** Order of preference among one client's slots. */
const RANKS: Readonly<Record<BindingState, number>> = {
  [BindingState.bound]: 0,
  [BindingState.offered]: 1,
  [BindingState.expired]: 2,
  [BindingState.released]: 2,
  [BindingState.abandoned]: 3,
  [BindingState.free]: 3,
};

/** Hash of a pool's definition. */
function hashRanges(ranges: PoolDefinition["ranges"]): number {
  let hash = 0;
  for (const { first, last } of ranges) hash = mix(mix(hash ^ first) ^ last);
  return hash;
}

/** A bijection of 32 bits in which every input bit matters to every output bit (MurmurHash3's finalizer). */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
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
