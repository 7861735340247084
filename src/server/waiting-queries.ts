// Queries about leases that have a change under way. Whoever gives an address back and asks for one in the same
// breath is to be told the one that it gave back, and a query that comes by two ways is answered on both: they are
// decided when the store has answered.

import { WAITING_QUERIES_MAX } from "../base/limits.ts";
import { type Arrival, ArrivalSlot } from "../wire/arrival.ts";

/** A copied datagram. */
export interface WaitingQuery {
  readonly bytes: Uint8Array;
  readonly arrival: Arrival;
}

/** A bounded list of them, in the order in which they came. */
export class WaitingQueries {
  private queries: WaitingQuery[] = [];

  /** Keeps a copy; false if there is no room. */
  put(bytes: Uint8Array, offset: number, length: number, arrival: Arrival): boolean {
    if (this.queries.length >= WAITING_QUERIES_MAX) return false;
    const kept = new ArrivalSlot();
    kept.copyFrom(arrival);
    this.queries.push({ bytes: bytes.slice(offset, offset + length), arrival: kept });
    return true;
  }

  /** Takes all out. */
  takeAll(): readonly WaitingQuery[] {
    const taken = this.queries;
    if (taken.length > 0) this.queries = [];
    return taken;
  }
}
