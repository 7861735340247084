// The one entry of the engine: what to do about one query. Pure: same exchange, serving and time, same
// decision, and nothing else changes. Dispatch by message type only; each type has a file of its own.

import type { EpochSeconds } from "../base/time.ts";
import { MessageType } from "../wire/message-type.ts";
import { decideBootp } from "./bootp.ts";
import { givesNewAddress } from "./cluster-terms.ts";
import { decideDecline } from "./decline.ts";
import { makeReply } from "./deliver/reply-content.ts";
import { decideDiscover } from "./discover.ts";
import type { Exchange } from "./exchange.ts";
import { decideInform } from "./inform.ts";
import { decideLeasequery } from "./leasequery/leasequery.ts";
import { isRelayAddress, mayRelay } from "./locate/relays.ts";
import { decideRelease } from "./release.ts";
import { decideRequest } from "./request.ts";
import type { Serving } from "./serving.ts";

/**
 * Decides about the query at `now` (wall clock, seconds). Needs all that `receive`, `locate`, `identify` and
 * QueryLimits.admit fill; fills `decision`, and the reply in it. Never throws for anything a client can send.
 */
export function decide(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { query, arrival, decision } = exchange;
  decision.reset();
  if (query.giaddr !== 0 && !isRelayAddress(query.giaddr, serving)) return decision.drop("drop-bad-giaddr");
  if (arrival.remoteAddress !== 0 && serving.links.isOwn(arrival.remoteAddress)) {
    return decision.drop("drop-own-address");
  }
  if (query.messageType === MessageType.leaseQuery) return decideLeasequery(exchange, serving, now);
  // On a network that we do not know, the only answer is that an address is wrong there.
  const isTold = exchange.link >= 0 || query.messageType === MessageType.request;
  if (query.giaddr !== 0 && isTold && !mayRelay(exchange, serving)) return decision.drop("drop-no-relay");
  decideByType(exchange, serving, now);
  if (!serving.mayAllocate && givesNewAddress(exchange)) return decision.drop("drop-servers-differ");
  // A ping leaves from the source of the reply, which a BOOTP client gets only after it.
  if (decision.hasReply || decision.needsProbe) makeReply(exchange, serving);
}

function decideByType(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  switch (exchange.query.messageType) {
    case MessageType.discover:
      return decideDiscover(exchange, serving, now);
    case MessageType.request:
      return decideRequest(exchange, serving, now);
    case MessageType.decline:
      return decideDecline(exchange, serving, now);
    case MessageType.release:
      return decideRelease(exchange, serving, now);
    case MessageType.inform:
      return decideInform(exchange, serving);
    case MessageType.bootp:
      return decideBootp(exchange, serving, now);
    default:
      return exchange.decision.drop("drop-unexpected-type");
  }
}
