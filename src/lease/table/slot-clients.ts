// The client that has or had each slot, and the way from a client to its slots.
//
// A client is found by its bound and offered slots and, of its former slots on one link, by the best only; the others
// still know their client (`isClient`). Without this a client that wanders through a pool would make each of its
// look-ups as long as its way.

import { BindingState } from "../lease.ts";
import { NO_SLOT, type PoolDefinition, type Slot } from "./address-map.ts";
import { type DetailsHandle, DetailsHeap } from "./client-details.ts";
import { ClientIndex } from "./client-index.ts";
import { hashClientKey } from "./client-key.ts";
import { type ClientDetails, hardwareAt, hlenAt, htypeAt } from "./details-block.ts";
import type { HardwareIndex } from "./hardware-index.ts";
import { type LeaseRows, ROW_SHIFT, RowWord } from "./lease-rows.ts";
import type { UndoLog } from "./undo-log.ts";
import type { VendorClasses } from "./vendor-classes.ts";

/** Order of preference among one client's slots. */
const RANKS: Readonly<Record<BindingState, number>> = {
  [BindingState.bound]: 0,
  [BindingState.offered]: 1,
  [BindingState.expired]: 2,
  [BindingState.released]: 2,
  [BindingState.abandoned]: 3,
  [BindingState.free]: 3,
};

/** The facts that the search for clients needs of the table around it. */
export interface SlotContext {
  readonly rows: LeaseRows;
  readonly undo: UndoLog;
  /** Secret of the hash of client keys. */
  readonly secret: Uint8Array;
  readonly pools: readonly PoolDefinition[];
  poolOf(slot: Slot): number;
  /** From the table whose clients are adopted, if any are. */
  readonly vendorClasses: VendorClasses | undefined;
  /** Kept up to date where there is one. */
  readonly byHardware: HardwareIndex | undefined;
}

/** Clients by slot and slots by client. */
export class SlotClients {
  readonly details: DetailsHeap;
  private readonly context: SlotContext;
  private readonly rows: LeaseRows;
  private readonly clients: ClientIndex;

  constructor(context: SlotContext) {
    this.context = context;
    this.rows = context.rows;
    this.details = new DetailsHeap(context.vendorClasses);
    this.clients = new ClientIndex(context.rows);
  }

  /** The slot's block of details; 0 if it remembers no client. */
  handle(slot: Slot): DetailsHandle {
    return this.rows.words[(slot << ROW_SHIFT) + RowWord.details] ?? 0;
  }

  /** Whether the slot's client has the client's key. */
  isClient(slot: Slot, client: ClientDetails): boolean {
    const handle = this.handle(slot);
    return handle !== 0 && this.details.hasKeyOf(handle, client);
  }

  /** The same, or the slot's client has the client's hardware address and no identifier: see LeaseView.isOwner. */
  isOwner(slot: Slot, client: ClientDetails): boolean {
    if (this.isClient(slot, client)) return true;
    const handle = this.handle(slot);
    return handle !== 0 && this.details.isHardwareOnly(handle, client);
  }

  /** The client's best slot on a link, reserved pools left out; NO_SLOT if none. See LeaseView.findByClient. */
  bestSlotOf(
    client: ClientDetails,
    sharedNetwork: number,
    pools: readonly number[] | undefined,
    tried: readonly Slot[] | undefined,
  ): Slot {
    const hash = hashClientKey(client, this.context.secret);
    let best = NO_SLOT;
    for (let at = this.clients.next(hash, -1); at >= 0; at = this.clients.next(hash, at)) {
      const slot = this.clients.slotAt(at);
      if (best !== NO_SLOT && !this.isBetter(slot, best)) continue;
      const pool = this.poolOf(slot);
      if (pool === undefined || pool.reserved || pool.sharedNetwork !== sharedNetwork) continue;
      if (pools !== undefined && (!pools.includes(pool.index) || this.rows.isWithheld(slot))) continue;
      if (tried?.includes(slot) === true) continue;
      if (this.isClient(slot, client)) best = slot;
    }
    return best;
  }

  /**
   * Fills `target` with slots of the client on any link, at most as many as it has room for; returns how many. Among
   * its former slots, only the best of a link is found.
   */
  findAll(client: ClientDetails, target: Int32Array): number {
    const hash = hashClientKey(client, this.context.secret);
    let found = 0;
    for (let at = this.clients.next(hash, -1); at >= 0 && found < target.length; at = this.clients.next(hash, at)) {
      const slot = this.clients.slotAt(at);
      if (this.isClient(slot, client)) target[found++] = slot;
    }
    return found;
  }

  /** The same for every slot that remembers the client's hardware address, with any identifier. */
  findAllByHardware(client: ClientDetails, target: Int32Array): number {
    const index = this.context.byHardware;
    let found = 0;
    if (index === undefined) return 0;
    for (let slot = index.first(client); slot !== NO_SLOT && found < target.length; slot = index.after(slot)) {
      if (this.details.hasHardwareOf(this.handle(slot), client)) target[found++] = slot;
    }
    return found;
  }

  /** Makes `client` the slot's client, with the details it has now. */
  set(slot: Slot, client: ClientDetails): void {
    const handle = this.handle(slot);
    if (this.rows.isIndexed(slot) && this.isClient(slot, client) && this.details.hasDetailsOf(handle, client)) return;
    this.forget(slot);
    const stored = this.details.store(client);
    this.hold(slot, stored);
    if (!this.details.hasKey(stored)) return;
    this.setKeyHash(slot, hashClientKey(client, this.context.secret));
    this.index(slot);
  }

