// Which link a query came from, and whose addresses it may therefore have (RFC 2131 section 4.3.1).
// Of a relayed query three things can tell; the first that is there counts:
//
//   sub-option 5 of option 82   the relay names the client's link (RFC 3527)
//   option 118                  the client names it (RFC 3011), where `subnet-selection` allows that
//   giaddr                      the relay's own address on it

import { type Ipv4, isUnicastHost } from "../../base/ipv4.ts";
import type { Subnet } from "../../config/model/model.ts";
import { MessageType } from "../../wire/message-type.ts";
import type { Query } from "../../wire/query.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

/** Position of the shared network the query came from, or -1 if we serve none there. */
export function linkOf(exchange: Exchange, serving: Serving): number {
  const { query, arrival } = exchange;
  if (query.giaddr !== 0) {
    return serving.config.findSubnet(relayedFrom(query, serving))?.sharedNetwork ?? -1;
  }
  // A client that renews by unicast may be routed to us: its address says where it is.
  if (query.ciaddr !== 0 && hasAddress(query) && serving.links.isOwn(arrival.localAddress)) {
    return serving.config.findSubnet(query.ciaddr)?.sharedNetwork ?? -1;
  }
  return serving.links.sharedNetworkOf(arrival.ifindex);
}

/** Whether the client uses its ciaddr: who looks for an address has none (RFC 2131 table 5), and BOOTP clients only wish (RFC 1542 section 3.3). */
function hasAddress({ messageType }: Query): boolean {
  return messageType !== MessageType.discover && messageType !== MessageType.bootp;
}

/** The subnet whose parameters stand for a whole link: the one that a relayed query names or of our address there, else its first. */
export function subnetOfLink(exchange: Exchange, serving: Serving, link: number): Subnet | undefined {
  const { query, arrival } = exchange;
  const near = query.giaddr !== 0 ? relayedFrom(query, serving) : serving.links.primaryAddress(arrival.ifindex);
  const subnet = serving.config.findSubnet(near);
  if (subnet?.sharedNetwork === link) return subnet;
  const first = serving.config.sharedNetworks[link]?.subnets[0];
  return first === undefined ? undefined : serving.config.subnets[first];
}

/** Whether giaddr can be a relay's address at all: a unicast address, and not one of ours. */
export function isRelayAddress(address: number, serving: Serving): boolean {
  return isUnicastHost(address) && !serving.links.isOwn(address);
}

/** An address of the link that a relayed query is about. */
function relayedFrom(query: Query, serving: Serving): Ipv4 {
  if (query.linkSelection !== 0) return query.linkSelection;
  const selected = selectedSubnet(query, serving);
  return selected !== 0 ? selected : query.giaddr;
}

/** Option 118 where it is allowed (RFC 3011 section 6: only if configured), by the relay's own subnet or, if that is none of ours, globally; else 0. */
export function selectedSubnet(query: Query, serving: Serving): Ipv4 {
  const { subnetSelection } = query;
  if (subnetSelection === 0) return 0;
  const scope = serving.config.findSubnet(query.giaddr)?.scope ?? serving.config.globalScope;
  return scope.subnetSelection ? subnetSelection : 0;
}
