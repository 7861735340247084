// Facts about the lease table for status and lists, beside its records: figures by subnet, and the configuration's
// facts about a lease's address and client.

import type { Interface } from "../base/interface.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { MonotonicSeconds } from "../base/time.ts";
import type { HostClient } from "../config/model/host-client.ts";
import type { Config, Subnet } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { toldRecord } from "../engine/cluster-terms.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState, type LeaseRecord } from "../lease/lease.ts";
import { recordBefore } from "../lease/table/change-under-way.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { OptionCode } from "../wire/options/option-code.ts";

/** One subnet's addresses by their present state; reserved ones are counted apart. */
export interface SubnetFigures {
  /** "192.0.2.0/24". */
  readonly subnet: string;
  /** Absent where the subnet is in none. */
  readonly sharedNetwork?: string;
  /** Addresses in ranges. */
  readonly size: number;
  readonly bound: number;
  readonly offered: number;
  readonly abandoned: number;
  /** No client has them, and a host answers there: no new client gets them. */
  readonly inUse: number;
  /** All others in ranges. */
  readonly free: number;
  readonly reserved: number;
  readonly reservedBound: number;
}

/** A lease with what the configuration says of it. */
export interface PlacedLease {
  readonly record: LeaseRecord;
  readonly place: {
    readonly reserved: boolean;
    /** The host declaration that is about its client. */
    readonly host: string | undefined;
    readonly subnet: string;
    /** The interface on whose link the subnet is; undefined behind relays. */
    readonly interface: string | undefined;
  };
  /** The values in force for its address and host; without classes, which only a query has. */
  readonly scope: Scope;
}

/** "192.0.2.0/24". */
export function subnetName(subnet: Pick<Subnet, "network" | "prefixLength">): string {
  return `${formatIpv4(subnet.network)}/${subnet.prefixLength}`;
}

/** Addresses by state; `free` are those that no client has had. */
export function countLeases(table: LeaseTable): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, state] of Object.entries(BindingState)) {
    const pools = state === BindingState.free ? table.pools.filter(({ reserved }) => !reserved) : table.pools;
    counts[name] = pools.reduce((sum, pool) => sum + table.countInPool(pool.index, state), 0);
  }
  return counts;
}

/** Until when a free address is kept from new clients because somebody answers there; 0: it is not. */
export function inUseUntil(
  { table, checked }: Pick<Serving, "table" | "checked">,
  slot: LeaseSlot,
  now: MonotonicSeconds,
): MonotonicSeconds {
  if (slot === NO_LEASE || !table.isNobodys(slot)) return 0;
  const until = checked.busyUntil(table.poolOf(slot), slot);
  return until > now ? until : 0;
}

/** The figures of each subnet, by address. */
export function subnetFigures({ config, table, checked }: Serving, now: MonotonicSeconds): SubnetFigures[] {
  const figures = config.subnets.map((subnet) => ({
    subnet: subnetName(subnet),
    ...sharedNetworkOf(config, subnet),
    ...{ size: 0, bound: 0, offered: 0, abandoned: 0, inUse: 0, free: 0, reserved: 0, reservedBound: 0 },
  }));
  for (const pool of table.pools) {
    const of = figures[pool.subnet];
    if (of === undefined) continue;
    const count = (state: BindingState): number => table.countInPool(pool.index, state);
    const bound = count(BindingState.bound);
    const offered = count(BindingState.offered);
    const abandoned = count(BindingState.abandoned);
    if (pool.reserved) {
      of.reserved += table.poolSize(pool.index);
      of.reservedBound += bound;
      continue;
    }
    // Addresses that no client may get, such as our own, are in none of these.
    const free = count(BindingState.free) + count(BindingState.expired) + count(BindingState.released);
    const inUse = checked.countBusy(pool.index, now, (slot) => table.isNobodys(slot));
    of.size += bound + offered + abandoned + free;
    of.bound += bound;
    of.offered += offered;
    of.abandoned += abandoned;
    of.inUse += inUse;
    of.free += free - inUse;
  }
  return config.subnets
    .map(({ network }, i) => ({ network, of: figures[i] }))
    .sort((a, b) => a.network - b.network)
    .flatMap(({ of }) => of ?? []);
}

