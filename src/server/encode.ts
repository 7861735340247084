// The last stage of an exchange: its reply as octets in a batch, and how it travels as a row.

import type { ReplyBatch } from "../backend/backend.ts";
import type { Exchange } from "../engine/exchange.ts";
import { Delivery } from "../wire/delivery.ts";
import { encodeReply } from "../wire/encode/encode-reply.ts";

/**
 * Adds the reply of an exchange to a batch that has room. Needs `query`, `arrival`, `decision` and what `deliver` fills.
 * `change`: the number of the change of a lease that the reply waits for. Returns the number of the row.
 */
export function encode(exchange: Exchange, replies: ReplyBatch, change: number): number {
  const { query, decision } = exchange;
  const row = replies.add(encodeReply(query, decision.reply, replies.arena, replies.used));
  const { rows } = replies;
  rows.setDestination(row, exchange.destination);
  rows.setPort(row, exchange.port);
  rows.setSource(row, decision.source);
  rows.setIfindex(row, exchange.arrival.ifindex);
  rows.setDelivery(row, exchange.delivery);
  rows.setTag(row, change);
  if (exchange.delivery === Delivery.neighbour) rows.setHardware(row, query.chaddr);
  return row;
}
