// DHCPINFORM (RFC 2131 section 4.3.5): a client that has an address asks for options only. Nothing is stored, the
// answer has no times, and it goes only to the address that asked, or to its link. Some clients leave ciaddr empty:
// their source address counts.

import { type Ipv4, isUnicastHost } from "../base/ipv4.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Exchange } from "./exchange.ts";
import { isFromNowhere } from "./locate/locate.ts";
import { siteOfSlot } from "./locate/reservation.ts";
import type { Serving } from "./serving.ts";

/** The address that a DHCPINFORM is about, and that its answer goes to; 0 if it names none. */
export function informedAddress({ query, arrival }: Exchange): Ipv4 {
  return query.ciaddr !== 0 || query.giaddr !== 0 ? query.ciaddr : arrival.remoteAddress;
}

/** Decides about a DHCPINFORM. */
export function decideInform(exchange: Exchange, serving: Serving): void {
  const { query, arrival, decision, host } = exchange;
  const address = informedAddress(exchange);
  if (address === 0 || !isUnicastHost(address)) return decision.drop("drop-no-address");
  // Only the holder of an address may have an answer sent there. Clients with raw sockets send from no address.
  if (query.giaddr === 0 && !isFromNowhere(exchange) && arrival.remoteAddress !== address) {
    return decision.drop("drop-forged-inform");
  }
  if (serving.links.isOwn(address)) return decision.drop("drop-own-address");
  const subnet = serving.config.findSubnet(address);
  if (subnet === undefined || exchange.link !== subnet.sharedNetwork) return decision.drop("drop-unknown-link");
  const place = siteOfSlot(serving, serving.table.slotOf(address)) ?? subnet;
  const scope = serving.config.scopeOf(place, host, exchange.classes);
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  if (!exchange.isAdmitted) return decision.drop("drop-inform-limit");
  decision.isCharged = true;
  decision.answer("ack-inform", MessageType.ack, subnet, host, scope);
}
