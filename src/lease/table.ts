// The lease table. STUB: signatures only.

import type { Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { ClientIdentity, HashKeys } from "../wire/client-identity.ts";
import type { BindingState, LeaseRecord } from "./lease.ts";

/** Position of a lease in the table; NO_LEASE where there is none. Stable until the configuration is replaced. */
export type LeaseSlot = number;
export const NO_LEASE: LeaseSlot = -1;

/** A pool: addresses that share one allocation policy. */
export interface PoolDefinition {
  /** Position in the list the table was made with. */
  readonly index: number;
  /** The link it serves (Config.sharedNetworks position). */
  readonly sharedNetwork: number;
  /** The subnet (Config.subnets position). */
  readonly subnet: number;
  /** Reserved addresses: never allocated to anybody but by name. */
  readonly reserved: boolean;
  /** Sorted, inclusive, not overlapping. */
  readonly ranges: readonly { readonly first: Ipv4; readonly last: Ipv4 }[];
}

export declare class LeaseTable {
  constructor(pools: readonly PoolDefinition[], keys: HashKeys);
  readonly pools: readonly PoolDefinition[];
  /** Number of slots. */
  readonly size: number;

  /** Slot of an address of any pool, or NO_LEASE. */
  slotOf(address: Ipv4): LeaseSlot;
  addressOf(slot: LeaseSlot): Ipv4;
  /** Index of the pool that holds the slot. */
  poolOf(slot: LeaseSlot): number;
  state(slot: LeaseSlot): BindingState;
  startsAt(slot: LeaseSlot): EpochSeconds;
  /** End of the lease; of an offer or a rest, for those states. */
  endsAt(slot: LeaseSlot): EpochSeconds;
  lastTransactionAt(slot: LeaseSlot): EpochSeconds;
  /** Whether the slot's client is this one (equal client keys). False for slots that remember nobody. */
  isClient(slot: LeaseSlot, client: ClientIdentity): boolean;
  /** Whether the slot's recorded hardware address is the client's (for logs and the ownership of DECLINE/RELEASE). */
  hasHardwareOf(slot: LeaseSlot, client: ClientIdentity): boolean;
  /** Whether what is recorded besides times (hardware address, host name, agent information, vendor class) equals the client's. */
  hasDetailsOf(slot: LeaseSlot, client: ClientIdentity): boolean;

  /** The client's slot on a link, best first: bound, then offered, then the latest to end of expired/released; NO_LEASE if none. Reserved pools excluded. */
  findByClient(client: ClientIdentity, sharedNetwork: number): LeaseSlot;

  /** Holds a free, expired or released slot for a client, in memory only. An offer to the same client is prolonged. */
  offer(slot: LeaseSlot, client: ClientIdentity, now: EpochSeconds, until: EpochSeconds): void;
  /** Drops an offer: the slot is free again. */
  withdrawOffer(slot: LeaseSlot): void;

  // Durable changes: `begin` keeps the present content, then one of bind/release/abandon/..., then
  // `confirm` or `revert` when the store has answered. A slot with a change under way is pending.
  isPending(slot: LeaseSlot): boolean;
  begin(slot: LeaseSlot): void;
  bind(slot: LeaseSlot, client: ClientIdentity, now: EpochSeconds, endsAt: EpochSeconds): void;
  release(slot: LeaseSlot, now: EpochSeconds): void;
  /** The slot forgets its client and rests until `until`. */
  abandon(slot: LeaseSlot, now: EpochSeconds, until: EpochSeconds): void;
  confirm(slot: LeaseSlot): void;
  revert(slot: LeaseSlot): void;

  /** Moves what is over by `now` (offers to free; bound to expired, told to `onExpired`; abandoned stays until reused), at most `limit` of them; returns how many. Never touches pending slots. */
  expire(now: EpochSeconds, limit: number, onExpired: (slot: LeaseSlot) => void): number;
  /** When `expire` next has work; Infinity if never. */
  nextExpiryAt(): EpochSeconds;

  /** The lease as a value (allocates). */
  record(slot: LeaseSlot): LeaseRecord;
  /** Takes a record read from a store; replaces whatever is known of that address. False if the address is in no pool: then it is kept aside (see `outside`) and written by compaction, until it is over. */
  load(record: LeaseRecord): boolean;
  /** Records of addresses that no pool has. */
  outside(): Iterable<LeaseRecord>;
  /** Slots that a lease file must contain: bound, expired, released, abandoned. Ascending. */
  nextStored(after: LeaseSlot): LeaseSlot;
  /** Slots in a state, for status pages. */
  countInPool(pool: number, state: BindingState): number;
  poolSize(pool: number): number;
  /** A table for another configuration that knows everything this one knows. Only while nothing is pending. */
  rebuild(pools: readonly PoolDefinition[]): LeaseTable;
}
