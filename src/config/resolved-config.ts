// The resolved configuration with its lookups. Scopes of hosts are made when first asked for and
// kept; everything else is made once. Lookups allocate nothing.

import type { Ipv4 } from "../base/ipv4.ts";
import { CLIENT_ID_KIND, HostIndex } from "./host-index.ts";
import type { HostDraft, HostDrafts } from "./hosts.ts";
import type { Config, Host, Place, Pool, Scope, SharedNetwork, Subnet } from "./model.ts";
import { hostLevels, type Level, makeScope } from "./scope.ts";
import { SubnetIndex } from "./subnet-index.ts";

/** Scopes of hosts that are kept; relays name any subnet, so that a client could ask for hosts times subnets of them. */
const KEPT_SCOPES_MAX = 65_536;

/** What a place sets, and where it is. */
export interface PlaceDraft {
  /** Its levels, nearest first. */
  readonly chain: readonly Level[];
  readonly sharedNetwork: number;
}

/** What a resolved configuration is made of. */
export interface ConfigParts {
  readonly file: string;
  readonly subnets: readonly Subnet[];
  readonly sharedNetworks: readonly SharedNetwork[];
  readonly pools: readonly Pool[];
  readonly hosts: readonly Host[];
  readonly globalScope: Scope;
  readonly listenAddresses: readonly Ipv4[];
  readonly reserved: readonly Ipv4[];
  /** By Place.place. */
  readonly places: readonly PlaceDraft[];
  /** The declarations of each host. */
  readonly hostDrafts: readonly HostDrafts[];
}

/** The Config that the engine reads. */
export class ResolvedConfig implements Config {
  readonly file: string;
  readonly subnets: readonly Subnet[];
  readonly sharedNetworks: readonly SharedNetwork[];
  readonly pools: readonly Pool[];
  readonly hosts: readonly Host[];
  readonly globalScope: Scope;
  readonly listenAddresses: readonly Ipv4[];
  readonly reserved: readonly Ipv4[];
  private readonly places: readonly PlaceDraft[];
  private readonly hostDrafts: readonly HostDrafts[];
  private readonly subnetIndex: SubnetIndex<Subnet>;
  private readonly hostIndex: HostIndex;
  /** Host and place, as one number, to scope. */
  private readonly hostScopes = new Map<number, Scope>();

  constructor(parts: ConfigParts) {
    this.file = parts.file;
    this.subnets = parts.subnets;
    this.sharedNetworks = parts.sharedNetworks;
    this.pools = parts.pools;
    this.hosts = parts.hosts;
    this.globalScope = parts.globalScope;
    this.listenAddresses = parts.listenAddresses;
    this.reserved = parts.reserved;
    this.places = parts.places;
    this.hostDrafts = parts.hostDrafts;
    this.subnetIndex = new SubnetIndex(parts.subnets);
    this.hostIndex = new HostIndex(parts.hosts);
  }

  scopeOf(place: Place, host: Host | undefined): Scope {
    if (host === undefined) return place.scope;
    const key = host.index * this.places.length + place.place;
    const known = this.hostScopes.get(key);
    if (known !== undefined) return known;
    if (this.hostScopes.size >= KEPT_SCOPES_MAX) this.hostScopes.clear();
    const made = this.makeHostScope(place, host);
    this.hostScopes.set(key, made);
    return made;
  }

  findHost(client: {
    readonly htype: number;
    readonly hlen: number;
    readonly chaddr: Uint8Array;
    readonly clientId: Uint8Array;
    readonly clientIdLength: number;
  }): Host | undefined {
    if (this.hosts.length === 0) return undefined;
    if (client.clientIdLength > 0) {
      const host = this.hostIndex.find(CLIENT_ID_KIND, client.clientId, client.clientIdLength);
      if (host !== undefined) return host;
    }
    return client.hlen > 0 ? this.hostIndex.find(client.htype, client.chaddr, client.hlen) : undefined;
  }

  findSubnet(address: Ipv4): Subnet | undefined {
    return this.subnetIndex.find(address);
  }

  private makeHostScope(place: Place, host: Host): Scope {
    const placed = this.places[place.place];
    const drafts = this.hostDrafts[host.index];
    if (placed === undefined || drafts === undefined) return place.scope;
    const { chain, sharedNetwork } = placed;
    const draft = chooseDraft(drafts, sharedNetwork);
    const levels = hostLevels(draft.level, chain);
    const changesNothing = levels.every((level) => level.isEmpty) && !place.scope.useHostDeclNames;
    return changesNothing ? place.scope : makeScope([...levels, ...chain], draft.name);
  }
}

/** Of a client's declarations the one with a fixed address on the link, else the first. */
function chooseDraft(drafts: HostDrafts, sharedNetwork: number): HostDraft {
  return drafts.find((draft) => draft.links.has(sharedNetwork)) ?? drafts[0];
}
