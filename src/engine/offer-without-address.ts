// OFFERs of 0.0.0.0: to a client that can do without an IPv4 address on a network that is configured for
// it (RFC 8925 section 3.3), and to one that must be told not to make up an address where we have none
// for it (RFC 2563 section 2.3). No address is spent, nothing is stored.

import type { Membership } from "../config/model/membership.ts";
import type { Host, Subnet } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { MessageType } from "../wire/message-type.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import type { Query } from "../wire/query.ts";
import type { Decision, Reason } from "./decision.ts";
import { leaseSeconds } from "./deliver/lease-seconds.ts";
import { answer } from "./deliver/reply-content.ts";
import type { Exchange } from "./exchange.ts";
import { subnetOfLink } from "./locate/select-subnet.ts";
import type { Serving } from "./serving.ts";

/** Where a client is, and by what parameters it is served. */
interface Served {
  readonly subnet: Subnet;
  readonly host: Host | undefined;
  readonly scope: Scope;
}

/** Whether a client has said that it needs no IPv4 address where one is not needed, and is at such a place. */
export function prefersIpv6Only(query: Query, scope: Scope): boolean {
  return scope.options.has(OptionCode.ipv6OnlyPreferred) && query.requests(OptionCode.ipv6OnlyPreferred);
}

/** Offers 0.0.0.0 and option 108. */
export function offerIpv6Only(exchange: Exchange, serving: Serving, decision: Decision, served: Served): void {
  offer("offer-ipv6-only", exchange, serving, decision, served);
}

/** Who asks for an address, and from which link. */
interface Asker {
  readonly link: number;
  readonly host: Host | undefined;
  readonly membership: Membership;
}

/** There is no address for the client, for the reason `why`: it is told so if that means something to it, else the query is dropped. */
export function offerNothing(
  exchange: Exchange,
  serving: Serving,
  decision: Decision,
  { link, host, membership }: Asker,
  why: Reason,
): void {
  const { query } = exchange;
  const subnet = subnetOfLink(exchange, serving, link);
  if (subnet === undefined) return decision.drop(why);
  const scope = serving.config.scopeOf(subnet, host, membership);
  const served = { subnet, host, scope };
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  if (prefersIpv6Only(query, scope)) return offerIpv6Only(exchange, serving, decision, served);
  if (query.has(OptionCode.autoConfigure) && scope.options.get(OptionCode.autoConfigure)?.[0] === 0) {
    return offer("offer-no-auto-configure", exchange, serving, decision, served);
  }
  decision.drop(why);
}

function offer(reason: Reason, exchange: Exchange, serving: Serving, decision: Decision, served: Served): void {
  const seconds = leaseSeconds(exchange.query.requestedLeaseSeconds, served.scope);
  answer(decision, exchange, serving, { reason, messageType: MessageType.offer, ...served }, 0, seconds);
}
