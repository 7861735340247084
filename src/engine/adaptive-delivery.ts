// Clients that cannot hear one kind of reply, and do not say so: RFC 2131 section 4.1 has the client
// tell by the broadcast bit, and some get it wrong either way. A message that comes again with the xid
// it had has not been answered in the client's eyes, so its answer goes the other way this time; the
// next message of that exchange goes the way that worked. Only what has no configured way
// (`always-broadcast`, `never-broadcast`), and neither relays nor clients that have their address.

import { IPV4_BROADCAST } from "../base/ipv4.ts";
import { DELIVERIES_REMEMBERED, DELIVERY_MEMORY_SECONDS } from "../base/limits.ts";
import type { EpochSeconds } from "../base/time.ts";
import { Delivery } from "../wire/delivery.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Query } from "../wire/query.ts";
import type { Decision } from "./decision.ts";
import { canUnicast } from "./delivery.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** How the last answers of recent exchanges went: one row an exchange, the newer one where two meet. */
export class SentDeliveries {
  private readonly xids = new Uint32Array(DELIVERIES_REMEMBERED);
  private readonly hardware = new Uint32Array(DELIVERIES_REMEMBERED);
  private readonly seconds = new Uint32Array(DELIVERIES_REMEMBERED);
  private readonly queryTypes = new Uint8Array(DELIVERIES_REMEMBERED);
  private readonly deliveries = new Uint8Array(DELIVERIES_REMEMBERED);

  /** Row of the exchange that the query belongs to; -1 if none is remembered. */
  find(query: Query, now: EpochSeconds): number {
    const row = rowOf(query);
    const age = now - (this.seconds[row] ?? 0);
    const isSame = this.xids[row] === query.xid && this.hardware[row] === hardwareHash(query);
    return isSame && age >= 0 && age <= DELIVERY_MEMORY_SECONDS ? row : -1;
  }

  /** Type of the last query of a row that was answered. */
  queryType(row: number): number {
    return this.queryTypes[row] ?? 0;
  }

  /** How it was answered. */
  delivery(row: number): number {
    return this.deliveries[row] ?? Delivery.none;
  }

  /** Remembers how the query is answered. */
  note(query: Query, delivery: Delivery, now: EpochSeconds): void {
    const row = rowOf(query);
    this.xids[row] = query.xid;
    this.hardware[row] = hardwareHash(query);
    this.seconds[row] = Math.floor(now);
    this.queryTypes[row] = query.messageType;
    this.deliveries[row] = delivery;
  }
}

/** Turns the delivery of an answer around if the client has not heard the last one of this exchange, or keeps to what it has heard. */
export function adaptDelivery(inquiry: Inquiry, state: EngineState, now: EpochSeconds, decision: Decision): void {
  if (!isFree(decision)) return;
  const { query } = inquiry;
  const row = state.sentDeliveries.find(query, now);
  if (row < 0) return;
  const last = state.sentDeliveries.delivery(row);
  const isRepeat = state.sentDeliveries.queryType(row) === query.messageType;
  const isBroadcast = isRepeat ? last !== Delivery.broadcast : last === Delivery.broadcast;
  if (isBroadcast === (decision.delivery === Delivery.broadcast)) return;
  if (isBroadcast) {
    decision.delivery = Delivery.broadcast;
    decision.destination = IPV4_BROADCAST;
  } else if (canUnicast(decision, inquiry, state)) {
    decision.delivery = Delivery.neighbour;
    decision.destination = decision.reply.yiaddr;
  }
}

/** Remembers how an answer is sent. */
export function noteDelivery(inquiry: Inquiry, state: EngineState, now: EpochSeconds, decision: Decision): void {
  if (isFree(decision)) state.sentDeliveries.note(inquiry.query, decision.delivery, now);
}

function isFree(decision: Decision): boolean {
  const isEither = decision.delivery === Delivery.neighbour || decision.delivery === Delivery.broadcast;
  return isEither && decision.hasReply && !decision.isDeliverySet && decision.reply.messageType !== MessageType.nak;
}

function hardwareHash(query: Query): number {
  const { chaddr } = query;
  let hash = query.hlen;
  for (let i = 0; i < query.hlen; i++) hash = Math.imul(hash ^ (chaddr[i] ?? 0), 0x01000193);
  return hash >>> 0;
}

function rowOf(query: Query): number {
  const mixed = Math.imul(query.xid ^ hardwareHash(query), 0x9e3779b1);
  return (mixed >>> 16) % DELIVERIES_REMEMBERED;
}
