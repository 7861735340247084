// Which link a query came from, and which addresses it may therefore have (RFC 2131 section 4.3.1).
// A relayed query can show it in three ways; the first that is there counts:
//
//   sub-option 5 of option 82   the relay names the client's link (RFC 3527)
//   option 118                  the client names it (RFC 3011), where `subnet-selection` allows that
//   giaddr                      the relay's own address on it

import type { Ipv4 } from "../../base/ipv4.ts";
import type { Subnet } from "../../config/model/model.ts";
import { MessageType } from "../../wire/message-type.ts";
import type { Query } from "../../wire/query.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

/** Needs `query` and `arrival`; fills `link`, `subnet` and `isRouted`. */
export function locate(exchange: Exchange, serving: Serving): void {
  const { query, arrival } = exchange;
  const { config, links } = serving;
  exchange.isRouted = false;
  if (query.giaddr !== 0) {
    exchange.subnet = config.findSubnet(relayedFrom(query, serving));
    exchange.link = exchange.subnet?.sharedNetwork ?? -1;
    return;
  }
  const here = links.sharedNetworkOf(arrival.ifindex);
  exchange.link = here;
  // A client that renews by unicast may be routed to us: its address says where it is.
  if (usesAddress(query) && !isFromNowhere(exchange) && links.isOwn(arrival.localAddress)) {
    exchange.link = config.findSubnet(query.ciaddr)?.sharedNetwork ?? -1;
    exchange.isRouted = exchange.link !== here;
  }
  exchange.subnet = subnetOfLink(exchange, serving);
}

/**
 * Whether the client uses its ciaddr: a client that looks for an address has none (RFC 2131 table 5), and BOOTP clients
 * only wish (RFC 1542 section 3.3).
 */
export function usesAddress({ messageType, ciaddr }: Query): boolean {
  return ciaddr !== 0 && messageType !== MessageType.discover && messageType !== MessageType.bootp;
}

/** The address that a message is about: option 50 of a DHCPREQUEST, else ciaddr; 0 if it names none. */
export function subjectAddress({ messageType, requestedAddress, ciaddr }: Query): Ipv4 {
  return messageType === MessageType.request && requestedAddress !== 0 ? requestedAddress : ciaddr;
}

/** Whether it is a DHCPINFORM that a client with a raw socket has sent from no address: it can only be from this link. */
export function isFromNowhere({ query, arrival }: Exchange): boolean {
  return query.messageType === MessageType.inform && query.giaddr === 0 && arrival.remoteAddress === 0;
}

/** The subnet of our first address on the arrival interface, if it is of the link, else the link's first. */
function subnetOfLink({ link, arrival }: Exchange, { config, links }: Serving): Subnet | undefined {
  if (link < 0) return undefined;
  const near = links.firstSubnetOf(arrival.ifindex);
  if (near?.sharedNetwork === link) return near;
  const first = config.sharedNetworks[link]?.subnets[0];
  return first === undefined ? undefined : config.subnets[first];
}

/**
 * An address of the link that a relayed query is about. The sender of a leasequery speaks for itself: its own option 82
 * is ignored.
 */
function relayedFrom(query: Query, serving: Serving): Ipv4 {
  if (query.messageType === MessageType.leaseQuery) return query.giaddr;
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
