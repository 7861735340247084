// Bounds on what others can have the server do: how many addresses clients can have taken out of use, and how much of the
// time that clients need goes to leasequeries. Asked before a query is decided, charged by what was decided.

import { ABANDONS_PER_MINUTE } from "../base/limits/engine.ts";
import { LEASEQUERIES_PER_SECOND } from "../base/limits/leasequery.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Exchange } from "./exchange.ts";
import { TokenBucket } from "./token-bucket.ts";

/** See the head of this file. */
export class QueryLimits {
  private readonly abandons = new TokenBucket(ABANDONS_PER_MINUTE, ABANDONS_PER_MINUTE / 60);
  private readonly leasequeries = new TokenBucket(LEASEQUERIES_PER_SECOND, LEASEQUERIES_PER_SECOND);

  /** Needs `query` and `monotonic`; fills `isAdmitted`. */
  admit(exchange: Exchange): void {
    const bucket = this.bucketOf(exchange);
    exchange.isAdmitted = bucket === undefined || bucket.has(exchange.monotonic);
  }

  /** Counts the query, if the decision says that it is to be counted. */
  charge(exchange: Exchange): void {
    if (exchange.decision.isCharged) this.bucketOf(exchange)?.take(exchange.monotonic);
  }

  private bucketOf({ query }: Exchange): TokenBucket | undefined {
    switch (query.messageType) {
      case MessageType.decline:
        return this.abandons;
      case MessageType.leaseQuery:
        return this.leasequeries;
      default:
        return undefined;
    }
  }
}
