// Pools: which ranges belong to which subnet, and which policy they are given out by.
//
// A pool inside a subnet has ranges of that subnet; one inside a shared network has ranges of any of
// its subnets, and becomes one pool of each. Ranges that stand in a subnet itself are its first pool,
// with no policy but the subnet's.

import type { Ipv4 } from "../../base/ipv4.ts";
import { groupBy } from "../../base/lists.ts";
import type { Report } from "../language/source.ts";
import type { AddressAt, Block, ExcludeParameter, RangeParameter } from "../language/syntax.ts";
import type { OtherRange, Permit, Pool, Subnet } from "../model/model.ts";
import type { SiteDraft } from "../model/resolved-config.ts";
import { SubnetIndex } from "../model/subnet-index.ts";
import { checkRouters } from "./check.ts";
import { reportUnknownClass } from "./classes.ts";
import { type Level, makeScope, poolChain } from "./levels.ts";
import { cutNeverGiven, type NeverGiven, routersIn, withoutNeverGiven } from "./never-given.ts";
import { cutExcluded, cutReserved, type DeclaredSubnet } from "./ranges.ts";

/** One `pool` block. */
export interface PoolDraft {
  readonly level: Level;
  readonly sharedNetwork: number;
  readonly at: number;
}

/** One `subnet` block. */
export interface SubnetDraft extends DeclaredSubnet {
  readonly level: Level;
}

/** The ranges of the text, as they stand: not yet checked against their subnet and one another. */
export interface AssignedRanges {
  readonly bySubnet: ReadonlyMap<SubnetDraft, readonly RangeParameter[]>;
  /** The pool of each range, by the position of the range; none for ranges of a subnet itself. */
  readonly owners: ReadonlyMap<number, PoolDraft>;
}

/** Finds the subnet of every range. `isSound` says that the subnets themselves are without errors. */
export function assignRanges(
  subnets: readonly SubnetDraft[],
  pools: readonly PoolDraft[],
  isSound: boolean,
  report: Report,
): AssignedRanges {
  const bySubnet = new Map(subnets.map((subnet) => [subnet, [...rangesOf(subnet.level.block)]]));
  const owners = new Map<number, PoolDraft>();
  const index = new SubnetIndex(subnets);
  const byBlock = new Map(subnets.map((subnet) => [subnet.level.block, subnet]));
  for (const pool of pools) {
    const { block } = pool.level;
    const ranges = rangesOf(block);
    if (ranges.length === 0 && !block.isIncomplete)
      report.error(block.at, "the pool has no addresses", { expected: "range FIRST LAST; in it" });
    const around = subnetAround(block, byBlock);
    for (const range of ranges) {
      owners.set(range.at, pool);
      const found = around ?? index.find(range.first);
      if (found !== undefined && found.sharedNetwork === pool.sharedNetwork) bySubnet.get(found)?.push(range);
      else if (isSound)
        report.error(range.at, "this range is in no subnet of the shared network", {
          expected: "addresses of a subnet that is declared in it",
          related: { at: block.at, message: "the pool" },
        });
    }
  }
  return { bySubnet, owners };
}

function rangesOf(block: Block): readonly RangeParameter[] {
  return block.parameters.filter((parameter) => parameter.kind === "range");
}

/** The subnet that a block stands in; undefined in none. */
function subnetAround(block: Block, byBlock: ReadonlyMap<Block, SubnetDraft>): SubnetDraft | undefined {
  for (let next = block.parent; next !== undefined; next = next.parent) {
    const subnet = byBlock.get(next);
    if (subnet !== undefined) return subnet;
  }
  return undefined;
}

/** What pools are made of: subnets with their sites and ranges, each by Subnet.index. */
export interface PoolParts {
  readonly subnets: readonly Subnet[];
  readonly sites: readonly SiteDraft[];
  readonly ranges: readonly (readonly RangeParameter[])[];
  readonly owners: ReadonlyMap<number, PoolDraft>;
  /** Fixed addresses, sorted. */
  readonly fixed: readonly AddressAt[];
  /** The addresses that the server listens on. */
  readonly listened: readonly NeverGiven[];
  /** Entries by class name. */
  readonly classes: ReadonlyMap<string, number>;
  /** The name of this server in a split, which ranges of its own have; empty without a split. */
  readonly server: string;
}

/** The result. */
export interface MadePools {
  readonly pools: readonly Pool[];
  /** All sites: the subnets' sites, then the sites of pools that have their own. */
  readonly sites: readonly SiteDraft[];
  readonly otherRanges: readonly OtherRange[];
  /** The fixed addresses that hosts can have, sorted. */
  readonly reserved: readonly Ipv4[];
}

