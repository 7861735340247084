// What a relay said about a client, kept with its lease (RFC 3046 section 2.2): a client that renews
// goes past its relay and is in the same classes all the same.

import { BindingState } from "../lease/lease.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import type { Exchange } from "./exchange.ts";
import type { Serving } from "./serving.ts";

/** Fills in the agent information of a client that renews the lease of `exchange` without a relay. */
export function recallAgentInformation(exchange: Exchange, serving: Serving): void {
  const { query, client } = exchange;
  const { table } = serving;
  if (query.giaddr !== 0 || query.ciaddr === 0 || client.agentInformationLength > 0) return;
  const slot = table.slotOf(query.ciaddr);
  if (slot === NO_LEASE || table.state(slot) !== BindingState.bound || !table.isOwner(slot, client)) return;
  client.agentInformationLength = table.details.copyAgentInformation(table.detailsOf(slot), client.agentInformation);
}
