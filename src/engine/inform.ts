// DHCPINFORM (RFC 2131 section 4.3.5): a client that has an address asks for options only. Nothing
// is stored, no time is told, and the answer goes nowhere but to the address that asked, or to its link. A client
// that leaves ciaddr empty, as some do, is known by its source address.

import { isUnicastHost } from "../base/ipv4.ts";
import { Delivery } from "../wire/delivery.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Decision } from "./decision.ts";
import { broadcastReply } from "./deliver/delivery.ts";
import { answer } from "./deliver/reply-content.ts";
import type { Exchange } from "./exchange.ts";
import { classify } from "./locate/classify.ts";
import { placeOfSlot } from "./locate/reservation.ts";
import { linkOf } from "./locate/select-subnet.ts";
import { recallAgentInformation } from "./recall-agent.ts";
import type { Serving } from "./serving.ts";

/** Decides about a DHCPINFORM. */
export function decideInform(exchange: Exchange, serving: Serving, decision: Decision): void {
  const { query, arrival, client } = exchange;
  const address = query.ciaddr !== 0 || query.giaddr !== 0 ? query.ciaddr : arrival.remoteAddress;
  if (address === 0 || !isUnicastHost(address)) return decision.drop("drop-no-address");
  // Only the holder of an address may have an answer sent there. Clients with raw sockets send from no address.
  const isFromNowhere = query.giaddr === 0 && arrival.remoteAddress === 0;
  if (query.giaddr === 0 && !isFromNowhere && arrival.remoteAddress !== address) {
    return decision.drop("drop-forged-inform");
  }
  if (serving.links.isOwn(address)) return decision.drop("drop-own-address");
  const subnet = serving.config.findSubnet(address);
  const link = isFromNowhere ? serving.links.sharedNetworkOf(arrival.ifindex) : linkOf(exchange, serving);
  if (subnet === undefined || link !== subnet.sharedNetwork) return decision.drop("drop-unknown-link");
  recallAgentInformation(exchange, serving);
  const host = exchange.hasClient ? serving.config.findHost(client, subnet.sharedNetwork) : undefined;
  const place = placeOfSlot(serving, serving.table.slotOf(address)) ?? subnet;
  const scope = serving.config.scopeOf(place, host, classify(exchange, serving));
  if (!scope.allowBooting) return decision.drop("drop-booting-denied");
  const grant = { reason: "ack-inform", messageType: MessageType.ack, subnet, host, scope } as const;
  answer(decision, exchange, serving, grant, 0, -1);
  if (!decision.hasReply || query.giaddr !== 0) return;
  // It is told on its own link, where whoever has the address hears it.
  if (isFromNowhere) return broadcastReply(decision, exchange);
  decision.delivery = Delivery.unicast;
  decision.destination = address;
  decision.ifindex = 0;
}
