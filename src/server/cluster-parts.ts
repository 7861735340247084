// A server among the others of its cluster.

import { HASH_KEY_OCTETS, halfSipHash } from "../base/hash.ts";
import type { Seconds } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import type { ClusterTerms } from "../engine/serving.ts";

/** What a server of a cluster is built from beside what every server is. */
export interface ClusterParts extends ClusterTerms {
  /** The server's name; no two of a cluster have the same. */
  readonly name: string;
  /** Seconds for which a lease is kept for its client beyond its end; Infinity while the clock cannot be trusted. */
  readonly guard: () => Seconds;
  /** Whether a client may be given an address that it does not use now: not while servers differ in what they have agreed upon. Always where it is absent. */
  readonly mayAllocate?: () => boolean;
}

const SEEDS = 1 << 24;

/** Seconds that a lease is kept for its client beyond its end. */
export function guardOf(cluster: ClusterParts | undefined, { split }: Config): Seconds {
  return cluster?.guard() ?? split?.holdSeconds ?? 0;
}

/** Where a server begins with its checks of free addresses: see PipelineParts. */
export function seedOf(cluster: ClusterParts | undefined): number {
  if (cluster === undefined) return 0;
  const name = Buffer.from(cluster.name);
  return halfSipHash(new Uint8Array(HASH_KEY_OCTETS), name, 0, name.length) % SEEDS;
}
