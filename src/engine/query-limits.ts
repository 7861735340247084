// Bounds on what others can have the server do: how many addresses clients can have taken out of use, and how much of the
// time that clients need goes to leasequeries. Asked before a query is decided, charged by what was decided.
//
// DECLINEs are bounded by hardware address, by relay port and by link, so that one machine spends its own share first and
// one link leaves the others theirs.

import { halfSipHash } from "../base/hash.ts";
import { ABANDONS_PER_MINUTE, ABANDONS_PER_MINUTE_OF_CLIENT, DECLINERS_COUNTED } from "../base/limits/engine.ts";
import { LEASEQUERIES_PER_SECOND } from "../base/limits/leasequery.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Exchange } from "./exchange.ts";
import { portHash } from "./locate/relay-port.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A bucket for each of many senders; who they are is a hash, and few share one. */
class SharedBuckets {
  private readonly buckets: readonly TokenBucket[];

  constructor(perMinute: number) {
    this.buckets = Array.from({ length: DECLINERS_COUNTED }, () => new TokenBucket(perMinute, perMinute / 60));
  }

  of(hash: number): TokenBucket | undefined {
    return this.buckets[(hash >>> 0) % DECLINERS_COUNTED];
  }
}

/** See the head of this file. */
export class QueryLimits {
  private readonly byHardware = new SharedBuckets(ABANDONS_PER_MINUTE_OF_CLIENT);
  private readonly byPort = new SharedBuckets(ABANDONS_PER_MINUTE_OF_CLIENT);
  private readonly byLink = new SharedBuckets(ABANDONS_PER_MINUTE);
  private readonly leasequeries = new TokenBucket(LEASEQUERIES_PER_SECOND, LEASEQUERIES_PER_SECOND);
  /** Buckets of the present query. */
  private readonly asked: TokenBucket[] = [];

  /** Needs `query`, `client` and `monotonic`; fills `isAdmitted`. */
  admit(exchange: Exchange): void {
    const { messageType } = exchange.query;
    exchange.isAdmitted = true;
    if (messageType !== MessageType.decline && messageType !== MessageType.leaseQuery) return;
    exchange.isAdmitted = this.bucketsOf(exchange).every((bucket) => bucket.has(exchange.monotonic));
  }

  /** Counts the query, if the decision says that it is to be counted. */
  charge(exchange: Exchange): void {
    if (!exchange.decision.isCharged) return;
    for (const bucket of this.bucketsOf(exchange)) bucket.take(exchange.monotonic);
  }

  private bucketsOf(exchange: Exchange): readonly TokenBucket[] {
    const { asked } = this;
    asked.length = 0;
    if (exchange.query.messageType === MessageType.leaseQuery) asked.push(this.leasequeries);
    else this.addDecliner(exchange);
    return asked;
  }

  private addDecliner(exchange: Exchange): void {
    const { client, query, arrival } = exchange;
    const port = portHash(exchange);
    for (const bucket of [
      this.byHardware.of(halfSipHash(client.orderKey, client.chaddr, 0, client.hlen)),
      port === 0 ? undefined : this.byPort.of(port),
      this.byLink.of(query.giaddr === 0 ? arrival.ifindex : query.giaddr),
    ]) {
      if (bucket !== undefined) this.asked.push(bucket);
    }
  }
}
