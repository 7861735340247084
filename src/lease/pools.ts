// The pools of a configuration: which addresses the lease table has, and which of them only their
// host gets. Every address is in one pool at most.

import { type Ipv4, isInNetwork } from "../base/ipv4.ts";
import type { Config, Pool, Subnet } from "../config/model/model.ts";
import type { PoolDefinition, TableOptions } from "./table/table.ts";

/** The pools in the order of the subnets: of each its configured pools, their addresses for BOOTP clients apart and last, then its reserved addresses, if any. */
export function poolsOf(config: Config): PoolDefinition[] {
  const pools: PoolDefinition[] = [];
  let next = 0;
  for (const subnet of config.subnets) {
    const { sharedNetwork, index, scope } = subnet;
    const common = { sharedNetwork, subnet: index, ...(scope.ignoreClientUids && { ignoresClientIds: true }) };
    for (; config.pools[next]?.subnet === subnet.index; next++) {
      for (const dynamicBootp of [false, true]) {
        const ranges = rangesOf(config.pools[next], dynamicBootp);
        if (ranges.length === 0) continue;
        pools.push({ index: pools.length, ...common, reserved: false, dynamicBootp, declared: next, ranges });
      }
    }
    const reserved = reservedRanges(config.reserved, subnet);
    if (reserved.length > 0) pools.push({ index: pools.length, ...common, reserved: true, ranges: reserved });
  }
  return pools;
}

/** The features that a configuration needs of the table. `isShared`: its store is a cluster's. */
export function tableOptionsOf(config: Config, isShared: boolean): TableOptions {
  return { findsHardware: config.answersLeasequeries, countsHeld: config.limitsLeases, isShared };
}

function rangesOf(pool: Pool | undefined, dynamicBootp: boolean): { first: Ipv4; last: Ipv4 }[] {
  const ranges = pool?.ranges.filter((range) => range.dynamicBootp === dynamicBootp) ?? [];
  return ranges.map(({ first, last }) => ({ first, last }));
}

/** The reserved addresses inside a subnet, neighbours joined. */
function reservedRanges(reserved: readonly Ipv4[], subnet: Subnet): { first: Ipv4; last: Ipv4 }[] {
  const ranges: { first: Ipv4; last: Ipv4 }[] = [];
  for (let at = lowerBound(reserved, subnet.network); at < reserved.length; at++) {
    const address = reserved[at] ?? 0;
    if (!isInNetwork(address, subnet.network, subnet.mask)) break;
    const before = ranges.at(-1);
    if (before !== undefined && before.last + 1 === address) before.last = address;
    else ranges.push({ first: address, last: address });
  }
  return ranges;
}

/** Position of the first address that is not below `address`; `sorted` ascends. */
function lowerBound(sorted: readonly Ipv4[], address: Ipv4): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
