// How a datagram reached us. The arrival is the only input from which a reply's source address,
// interface and path are chosen; it is copied with every deferred reply and never changed.

import type { Ipv4 } from "../base/ipv4.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";

/** How one datagram reached us. */
export interface Arrival {
  /** Interface it came in on, as the socket layer names it (a bridge, never its port). */
  readonly ifindex: number;
  /** Destination address of the datagram: one of ours, an anycast address, or 255.255.255.255. */
  readonly localAddress: Ipv4;
  /** Source address; 0.0.0.0 for a client that has none. */
  readonly remoteAddress: Ipv4;
  /** Source port. */
  readonly remotePort: number;
}

/** An Arrival that its owner fills anew for each datagram; everybody else sees it as an Arrival. */
export class ArrivalSlot implements Arrival {
  ifindex = 0;
  localAddress: Ipv4 = DOUBLE_ZERO;
  remoteAddress: Ipv4 = DOUBLE_ZERO;
  remotePort = 0;

  /** Takes over another arrival's values: the copy that travels with a deferred reply. */
  copyFrom(other: Arrival): void {
    this.ifindex = other.ifindex;
    this.localAddress = other.localAddress;
    this.remoteAddress = other.remoteAddress;
    this.remotePort = other.remotePort;
  }
}
