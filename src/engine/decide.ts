// The one entry of the engine: what to do about one query. Pure: same query, state and time, same
// decision. Dispatch by message type only; each type has a file of its own.

import type { EpochSeconds } from "../base/time.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { decideBootp } from "./bootp.ts";
import type { Decision } from "./decision.ts";
import { decideDecline } from "./decline.ts";
import { adaptDelivery } from "./deliver/adaptive-delivery.ts";
import { decideDiscover } from "./discover.ts";
import type { Exchange } from "./exchange.ts";
import { ignoreClientId } from "./ignore-client-id.ts";
import { decideInform } from "./inform.ts";
import { decideLeasequery } from "./leasequery/leasequery.ts";
import { isRelayAddress } from "./locate/select-subnet.ts";
import { decideRelease } from "./release.ts";
import { decideRequest } from "./request.ts";
import type { Serving } from "./serving.ts";

/** Decides about `exchange` at `now` (wall clock, seconds) and fills `decision`. Never throws for anything a client can send. */
export function decide(exchange: Exchange, serving: Serving, now: EpochSeconds, decision: Decision): void {
  decision.reset();
  const { query, arrival } = exchange;
  if (query.giaddr !== 0 && !isRelayAddress(query.giaddr, serving)) return decision.drop("drop-bad-giaddr");
  if (arrival.remoteAddress !== 0 && serving.links.isOwn(arrival.remoteAddress))
    return decision.drop("drop-own-address");
  // Who asks is nobody's client.
  if (query.messageType === MessageType.leaseQuery) return decideLeasequery(exchange, serving, now, decision);
  ignoreClientId(exchange, serving);
  decideByType(exchange, serving, now, decision);
  adaptDelivery(exchange, serving, now, decision);
}

function decideByType(exchange: Exchange, serving: Serving, now: EpochSeconds, decision: Decision): void {
  switch (exchange.query.messageType) {
    case MessageType.discover:
      return decideDiscover(exchange, serving, now, decision);
    case MessageType.request:
      return decideRequest(exchange, serving, now, decision);
    case MessageType.decline:
      return decideDecline(exchange, serving, now, decision);
    case MessageType.release:
      return decideRelease(exchange, serving, now, decision);
    case MessageType.inform:
      return decideInform(exchange, serving, decision);
    case MessageType.bootp:
      return decideBootp(exchange, serving, now, decision);
    default:
      return decision.drop("drop-unexpected-type");
  }
}

/** The empty list of tried addresses: a query that has not waited. */
export const NONE_TRIED: readonly number[] = [];

/** The probed slot of a query that has not waited. */
export const NONE_PROBED = NO_LEASE;
