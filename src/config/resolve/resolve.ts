// From the syntax tree to the model: collects subnets, shared networks and hosts from all blocks, reports
// contradictions, and puts every value in force in place.

import { broadcastOf, formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import type { FileReader } from "../language/include.ts";
import type { ParsedText } from "../language/parser.ts";
import type { Report } from "../language/source.ts";
import type { AddressAt, Block } from "../language/syntax.ts";
import type { Config, EventScript, SharedNetwork, Subnet } from "../model/model.ts";
import { ResolvedConfig } from "../model/resolved-config.ts";
import { serverIdentifiersOf } from "../model/server-identifiers.ts";
import { SubnetIndex } from "../model/subnet-index.ts";
import { checkLevels, checkOptionUse, checkSubnet, firstOfEach } from "./check.ts";
import { checkOptions, SiteChecks } from "./check-options.ts";
import { resolveClasses } from "./classes.ts";
import { drainSecondsOf, longestLeaseOf, resolveCluster } from "./cluster.ts";
import { resolveDns } from "./dns.ts";
import { resolveFirewallSets } from "./firewall-sets.ts";
import { checkHosts, draftHost, type HostDraft, toHost } from "./hosts.ts";
import { Level, lexicalChain, makeScope } from "./levels.ts";
import type { NeverGiven } from "./never-given.ts";
import { launcherPlaces, onlyOne } from "./only-one.ts";
import { assignRanges, makePools, type PoolDraft, type SubnetDraft } from "./pools.ts";
import { checkTotal, placeRanges } from "./ranges.ts";
import { resolveSplit } from "./split.ts";

interface SharedNetworkDraft {
  readonly name: string;
  readonly at: number;
  readonly level: Level;
  readonly isDeclared: boolean;
}

/** Everything that the text declares, in its order. */
interface Declarations {
  readonly levels: Level[];
  readonly sharedNetworks: SharedNetworkDraft[];
  readonly subnets: SubnetDraft[];
  readonly pools: PoolDraft[];
  readonly classLevels: Level[];
  readonly hostLevels: Level[];
}

/** Resolves a parsed text; `readFile` gives the files that it names. The result means something only if `report` has no errors. */
export function resolve(parsed: ParsedText, readFile: FileReader, report: Report): Config {
  const declared: Declarations = {
    levels: [],
    sharedNetworks: [],
    subnets: [],
    pools: [],
    classLevels: [],
    hostLevels: [],
  };
  const global = new Level(parsed.root, undefined);
  collect(global, -1, declared);
  checkLevels(declared.levels, report);
  checkOptionUse(declared.levels, report);
  checkOptions(declared.levels, report);
  checkSharedNetworks(declared, report);
  const areSubnetsSound = !hasOverlaps(declared.subnets, report) && !parsed.lacksSubnets;
  const classes = resolveClasses(declared.classLevels, report);
  const drafts = draftHosts(declared, areSubnetsSound, report);
  checkHosts(drafts, report);
  const fixed = sortedFixed(drafts);

  // Narrower networks first; the order of the text among equals.
  const subnetDrafts = declared.subnets.toSorted((a, b) => b.prefixLength - a.prefixLength);
  const assigned = assignRanges(subnetDrafts, declared.pools, areSubnetsSound, report);
  const ranges = subnetDrafts.map((draft) => placeRanges(draft, assigned.bySubnet.get(draft) ?? [], report));
  checkTotal(ranges.flat(), report);
  const subnets = subnetDrafts.map((draft, index) => toSubnet(draft, index, report));
  const subnetSites = subnetDrafts.map(({ level, sharedNetwork }) => ({ chain: lexicalChain(level), sharedNetwork }));
  const listened = listenAddresses(parsed.root, report);
  const split = resolveSplit(parsed.root, ranges.flat(), report);
  const { pools, sites, reserved, otherRanges } = makePools(
    {
      ...{ subnets, ranges, fixed, listened },
      ...{ sites: subnetSites, owners: assigned.owners, classes: classes.byName, server: split?.name ?? "" },
    },
    report,
  );
  const checks = new SiteChecks(report);
  for (const draft of subnetDrafts) {
    const chain = lexicalChain(draft.level);
    checkSubnet(chain, draft, report);
    checks.check(chain, makeScope(chain), draft.at);
  }
  for (const { siteIndex, scope } of pools) {
    const { chain } = sites[siteIndex] ?? {};
    if (siteIndex >= subnets.length && chain !== undefined) checks.check(chain, scope, chain[0]?.block.at ?? 0);
  }
  if (subnets.length === 0 && !parsed.lacksSubnets)
    report.warning(0, "no subnet is declared: no client can be served", {
      expected: "subnet ADDRESS netmask MASK { range FIRST LAST; }",
    });
  const cluster = resolveCluster(global, listened.length, readFile, report);
  return new ResolvedConfig({
    file: report.source.file,
    subnets,
    sharedNetworks: toSharedNetworks(declared, subnetDrafts),
    pools,
    hosts: drafts.map((draft, index) => toHost(draft, index, report)),
    globalScope: makeScope([global]),
    listenAddresses: listened.map(({ address }) => address),
    reserved,
    sites,
    classes,
    hostDrafts: drafts,
    serverIdentifiers: serverIdentifiersOf(declared.levels, linksOf(declared)),
    placeOf: (at) => report.source.place(at),
    ...{ cluster, split, otherRanges },
    longestLeaseSeconds: longestLeaseOf(declared.levels),
    drainSeconds: drainSecondsOf(global, cluster !== undefined || split !== undefined),
    ...httpOf(parsed.root, report),
    zones: resolveDns(parsed.root, report),
    launcherPlaces: launcherPlaces(
      declared.levels.map(({ block }) => block),
      report,
    ),
    hostsFile: onlyOne(parsed.root, "hosts-file", report)?.path,
    eventScript: resolveEventScript(parsed.root, report),
    shieldRates: onlyOne(parsed.root, "shield", report)?.rates,
    firewallSets: resolveFirewallSets(declared.levels, report),
  });
}

function resolveEventScript(root: Block, report: Report): EventScript | undefined {
  const found = onlyOne(root, "event-script", report);
  if (found === undefined) return undefined;
  const { path, user, timeoutSeconds, tellsRenewals } = found;
  return { path, user, timeoutSeconds, tellsRenewals };
}

function httpOf(root: Block, report: Report): Pick<Config, "metrics" | "statusPage" | "statusPageToken"> {
  const metrics = onlyOne(root, "metrics", report)?.value;
  const statusPage = onlyOne(root, "status-page", report)?.value;
  const token = onlyOne(root, "status-page-token", report);
  if (token !== undefined && statusPage === undefined)
    report.warning(token.at, "there is no status page that could take the token", {
      expected: "a status-page statement too",
      hasNoEffect: true,
    });
  return { metrics, statusPage, statusPageToken: token?.value };
}

/** Positions of the links, by the level of their shared network and of their subnets. */
function linksOf({ sharedNetworks, subnets }: Declarations): ReadonlyMap<Level, number> {
  return new Map([
    ...sharedNetworks.map(({ level }, link) => [level, link] as const),
    ...subnets.map(({ level, sharedNetwork }) => [level, sharedNetwork] as const),
  ]);
}

function collect(level: Level, sharedNetwork: number, declared: Declarations): void {
  const { header, at } = level.block;
  const { sharedNetworks } = declared;
  let link = sharedNetwork;
  declared.levels.push(level);
  if (header.kind === "if") level.parent?.branches.push(level);
  if (header.kind === "class" || header.kind === "subclass" || header.kind === "if") declared.classLevels.push(level);
  if (header.kind === "host") declared.hostLevels.push(level);
  if (header.kind === "shared-network") {
    link = sharedNetworks.push({ name: header.name, at, level, isDeclared: true }) - 1;
  }
  if (header.kind === "subnet") {
    const { network, mask, prefixLength } = header;
    if (link < 0) link = sharedNetworks.push({ name: formatIpv4(network), at, level, isDeclared: false }) - 1;
    declared.subnets.push({ network, mask, prefixLength, at, level, sharedNetwork: link });
  }
  if (header.kind === "pool") declared.pools.push({ level, sharedNetwork: link, at });
  for (const block of level.block.blocks) collect(new Level(block, level), link, declared);
}

function checkSharedNetworks({ sharedNetworks, subnets }: Declarations, report: Report): void {
  const used = new Set(subnets.map((subnet) => subnet.sharedNetwork));
  for (const { name, at } of sharedNetworks.filter(({ isDeclared }, i) => isDeclared && !used.has(i)))
    report.error(at, `the shared network ${name} has no subnets`, { expected: "at least one subnet in it" });
  const declared = sharedNetworks.filter(({ isDeclared }) => isDeclared);
  const textOf = ({ name }: SharedNetworkDraft): string => `there are two shared networks named ${name}`;
  firstOfEach(declared, ({ name }) => name, textOf, report);
}

/** Reports subnets that are equal or inside another: networks never overlap in any other way. */
function hasOverlaps(subnets: readonly SubnetDraft[], report: Report): boolean {
  const sorted = subnets.toSorted((a, b) => a.network - b.network || a.prefixLength - b.prefixLength || a.at - b.at);
  let outer: SubnetDraft | undefined;
  let found = false;
  for (const subnet of sorted) {
    if (outer === undefined || subnet.network > broadcastOf(outer.network, outer.mask)) {
      outer = subnet;
      continue;
    }
    found = true;
    const [earlier, later] = outer.at < subnet.at ? [outer, subnet] : [subnet, outer];
    const isEqual = outer.prefixLength === subnet.prefixLength;
    const relation = isEqual ? "is declared twice" : `overlaps ${nameOf(earlier)}`;
    report.error(later.at, `the subnet ${nameOf(later)} ${relation}`, {
      expected: isEqual ? "one declaration with everything in it" : "subnets that have no address in common",
      related: { at: earlier.at, message: isEqual ? "first declared here" : "the other subnet" },
    });
  }
  return found;
}

function nameOf({ network, prefixLength }: SubnetDraft): string {
  return `${formatIpv4(network)}/${prefixLength}`;
}

function draftHosts(declared: Declarations, areSubnetsSound: boolean, report: Report): readonly HostDraft[] {
  const index = new SubnetIndex(declared.subnets);
  const find = (address: Ipv4) => (areSubnetsSound ? index.find(address) : "unknown");
  return declared.hostLevels.map((level) => draftHost(level, find, report));
}

function sortedFixed(hosts: readonly HostDraft[]): readonly AddressAt[] {
  const byAddress = new Map<Ipv4, AddressAt>();
  for (const placed of hosts.flatMap((host) => host.fixed)) {
    if (!byAddress.has(placed.address)) byAddress.set(placed.address, placed);
  }
  return [...byAddress.values()].sort((a, b) => a.address - b.address);
}

function toSubnet(draft: SubnetDraft, index: number, report: Report): Subnet {
  const { network, mask, prefixLength, sharedNetwork } = draft;
  return {
    index,
    siteIndex: index,
    network,
    mask,
    prefixLength,
    sharedNetwork,
    scope: makeScope(lexicalChain(draft.level)),
    at: report.source.place(draft.at),
  };
}

function toSharedNetworks(declared: Declarations, subnets: readonly SubnetDraft[]): readonly SharedNetwork[] {
  const positions = new Map(subnets.map((draft, position) => [draft, position]));
  const members: number[][] = declared.sharedNetworks.map(() => []);
  for (const draft of declared.subnets) members[draft.sharedNetwork]?.push(positions.get(draft) ?? 0);
  return declared.sharedNetworks.map(({ name, level }, index) => ({
    index,
    name,
    subnets: members[index] ?? [],
    scope: makeScope(lexicalChain(level)),
  }));
}

function listenAddresses(root: Block, report: Report): readonly NeverGiven[] {
  const all = root.parameters.flatMap((parameter) => (parameter.kind === "listen" ? parameter.addresses : []));
  const textOf = ({ address }: AddressAt): string => `listen on ${formatIpv4(address)} is here twice`;
  const addresses = firstOfEach(all, ({ address }) => address, textOf, report);
  return addresses.map((listened) => ({ ...listened, what: "an address of this server" }));
}
