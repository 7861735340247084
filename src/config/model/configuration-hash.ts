// A hash of the parts of a configuration that decide about addresses: subnets, pools and which clients may use them,
// reservations. Servers that share their leases compare it, because they choose the same address for a client only if
// it is the same.

import { formatHex } from "../../base/bytes.ts";
import { halfSipHash } from "../../base/hash.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import type { Config, Host, Permit, Pool, SharedNetwork } from "./model.ts";

// Any keys will do: two make a hash of 64 bits, in which configurations do not meet by chance.
const KEYS = [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)];

/**
 * Sixteen hexadecimal digits. Equal for configurations that differ only in what replies say (options, lease times), in
 * names, and in an order of statements that means nothing. The order does count for the subnets of a shared network,
 * the pools of a subnet, and the addresses of a host.
 */
export function configurationHash(config: Config): string {
  const text = [
    ...config.sharedNetworks.map((network) => networkText(config, network)).sort(),
    ...hostTexts(config).sort(),
  ].join("\n");
  const octets = Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
  return KEYS.map((key) => halfSipHash(key, octets, 0, octets.length).toString(16).padStart(8, "0")).join("");
}

function networkText(config: Config, { subnets }: SharedNetwork): string {
  const lines = subnets.map((position) => {
    const subnet = config.subnets[position];
    if (subnet === undefined) return "";
    const name = `${formatIpv4(subnet.network)}/${subnet.prefixLength}`;
    const identified = subnet.scope.ignoreClientUids ? "hardware" : "identifier";
    const pools = config.pools.filter((pool) => pool.subnet === position);
    return [`subnet ${name} ${identified}`, ...pools.map((pool) => poolText(config, pool))].join("\n");
  });
  return ["network", ...lines].join("\n");
}

function poolText(config: Config, { ranges, permits, scope }: Pool): string {
  const addresses = ranges.map((r) => `${formatIpv4(r.first)}-${formatIpv4(r.last)}${r.dynamicBootp ? " bootp" : ""}`);
  const clients = permits.map((permit) => permitText(config, permit)).sort();
  return [`pool ${scope.allowUnknownClients ? "all" : "known"}`, ...addresses, ...clients].join("\n");
}

function permitText(config: Config, { isAllowed, clients, entry }: Permit): string {
  const word = `${isAllowed ? "allow" : "deny"} ${clients}`;
  if (clients !== "members") return word;
  const name = config.classes.rules.find((rule) => rule.entry === entry)?.name ?? "";
  return `${word} ${config.classTexts().get(name) ?? ""}`;
}

/** Hosts count for the addresses that they reserve; if pools tell known clients from others, every host counts. */
function hostTexts({ hosts, pools }: Config): string[] {
  const areKnownApart = pools.some(
    ({ permits, scope }) =>
      !scope.allowUnknownClients || permits.some(({ clients }) => clients === "known" || clients === "unknown"),
  );
  return hosts.filter((host) => host.isFixed || areKnownApart).map(hostText);
}

function hostText({ hardware, clientId, agentOptions, isFixed, fixedAddresses }: Host): string {
  const identities = [
    ...hardware.map(({ htype, address }) => `${htype} ${formatHex(address)}`),
    ...agentOptions.map(({ code, value }) => `agent ${code} ${formatHex(value)}`),
    ...(clientId === undefined ? [] : [`identifier ${formatHex(clientId)}`]),
  ].sort();
  const addresses = fixedAddresses.map(formatIpv4);
  return [`host ${isFixed ? "fixed" : "known"}`, ...identities, ...addresses].join("\n");
}