  /** `set` without the index, which `indexLoaded` makes later. */
  remember(slot: Slot, client: ClientDetails): void {
    const handle = this.handle(slot);
    if (handle !== 0 && this.details.hasKeyOf(handle, client) && this.details.hasDetailsOf(handle, client)) return;
    this.forget(slot);
    this.hold(slot, this.details.store(client));
  }

  /** So many slots are about to be indexed. */
  reserve(count: number): void {
    this.details.expect(count, this.clients.count);
    this.clients.reserve(count);
  }

  /** Puts a slot into the index that was remembered only. */
  indexLoaded(slot: Slot): void {
    const handle = this.handle(slot);
    if (handle === 0 || !this.details.hasKey(handle)) return;
    this.setKeyHash(slot, this.details.hashKey(handle, this.context.secret));
    this.index(slot);
  }

  /** Takes over another table's client of a slot; this slot has none. */
  adopt(slot: Slot, source: SlotClients, from: Slot): void {
    const handle = source.handle(from);
    if (handle !== 0) this.hold(slot, this.details.adopt(source.details, handle));
    this.setKeyHash(slot, source.keyHash(from));
    if (source.rows.isIndexed(from)) this.index(slot);
  }

  /** Makes the slot forget its client. */
  forget(slot: Slot): void {
    if (this.rows.isIndexed(slot)) this.unindex(slot);
    const handle = this.handle(slot);
    this.hold(slot, 0);
    // What undoing would bring back stays.
    if (handle !== 0 && handle !== this.context.undo.detailsBefore(slot)) this.details.release(handle);
  }

  /** Writes the slot's client into its undo row. */
  saveUndo(slot: Slot): void {
    const { undo } = this.context;
    const row = undo.row(slot);
    undo.keyHashes[row] = this.keyHash(slot);
    undo.details[row] = this.handle(slot);
    undo.indexed[row] = this.rows.isIndexed(slot) ? 1 : 0;
  }

  /** Replaces the client in the slot's undo row; the slot's own stays. */
  replaceUndo(slot: Slot, client: ClientDetails | undefined): void {
    const { undo, secret } = this.context;
    const row = undo.row(slot);
    this.drop(slot);
    const handle = client === undefined ? 0 : this.details.store(client);
    undo.details[row] = handle;
    const hasKey = handle !== 0 && this.details.hasKey(handle);
    undo.indexed[row] = hasKey ? 1 : 0;
    undo.keyHashes[row] = hasKey ? this.details.hashKey(handle, secret) : 0;
  }

  /** Gives up the client in the slot's undo row. */
  drop(slot: Slot): void {
    const before = this.context.undo.detailsBefore(slot);
    if (before !== 0 && before !== this.handle(slot)) this.details.release(before);
  }

  /** Brings the client in the slot's undo row back. */
  restore(slot: Slot): void {
    this.forget(slot);
    const { undo } = this.context;
    const row = undo.row(slot);
    this.hold(slot, undo.details[row] ?? 0);
    this.setKeyHash(slot, undo.keyHashes[row] ?? 0);
    if (undo.indexed[row] === 1) this.index(slot);
  }

  /**
   * Among the client's former slots on the slot's link, keeps only the best in the index. To be called whenever a slot
   * is over that was not, and is not pending.
   */
  keepBestOnly(slot: Slot): void {
    const { rows, undo } = this.context;
    if (!rows.isOver(slot) || !this.rows.isIndexed(slot)) return;
    const hash = this.keyHash(slot);
    const pool = this.poolOf(slot);
    for (let at = this.clients.next(hash, -1); at >= 0; at = this.clients.next(hash, at)) {
      const other = this.clients.slotAt(at);
      if (other === slot || !rows.isOver(other) || undo.has(other)) continue;
      const otherPool = this.poolOf(other);
      if (otherPool?.sharedNetwork !== pool?.sharedNetwork || otherPool?.reserved !== pool?.reserved) continue;
      if (!this.details.isSameKey(this.handle(slot), this.handle(other))) continue;
      // There is no third one, since this was done for the other.
      this.unindex(this.isBetter(slot, other) ? other : slot);
      return;
    }
  }

  /** Sets the slot's block of details. */
  private hold(slot: Slot, handle: DetailsHandle): void {
    this.rows.words[(slot << ROW_SHIFT) + RowWord.details] = handle;
    const { byHardware } = this.context;
    if (byHardware === undefined) return;
    byHardware.remove(slot);
    if (handle === 0) return;
    const page = this.details.pageOf(handle);
    const at = this.details.offsetOf(handle);
    byHardware.add(slot, htypeAt(page, at), page, hardwareAt(at), hlenAt(page, at));
  }

  private keyHash(slot: Slot): number {
    return this.rows.words[(slot << ROW_SHIFT) + RowWord.keyHash] ?? 0;
  }

  private setKeyHash(slot: Slot, hash: number): void {
    this.rows.words[(slot << ROW_SHIFT) + RowWord.keyHash] = hash;
  }

  private index(slot: Slot): void {
    this.clients.add(slot);
    this.rows.setIndexed(slot, true);
  }

  private unindex(slot: Slot): void {
    this.clients.remove(slot);
    this.rows.setIndexed(slot, false);
  }

  private poolOf(slot: Slot): PoolDefinition | undefined {
    return this.context.pools[this.context.poolOf(slot)];
  }

  /** Whether `slot` is to be preferred to `other` as the slot of their common client. */
  private isBetter(slot: Slot, other: Slot): boolean {
    const { rows } = this;
    const rank = RANKS[rows.state(slot)];
    const otherRank = RANKS[rows.state(other)];
    if (rank !== otherRank) return rank < otherRank;
    const endsAt = rows.endsAt(slot);
    const otherEndsAt = rows.endsAt(other);
    return endsAt > otherEndsAt || (endsAt === otherEndsAt && slot < other);
  }
}
