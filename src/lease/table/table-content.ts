// What a lease table holds, by slot, and how the parts are kept in step: each slot is counted by its state, waits in
// that state's queue, and its client is found. The lease table works on it slot by slot, a loader for all slots at
// once.

import { assert } from "../../base/assert.ts";
import type { EpochSeconds } from "../../base/time.ts";
import type { HashKeys } from "../../wire/client-identity.ts";
import { BindingState } from "../lease.ts";
import { AddressMap, type PoolDefinition, type Slot } from "./address-map.ts";
import type { ClientDetails } from "./details-block.ts";
import { HardwareIndex } from "./hardware-index.ts";
import { HeldCounts } from "./held-counts.ts";
import { LeaseRows } from "./lease-rows.ts";
import { OutsideLeases } from "./outside-leases.ts";
import { Revisions } from "./revisions.ts";
import { SlotClients } from "./slot-clients.ts";
import { SlotQueues } from "./slot-queues.ts";
import { UndoLog } from "./undo-log.ts";
import type { VendorClasses } from "./vendor-classes.ts";

const STATES = Object.keys(BindingState).length;

/** The client of a slot when its content has been replaced: a new one, its former one, or none. */
export type SlotHolder = ClientDetails | "as-before" | "nobody";

/** Extra features of a table; each costs memory. */
export interface TableOptions {
  /** Leases are found by hardware address too (16 octets a lease). */
  readonly findsHardware: boolean;
  /** The leases of hardware addresses, relay ports and interfaces are counted (see HeldCounts). */
  readonly countsHeld?: boolean;
  /** The store is a shared one, whose revisions are kept (8 octets an address). */
  readonly isShared?: boolean;
}

/** Learns of slots that have changed. */
export interface SlotFollower {
  /** The slot is another one than before in some respect, and no change of it is under way. */
  follow(slot: Slot): void;
}

/** The parts of one lease table. */
export class TableContent {
  readonly pools: readonly PoolDefinition[];
  readonly keys: HashKeys;
  readonly map: AddressMap;
  readonly rows: LeaseRows;
  readonly undo: UndoLog;
  readonly clients: SlotClients;
  readonly queues: SlotQueues;
  readonly outsideLeases = new OutsideLeases();
  /** The revisions of a shared store; undefined if the store is not shared. */
  readonly revisions: Revisions | undefined;
  /** Kept up to date where there is one. */
  readonly held: HeldCounts | undefined;
  /** The follower of the slots' changes, if there is one. */
  follower: SlotFollower | undefined = undefined;
  /** Number of slots by pool, and by state in each. */
  private readonly counts: Int32Array;

  /** `vendorClasses`: of the table that this one is to know all of; else none. */
  constructor(
    pools: readonly PoolDefinition[],
    keys: HashKeys,
    { findsHardware, isShared, countsHeld }: TableOptions,
    vendorClasses: VendorClasses | undefined,
  ) {
    this.pools = pools;
    this.keys = keys;
    this.map = new AddressMap(pools);
    this.rows = new LeaseRows(this.map.size);
    this.undo = new UndoLog(this.rows);
    const { rows, undo, map } = this;
    this.clients = new SlotClients({
      rows,
      undo,
      pools,
      secret: keys.table,
      poolOf: (slot) => map.poolOf(slot),
      vendorClasses,
      byHardware: findsHardware ? new HardwareIndex(map.size, keys.table) : undefined,
    });
    this.queues = new SlotQueues(map, rows);
    const { details } = this.clients;
    this.held = countsHeld === true ? new HeldCounts({ rows, map, pools, details, secret: keys.table }) : undefined;
    this.revisions = isShared === true ? new Revisions(map.size, undo) : undefined;
    this.counts = new Int32Array(pools.length * STATES);
    for (let pool = 0; pool < pools.length; pool++) this.counts[pool * STATES] = map.poolSize(pool);
  }

  /**
   * Replaces a slot's content. A pending slot waits in no queue and is entered nowhere before its change is settled;
   * any other leaves the queue of its old state and enters that of its new one.
   */
  replace(
    slot: Slot,
    holder: SlotHolder,
    state: BindingState,
    startsAt: EpochSeconds,
    endsAt: EpochSeconds,
    lastTransactionAt: EpochSeconds,
  ): void {
    const isPending = this.undo.has(slot);
    if (!isPending) this.queues.leave(slot);
    if (holder === "nobody") this.clients.forget(slot);
    else if (holder !== "as-before") {
      if (this.held !== undefined && !this.clients.isOwner(slot, holder)) this.held.forgetInterface(slot);
      this.clients.set(slot, holder);
    }
    this.set(slot, state, startsAt, endsAt, lastTransactionAt);
    this.held?.follow(slot);
    if (isPending) return;
    this.queues.enter(slot);
    this.clients.keepBestOnly(slot);
    this.follower?.follow(slot);
  }

