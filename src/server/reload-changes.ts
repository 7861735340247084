// What a reload has changed, for the user who asked for it.

import { isDeepStrictEqual } from "node:util";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { Config, Pool } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import { BindingState } from "../lease/lease.ts";
import type { LeaseTable } from "../lease/table/table.ts";
import { subnetName } from "./lease-figures.ts";

/** Names: the first of them in their order, and how many there are. */
export interface Names {
  readonly count: number;
  readonly first: readonly string[];
}

/** See ReloadChanges in control/messages.ts. */
export interface ReloadChanges {
  readonly newSubnets: Names;
  readonly removedSubnets: Names;
  readonly newHosts: Names;
  readonly removedHosts: Names;
  readonly changedSubnets: Names;
  readonly changedHosts: Names;
  readonly newClasses: Names;
  readonly removedClasses: Names;
  readonly changedClasses: Names;
  readonly addressesNewlyServed: number;
  readonly addressesNoLongerServed: number;
  readonly leasesNoLongerServed: Names;
}

/** A configuration with its leases. */
export interface Served {
  readonly config: Config;
  readonly table: LeaseTable;
}

const NAMES_MAX = 10;

/** Compares the former configuration with the present one. */
export function reloadChanges(before: Served, after: Served): ReloadChanges {
  const subnets = [before, after].map(({ config }) => config.subnets.map(subnetName));
  const [oldHosts, newHosts] = [before.config.hostTexts(), after.config.hostTexts()];
  const [oldClasses, newClasses] = [before.config.classTexts(), after.config.classTexts()];
  const lost: Ipv4[] = [];
  for (const { address, state } of after.table.outside())
    if (state === BindingState.bound && before.table.slotOf(address) >= 0) lost.push(address);
  const common = countCommon(before.table, after.table);
  return {
    newSubnets: without(subnets[1], subnets[0]),
    removedSubnets: without(subnets[0], subnets[1]),
    newHosts: without([...newHosts.keys()], [...oldHosts.keys()]),
    removedHosts: without([...oldHosts.keys()], [...newHosts.keys()]),
    changedSubnets: changed(subnetsOf(before.config), subnetsOf(after.config)),
    changedHosts: changed(oldHosts, newHosts),
    newClasses: without([...newClasses.keys()], [...oldClasses.keys()]),
    removedClasses: without([...oldClasses.keys()], [...newClasses.keys()]),
    changedClasses: changed(oldClasses, newClasses),
    addressesNewlyServed: after.table.size - common,
    addressesNoLongerServed: before.table.size - common,
    leasesNoLongerServed: namesOf(lost.sort((a, b) => a - b).map(formatIpv4)),
  };
}

/** What both configurations have under one name, but not alike. */
function changed(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): Names {
  const names = [...after].filter(([name, is]) => before.has(name) && !isDeepStrictEqual(before.get(name), is));
  return namesOf(names.map(([name]) => name));
}

/** The parameters of each subnet and its pools, from any place in the text. */
function subnetsOf(config: Config): Map<string, unknown> {
  const pools = config.subnets.map((): Pool[] => []);
  for (const pool of config.pools) pools[pool.subnet]?.push(pool);
  return new Map(
    config.subnets.map((subnet) => [
      subnetName(subnet),
      {
        scope: settingsOf(subnet.scope),
        sharedNetwork: config.sharedNetworks[subnet.sharedNetwork]?.name,
        pools: (pools[subnet.index] ?? []).map(({ scope, ranges, permits }) => ({
          scope: settingsOf(scope),
          ranges: ranges.map(({ first, last, dynamicBootp }) => ({ first, last, dynamicBootp })),
          permits: permits.map(({ isAllowed, clients, entry }) => [isAllowed, clients, entry]),
        })),
      },
    ]),
  );
}

/** A scope without what its options remember of replies. */
function settingsOf({ options, ...rest }: Scope): unknown {
  return { ...rest, always: options.always, options: [...options.codes].map((code) => [code, options.get(code)]) };
}

function without(names: readonly string[] = [], others: readonly string[] = []): Names {
  const known = new Set(others);
  return namesOf(names.filter((name) => !known.has(name)));
}

function namesOf(names: readonly string[]): Names {
  return { count: names.length, first: names.slice(0, NAMES_MAX) };
}

/** Addresses that both tables have. */
function countCommon(a: LeaseTable, b: LeaseTable): number {
  const [left, right] = [sortedRanges(a), sortedRanges(b)];
  let common = 0;
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [x, y] = [left[i] ?? NO_RANGE, right[j] ?? NO_RANGE];
    common += Math.max(0, Math.min(x.last, y.last) - Math.max(x.first, y.first) + 1);
    if (x.last < y.last) i++;
    else j++;
  }
  return common;
}

const NO_RANGE = { first: 1, last: 0 };

function sortedRanges(table: LeaseTable): readonly { readonly first: Ipv4; readonly last: Ipv4 }[] {
  return table.pools.flatMap(({ ranges }) => ranges).sort((a, b) => a.first - b.first);
}
