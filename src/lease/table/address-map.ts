// Which address is which slot. Slots are numbered pool by pool, range by range, so that the slots of
// one pool are contiguous; both directions are a binary search over the ranges, without a column.

import { assert } from "../../base/assert.ts";
import type { Branded } from "../../base/branded.ts";
import type { Ipv4 } from "../../base/ipv4.ts";

/** Position of a lease in the table. Stable until the configuration is replaced. */
export type Slot = Branded<"position of a lease">;

/** No slot. */
export const NO_SLOT: Slot = -1;

/** A pool: addresses that share one allocation policy. */
export interface PoolDefinition {
  /** Position in the list the table was made with. */
  readonly index: number;
  /** The link it serves (Config.sharedNetworks position). */
  readonly sharedNetwork: number;
  /** The subnet (Config.subnets position). */
  readonly subnet: number;
  /** Reserved addresses: only their host gets them. */
  readonly reserved: boolean;
  /** Whether BOOTP clients may have its addresses too (`range dynamic-bootp`). */
  readonly dynamicBootp?: boolean;
  /** Only the hardware address tells clients apart (`ignore-client-uids`): recorded identifiers are left out. */
  readonly ignoresClientIds?: boolean;
  /** Position of the pool that it is in Config.pools; absent for reserved addresses. */
  readonly declared?: number;
  /** Sorted, inclusive, not overlapping. */
  readonly ranges: readonly { readonly first: Ipv4; readonly last: Ipv4 }[];
}

interface Segment {
  readonly first: Ipv4;
  readonly last: Ipv4;
  readonly slot: Slot;
  readonly pool: number;
}

/** Addresses, slots and pools of one configuration; immutable. */
export class AddressMap {
  /** Number of slots. */
  readonly size: number;
  /** First slot of each pool, and `size` after the last. */
  readonly poolStarts: Uint32Array;
  // Segments (ranges) by slot.
  private readonly slotStarts: Uint32Array;
  private readonly slotAddresses: Uint32Array;
  private readonly slotPools: Uint32Array;
  // The same segments by address.
  private readonly firsts: Uint32Array;
  private readonly lasts: Uint32Array;
  private readonly firstSlots: Uint32Array;

  constructor(pools: readonly PoolDefinition[]) {
    const segments: Segment[] = [];
    let size = 0;
    this.poolStarts = new Uint32Array(pools.length + 1);
    for (const [pool, definition] of pools.entries()) {
      assert(definition.index === pool, "a pool's index is its position");
      this.poolStarts[pool] = size;
      for (const { first, last } of definition.ranges) {
        assert(first <= last, "a range ends at or after its start");
        segments.push({ first, last, slot: size, pool });
        size += last - first + 1;
      }
    }
    this.poolStarts[pools.length] = size;
    this.size = size;
    this.slotStarts = Uint32Array.from(segments, (segment) => segment.slot);
    this.slotAddresses = Uint32Array.from(segments, (segment) => segment.first);
    this.slotPools = Uint32Array.from(segments, (segment) => segment.pool);
    const sorted = segments.toSorted((a, b) => a.first - b.first);
    this.firsts = Uint32Array.from(sorted, (segment) => segment.first);
    this.lasts = Uint32Array.from(sorted, (segment) => segment.last);
    this.firstSlots = Uint32Array.from(sorted, (segment) => segment.slot);
    for (let i = 1; i < sorted.length; i++) {
      assert((this.lasts[i - 1] ?? 0) < (this.firsts[i] ?? 0), "ranges do not overlap");
    }
  }

  /** Slot of an address, or NO_SLOT if no pool has it. */
  slotOf(address: Ipv4): Slot {
    const i = lastNotAbove(this.firsts, address);
    if (i < 0 || address > (this.lasts[i] ?? 0)) return NO_SLOT;
    // `| 0`: a small integer to V8 too, although the addresses may be large ones (base/shapes.ts).
    return (this.firstSlots[i] ?? 0) + ((address - (this.firsts[i] ?? 0)) | 0);
  }

  /** Address of a slot. */
  addressOf(slot: Slot): Ipv4 {
    const i = lastNotAbove(this.slotStarts, slot);
    return (this.slotAddresses[i] ?? 0) + slot - (this.slotStarts[i] ?? 0);
  }

  /** Index of the pool that holds a slot. */
  poolOf(slot: Slot): number {
    return this.slotPools[lastNotAbove(this.slotStarts, slot)] ?? 0;
  }

  /** Number of addresses of a pool. */
  poolSize(pool: number): number {
    return (this.poolStarts[pool + 1] ?? 0) - (this.poolStarts[pool] ?? 0);
  }
}

/** Position of the last of the sorted `values` that is at most `wanted`; -1 if there is none. */
function lastNotAbove(values: Uint32Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