  /** Keeps the slot's present content, until `confirm` or `revert`. */
  beginChange(slot: Slot): void {
    assert(!this.undo.has(slot), "one change of a slot at a time");
    this.queues.leave(slot);
    this.undo.open(slot);
    this.revisions?.begin(slot);
    this.saveUndo(slot);
  }

  /** The change of a slot is what counts. */
  confirm(slot: Slot): void {
    assert(this.undo.has(slot), "a change that is confirmed was begun");
    this.clients.drop(slot);
    this.endChange(slot);
  }

  /** The slot has its content from `beginChange` again. */
  revert(slot: Slot): void {
    assert(this.undo.has(slot), "a change that is reverted was begun");
    const { undo } = this;
    const row = undo.row(slot);
    if (!this.isClientBefore(slot)) this.held?.forgetInterface(slot);
    this.clients.restore(slot);
    const state = (undo.states[row] ?? BindingState.free) as BindingState;
    this.set(slot, state, undo.startsAt[row] ?? 0, undo.endsAt[row] ?? 0, undo.lastTransactionAt[row] ?? 0);
    this.held?.follow(slot);
    this.endChange(slot);
  }

  /** Replaces state and times alone, and counts them. */
  set(
    slot: Slot,
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

  /** Slots of a pool in a state; a withheld slot without a client is in none. */
  countInPool(pool: number, state: BindingState): number {
    return this.counts[pool * STATES + state] ?? 0;
  }

  /** Withholds a slot, or gives it back. An offer keeps its place among those that end with it. */
  setWithheld(slot: Slot, isWithheld: boolean): void {
    const state = this.rows.state(slot);
    const isQueued = !this.undo.has(slot) && state !== BindingState.offered;
    if (isQueued) this.queues.leave(slot);
    this.count(slot, state, -1);
    this.rows.setWithheld(slot, isWithheld);
    this.count(slot, state, 1);
    if (isQueued) this.queues.enter(slot);
  }

  /** Whether clients of the slot's pool are known by their hardware addresses alone. */
  ignoresClientIds(slot: Slot): boolean {
    return this.pools[this.map.poolOf(slot)]?.ignoresClientIds === true;
  }

  /**
   * The slot's present content is also the result of a change of it under way, and the content that it is reverted to.
   */
  overrule(slot: Slot): void {
    if (!this.undo.has(slot)) return;
    this.clients.drop(slot);
    this.saveUndo(slot);
    this.queues.leaveDue(slot);
  }

  /** Replaces the content that a pending slot is reverted to, and leaves the change under way as it is. */
  replaceUndo(
    slot: Slot,
    client: ClientDetails | undefined,
    state: BindingState,
    startsAt: EpochSeconds,
    endsAt: EpochSeconds,
    lastTransactionAt: EpochSeconds,
  ): void {
    const { undo } = this;
    const row = undo.row(slot);
    undo.states[row] = state;
    undo.startsAt[row] = startsAt;
    undo.endsAt[row] = endsAt;
    undo.lastTransactionAt[row] = lastTransactionAt;
    this.clients.replaceUndo(slot, client);
    this.queues.leaveDue(slot);
  }

  /** Whether the lease that a pending slot would be reverted to gives its client what the change under way was to give. */
  isGranted(slot: Slot): boolean {
    const { undo, rows } = this;
    const row = undo.row(slot);
    const { bound } = BindingState;
    if (undo.states[row] !== bound || rows.state(slot) !== bound) return false;
    if ((undo.endsAt[row] ?? 0) < rows.endsAt(slot)) return false;
    return this.isClientBefore(slot);
  }

  /** Whether a pending slot would be reverted to a lease of the client that it has. */
  private isClientBefore(slot: Slot): boolean {
    const { undo, clients } = this;
    const [handle, before] = [clients.handle(slot), undo.details[undo.row(slot)] ?? 0];
    return handle !== 0 && before !== 0 && clients.details.isSameKey(handle, before);
  }

  /** Writes the slot's present content into its undo row. */
  private saveUndo(slot: Slot): void {
    const { undo, rows } = this;
    const row = undo.row(slot);
    undo.states[row] = rows.state(slot);
    undo.startsAt[row] = rows.startsAt(slot);
    undo.endsAt[row] = rows.endsAt(slot);
    undo.lastTransactionAt[row] = rows.lastTransactionAt(slot);
    this.clients.saveUndo(slot);
  }

  /** Ends a change, confirmed or reverted. */
  private endChange(slot: Slot): void {
    const endedAt = this.undo.endsAt[this.undo.row(slot)];
    this.undo.close(slot);
    this.queues.enter(slot, endedAt);
    this.clients.keepBestOnly(slot);
    this.follower?.follow(slot);
  }

  private count(slot: Slot, state: BindingState, by: number): void {
    const isUsable = state === BindingState.free || state === BindingState.expired || state === BindingState.released;
    if (isUsable && this.rows.isWithheld(slot)) return;
    const at = this.map.poolOf(slot) * STATES + state;
    this.counts[at] = (this.counts[at] ?? 0) + by;
  }
}
