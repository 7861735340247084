// `ignore-client-uids`: on such a network a client is its hardware address, whatever identifier it
// sends. For machines that boot in steps, each of which says another identifier.

import type { Exchange } from "./exchange.ts";
import { linkOf, subnetOfLink } from "./locate/select-subnet.ts";
import type { Serving } from "./serving.ts";

/** Makes the exchange's client one without identifier where the configuration says so, and it has a hardware address. */
export function ignoreClientId(exchange: Exchange, serving: Serving): void {
  const { client } = exchange;
  if (!serving.config.ignoresClientIds || client.clientIdLength === 0 || client.hlen === 0) return;
  const link = linkOf(exchange, serving);
  const subnet = link < 0 ? undefined : subnetOfLink(exchange, serving, link);
  if (subnet?.scope.ignoreClientUids === true) client.clientIdLength = 0;
}
