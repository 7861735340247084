// OFFERs of 0.0.0.0: to a client that can do without an IPv4 address on a network that is configured for it (RFC 8925
// section 3.3), and to a client that must not make up an address when we have none for it (RFC 2563 section 2.3). No
// address is spent, nothing is stored.

import type { Subnet } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { MessageType } from "../wire/message-type.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import type { Query } from "../wire/query.ts";
import type { Reason } from "./decision.ts";
import { leaseSeconds } from "./deliver/lease-seconds.ts";
import type { Exchange } from "./exchange.ts";
import type { Serving } from "./serving.ts";

/** Whether a client has said that it needs no IPv4 address where one is not needed, and is at such a place. */
export function prefersIpv6Only(query: Query, scope: Scope): boolean {
  return scope.options.has(OptionCode.ipv6OnlyPreferred) && query.requests(OptionCode.ipv6OnlyPreferred);
}

/** Offers 0.0.0.0 and option 108. */
export function offerIpv6Only(exchange: Exchange, subnet: Subnet, scope: Scope): void {
  offer("offer-ipv6-only", exchange, subnet, scope);
}

/**
 * There is no address for the client, for the reason `why`: it gets such an OFFER if it understands one, else the query
 * is dropped.
 */
export function offerNothing(exchange: Exchange, serving: Serving, why: Reason): void {
  const { query, decision, subnet } = exchange;
  if (subnet === undefined) return decision.drop(why);
  const scope = serving.config.scopeOf(subnet, exchange.host, exchange.classes);
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  if (prefersIpv6Only(query, scope)) return offerIpv6Only(exchange, subnet, scope);
  if (query.has(OptionCode.autoConfigure) && scope.options.get(OptionCode.autoConfigure)?.[0] === 0) {
    return offer("offer-no-auto-configure", exchange, subnet, scope);
  }
  decision.drop(why);
}

function offer(reason: Reason, { query, decision, host }: Exchange, subnet: Subnet, scope: Scope): void {
  decision.answer(reason, MessageType.offer, subnet, host, scope);
  decision.leaseSeconds = leaseSeconds(query.requestedLeaseSeconds, scope);
}
