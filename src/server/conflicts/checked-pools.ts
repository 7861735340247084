// The pools whose addresses are checked ahead, with the link and the pace of each.

import type { Ipv4 } from "../../base/ipv4.ts";
import {
  CHECKS_AT_ONCE_ON_LINK,
  CHECKS_AT_ONCE_ROUTED,
  CHECKS_PER_SECOND_ON_LINK,
  CHECKS_PER_SECOND_ROUTED,
} from "../../base/limits/checks.ts";
import type { SubnetPlace } from "../../engine/locate/served-links.ts";
import type { Serving } from "../../engine/serving.ts";
import { TokenBucket } from "../../engine/token-bucket.ts";

/** A pool whose addresses are checked ahead. */
export interface CheckedPool {
  /** Its number in the lease table. */
  readonly index: number;
  /** Our address on its link, and the link; 0: it is behind a router. */
  readonly own: Ipv4;
  readonly ifindex: number;
  readonly timeoutMs: number;
  /** Bounds the checks on its link, or those through routers. Its clock is monotonic, in seconds. */
  readonly budget: TokenBucket;
  /** Nothing is asked until then: the kernel took no ping. */
  pausedUntilMs: number;
}

/** See the head of this file. */
export class CheckedPools {
  list: readonly CheckedPool[] = [];
  private routed = routedBudget();
  private budgets = new Map<number, TokenBucket>();
  /** Where each subnet was at the last look, by its network. */
  private places = new Map<Ipv4, string>();

  /** Forgets the pools, whose numbers belong to a table that goes, and the time spent on checks that are given up. */
  clear(): void {
    this.list = [];
    this.routed = routedBudget();
    this.budgets.clear();
  }

  /**
   * Takes in another table or other links. Returns the pools whose subnet has moved: their silent addresses may have
   * been asked on the wrong link.
   */
  follow(serving: Serving): readonly number[] {
    const moved: number[] = [];
    const list: CheckedPool[] = [];
    const places = new Map<Ipv4, string>();
    const budgets = new Map<number, TokenBucket>();
    for (const { index, reserved, subnet: position, declared } of serving.table.pools) {
      const scope = reserved ? undefined : serving.config.pools[declared ?? -1]?.scope;
      const subnet = serving.config.subnets[position];
      if (scope === undefined || subnet === undefined) continue;
      const place = serving.links.placeIn(subnet);
      const text = textOf(place);
      const before = this.places.get(subnet.network);
      if (before !== undefined && before !== text) moved.push(index);
      places.set(subnet.network, text);
      if (!scope.pingCheck || !scope.pingAhead || place?.running === false) continue;
      const ifindex = place?.ifindex ?? 0;
      const budget = ifindex === 0 ? this.routed : (this.budgets.get(ifindex) ?? budgets.get(ifindex) ?? linkBudget());
      if (ifindex !== 0) budgets.set(ifindex, budget);
      const own = place?.address ?? 0;
      list.push({ index, own, ifindex, timeoutMs: scope.pingTimeoutSeconds * 1000, budget, pausedUntilMs: 0 });
    }
    this.list = list;
    this.places = places;
    this.budgets = budgets;
    return moved;
  }
}

function linkBudget(): TokenBucket {
  return new TokenBucket(CHECKS_AT_ONCE_ON_LINK, CHECKS_PER_SECOND_ON_LINK);
}

function routedBudget(): TokenBucket {
  return new TokenBucket(CHECKS_AT_ONCE_ROUTED, CHECKS_PER_SECOND_ROUTED);
}

function textOf(place: SubnetPlace | undefined): string {
  return place === undefined ? "" : `${place.ifindex} ${place.address} ${place.running}`;
}
