// Which queries are for us: a picture of the interfaces with the served ones marked. Made anew when interfaces or the
// wanted listeners change, never changed afterwards.

import type { Interface } from "../../base/interface.ts";
import type { Interfaces } from "../../base/interfaces.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { NumberSet } from "../../base/number-set.ts";

/** What received datagrams are judged by. */
export class LocalView {
  readonly interfaces: Interfaces;
  /** Own addresses, and configured listening addresses, present or not. */
  readonly ownOrConfigured: NumberSet;
  /** Interfaces whose broadcasts are answered. */
  readonly servedInterfaces: NumberSet;
  /** Own addresses at which queries are answered on every interface. */
  readonly answeredAnywhere: NumberSet;

  constructor(
    interfaces: Interfaces,
    served: readonly Interface[],
    configured: readonly Ipv4[],
    answeredAnywhere: readonly Ipv4[] = configured,
  ) {
    const own = interfaces.list.flatMap((entry) => entry.addresses).map((entry) => entry.address);
    this.interfaces = interfaces;
    this.ownOrConfigured = new NumberSet([...own, ...configured]);
    this.servedInterfaces = new NumberSet(served.map((entry) => entry.ifindex));
    this.answeredAnywhere = new NumberSet(answeredAnywhere);
  }
}
