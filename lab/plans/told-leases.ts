// The clients' leases, against etcd's and other clients': whether an acknowledged lease is lost, and whether an address
// has two clients. Pure.

import type { StoredLease } from "../network/cluster.ts";

/** A lease as its client got it. */
export interface ToldLease extends StoredLease {
  readonly address: string;
}

/** Leases from the file that the load generator writes them to. A line each, so that an address may come twice. */
export function readToldLeases(text: string): readonly ToldLease[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [address = "", hardware = "", until] = line.split(" ");
      return { address, hardware, until: Number(until) };
    });
}

/** Leases that the store, by address, does not have, has for another client, or has for a shorter time. */
export function countLost(told: readonly ToldLease[], stored: ReadonlyMap<string, StoredLease>): number {
  const isLost = ({ address, hardware, until }: ToldLease): boolean => {
    const lease = stored.get(address);
    return lease?.hardware !== hardware || lease.until < until;
  };
  return told.filter(isLost).length;
}

/**
 * Leases of addresses that another client has or had. `owners`, the client of each address, is brought up to date: no
 * client gives an address back.
 */
export function countTwoClients(told: readonly ToldLease[], owners: Map<string, string>): number {
  let others = 0;
  for (const { address, hardware } of told) {
    const owner = owners.get(address);
    if (owner !== undefined && owner !== hardware) others += 1;
    owners.set(address, hardware);
  }
  return others;
}
