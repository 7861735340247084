// What an address is: its client, its host or pool, why no client gets it, and what its client and a newcomer would
// get.

import { getUint32 } from "../base/bytes.ts";
import type { Interface } from "../base/interface.ts";
import { broadcastOf, formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { Clock } from "../base/time.ts";
import { hasLeaseSets } from "../config/model/firewall-set.ts";
import type { Config, Pool, Subnet } from "../config/model/model.ts";
import { placeText } from "../config/model/provenance.ts";
import { toldRecord } from "../engine/cluster-terms.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import type { AbandonReasons } from "./conflicts/abandon-reasons.ts";
import { permitName, rangeTexts } from "./explain-pools.ts";
import type { AddressExplanation, ExplainedQuery, Explanation } from "./explanation.ts";
import { interfaceOn, inUseUntil, placedLease, subnetName } from "./lease-figures.ts";
import { optionsOf, wayFrom } from "./lease-query.ts";

/** What it needs. */
export interface AddressParts {
  readonly serving: Serving;
  readonly explain: (query: ExplainedQuery) => Explanation | undefined;
  readonly interfaces: readonly Interface[];
  readonly reasons: AbandonReasons;
  readonly clock: Clock;
  /** Names of the sets that are to have a slot's address (NO_LEASE: an address in no pool) now. */
  readonly firewallSets: (slot: LeaseSlot) => readonly string[];
}

/** A hardware address that no device has (RFC 7042 section 2.1.1). */
const NEWCOMER = Uint8Array.of(0x00, 0x00, 0x5e, 0x00, 0x53, 0xff);
const NOT_KNOWN =
  "that was before the start of the server: its log of that time has a line about the address, with the event conflict";

/** Explains an address. Changes nothing. */
export function explainAddress(address: Ipv4, parts: AddressParts): AddressExplanation {
  const { serving, reasons } = parts;
  const { config, table } = serving;
  const subnet = config.findSubnet(address);
  const slot = table.slotOf(address);
  const record = slot === NO_LEASE ? outsideRecord(address, serving) : table.record(slot);
  const lease = leaseOf(record, parts);
  const pool = slot === NO_LEASE ? undefined : config.pools[table.pools[table.poolOf(slot)]?.declared ?? -1];
  const withheld = whyWithheld(address, subnet, serving);
  return {
    address: formatIpv4(address),
    ...(subnet !== undefined && { subnet: { name: subnetName(subnet), at: placeText(subnet.at) } }),
    hosts: config.hosts
      .filter(({ fixedAddresses }) => fixedAddresses.includes(address))
      .map(({ name, at }) => ({ name, at: placeText(at) })),
    ...(pool !== undefined && { pool: poolOf(pool, address, config) }),
    ...(withheld !== "" && { withheld }),
    ...(lease !== undefined && { lease }),
    ...(record?.state === BindingState.abandoned && { abandonedBecause: reasons.of(address)?.reason ?? NOT_KNOWN }),
    ...useOf(address, parts),
    ...setsOf(slot, parts),
    ...whatTheyGet(address, subnet, record, parts),
  };
}

/** The sets of an address; for a lease in no set, an empty list. */
function setsOf(
  slot: LeaseSlot,
  { serving: { config, table }, firewallSets }: AddressParts,
): Pick<AddressExplanation, "firewallSets"> {
  const names = firewallSets(slot);
  const isLeased = slot !== NO_LEASE && table.state(slot) === BindingState.bound;
  return names.length > 0 || (isLeased && hasLeaseSets(config)) ? { firewallSets: names } : {};
}

function leaseOf(record: LeaseRecord | undefined, parts: AddressParts): AddressExplanation["lease"] {
  const { serving, interfaces } = parts;
  if (record === undefined || record.state === BindingState.free) return undefined;
  const slot = serving.table.slotOf(record.address);
  if (slot === NO_LEASE) return { record: toldRecord(record, serving) };
  // An offer ends by the monotonic clock, which says nothing to people.
  const endsAt = record.state === BindingState.offered ? record.startsAt : record.endsAt;
  return placedLease({ ...record, endsAt }, serving, interfaceOn(serving, interfaces));
}

function useOf(address: Ipv4, { serving, reasons, clock }: AddressParts): Pick<AddressExplanation, "inUse"> {
  const now = clock.monotonic() / 1000;
  const until = inUseUntil(serving, serving.table.slotOf(address), now);
  if (until === 0) return {};
  const since = reasons.of(address)?.since;
  return { inUse: { ...(since !== undefined && { since }), until: Math.ceil(clock.wall() + until - now) } };
}

function outsideRecord(address: Ipv4, { table }: Serving): LeaseRecord | undefined {
  for (const record of table.outside()) if (record.address === address) return record;
  return undefined;
}

function poolOf(pool: Pool, address: Ipv4, config: Config): NonNullable<AddressExplanation["pool"]> {
  const permits = pool.permits.map((permit) => ({ name: permitName(config, permit), at: placeText(permit.at) }));
  return { ranges: rangeTexts(pool), at: placeText(rangeAt(pool, address)), permits };
}

function rangeAt({ ranges }: Pool, address: Ipv4) {
  const range = ranges.find(({ first, last }) => first <= address && address <= last) ?? ranges[0];
  if (range === undefined) throw new TypeError("a pool has a range");
  return range.at;
}

/** Why no client gets an address; empty if one may. */
export function whyWithheld(address: Ipv4, subnet: Subnet | undefined, { config, table, links }: Serving): string {
  if (links.isOwn(address)) return "it is this server's own address";
  if (config.listenAddresses.includes(address)) return "the server listens on it (listen on)";
  if (subnet === undefined) return "no subnet of the configuration has it";
  if (table.slotOf(address) !== NO_LEASE) return "";
  if (address === subnet.network) return "it is the network's own address";
  if (address === broadcastOf(subnet.network, subnet.mask)) return "it is the network's broadcast address";
  const routers = subnet.scope.options.get(OptionCode.routers) ?? new Uint8Array(0);
  for (let at = 0; at + 4 <= routers.length; at += 4)
    if (getUint32(routers, at) === address) return "it is a router of the subnet (option routers)";
  return "it is in no range and no fixed-address";
}

function whatTheyGet(
  address: Ipv4,
  subnet: Subnet | undefined,
  record: LeaseRecord | undefined,
  { serving, explain, interfaces }: AddressParts,
): Pick<AddressExplanation, "client" | "newcomer"> {
  if (subnet === undefined) return {};
  const way = wayFrom(subnet, serving, interfaces);
  const asked = (query: Pick<ExplainedQuery, "hardware" | "requested" | "options">) =>
    explain({ ...query, ...way, type: "discover" });
  const newcomer = asked({ hardware: NEWCOMER, requested: address, options: [] });
  const isKnown = record !== undefined && record.hardwareAddress.length > 0;
  const client = isKnown ? asked({ hardware: record.hardwareAddress, options: optionsOf(record) }) : undefined;
  return { ...(client !== undefined && { client }), ...(newcomer !== undefined && { newcomer }) };
}
