// Which address a reply leaves from: it follows from the arrival, and there is no "address of the server".

import { IPV4_BROADCAST, type Ipv4 } from "../../base/ipv4.ts";
import type { Subnet } from "../../config/model/model.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

/**
 * The source address of the reply: the address the query was sent to; for a broadcast the arrival
 * interface's address in the client's subnet, else its first address. 0 if the interface has no
 * address at all: then there is no reply. If the address that was asked is gone by now, the backend
 * drops the reply: one from another address would make the client renew there.
 */
export function replySource(exchange: Exchange, serving: Serving, subnet: Subnet | undefined): Ipv4 {
  const { arrival } = exchange;
  if (arrival.localAddress !== IPV4_BROADCAST) return arrival.localAddress;
  const inSubnet = subnet === undefined ? 0 : serving.links.addressIn(arrival.ifindex, subnet);
  return inSubnet !== 0 ? inSubnet : serving.links.primaryAddress(arrival.ifindex);
}
