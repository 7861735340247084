// Clients that cannot hear unicast replies before they have their address, and do not ask for a broadcast: RFC 2131
// section 4.1 has the client tell by the broadcast bit, and some get it wrong. A message that comes again with the xid
// it had, although its answer has left a while ago, has not been answered in the client's eyes: its answer is broadcast,
// and so is what follows in that exchange. The other way round there is no choice: who sets the bit is answered by
// broadcast (section 4.1). Only what has no configured way (`always-broadcast`, `never-broadcast`), and neither
// relays nor clients that have their address.

import { IPV4_BROADCAST } from "../../base/ipv4.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { Delivery } from "../../wire/delivery.ts";
import { MessageType } from "../../wire/message-type.ts";
import type { Decision } from "../decision.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

/** Broadcasts an answer if the client has not heard the last one of this exchange, or hears broadcasts only. */
export function adaptDelivery(exchange: Exchange, serving: Serving, now: EpochSeconds, decision: Decision): void {
  const { sentDeliveries } = serving;
  const { query } = exchange;
  if (decision.reason === "drop-already-pending") {
    const row = sentDeliveries.find(query, now);
    if (row >= 0) sentDeliveries.wait(row);
    return;
  }
  if (decision.delivery !== Delivery.neighbour || !isFree(decision)) return;
  const row = sentDeliveries.find(query, now);
  if (row < 0) return;
  const hearsBroadcasts = sentDeliveries.delivery(row) === Delivery.broadcast;
  if (!hearsBroadcasts && !sentDeliveries.isRepetition(row, query, now)) return;
  decision.delivery = Delivery.broadcast;
  decision.destination = IPV4_BROADCAST;
}

/** Remembers how an answer is sent. */
export function noteDelivery(exchange: Exchange, serving: Serving, now: EpochSeconds, decision: Decision): void {
  if (isFree(decision)) serving.sentDeliveries.note(exchange.query, decision.delivery, now);
}

function isFree(decision: Decision): boolean {
  const isEither = decision.delivery === Delivery.neighbour || decision.delivery === Delivery.broadcast;
  return isEither && decision.hasReply && !decision.isDeliverySet && decision.reply.messageType !== MessageType.nak;
}
