// How recent exchanges were answered, so that a client that misses a unicast reply is answered by broadcast.
//
// Clients that cannot hear unicast replies before they have their address should set the broadcast bit (RFC 2131
// section 4.1), and some do not. If a message comes again with the same xid, although its answer has left a while ago,
// the client has not heard that answer: the server broadcasts the next one, and the later ones of that exchange. The
// other way round there is no choice: a client that sets the bit gets broadcasts. This does not apply to a configured
// way (`always-broadcast`, `never-broadcast`), to relays, or to clients that have their address.

import { ANSWER_CROSSING_SECONDS, DELIVERIES_REMEMBERED, DELIVERY_MEMORY_SECONDS } from "../../base/limits/engine.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { NO_LEASE } from "../../lease/table/table.ts";
import { Delivery } from "../../wire/delivery.ts";
import { MessageType } from "../../wire/message-type.ts";
import type { Query } from "../../wire/query.ts";
import type { Exchange } from "../exchange.ts";

/** In place of the type of a query that was answered; no message has it. */
const NOT_ANSWERED = 255;

/** How the last answers of recent exchanges went: one row an exchange, the newer one where two meet. */
export class SentDeliveries {
  private readonly xids = new Uint32Array(DELIVERIES_REMEMBERED);
  private readonly hardware = new Uint32Array(DELIVERIES_REMEMBERED);
  private readonly times = new Float64Array(DELIVERIES_REMEMBERED);
  private readonly queryTypes = new Uint8Array(DELIVERIES_REMEMBERED);
  private readonly deliveries = new Uint8Array(DELIVERIES_REMEMBERED);

  /** Whether a broadcast is what the client hears: it has not heard the last answer of this exchange, or that was one. */
  isMissed(query: Query, now: EpochSeconds): boolean {
    const row = this.rowOf(query, now);
    if (row < 0) return false;
    if (this.deliveries[row] === Delivery.broadcast) return true;
    const isRepetition = this.queryTypes[row] === query.messageType;
    return isRepetition && now - (this.times[row] ?? 0) >= ANSWER_CROSSING_SECONDS;
  }

  /** Remembers how an exchange is answered, where that is left to the client. */
  remember({ query, delivery, isDeliveryLearnt }: Exchange, now: EpochSeconds): void {
    if (!isDeliveryLearnt) return;
    const row = rowOf(query);
    this.xids[row] = query.xid;
    this.hardware[row] = hardwareHash(query);
    this.times[row] = now;
    this.queryTypes[row] = query.messageType;
    this.deliveries[row] = delivery;
  }

  /** The last answer of an exchange has not left yet, because its lease is being stored: the client has missed nothing. */
  noteWaiting({ query, decision }: Exchange, now: EpochSeconds): void {
    if (decision.awaited === NO_LEASE || query.messageType === MessageType.leaseQuery) return;
    const row = this.rowOf(query, now);
    if (row >= 0) this.queryTypes[row] = NOT_ANSWERED;
  }

  /** Row of the exchange that the query belongs to; -1 if none is remembered. */
  private rowOf(query: Query, now: EpochSeconds): number {
    const row = rowOf(query);
    const age = now - (this.times[row] ?? 0);
    const isSame = this.xids[row] === query.xid && this.hardware[row] === hardwareHash(query);
    return isSame && age >= 0 && age <= DELIVERY_MEMORY_SECONDS ? row : -1;
  }
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
