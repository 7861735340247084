// Which link a query came from, and whose addresses it may therefore have (RFC 2131 section 4.3.1,
// RFC 3527).

import { isUnicastHost } from "../base/ipv4.ts";
import type { Subnet } from "../config/model.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** Position of the shared network the query came from, or -1 if we serve none there. */
export function linkOf(inquiry: Inquiry, state: EngineState): number {
  const { query, arrival } = inquiry;
  if (query.giaddr !== 0) {
    const address = query.linkSelection !== 0 ? query.linkSelection : query.giaddr;
    return state.config.findSubnet(address)?.sharedNetwork ?? -1;
  }
  // A client that renews by unicast may be routed to us: its address says where it is.
  if (query.ciaddr !== 0 && state.links.isOwn(arrival.localAddress)) {
    return state.config.findSubnet(query.ciaddr)?.sharedNetwork ?? -1;
  }
  return state.links.sharedNetworkOf(arrival.ifindex);
}

/** The subnet whose parameters stand for a whole link: the one of giaddr or of our address there, else its first. */
export function subnetOfLink(inquiry: Inquiry, state: EngineState, link: number): Subnet | undefined {
  const { query, arrival } = inquiry;
  const near = query.giaddr !== 0 ? query.giaddr : state.links.primaryAddress(arrival.ifindex);
  const subnet = state.config.findSubnet(near);
  if (subnet?.sharedNetwork === link) return subnet;
  const first = state.config.sharedNetworks[link]?.subnets[0];
  return first === undefined ? undefined : state.config.subnets[first];
}

/** Whether giaddr can be a relay's address at all: a unicast address, and not one of ours. */
export function isRelayAddress(address: number, state: EngineState): boolean {
  return isUnicastHost(address) && !state.links.isOwn(address);
}
