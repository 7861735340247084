// Everything a decision may look at besides the query and the time. The shell swaps whole parts of
// it (configuration, links, table); decisions only read.

import type { Ipv4 } from "../base/ipv4.ts";
import type { MonotonicSeconds, Seconds } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import { CheckedAddresses } from "../lease/checked-addresses.ts";
import type { LeaseTable } from "../lease/table/table.ts";
import { PermittedPools } from "./locate/permitted-pools.ts";
import type { ServedLinks } from "./locate/served-links.ts";
import { withholdOwnAddresses } from "./own-addresses.ts";
import { StandIns } from "./stand-ins.ts";

/** What servers that share their leases have agreed upon; the same for all of a cluster (dhcpd.conf(5) `cluster`). */
export interface ClusterTerms {
  /** How long a lease lasts in the store beyond the time that its client knows. */
  readonly reserveSeconds: Seconds;
  /** The largest difference between the clocks of two servers that is taken as usual. */
  readonly clockSkewSeconds: Seconds;
}

/** What decisions read. */
export class Serving {
  config: Config;
  table: LeaseTable;
  links: ServedLinks;
  pools: PermittedPools;
  /** What servers that share these leases have agreed upon; undefined: no other server has them. */
  readonly cluster: ClusterTerms | undefined;
  /** Whether the store of a cluster is away at present; kept up to date where there is one. */
  isStoreAway = false;
  /** Whether a client may be given an address that it does not use now: not while the servers of a cluster differ. */
  mayAllocate = true;
  /**
   * Until then (monotonic clock) the server probes every address new to a client, even if the configuration turns
   * probes off (lease records may have been lost).
   */
  probeAllUntil: MonotonicSeconds = 0;
  /** Addresses that were found silent ahead of time. */
  readonly checked = new CheckedAddresses();
  /** Clients of another server of a split that this server has let keep their addresses. */
  readonly standIns = new StandIns();

  constructor(config: Config, table: LeaseTable, links: ServedLinks, cluster?: ClusterTerms) {
    this.cluster = cluster;
    this.config = config;
    this.table = table;
    this.links = links;
    this.pools = new PermittedPools(config, table.pools);
    withholdOwnAddresses(this.table, this.links);
  }

  /** Interfaces or their addresses have changed. Returns our addresses that are in a pool and are kept from clients from now on. */
  followLinks(links: ServedLinks): readonly Ipv4[] {
    this.links = links;
    return withholdOwnAddresses(this.table, this.links);
  }

  /** Takes over another configuration and the table that was rebuilt for it. Returns what `followLinks` does. */
  reconfigure(config: Config, table: LeaseTable, links: ServedLinks): readonly Ipv4[] {
    const before = this.table;
    this.checked.moveTo(
      (slot) => table.slotOf(before.addressOf(slot)),
      (slot) => table.poolOf(slot),
    );
    this.config = config;
    this.table = table;
    this.links = links;
    this.pools = new PermittedPools(config, table.pools);
    return withholdOwnAddresses(this.table, this.links);
  }
}
