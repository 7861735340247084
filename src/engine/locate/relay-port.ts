// The port of a relay that a client is at, by circuit-id and remote-id of option 82 (RFC 3046 section 3).

import type { LeaseSlot } from "../../lease/table/table.ts";
import {
  findRelaySubOption,
  hashRelayPort,
  isRelayAgentInformation,
  RELAY_PORT,
} from "../../wire/options/relay-agent.ts";
import type { Exchange } from "../exchange.ts";
import type { Serving } from "../serving.ts";

const OPTION_OCTETS_MAX = 255;

/** Room for the agent information of one lease. */
const kept = new Uint8Array(OPTION_OCTETS_MAX);

/** Whether a query comes by the port that the lease of a slot was got by; a lease that knows no port may come by any. */
export function isFromPortOf(exchange: Exchange, { table }: Serving, slot: LeaseSlot): boolean {
  const length = table.details.copyAgentInformation(table.detailsOf(slot), kept);
  // A lease file's text may come from any source.
  if (!isRelayAgentInformation(kept, 0, length)) return true;
  const said = exchange.client.agentInformation;
  for (const code of RELAY_PORT) {
    const at = findRelaySubOption(kept, 0, length, code);
    if (at >= 0 && !isSame(kept, at, said, findRelaySubOption(said, 0, saidLength(exchange), code))) return false;
  }
  return true;
}

/** A number that stands for the port that a query comes by; 0 if its relay names none. */
export function portHash(exchange: Exchange): number {
  const { agentInformation, orderKey } = exchange.client;
  const hash = hashRelayPort(orderKey, agentInformation, 0, saidLength(exchange));
  return hash === 0 ? 0 : (hash ^ exchange.query.giaddr) >>> 0;
}

/** Octets of the query's own relay information: `client` may have the octets kept with a lease. */
function saidLength({ query, client }: Exchange): number {
  return query.hasRelaySubOptions ? client.agentInformationLength : 0;
}

/** Whether two sub-options, each by where its value starts, have the same value; -1 is none. */
function isSame(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  if (atB < 0) return false;
  const length = a[atA - 1] ?? 0;
  for (let i = -1; i < length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
