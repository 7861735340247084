// How many leases one hardware address, relay port or interface may have in a network (`hardware-lease-limit` and its
// like). Only a further lease is refused: a client that has one may keep it, even if the limit has changed, and may
// change it for another address. Reserved addresses do not count.
//
// A client that renews through a router, past its relay, shows neither port nor interface: where one of these is
// limited, it gets no further lease at all. A client whose lease the server has lost gets it again when it rebinds
// through the relay.

import type { SettingField } from "../config/model/settings.ts";
import { BindingState } from "../lease/lease.ts";
import { Holder } from "../lease/table/held-counts.ts";
import type { LeaseSlot } from "../lease/table/table.ts";
import type { Reason } from "./decision.ts";
import type { Exchange } from "./exchange.ts";
import { isReserved } from "./locate/reservation.ts";
import type { Serving } from "./serving.ts";

/** A setting that bounds leases, the holder that they are counted by, and the reason of a refusal. */
interface LeaseLimit {
  readonly setting: SettingField & ("hardwareLeaseLimit" | "relayPortLeaseLimit" | "interfaceLeaseLimit");
  readonly holder: Holder;
  readonly reason: Reason;
}

const LIMITS: readonly LeaseLimit[] = [
  { setting: "hardwareLeaseLimit", holder: Holder.hardware, reason: "drop-hardware-limit" },
  { setting: "relayPortLeaseLimit", holder: Holder.relayPort, reason: "drop-relay-port-limit" },
  { setting: "interfaceLeaseLimit", holder: Holder.interface, reason: "drop-interface-limit" },
];

/** Room for the slots of one client. */
const own = new Int32Array(32);

/**
 * Why a client may not have the slot beside what its hardware address, relay port or interface has already; undefined if it
 * may. The decision has the figures then: `counted` is 0 of a client that shows neither port nor interface.
 */
export function exceededLimit(exchange: Exchange, serving: Serving, slot: LeaseSlot): Reason | undefined {
  const { table, config } = serving;
  const { held } = table;
  const pool = table.pools[table.poolOf(slot)];
  const scope = config.subnets[pool?.subnet ?? -1]?.scope;
  if (held === undefined || pool === undefined || scope === undefined) return undefined;
  const { client } = exchange;
  if (isReserved(serving, slot) || (isHeld(serving, slot) && table.isOwner(slot, client))) return undefined;
  for (const { setting, holder, reason } of LIMITS) {
    const limit = scope[setting];
    if (limit === 0) continue;
    exchange.decision.limit = limit;
    exchange.decision.counted = 0;
    if (exchange.isRouted && holder !== Holder.hardware) return reason;
    const number = held.holderOf(holder, pool.sharedNetwork, client, interfaceOf(exchange));
    if (number === 0 || held.count(number) < limit) continue;
    exchange.decision.counted = held.count(number);
    if (!hasAnother(exchange, serving, holder, number)) return reason;
  }
  return undefined;
}

/** The interface that a client has reached us by; 0 if by a relay or through a router. */
export function interfaceOf({ query, arrival, isRouted }: Exchange): number {
  return query.giaddr !== 0 || isRouted ? 0 : arrival.ifindex;
}

function isHeld({ table }: Serving, slot: LeaseSlot): boolean {
  const state = table.state(slot);
  return state === BindingState.bound || state === BindingState.offered;
}

/** Whether one of the leases that count is the client's own: it gives that up for the new one. */
function hasAnother({ client }: Exchange, { table }: Serving, holder: Holder, number: number): boolean {
  const count = table.findAllByClient(client, own);
  for (let i = 0; i < count; i++) if (table.held?.isHolder(own[i] ?? -1, holder, number) === true) return true;
  return false;
}
