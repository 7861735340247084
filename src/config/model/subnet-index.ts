// Finds the subnet of an address. Subnets do not overlap (check: resolve.ts), so their networks
// are in one order and a binary search needs 12 steps for 4,096 of them. No allocation.

import { broadcastOf, type Ipv4 } from "../../base/ipv4.ts";
import type { Network } from "./settings.ts";

/** An immutable index of subnets by address. */
export class SubnetIndex<Subnet extends Network> {
  private readonly firsts: Uint32Array;
  private readonly lasts: Uint32Array;
  private readonly subnets: readonly Subnet[];

  constructor(subnets: readonly Subnet[]) {
    this.subnets = subnets.toSorted((a, b) => a.network - b.network);
    this.firsts = Uint32Array.from(this.subnets, ({ network }) => network);
    this.lasts = Uint32Array.from(this.subnets, ({ network, mask }) => broadcastOf(network, mask));
  }

  /** The subnet that holds `address`, or undefined. */
  find(address: Ipv4): Subnet | undefined {
    let low = 0;
    let high = this.firsts.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (address < (this.firsts[middle] ?? 0)) high = middle - 1;
      else if (address > (this.lasts[middle] ?? 0)) low = middle + 1;
      else return this.subnets[middle];
    }
    return undefined;
  }
}
