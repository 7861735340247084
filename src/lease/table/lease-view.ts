// The questions to a lease table. Nothing here changes it: table.ts does.

import { assert } from "../../base/assert.ts";
import { NO_OCTETS } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds } from "../../base/time.ts";
import type { ClientIdentity, HashKeys } from "../../wire/client-identity.ts";
import { BindingState, type LeaseRecord, OfferCheck } from "../lease.ts";
import { NO_SLOT, type PoolDefinition, type Slot } from "./address-map.ts";
import type { DetailsHandle, DetailsHeap } from "./client-details.ts";
import type { ClientDetailsTarget } from "./details-block.ts";
import type { HeldCounts } from "./held-counts.ts";
import { poolHash, scatter } from "./pool-hash.ts";
import { TableContent, type TableOptions } from "./table-content.ts";
import type { VendorClasses } from "./vendor-classes.ts";

/** Options of a table that can do nothing beside its work. */
export const PLAIN: TableOptions = { findsHardware: false };

/** The part of a LeaseTable that only reads. Where there is no slot to name it says NO_SLOT, which users of table.ts know as NO_LEASE. */
export class LeaseView {
  readonly pools: readonly PoolDefinition[];
  /** Number of slots. */
  readonly size: number;
  /** For table-loader.ts. */
  readonly content: TableContent;
  /** Leases that ended later than this are their clients' alone: see LeaseTable.holdBack. */
  protected heldBackFrom: EpochSeconds = Number.POSITIVE_INFINITY;
  private readonly poolHashes: Uint32Array;

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

  /** Slot of an address of any pool, or NO_SLOT. */
  slotOf(address: Ipv4): Slot {
    return this.content.map.slotOf(address);
  }

  /** Address of a slot. */
  addressOf(slot: Slot): Ipv4 {
    return this.content.map.addressOf(slot);
  }

  /** Index of the pool that holds the slot. */
  poolOf(slot: Slot): number {
    return this.content.map.poolOf(slot);
  }

  /** Binding state of a slot. */
  state(slot: Slot): BindingState {
    return this.content.rows.state(slot);
  }

  /** Whether no client has the slot or a promise of it: free, expired or released, and no change of it is under way. */
  isNobodys(slot: Slot): boolean {
    const state = this.state(slot);
    const isOver = state === BindingState.expired || state === BindingState.released;
    return (state === BindingState.free || isOver) && !this.isPending(slot);
  }

  /** Start of the lease: when its client got it, however often it was prolonged since without a break. */
  startsAt(slot: Slot): EpochSeconds {
    return this.content.rows.startsAt(slot);
  }

  /** End of the lease, or of a rest; of an offer its end by the monotonic clock. */
  endsAt(slot: Slot): EpochSeconds {
    return this.content.rows.endsAt(slot);
  }

  /** When the lease last changed at its client's wish. */
  lastTransactionAt(slot: Slot): EpochSeconds {
    return this.content.rows.lastTransactionAt(slot);
  }

  /** Blocks of client details; `detailsOf` tells a slot's. */
  get details(): DetailsHeap {
    return this.content.clients.details;
  }

  /** How many leases each hardware address, relay port and interface has; undefined where the table was not made for it. */
  get held(): HeldCounts | undefined {
    return this.content.held;
  }

  /** The slot's block in `details`; 0 if it remembers no client. */
  detailsOf(slot: Slot): DetailsHandle {
    return this.content.clients.handle(slot);
  }

  /** Whether no client may get the slot's address, not even its own: see LeaseTable.withhold. */
  isWithheld(slot: Slot): boolean {
    return this.content.rows.isWithheld(slot);
  }

  /** Whether the slot's client is this one (equal client keys). False for slots that remember no client. */
  isClient(slot: Slot, client: ClientIdentity): boolean {
    return this.content.clients.isClient(slot, client);
  }

  /** Whether two slots remember the same client. */
  isSameClient(slot: Slot, other: Slot): boolean {
    const [handle, otherHandle] = [this.detailsOf(slot), this.detailsOf(other)];
    return handle !== 0 && otherHandle !== 0 && this.details.isSameKey(handle, otherHandle);
  }

  /**
   * Whether the client may go on with the slot: it is the slot's client, or the slot was leased to its hardware
   * address without an identifier (it has begun to send one, or `ignore-client-uids` was turned off).
   */
  isOwner(slot: Slot, client: ClientIdentity): boolean {
    return this.content.clients.isOwner(slot, client);
  }

  /** Whether the slot's recorded hardware address is the client's (for logs and the ownership of DECLINE/RELEASE). */
  hasHardwareOf(slot: Slot, client: ClientIdentity): boolean {
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.hasHardwareOf(handle, client);
  }

  /**
   * Whether the record without its times (hardware address, host name, agent information, vendor class) equals the
   * client's.
   */
  hasDetailsOf(slot: Slot, client: ClientIdentity): boolean {
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.hasDetailsOf(handle, client);
  }

  /**
   * The client's slot on a link, best first: bound, then offered, then the latest to end of expired/released; NO_SLOT if
   * none. Reserved pools excluded. Given `pools`, one of these that is not withheld; given `tried`, none of those slots.
   */
  findByClient(
    client: ClientIdentity,
    sharedNetwork: number,
    pools?: readonly number[],
    tried?: readonly Slot[],
  ): Slot {
    return this.content.clients.bestSlotOf(client, sharedNetwork, pools, tried);
  }

