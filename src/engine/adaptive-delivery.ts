// Clients that cannot hear unicast replies before they have their address, and do not ask for a broadcast: RFC 2131
// section 4.1 has the client tell by the broadcast bit, and some get it wrong. A message that comes again with the xid
// it had, although its answer has left a while ago, has not been answered in the client's eyes: its answer is broadcast,
// and so is what follows in that exchange. The other way round there is no choice: who sets the bit is answered by
// broadcast (section 4.1). Only what has no configured way (`always-broadcast`, `never-broadcast`), and neither
// relays nor clients that have their address.

import { IPV4_BROADCAST } from "../base/ipv4.ts";
import { ANSWER_CROSSING_SECONDS, DELIVERIES_REMEMBERED, DELIVERY_MEMORY_SECONDS } from "../base/limits.ts";
import type { EpochSeconds } from "../base/time.ts";
import { Delivery } from "../wire/delivery.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Query } from "../wire/query.ts";
import type { Decision } from "./decision.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** In place of the type of a query that was answered; no message has it. */
const NOT_ANSWERED = 255;

/** How the last answers of recent exchanges went: one row an exchange, the newer one where two meet. */
export class SentDeliveries {
  private readonly xids = new Uint32Array(DELIVERIES_REMEMBERED);
  private readonly hardware = new Uint32Array(DELIVERIES_REMEMBERED);
  private readonly times = new Float64Array(DELIVERIES_REMEMBERED);
  private readonly queryTypes = new Uint8Array(DELIVERIES_REMEMBERED);
  private readonly deliveries = new Uint8Array(DELIVERIES_REMEMBERED);

  /** Row of the exchange that the query belongs to; -1 if none is remembered. */
  find(query: Query, now: EpochSeconds): number {
    const row = rowOf(query);
    const age = now - (this.times[row] ?? 0);
    const isSame = this.xids[row] === query.xid && this.hardware[row] === hardwareHash(query);
    return isSame && age >= 0 && age <= DELIVERY_MEMORY_SECONDS ? row : -1;
  }

  /** Whether a query of that row is one that was answered before, so long ago that the client must have missed the answer. */
  isRepetition(row: number, { messageType }: Query, now: EpochSeconds): boolean {
    return this.queryTypes[row] === messageType && now - (this.times[row] ?? 0) >= ANSWER_CROSSING_SECONDS;
  }

  /** The last answer of a row has not left yet. */
  wait(row: number): void {
    this.queryTypes[row] = NOT_ANSWERED;
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
    this.times[row] = now;
    this.queryTypes[row] = query.messageType;
    this.deliveries[row] = delivery;
  }
}

/** Broadcasts an answer if the client has not heard the last one of this exchange, or hears broadcasts only. */
export function adaptDelivery(inquiry: Inquiry, state: EngineState, now: EpochSeconds, decision: Decision): void {
  const { sentDeliveries } = state;
  const { query } = inquiry;
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