/** One of its own is named after it, and nothing to tell. */
function sharedNetworkOf(config: Config, subnet: Subnet): { sharedNetwork?: string } {
  const name = config.sharedNetworks[subnet.sharedNetwork]?.name;
  return name === undefined || name === formatIpv4(subnet.network) ? {} : { sharedNetwork: name };
}

/**
 * All leases that the table remembers, with their subnets and scopes; subnet by subnet; only those behind `after`, if
 * the table has that address. A change that is not durable yet is left out. A reload meanwhile has no effect: the walk
 * goes by the table and the configuration at its start.
 */
export function* placedLeases(
  { config, table, links, cluster }: Serving,
  interfaces: readonly Interface[],
  after?: Ipv4,
): Generator<PlacedLease> {
  const atStart = { config, table, links, cluster };
  const interfaceOf = interfaceOn(atStart, interfaces);
  const before = after === undefined ? NO_LEASE : table.slotOf(after);
  for (let slot = table.nextStored(before); slot !== NO_LEASE; slot = table.nextStored(slot)) {
    const placed = durableLease(slot, atStart, interfaceOf);
    if (placed !== undefined) yield placed;
  }
}

/** The lease of a slot without a change that is not durable yet; undefined where none is remembered. */
export function durableLease(
  slot: LeaseSlot,
  serving: Pick<Serving, "config" | "table" | "cluster">,
  interfaceOf: (sharedNetwork: number) => string | undefined,
): PlacedLease | undefined {
  const { table } = serving;
  const record = table.isPending(slot) ? recordBefore(table, slot) : table.record(slot);
  return record.state <= BindingState.offered ? undefined : placedLease(record, serving, interfaceOf);
}

/** The name of the interface on a shared network's link; undefined where there is none. */
export function interfaceOn(
  { links }: Pick<Serving, "links">,
  interfaces: readonly Interface[],
): (sharedNetwork: number) => string | undefined {
  const names = new Map(interfaces.map(({ ifindex, name }) => [links.sharedNetworkOf(ifindex), name]));
  return (sharedNetwork) => names.get(sharedNetwork);
}

/** Host name and domain that the configuration gives the client of a lease; empty where it does not, or has the address no more. */
export function givenNames(
  record: LeaseRecord,
  { config, table }: Pick<Serving, "config" | "table">,
): { hostName: string; domain: string } {
  const slot = table.slotOf(record.address);
  const pool = slot === NO_LEASE ? undefined : table.pools[table.poolOf(slot)];
  const subnet = config.subnets[pool?.subnet ?? -1];
  if (pool === undefined || subnet === undefined) return { hostName: "", domain: "" };
  const site = config.pools[pool.declared ?? -1] ?? subnet;
  const { options } = config.scopeOf(site, config.findHost(clientOf(record), pool.sharedNetwork));
  const text = (code: number): string => String.fromCharCode(...(options.get(code) ?? []));
  return { hostName: text(OptionCode.hostName), domain: text(OptionCode.domainName) };
}

/** A lease of the table with the end that its client knows and what the configuration says of it; undefined where no pool has its address. */
export function placedLease(
  record: LeaseRecord,
  serving: Pick<Serving, "config" | "table" | "cluster">,
  interfaceOf: (sharedNetwork: number) => string | undefined,
): PlacedLease | undefined {
  const { config, table } = serving;
  const slot = table.slotOf(record.address);
  const pool = slot === NO_LEASE ? undefined : table.pools[table.poolOf(slot)];
  const subnet = config.subnets[pool?.subnet ?? -1];
  if (pool === undefined || subnet === undefined) return undefined;
  const host = config.findHost(clientOf(record), pool.sharedNetwork);
  const place = {
    reserved: pool.reserved,
    host: host?.name,
    subnet: subnetName(subnet),
    interface: interfaceOf(pool.sharedNetwork),
  };
  const site = pool.declared === undefined ? subnet : (config.pools[pool.declared] ?? subnet);
  return { record: toldRecord(record, serving), place, scope: config.scopeOf(site, host) };
}

/** The client of a lease as host declarations are about one. */
function clientOf({ htype, hardwareAddress, clientId, agentInformation }: LeaseRecord): HostClient {
  return {
    htype,
    hlen: hardwareAddress.length,
    chaddr: hardwareAddress,
    clientId,
    clientIdLength: clientId.length,
    agentInformation,
    agentInformationLength: agentInformation.length,
  };
}