/** The pools of all subnets. */
export function makePools(parts: PoolParts, report: Report): MadePools {
  const { subnets, ranges, owners } = parts;
  checkPermits(new Set(owners.values()), parts.classes, report);
  for (const [subnet, { chain }] of parts.sites.entries()) warnOfExclusions(chain[0], ranges[subnet] ?? [], report);
  const byOwnerOf = (some: readonly RangeParameter[]) => groupBy(some, ({ at }) => owners.get(at));
  const rangesByOwner = byOwnerOf(ranges.flat());
  for (const owner of new Set(owners.values())) warnOfExclusions(owner.level, rangesByOwner.get(owner) ?? [], report);
  const pools: Pool[] = [];
  const otherRanges: OtherRange[] = [];
  const sites = [...parts.sites];
  const groups = subnets.map(({ index }) => byOwnerOf(ranges[index] ?? []));
  const routers = subnets.map((subnet) => {
    const subnetChain = parts.sites[subnet.index]?.chain ?? [];
    const drafts = [...(groups[subnet.index]?.keys() ?? [])].filter((owner) => owner !== undefined);
    return routersIn(subnet, [subnetChain, ...drafts.map(({ level }) => poolChain(level, subnetChain))]);
  });
  const fixed = withoutNeverGiven(parts.fixed, [...routers.flat(), ...parts.listened], report);
  for (const subnet of subnets) {
    const byOwner = groups[subnet.index] ?? new Map<PoolDraft | undefined, readonly RangeParameter[]>();
    const neverGiven = [...(routers[subnet.index] ?? []), ...parts.listened];
    const add = (
      owner: PoolDraft | undefined,
      site: Pick<Pool, "siteIndex" | "scope">,
      permits: readonly Permit[],
    ): void => {
      const placed = byOwner.get(owner) ?? [];
      const excluded = [...exclusionsOf(parts.sites[subnet.index]?.chain[0]), ...exclusionsOf(owner?.level)];
      const given = cutNeverGiven(cutExcluded(placed, excluded), neverGiven, report);
      const own = given.filter(({ server }) => server === parts.server);
      const others = given.filter(({ server }) => server !== parts.server);
      const cut = cutReserved(own, fixed, report);
      if (cut.length > 0) pools.push({ index: pools.length, subnet: subnet.index, ranges: cut, permits, ...site });
      otherRanges.push(...others.map(({ first, last, server }) => ({ first, last, server, ...site })));
    };
    add(undefined, { siteIndex: subnet.siteIndex, scope: subnet.scope }, []);
    const drafts = [...byOwner.keys()].filter((owner) => owner !== undefined).sort((a, b) => a.at - b.at);
    for (const draft of drafts) {
      const chain = poolChain(draft.level, parts.sites[subnet.index]?.chain ?? []);
      checkRouters(chain, { ...subnet, at: draft.at }, report);
      const siteIndex = sites.push({ chain, sharedNetwork: subnet.sharedNetwork }) - 1;
      add(draft, { siteIndex, scope: makeScope(chain) }, permitsOf(draft, parts.classes, report));
    }
  }
  return { pools, sites, otherRanges, reserved: [...new Set(fixed.map(({ address }) => address))] };
}

/** Reports classes that there are not. */
function checkPermits(drafts: Iterable<PoolDraft>, classes: ReadonlyMap<string, number>, report: Report): void {
  for (const parameter of [...drafts].flatMap(({ level }) => level.block.parameters)) {
    if (parameter.kind !== "permit" || parameter.clients !== "members" || classes.has(parameter.className)) continue;
    reportUnknownClass(parameter.className, parameter.classAt, classes.keys(), report);
  }
}

function exclusionsOf(level: Level | undefined): readonly ExcludeParameter[] {
  return level?.block.parameters.filter((parameter) => parameter.kind === "exclude") ?? [];
}

/** Warns of exclusions that take nothing out of the ranges that they are about. */
function warnOfExclusions(level: Level | undefined, ranges: readonly RangeParameter[], report: Report): void {
  for (const { first, last, at } of exclusionsOf(level)) {
    if (ranges.some((range) => range.first <= last && first <= range.last)) continue;
    report.warning(at, "no range here has any of these addresses", {
      expected: "addresses of a range in the same block, or of a pool in it",
    });
  }
}

function permitsOf(draft: PoolDraft, classes: ReadonlyMap<string, number>, report: Report): readonly Permit[] {
  const permits = draft.level.block.parameters.filter((parameter) => parameter.kind === "permit");
  return permits.map(({ isAllowed, clients, className, at }) => {
    const entry = clients === "members" ? (classes.get(className) ?? -1) : -1;
    return { isAllowed, clients, entry, at: report.source.place(at) };
  });
}
