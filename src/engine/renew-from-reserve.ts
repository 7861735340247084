// A renewal while the store of a cluster is away: the lease cannot be made longer, but the store has promised it for
// longer than its client knows. The client gets the rest of that time. Nothing is stored, and nothing is promised.
//
// Only for a client that renews or rebinds: it has the address now. This server does not know what another one has
// written since the store went away: the address of a client that begins anew may have gone to another client by then.

import { RESERVE_MARGIN_SECONDS } from "../base/limits/engine.ts";
import type { EpochSeconds, Seconds } from "../base/time.ts";
import { BindingState } from "../lease/lease.ts";
import type { LeaseSlot } from "../lease/table/table.ts";
import type { Exchange } from "./exchange.ts";
import type { Serving } from "./serving.ts";

/**
 * Answers a client that renews or rebinds the lease of `slot`, with the answer that the decision has already, for `fresh`
 * seconds at most. False, with nothing done, if the store takes changes or nothing is left.
 */
export function renewFromReserve(
  { client, decision }: Exchange,
  { table, cluster, isStoreAway }: Serving,
  now: EpochSeconds,
  slot: LeaseSlot,
  fresh: Seconds,
): boolean {
  if (cluster === undefined || !isStoreAway) return false;
  if (table.state(slot) !== BindingState.bound || !table.isOwner(slot, client)) return false;
  const left = table.endsAt(slot) - Math.floor(now) - RESERVE_MARGIN_SECONDS;
  if (left <= 0) return false;
  decision.reason = "ack-from-reserve";
  decision.yiaddr = table.addressOf(slot);
  decision.slot = slot;
  decision.leaseSeconds = Math.min(fresh, left);
  return true;
}
