// Hashes that spread clients over a pool. Not keyed: a client's input is ClientIdentity.orderHash, which is keyed.

import type { PoolDefinition } from "./address-map.ts";

/** Hash of a pool's addresses: the same on every server with the same pool. */
export function poolHash(pool: PoolDefinition): number {
  let hash = 0;
  for (const { first, last } of pool.ranges) hash = scatter(scatter(hash ^ first) ^ last);
  return hash;
}

/** A bijection of 32 bits in which every input bit matters to every output bit (MurmurHash3's finalizer). */
export function scatter(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
