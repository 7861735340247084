// Carries a decision's change out on the lease table. Offers are in force at once; durable changes
// stay pending until the store has answered.

import type { EpochSeconds } from "../base/time.ts";
import { OfferCheck } from "../lease/lease.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { Change, type Decision } from "./decision.ts";
import type { Exchange } from "./exchange.ts";
import { interfaceOf } from "./lease-limits.ts";
import type { Serving } from "./serving.ts";

/** Whether the decision has to wait for the store. */
export function isDurable(decision: Decision): boolean {
  return decision.change >= Change.bind;
}

/**
 * Carries out what `decide` has decided: needs `client` and `decision`, fills nothing, changes the lease table and the
 * checked addresses. The slots of a durable change are pending afterwards.
 */
export function apply(exchange: Exchange, serving: Serving, now: EpochSeconds): void {
  const { decision } = exchange;
  const { table } = serving;
  const { slot, change } = decision;
  // By the monotonic clock for an offer or a stand-in, by the wall clock for all else.
  const endsAt: number = decision.endsAt;
  const second = Math.floor(now);
  switch (change) {
    case Change.none:
      return;
    case Change.offer:
      serving.checked.remove(table.poolOf(slot), slot);
      if (decision.alsoWithdrawn !== NO_LEASE) table.withdrawOffer(decision.alsoWithdrawn, second);
      // An offer that gives way.
      if (!table.isClient(slot, exchange.client)) table.withdrawOffer(slot, second);
      table.offer(slot, exchange.client, now, endsAt, offerCheck(decision));
      return table.held?.cameBy(slot, interfaceOf(exchange));
    case Change.withdraw:
      return table.withdrawOffer(slot, second);
    case Change.reoffer:
      return table.reoffer(slot);
    case Change.standIn:
      return serving.standIns.promise(decision.yiaddr, exchange.client, endsAt);
    case Change.bind:
      serving.checked.remove(table.poolOf(slot), slot);
      table.begin(slot);
      table.bind(slot, exchange.client, second, endsAt);
      if (!exchange.isRouted) table.held?.cameBy(slot, interfaceOf(exchange));
      break;
    case Change.release:
      table.begin(slot);
      table.release(slot, second);
      break;
    case Change.abandon:
      table.begin(slot);
      table.abandon(slot, second, endsAt);
      break;
  }
  if (decision.alsoReleased !== NO_LEASE) {
    table.begin(decision.alsoReleased);
    table.release(decision.alsoReleased, second);
  }
}

function offerCheck({ needsProbe, isChecked }: Decision): OfferCheck {
  if (needsProbe) return OfferCheck.underWay;
  return isChecked ? OfferCheck.silent : OfferCheck.none;
}