  /**
   * Fills `target` with slots of the client on all links, reserved ones too; returns how many. It finds all of them, as
   * far as there is room.
   */
  findAllByClient(client: ClientIdentity, target: Int32Array): number {
    return this.content.clients.findAll(client, target);
  }

  /** The same for every slot that remembers the client's hardware address. None where the table was not made for it. */
  findAllByHardware(client: ClientIdentity, target: Int32Array): number {
    return this.content.clients.findAllByHardware(client, target);
  }

  /** Whether the slot's client came through a relay that gave this sub-option this value. */
  hasAgentSubOption(slot: Slot, code: number, value: Uint8Array): boolean {
    const handle = this.detailsOf(slot);
    return handle !== 0 && this.details.hasAgentSubOption(handle, code, value);
  }

  /** Copies the details of a slot's client, if it remembers one. */
  copyDetails(slot: Slot, target: ClientDetailsTarget): void {
    const handle = this.detailsOf(slot);
    assert(handle !== 0, "details are copied of slots that have them");
    this.details.copy(handle, target);
  }

  /** The conflict check of an offer; none of any other slot. */
  offerCheck(slot: Slot): OfferCheck {
    return this.state(slot) === BindingState.offered ? this.content.rows.offerCheck(slot) : OfferCheck.none;
  }

  /** Whether the lease was offered again since it was last changed: a DHCPREQUEST is no repetition then. */
  isReoffered(slot: Slot): boolean {
    return this.content.rows.isReoffered(slot);
  }

  /** Whether this server has made the last change of the slot that a shared store knows of. */
  isConfirmedHere(slot: Slot): boolean {
    return this.content.rows.isConfirmedHere(slot);
  }

  /** Whether a change of the slot is under way. */
  isPending(slot: Slot): boolean {
    return this.content.undo.has(slot);
  }

  /**
   * The revision that a shared store's record of the slot must have for a commit of the slot to count; 0: it must have
   * none. For a pending slot, the revision from before its change began, even if a newer one has been learnt since.
   */
  revisionOf(slot: Slot): number {
    return this.content.revisions?.expected(slot) ?? 0;
  }

  /**
   * Where in a pool a client's candidates start. `orderHash` is keyed with the cluster's secret; the
   * pool comes in by its addresses, which every server with the same configuration knows alike.
   */
  firstCandidate(pool: number, orderHash: number): Slot {
    const hash = scatter(scatter(orderHash) ^ (this.poolHashes[pool] ?? 0));
    // 32 bits scaled to the size: no remainder, and no bias worth the name.
    return (this.content.map.poolStarts[pool] ?? 0) + Math.floor((hash / 0x1_0000_0000) * this.poolSize(pool));
  }

  /** The first never-used slot of a pool at or after its slot `from`, going on at its first; NO_SLOT if none. */
  nextFree(pool: number, from: Slot): Slot {
    return this.content.queues.nextFree(pool, from);
  }

  /** The longest-expired or -released slot of a pool (`previous` NO_SLOT), or the one after `previous`; NO_SLOT if none. */
  nextIdle(pool: number, previous: Slot): Slot {
    return this.content.queues.nextIdle(pool, previous);
  }

  /** The oldest offer of a pool (`previous` NO_SLOT), or the one made after `previous`; NO_SLOT if none. Pending ones are left out. */
  nextOffer(pool: number, previous: Slot): Slot {
    return this.content.queues.nextOffer(pool, previous);
  }

  /** The abandoned slot of a pool whose rest ends first (`previous` NO_SLOT), or the one after `previous`; NO_SLOT if none. */
  nextResting(pool: number, previous: Slot): Slot {
    return this.content.queues.nextResting(pool, previous);
  }

  /** Whether a slot is its former client's alone because the wall clock was set forward: see LeaseTable.holdBack. */
  isHeldBack(slot: Slot): boolean {
    return this.state(slot) === BindingState.expired && this.endsAt(slot) > this.heldBackFrom;
  }

  /** The lease as a value (allocates). */
  record(slot: Slot): LeaseRecord {
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

  /** Whether the client has a running lease of an address that no pool has (any more). */
  hasOutside(address: Ipv4, client: ClientIdentity): boolean {
    return this.content.outsideLeases.isOf(address, client);
  }

  /** Records of addresses that no pool has. */
  outside(): Iterable<LeaseRecord> {
    return this.content.outsideLeases.records();
  }

  /** The first slot above `after` (NO_SLOT: of all) that a lease file must contain: bound, expired, released, abandoned; NO_SLOT if none. */
  nextStored(after: Slot): Slot {
    for (
      let slot = this.content.queues.nextTaken(after + 1);
      slot !== NO_SLOT;
      slot = this.content.queues.nextTaken(slot + 1)
    ) {
      if (this.state(slot) > BindingState.offered) return slot;
    }
    return NO_SLOT;
  }

  /** Slots of a pool in a state; a withheld slot without a client is in none. */
  countInPool(pool: number, state: BindingState): number {
    return this.content.countInPool(pool, state);
  }

  /** First slot of a pool. */
  firstSlotOf(pool: number): Slot {
    return this.content.map.poolStarts[pool] ?? 0;
  }

  /** Number of addresses of a pool. */
  poolSize(pool: number): number {
    return this.content.map.poolSize(pool);
  }
}

/** A record's client fields if it remembers no client. */
export const NOBODY = {
  htype: 0,
  hardwareAddress: NO_OCTETS,
  clientId: NO_OCTETS,
  hostName: NO_OCTETS,
  agentInformation: NO_OCTETS,
  vendorClass: NO_OCTETS,
} as const;
