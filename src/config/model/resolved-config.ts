// The resolved configuration with its lookups. Scopes of hosts and classes are made when first asked for and
// kept; everything else is made once. Lookups allocate nothing.

import type { Ipv4 } from "../../base/ipv4.ts";
import { lastAtMost } from "../../base/search.ts";
import type { ShieldRates } from "../../base/shield-rates.ts";
import type { Seconds } from "../../base/time.ts";
import { classTexts, hostTexts } from "../resolve/block-texts.ts";
import type { ResolvedClasses } from "../resolve/classes.ts";
import type { HostDraft } from "../resolve/hosts.ts";
import { frontLevels, type Level, makeScope, withBranches } from "../resolve/levels.ts";
import { scopePlaces } from "../resolve/scope-places.ts";
import type { ClassRule } from "./class-rule.ts";
import type { Cluster } from "./cluster.ts";
import type { DnsZone } from "./dns.ts";
import type { FirewallSet } from "./firewall-set.ts";
import type { HostClient } from "./host-client.ts";
import { HostIndex } from "./host-index.ts";
import { type Membership, Memberships } from "./membership.ts";
import type { Config, EventScript, Host, OtherRange, Pool, SharedNetwork, Site, Split, Subnet } from "./model.ts";
import type { Provenance, ScopePlaces } from "./provenance.ts";
import type { Scope } from "./scope.ts";
import type { ServerIdentifiers } from "./server-identifiers.ts";
import { SubnetIndex } from "./subnet-index.ts";

/** A site's values, and its place. */
export interface SiteDraft {
  /** Its levels, nearest first. */
  readonly chain: readonly Level[];
  readonly sharedNetwork: number;
}

/** The parts of a resolved configuration. */
export interface ConfigParts
  extends Pick<
    Config,
    | ("file" | "subnets" | "sharedNetworks" | "pools" | "hosts" | "globalScope" | "listenAddresses" | "reserved")
    | ("cluster" | "split" | "longestLeaseSeconds" | "drainSeconds" | "metrics" | "hostsFile" | "eventScript" | "zones")
    | ("firewallSets" | "shieldRates" | "statusPage" | "statusPageToken" | "launcherPlaces")
  > {
  /** By Site.siteIndex. */
  readonly sites: readonly SiteDraft[];
  readonly classes: ResolvedClasses;
  /** By Host.index. */
  readonly hostDrafts: readonly HostDraft[];
  readonly serverIdentifiers: ServerIdentifiers;
  /** Line and column of a place in the text. */
  readonly placeOf: (at: number) => Provenance;
  /** The ranges of the other servers of the split, in any order. */
  readonly otherRanges: readonly OtherRange[];
}

interface ClientChain {
  readonly laid: readonly Level[];
  readonly isSame: boolean;
}

/** The Config that the engine reads. */
export class ResolvedConfig implements Config {
  readonly file: string;
  readonly subnets: readonly Subnet[];
  readonly sharedNetworks: readonly SharedNetwork[];
  readonly pools: readonly Pool[];
  readonly hosts: readonly Host[];
  readonly globalScope: Scope;
  /** Interfaces that `relays` names in any block. */
  readonly relayInterfaces: readonly string[];
  readonly ignoresClientIds: boolean;
  readonly answersLeasequeries: boolean;
  readonly limitsLeases: boolean;
  readonly answersBulkLeasequeries: boolean;
  readonly listenAddresses: readonly Ipv4[];
  readonly reserved: readonly Ipv4[];
  readonly cluster: Cluster | undefined;
  readonly split: Split | undefined;
  readonly longestLeaseSeconds: Seconds;
  readonly drainSeconds: Seconds;
  readonly metrics: string | undefined;
  readonly hostsFile: string | undefined;
  readonly eventScript: EventScript | undefined;
  readonly zones: readonly DnsZone[] | undefined;
  readonly shieldRates: ShieldRates | undefined;
  readonly firewallSets: readonly FirewallSet[];
  readonly statusPage: string | undefined;
  readonly statusPageToken: string | undefined;
  readonly launcherPlaces: ReadonlyMap<string, Provenance>;
  /** Sorted by address. */
  private readonly otherRanges: readonly OtherRange[];
  private readonly sites: readonly SiteDraft[];
  readonly classes: { readonly rules: readonly ClassRule[]; readonly memberships: Memberships };
  private readonly classLevels: readonly Level[];
  private readonly hostDrafts: readonly HostDraft[];
  private readonly subnetIndex: SubnetIndex<Subnet>;
  private readonly hostIndex: HostIndex;
  private readonly identifiers: ServerIdentifiers;
  private readonly placeOf: (at: number) => Provenance;

