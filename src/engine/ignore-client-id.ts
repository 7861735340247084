// `ignore-client-uids`: on such a network a client is its hardware address, whatever identifier it
// sends. For machines that boot in steps, each of which says another identifier.

import { linkOf, subnetOfLink } from "./locate/select-subnet.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** Makes the inquiry's client one without identifier where the configuration says so, and it has a hardware address. */
export function ignoreClientId(inquiry: Inquiry, state: EngineState): void {
  const { client } = inquiry;
  if (!state.config.ignoresClientIds || client.clientIdLength === 0 || client.hlen === 0) return;
  const link = linkOf(inquiry, state);
  const subnet = link < 0 ? undefined : subnetOfLink(inquiry, state, link);
  if (subnet?.scope.ignoreClientUids === true) client.clientIdLength = 0;
}
