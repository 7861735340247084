// Which address a reply leaves from, what option 54 says, and whether a query's option 54 means us.
// Everything follows from the arrival; nothing here asks for "the server's address".

import type { Ipv4 } from "../base/ipv4.ts";
import type { Scope, Subnet } from "../config/model.ts";
import type { EngineState, Inquiry } from "./state.ts";

/**
 * The source address of the reply: the address the query was sent to if it is one of ours, else
 * the arrival interface's address in the client's subnet, else its first address. 0 if the
 * interface has no address at all: then there is no reply.
 */
export function replySource(inquiry: Inquiry, state: EngineState, subnet: Subnet | undefined): Ipv4 {
  const { arrival } = inquiry;
  if (state.links.isOwn(arrival.localAddress)) return arrival.localAddress;
  const inSubnet = subnet === undefined ? 0 : state.links.addressIn(arrival.ifindex, subnet);
  return inSubnet !== 0 ? inSubnet : state.links.primaryAddress(arrival.ifindex);
}

/** Option 54 of the reply: RFC 5107 override, else `server-identifier`, else the reply's source address. */
export function serverIdentifier(inquiry: Inquiry, scope: Scope, source: Ipv4): Ipv4 {
  if (inquiry.query.serverIdOverride !== 0) return inquiry.query.serverIdOverride;
  return scope.serverIdentifier ?? source;
}

/** Whether a query's option 54 names us: what we would answer with, any address of ours, or one we are told to listen on. */
export function isOurIdentifier(serverId: Ipv4, inquiry: Inquiry, state: EngineState, scope: Scope): boolean {
  if (serverId === 0) return false;
  return (
    serverId === inquiry.query.serverIdOverride ||
    serverId === scope.serverIdentifier ||
    state.links.isOwn(serverId) ||
    state.config.listenAddresses.includes(serverId)
  );
}
