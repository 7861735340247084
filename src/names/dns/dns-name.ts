// The name that the zones should have for a lease.

import { DNS_TTL_LEAST, DNS_TTL_MOST } from "../../base/limits/names.ts";
import type { NamedLease, Wish } from "../wish.ts";
import { dhcidOf } from "./dhcid.ts";
import { type DnsName, reverseNameOf } from "./rules.ts";

/** The name and its records; undefined where the configuration asks for none: only names with a domain can be in a zone. */
export function dnsNameOf(wish: Wish, { record, scope }: NamedLease): DnsName | undefined {
  const isWanted = scope.ddnsUpdates && (!wish.isReserved || scope.updateStaticLeases);
  if (!isWanted || wish.name === wish.label) return undefined;
  const { address, name } = wish;
  const half = Math.floor((record.endsAt - record.lastTransactionAt) / 2);
  const ttl = scope.ddnsTtlSeconds > 0 ? scope.ddnsTtlSeconds : Math.max(DNS_TTL_LEAST, Math.min(DNS_TTL_MOST, half));
  const reverseName = reverseNameOf(address, scope.ddnsReverseDomainName ?? "in-addr.arpa");
  return { address, name, reverseName, dhcid: dhcidOf(record, name), ttl };
}
