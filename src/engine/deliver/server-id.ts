// What option 54 of a reply says, and whether a query's option 54 means us. Which address a reply leaves from is in
// reply-source.ts; a NAK repeats the one that the client named (reply-content.ts).
//
// An identifier that a relay chooses for its clients (RFC 5107) is in option 82, which is kept with the
// lease: a client that comes back without that relay gets, and may name, the same one.

import { getUint32 } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { Scope } from "../../config/model/scope.ts";
import { findRelaySubOption, isRelayAgentInformation, RelaySubOption } from "../../wire/options/relay-agent.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

/** Option 54 of the reply: RFC 5107 override, else `server-identifier`, else the reply's source address. */
export function serverIdentifier(exchange: Exchange, scope: Scope, source: Ipv4): Ipv4 {
  const override = identifierOverride(exchange);
  if (override !== 0) return override;
  return scope.serverIdentifier ?? source;
}

/**
 * Whether a query's option 54 names us: an identifier that a client of `link` (-1: an unknown one) may have received,
 * any address of ours, or a configured listening address.
 */
export function isOurIdentifier(serverId: Ipv4, exchange: Exchange, serving: Serving, link: number): boolean {
  if (serverId === 0) return false;
  return (
    serverId === identifierOverride(exchange) ||
    serving.links.isOwn(serverId) ||
    serving.config.serverIdentifiers(link).includes(serverId) ||
    serving.config.listenAddresses.includes(serverId)
  );
}

/** Sub-option 11 as the query's relay says it or, of a client that renews past its relay, as it is kept with the lease; 0 if there is none. */
function identifierOverride(exchange: Exchange): Ipv4 {
  const { query, client } = exchange;
  if (query.giaddr !== 0) return query.serverIdOverride;
  const { agentInformation, agentInformationLength: length } = client;
  // A lease file's text may come from any source.
  if (length === 0 || !isRelayAgentInformation(agentInformation, 0, length)) return 0;
  const at = findRelaySubOption(agentInformation, 0, length, RelaySubOption.serverIdOverride);
  return at > 0 && agentInformation[at - 1] === 4 ? getUint32(agentInformation, at) : 0;
}