  constructor(parts: ConfigParts) {
    this.file = parts.file;
    this.subnets = parts.subnets;
    this.sharedNetworks = parts.sharedNetworks;
    this.pools = parts.pools;
    this.hosts = parts.hosts;
    this.globalScope = parts.globalScope;
    this.ignoresClientIds = parts.subnets.some(({ scope }) => scope.ignoreClientUids);
    const scopes = [parts.globalScope, ...parts.subnets.map(({ scope }) => scope)];
    this.answersLeasequeries = scopes.some((scope) => scope.leasequeryRequestors.length > 0);
    this.limitsLeases = scopes.some(
      (scope) => scope.hardwareLeaseLimit + scope.relayPortLeaseLimit + scope.interfaceLeaseLimit > 0,
    );
    this.relayInterfaces = [...new Set(scopes.flatMap(({ relays }) => relays?.interfaces ?? []))];
    this.answersBulkLeasequeries = scopes.some((scope) => scope.bulkLeasequeryRequestors.length > 0);
    this.listenAddresses = parts.listenAddresses;
    this.reserved = parts.reserved;
    this.cluster = parts.cluster;
    this.split = parts.split;
    this.otherRanges = parts.otherRanges.toSorted((a, b) => a.first - b.first);
    this.longestLeaseSeconds = parts.longestLeaseSeconds;
    this.drainSeconds = parts.drainSeconds;
    this.metrics = parts.metrics;
    this.hostsFile = parts.hostsFile;
    this.eventScript = parts.eventScript;
    this.zones = parts.zones;
    this.shieldRates = parts.shieldRates;
    this.firewallSets = parts.firewallSets;
    this.statusPage = parts.statusPage;
    this.statusPageToken = parts.statusPageToken;
    this.launcherPlaces = parts.launcherPlaces;
    this.sites = parts.sites;
    this.classes = { rules: parts.classes.rules, memberships: new Memberships() };
    this.classLevels = parts.classes.levels;
    this.hostDrafts = parts.hostDrafts;
    this.subnetIndex = new SubnetIndex(parts.subnets);
    this.hostIndex = new HostIndex(parts.hosts);
    this.identifiers = parts.serverIdentifiers;
    this.placeOf = parts.placeOf;
  }

  scopeOf(site: Site, host: Host | undefined, membership = this.classes.memberships.none): Scope {
    if (host === undefined && membership.entries.length === 0) return site.scope;
    // Site 0 of host -1 stands for no host.
    const key = (host === undefined ? 0 : host.index + 1) * this.sites.length + site.siteIndex;
    const known = membership.scopes.get(key);
    if (known !== undefined) return known;
    const made = this.makeClientScope(site, host, membership);
    this.classes.memberships.keepScope(membership, key, made);
    return made;
  }

  placesOf(site: Site, host: Host | undefined, membership: Membership): ScopePlaces {
    return scopePlaces(this.clientChain(site, host, membership).laid, this.placeOf);
  }

  isDeclared(client: HostClient): boolean {
    return this.hosts.length > 0 && this.hostIndex.has(client);
  }

  findHost(client: HostClient, link: number): Host | undefined {
    return this.hosts.length === 0 ? undefined : this.hostIndex.find(client, link);
  }

  serverIdentifiers(link: number): readonly Ipv4[] {
    return this.identifiers.get(link) ?? [];
  }

  findOtherRange(address: Ipv4): OtherRange | undefined {
    const { otherRanges } = this;
    const range = otherRanges[lastAtMost(otherRanges.length, (i) => otherRanges[i]?.first ?? 0, address)];
    return range !== undefined && address <= range.last ? range : undefined;
  }

  findSubnet(address: Ipv4): Subnet | undefined {
    return this.subnetIndex.find(address);
  }

  hostTexts(): ReadonlyMap<string, string> {
    return hostTexts(this.hostDrafts.map(({ level }) => level));
  }

  classTexts(): ReadonlyMap<string, string> {
    return classTexts(this.classLevels);
  }

  private makeClientScope(site: Site, host: Host | undefined, membership: Membership): Scope {
    const { laid, isSame } = this.clientChain(site, host, membership);
    if (isSame && !site.scope.useHostDeclNames) return site.scope;
    return makeScope(laid, host === undefined ? undefined : this.hostDrafts[host.index]?.name);
  }

  /**
   * The levels that hold for such a client, nearest first; `isSame`: they set the same as the levels of the site alone.
   */
  private clientChain(site: Site, host: Host | undefined, membership: Membership): ClientChain {
    const draft = this.sites[site.siteIndex];
    if (draft === undefined) return { laid: [], isSame: true };
    let { chain } = draft;
    const branches = new Set<Level>();
    for (const entry of membership.entries.toReversed()) {
      const level = this.classLevels[entry];
      if (level?.block.header.kind === "if") branches.add(level);
      else if (level !== undefined) chain = [...frontLevels(level, chain), ...chain];
    }
    const hostDraft = this.hostDrafts[host?.index ?? -1];
    if (hostDraft !== undefined) chain = [...frontLevels(hostDraft.level, chain), ...chain];
    const added = chain.slice(0, chain.length - draft.chain.length);
    const laid = branches.size === 0 ? chain : withBranches(chain, branches);
    return { laid, isSame: laid.length === chain.length && added.every((level) => level.isEmpty) };
  }
}
