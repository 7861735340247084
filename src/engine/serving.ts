// Everything a decision may look at besides the query and the time. The shell swaps whole parts of
// it (configuration, links, table); decisions only read.

import type { Ipv4 } from "../base/ipv4.ts";
import type { MonotonicSeconds } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import { CheckedAddresses } from "../lease/checked-addresses.ts";
import type { LeaseTable } from "../lease/table/table.ts";
import { PermittedPools } from "./locate/permitted-pools.ts";
import type { ServedLinks } from "./locate/served-links.ts";
import { withholdOwnAddresses } from "./own-addresses.ts";

/** What decisions read. */
export class Serving {
  config: Config;
  table: LeaseTable;
  links: ServedLinks;
  pools: PermittedPools;
  /** Until then (monotonic clock) every address new to a client is probed, whatever the configuration says (lease records may have been lost). */
  probeAllUntil: MonotonicSeconds = 0;
  /** Addresses that were found silent ahead of time. */
  readonly checked = new CheckedAddresses();

  constructor(config: Config, table: LeaseTable, links: ServedLinks) {
    this.config = config;
    this.table = table;
    this.links = links;
    this.pools = new PermittedPools(config, table);
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
    this.pools = new PermittedPools(config, table);
    return withholdOwnAddresses(this.table, this.links);
  }
}
