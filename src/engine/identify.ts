// Identifies the client: the identity that its message shows and the network accepts, its host declaration, and its
// classes.

import { BindingState } from "../lease/lease.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import { readClientIdentity } from "../wire/client-identity.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Exchange } from "./exchange.ts";
import { classify } from "./locate/classify.ts";
import { subjectAddress, usesAddress } from "./locate/locate.ts";
import type { Serving } from "./serving.ts";

/** Needs `query`, `arrival`, `link` and `subnet`; fills `client`, `hasClient`, `host` and `classes`. */
export function identify(exchange: Exchange, serving: Serving, keys: HashKeys): void {
  const { query, client, subnet } = exchange;
  const { config } = serving;
  exchange.hasClient = readClientIdentity(query, keys, client);
  exchange.host = undefined;
  exchange.classes = config.classes.memberships.none;
  // The sender of a leasequery is no client.
  if (query.messageType === MessageType.leaseQuery) return;
  // `ignore-client-uids`: on such a network the hardware address alone identifies a client. For machines that boot in
  // steps, each of which sends another identifier.
  if (subnet?.scope.ignoreClientUids === true && client.hlen !== 0) client.clientIdLength = 0;
  recallAgentInformation(exchange, serving);
  if (exchange.hasClient) exchange.host = config.findHost(client, exchange.link);
  exchange.classes = classify(exchange, serving);
}

/**
 * A relay's information about a client is kept with its lease (RFC 3046 section 2.2): a client that renews goes past
 * its relay, is in the same classes all the same, and its lease counts as its port's. So does an offer that is claimed
 * so.
 */
function recallAgentInformation({ query, client }: Exchange, { table }: Serving): void {
  if (query.giaddr !== 0 || !usesAddress(query) || client.agentInformationLength > 0) return;
  const slot = table.slotOf(subjectAddress(query));
  if (slot === NO_LEASE || !table.isOwner(slot, client)) return;
  if (table.state(slot) !== BindingState.bound && table.state(slot) !== BindingState.offered) return;
  client.agentInformationLength = table.details.copyAgentInformation(table.detailsOf(slot), client.agentInformation);
}
