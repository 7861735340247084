// No client gets one of the server's own addresses: their slots are withheld at the start, at a reload, and whenever
// interfaces or their addresses change. Routers, network and broadcast addresses, and the addresses of `listen on`, are
// cut out of the ranges when the configuration is read: config/resolve/never-given.ts.

import type { Ipv4 } from "../base/ipv4.ts";
import type { LeaseTable } from "../lease/table/table.ts";
import type { ServedLinks } from "./locate/served-links.ts";

/** Withholds the addresses of all our interfaces, and no others; returns those in a pool that were not withheld before. */
export function withholdOwnAddresses(table: LeaseTable, links: ServedLinks): readonly Ipv4[] {
  return table.withhold(links.ownAddresses());
}
