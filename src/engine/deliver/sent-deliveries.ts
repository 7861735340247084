// How recent exchanges were answered, so that a client that misses a unicast reply is answered by broadcast.

import { ANSWER_CROSSING_SECONDS, DELIVERIES_REMEMBERED, DELIVERY_MEMORY_SECONDS } from "../../base/limits.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { Delivery } from "../../wire/delivery.ts";
import type { Query } from "../../wire/query.ts";

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
