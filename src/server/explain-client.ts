// Completes an operator's question about a client: the values that the client sends in each message, by the newest
// lease of its hardware address.

import { formatHex } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { LEASES_COMPARED_PER_TURN } from "../base/limits/control.ts";
import { textOrHex } from "../base/text.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { ClientIdentity } from "../wire/client-identity.ts";
import { CHADDR_OCTETS } from "../wire/layout.ts";
import { OptionCode, optionByCode } from "../wire/options/option-code.ts";
import type { Assumption, ExplainedQuery } from "./explanation.ts";
import { optionsOf } from "./lease-query.ts";

const ETHERNET = 1;

/** A query, and the parts of it that the request left open. */
export interface CompletedQuery {
  readonly query: ExplainedQuery;
  readonly assumed: readonly Assumption[];
}

/**
 * Adds the client identifier, host name and vendor class of the client's newest lease, and the relay agent information
 * of one on the relay's link. A query with a client identifier of any length stays as it is. Looks at the leases in
 * slices, between turns of the event loop.
 */
export async function completeQuery(query: ExplainedQuery, { table, config }: Serving): Promise<CompletedQuery> {
  const told = new Set(query.options.map(({ code }) => code));
  const lease = told.has(OptionCode.clientId) ? undefined : await newestLease(query, table);
  if (lease === undefined) return { query, assumed: [] };
  const linkOf = (address = 0): number => config.findSubnet(address)?.sharedNetwork ?? -1;
  const isFromThere = query.giaddr !== undefined && linkOf(query.giaddr) === linkOf(lease.address);
  const added = optionsOf(lease).filter(
    ({ code }) => !told.has(code) && (code !== OptionCode.relayAgentInformation || isFromThere),
  );
  return {
    query: { ...query, options: [...added, ...query.options] },
    assumed: added.map(({ code, value }) => ({
      name: optionByCode(code).name,
      value:
        optionByCode(code).format === "t" || code === OptionCode.hostName ? textOrHex(value) : formatHex(value, ":"),
      because: `from its lease of ${formatIpv4(lease.address)}`,
    })),
  };
}

/** The lease of the address that the query names, else the newest running one, else the newest. */
async function newestLease(query: ExplainedQuery, table: LeaseTable): Promise<LeaseRecord | undefined> {
  const client = new ClientIdentity();
  client.htype = ETHERNET;
  client.hlen = Math.min(query.hardware.length, CHADDR_OCTETS);
  client.chaddr.set(query.hardware.subarray(0, CHADDR_OCTETS));
  const named = query.ciaddr ?? query.requested;
  const rankOf = (slot: LeaseSlot): number =>
    (table.addressOf(slot) === named ? 2 : 0) + (table.state(slot) === BindingState.bound ? 1 : 0);
  let best = NO_LEASE;
  let looked = 0;
  for (let slot = table.nextStored(NO_LEASE); slot !== NO_LEASE; slot = table.nextStored(slot)) {
    if (++looked % LEASES_COMPARED_PER_TURN === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    if (table.state(slot) === BindingState.abandoned || !table.hasHardwareOf(slot, client)) continue;
    const difference = best === NO_LEASE ? 1 : rankOf(slot) - rankOf(best);
    if (difference > 0 || (difference === 0 && table.lastTransactionAt(slot) > table.lastTransactionAt(best)))
      best = slot;
  }
  return best === NO_LEASE ? undefined : table.record(best);
}
