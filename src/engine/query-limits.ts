// Bounds on what other hosts can make the server do: how many addresses clients can take out of use, how much of the
// server's time goes to leasequeries, and how many answers to DHCPINFORMs, whose source any host can forge, one address
// gets. Asked before a query is decided, charged by the decision.
//
// DECLINEs are bounded by hardware address, by relay port and by link, so that one machine spends its own share first and
// one link leaves the others theirs.

import { halfSipHash } from "../base/hash.ts";
import {
  ABANDONS_PER_MINUTE,
  ABANDONS_PER_MINUTE_OF_CLIENT,
  DECLINERS_COUNTED,
  INFORMERS_COUNTED,
  INFORMS_PER_SECOND,
} from "../base/limits/engine.ts";
import { LEASEQUERIES_PER_SECOND } from "../base/limits/leasequery.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Exchange } from "./exchange.ts";
import { informedAddress } from "./inform.ts";
import { portHash } from "./locate/relay-port.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A bucket for each of many senders; a hash tells senders apart, and few share one. */
class SharedBuckets {
  private readonly buckets: readonly TokenBucket[];

  /** So many buckets, of `capacity` events at once and `perSecond` in the long run. */
  constructor(count: number, capacity: number, perSecond: number) {
    this.buckets = Array.from({ length: count }, () => new TokenBucket(capacity, perSecond));
  }

  of(hash: number): TokenBucket | undefined {
    return this.buckets[(hash >>> 0) % this.buckets.length];
  }
}

function abandons(perMinute: number): SharedBuckets {
  return new SharedBuckets(DECLINERS_COUNTED, perMinute, perMinute / 60);
}

const { decline, inform, leaseQuery } = MessageType;

/** See the head of this file. */
export class QueryLimits {
  private readonly byHardware = abandons(ABANDONS_PER_MINUTE_OF_CLIENT);
  private readonly byPort = abandons(ABANDONS_PER_MINUTE_OF_CLIENT);
  private readonly byLink = abandons(ABANDONS_PER_MINUTE);
  private readonly informs = new SharedBuckets(INFORMERS_COUNTED, INFORMS_PER_SECOND, INFORMS_PER_SECOND);
  private readonly leasequeries = new TokenBucket(LEASEQUERIES_PER_SECOND, LEASEQUERIES_PER_SECOND);
  /** Buckets of the present query. */
  private readonly asked: TokenBucket[] = [];

  /** Needs `query`, `client` and `monotonic`; fills `isAdmitted`. */
  admit(exchange: Exchange): void {
    const { messageType } = exchange.query;
    exchange.isAdmitted = true;
    if (messageType !== decline && messageType !== leaseQuery && messageType !== inform) return;
    exchange.isAdmitted = this.bucketsOf(exchange).every((bucket) => bucket.has(exchange.monotonic));
  }

  /** Counts the query, if the decision says that it is to be counted. */
  charge(exchange: Exchange): void {
    if (!exchange.decision.isCharged) return;
    for (const bucket of this.bucketsOf(exchange)) bucket.take(exchange.monotonic);
  }

  private bucketsOf(exchange: Exchange): readonly TokenBucket[] {
    const { asked } = this;
    const { messageType } = exchange.query;
    asked.length = 0;
    if (messageType === leaseQuery) asked.push(this.leasequeries);
    else if (messageType === decline) this.addDecliner(exchange);
    else this.add(this.informs.of(informedAddress(exchange)));
    return asked;
  }

  private addDecliner(exchange: Exchange): void {
    const { client, query, arrival } = exchange;
    const port = portHash(exchange);
    this.add(this.byHardware.of(halfSipHash(client.orderKey, client.chaddr, 0, client.hlen)));
    if (port !== 0) this.add(this.byPort.of(port));
    this.add(this.byLink.of(query.giaddr === 0 ? arrival.ifindex : query.giaddr));
  }

  private add(bucket: TokenBucket | undefined): void {
    if (bucket !== undefined) this.asked.push(bucket);
  }
}
