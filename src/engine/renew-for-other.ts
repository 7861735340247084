// A client of another server of a split that renews here: the route of the shared address has brought it, or that
// server is gone. This server answers it by the configuration alone, for as long as stand-ins.ts allows. Nothing is
// stored. Only a client that renews or rebinds has a running lease: any other may have lost it.

import type { Ipv4 } from "../base/ipv4.ts";
import type { Subnet } from "../config/model/model.ts";
import { MessageType } from "../wire/message-type.ts";
import { Change } from "./decision.ts";
import { leaseSeconds } from "./deliver/lease-seconds.ts";
import type { Exchange } from "./exchange.ts";
import type { Serving } from "./serving.ts";

/**
 * Answers a client that renews or rebinds `address`, which no pool of this server has. False, with nothing done, if
 * this server does not stand in for the owner of the range, or has no time left to promise.
 */
export function renewForOther(exchange: Exchange, serving: Serving, address: Ipv4, subnet: Subnet): boolean {
  const { config, standIns } = serving;
  const { query, client, host, decision, monotonic } = exchange;
  const { split } = config;
  const range = config.findOtherRange(address);
  if (range === undefined || range.server !== split?.standsInFor) return false;
  const until = standIns.mayKeepUntil(address, client, monotonic, split.holdSeconds);
  const left = Math.floor(until - monotonic);
  if (left <= 0) return false;
  const scope = config.scopeOf(range, host, exchange.classes);
  decision.answer("ack-for-other", MessageType.ack, subnet, host, scope);
  decision.yiaddr = address;
  decision.leaseSeconds = Math.min(leaseSeconds(query.requestedLeaseSeconds, scope), left);
  decision.change = Change.standIn;
  decision.endsAt = until;
  return true;
}
