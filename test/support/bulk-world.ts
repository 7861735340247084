// Bulk leasequeries on the pure engine: a query goes in, all its messages come out, decoded.

import { BulkLeasequery, BulkStep } from "../../src/engine/leasequery/bulk-leasequery.ts";
import { encodeStreamed } from "../../src/wire/encode/leasequery-reply.ts";
import { decodeQuery, Query } from "../../src/wire/query.ts";
import { type DecodedMessage, decodeMessage } from "./decode-message.ts";
import { type EngineWorld, KEYS } from "./engine-world.ts";
import { buildMessage, ip, type MessageParts } from "./message-builder.ts";

export const REQUESTOR = "192.0.2.9";
const LOCAL = "10.0.0.1";

/** What came of a bulk query. */
export interface BulkOutcome {
  /** All messages but the last. */
  readonly leases: readonly DecodedMessage[];
  readonly done: DecodedMessage;
  /** How often it paused, and waited for a lease. */
  readonly pauses: number;
  readonly waits: number;
  /** Value of option 151 of the last message; 0 without. */
  readonly status: number;
}

/** How a test asks. */
export interface BulkManner {
  readonly from?: string;
  /** An octet of the query to replace: where, and by what. */
  readonly patch?: readonly [number, number];
  /** Called before each step, with its number from 0. */
  readonly onStep?: (step: number) => void;
}

/** Asks as a requestor does, and takes step after step. */
export function askForMany(
  world: EngineWorld,
  parts: Partial<MessageParts> = {},
  { from = REQUESTOR, patch, onStep }: BulkManner = {},
): BulkOutcome {
  const bytes = buildMessage({ type: 14, chaddr: "00:00:00:00:00:00", htype: 0, hlen: 0, ...parts });
  if (patch !== undefined) bytes[patch[0]] = patch[1];
  const query = new Query();
  const fault = decodeQuery(bytes, 0, bytes.length, query);
  if (fault !== undefined) throw new TypeError(fault);
  const bulk = new BulkLeasequery(world.serving, KEYS);
  bulk.startQuery(query, ip(from), ip(LOCAL));
  bulk.beginTurn();
  const target = new Uint8Array(1500);
  const leases: DecodedMessage[] = [];
  let [pauses, waits] = [0, 0];
  for (let number = 0; ; number++) {
    onStep?.(number);
    const step = bulk.next(world.now);
    if (step === BulkStep.pause) {
      pauses++;
      bulk.beginTurn();
    }
    if (step === BulkStep.wait) waits++;
    if (step === BulkStep.pause || step === BulkStep.wait) continue;
    const message = decodeMessage(target.slice(0, encodeStreamed(query, bulk.reply, target, 0)));
    if (step === BulkStep.lease) leases.push(message);
    else return { leases, done: message, pauses, waits, status: message.options.get(151)?.[0] ?? 0 };
  }
}
