// The configuration as the engine reads it: immutable, resolved, every value in place.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { ShieldRates } from "../../base/shield-rates.ts";
import type { Seconds } from "../../base/time.ts";
import type { ClassRule } from "./class-rule.ts";
import type { Cluster } from "./cluster.ts";
import type { DnsZone } from "./dns.ts";
import type { FirewallSet } from "./firewall-set.ts";
import type { HostClient } from "./host-client.ts";
import type { Membership, Memberships } from "./membership.ts";
import type { Provenance, ScopePlaces } from "./provenance.ts";
import type { Scope } from "./scope.ts";
import type { Network } from "./settings.ts";

/** One `range`, without the reserved addresses inside it (those are in `reserved`). */
export interface AddressRange {
  readonly first: Ipv4;
  readonly last: Ipv4;
  readonly dynamicBootp: boolean;
  readonly at: Provenance;
}

/** Where a client can be: parameters in force for an address. */
export interface Site {
  /** Position among all sites of the configuration. */
  readonly siteIndex: number;
  readonly scope: Scope;
}

/** A `subnet`. */
export interface Subnet extends Site, Network {
  /** Position in Config.subnets. */
  readonly index: number;
  readonly prefixLength: number;
  /** Position of its shared network in Config.sharedNetworks. */
  readonly sharedNetwork: number;
  readonly at: Provenance;
}

/** The clients that an `allow` or `deny` of a pool is about. */
export interface Permit {
  readonly isAllowed: boolean;
  /**
   * `known`: clients that a host declaration is about, on any link; `unknown`: the others; `members`: members of a
   * class; `none`: no client.
   */
  readonly clients: "all" | "known" | "unknown" | "members" | "none";
  /** The class (ClassRule.entry) if its members are meant, else -1. */
  readonly entry: number;
  readonly at: Provenance;
}

/** Ranges of one subnet under one policy: a `pool`, or the ranges that stand in the subnet itself. A pool with ranges of several subnets is one of each. */
export interface Pool extends Site {
  /** Position in Config.pools. */
  readonly index: number;
  /** Position of its subnet in Config.subnets. */
  readonly subnet: number;
  /** Sorted by address, not overlapping, not empty. */
  readonly ranges: readonly AddressRange[];
  /** No `allow`: all clients that no `deny` means. Else all clients that an `allow` and no `deny` means. */
  readonly permits: readonly Permit[];
}

/** A range that another server of a split gives addresses of. */
export interface OtherRange extends Site {
  readonly first: Ipv4;
  readonly last: Ipv4;
  readonly server: string;
}

/** This server among others with ranges of their own and without a common store. */
export interface Split {
  readonly name: string;
  /** So long an address rests after the end of its lease, before another client gets it. */
  readonly holdSeconds: Seconds;
  /** The server for which this one answers renewals; empty: none. */
  readonly standsInFor: string;
}

/** All subnets of one link. A subnet outside any shared-network has one of its own, named after its network. */
export interface SharedNetwork {
  readonly index: number;
  readonly name: string;
  /** Positions in Config.subnets, in the order of declaration. */
  readonly subnets: readonly number[];
  readonly scope: Scope;
}

/** A `host`. */
export interface Host {
  readonly index: number;
  readonly name: string;
  /** Hardware type and address; several allowed. */
  readonly hardware: readonly { readonly htype: number; readonly address: Uint8Array }[];
  /** `option dhcp-client-identifier` inside the host: matches the client by option 61. */
  readonly clientId: Uint8Array | undefined;
  /** `host-identifier`: sub-options of the relay agent's information that the client comes with, any of them. */
  readonly agentOptions: readonly { readonly code: number; readonly value: Uint8Array }[];
  /** Whether it has a `fixed-address`: then it counts only on `links`, on none if no host name of it was resolved. */
  readonly isFixed: boolean;
  /** `fixed-address`, in order. */
  readonly fixedAddresses: readonly Ipv4[];
  /** Positions in Config.sharedNetworks of the links that these lie on. */
  readonly links: readonly number[];
  readonly at: Provenance;
}

/** A program that is run when leases change. */
export interface EventScript {
  readonly path: string;
  /** The user that runs it; empty: a user made for it. */
  readonly user: string;
  /** Seconds after which it is ended. */
  readonly timeoutSeconds: Seconds;
  /** Whether it also runs for renewals that change nothing but the end of a lease. */
  readonly tellsRenewals: boolean;
}

/** A whole configuration. */
export interface Config {
  readonly file: string;
  /** Narrower networks first, so that the first match is the right one. */
  readonly subnets: readonly Subnet[];
  readonly sharedNetworks: readonly SharedNetwork[];
  /** In the order of the subnets; of one subnet its own ranges first, then its pools in the order of the text. */
  readonly pools: readonly Pool[];
  readonly hosts: readonly Host[];
  /** Values outside any subnet: for messages about networks we do not know. */
  readonly globalScope: Scope;
  /** Whether any subnet has ignoreClientUids. */
  readonly ignoresClientIds: boolean;
  /** Whether any requestor may ask for leases. */
  readonly answersLeasequeries: boolean;
  /** Interfaces that `relays` names in any block. */
  readonly relayInterfaces: readonly string[];
  /** Whether the leases of a hardware address, a relay port or an interface are bounded anywhere. */
  readonly limitsLeases: boolean;
  /** Whether any requestor may ask for many at once. */
  readonly answersBulkLeasequeries: boolean;
  /** `listen on ADDRESS;`, each served by a listener of its own (an anycast address, for instance). */
  readonly listenAddresses: readonly Ipv4[];
  /** `fixed-address`es of all hosts that they can have, sorted, none twice: taken out of every range. */
  readonly reserved: readonly Ipv4[];
  /** The servers that share their leases with this one; undefined: it has them for itself. */
  readonly cluster: Cluster | undefined;
  /** The servers that have the ranges between them; undefined: all ranges are this server's. */
  readonly split: Split | undefined;
  /** No client has a lease that is longer; Infinity: some may have one without end. */
  readonly longestLeaseSeconds: Seconds;
  /** `metrics`: where they are asked for, "127.0.0.1:9567" or the path of a unix socket; undefined: nowhere. */
  readonly metrics: string | undefined;
  /** `hosts-file`: the path of the file that clients' names are written to; undefined: none. */
  readonly hostsFile: string | undefined;
  /** `event-script`: the script that runs when leases change; undefined: none. */
  readonly eventScript: EventScript | undefined;
  /** The zones that are updated, the longest names first; undefined: the DNS is not updated. */
  readonly zones: readonly DnsZone[] | undefined;
  /** `shield`: the rates of the kernel shield; undefined: those by default. */
  readonly shieldRates: ShieldRates | undefined;
  /** Every `firewall-set`, each set once, in the order of the text. */
  readonly firewallSets: readonly FirewallSet[];
  /** `status-page`: where it is served, likewise; and `status-page-token`: the file with its token. */
  readonly statusPage: string | undefined;
  readonly statusPageToken: string | undefined;
  /** Where the statements stand that the launcher acts on, by their names. */
  readonly launcherPlaces: ReadonlyMap<string, Provenance>;
  /** `drain-time`: so long it answers after its route was withdrawn, when it is drained or stopped. */
  readonly drainSeconds: Seconds;
  /** What makes clients members of classes, in the order in which the classes' parameters count. */
  readonly classes: { readonly rules: readonly ClassRule[]; readonly memberships: Memberships };
  /**
   * The scope for a client at `site`, a pool or (an address in none) a subnet, with its `host` if one
   * matches there and the classes that it is in (default: none). Results are cached.
   */
  scopeOf(site: Site, host: Host | undefined, membership?: Membership): Scope;
  /** Where the values of such a scope are set, and what they override. */
  placesOf(site: Site, host: Host | undefined, membership: Membership): ScopePlaces;
  /** Whether a host declaration is about the client, on any link. */
  isDeclared(client: HostClient): boolean;
  /**
   * The host declaration of this client on a link (a position in `sharedNetworks`; -1: none of them), by client
   * identifier first, then by hardware address, then by its relay's sub-options; undefined if none. A host with fixed
   * addresses counts only on the links where one of them lies, and comes before a host without any.
   */
  findHost(client: HostClient, link: number): Host | undefined;
  /**
   * Every `server-identifier` that clients of a link (a position in `sharedNetworks`; -1: an unknown link) can have
   * received.
   */
  serverIdentifiers(link: number): readonly Ipv4[];
  /** What each host, by name, says of itself and in the groups around it: equal texts mean the same. */
  hostTexts(): ReadonlyMap<string, string>;
  /** The same of each class with its subclasses. */
  classTexts(): ReadonlyMap<string, string>;
  /** The range of another server of the split that holds `address`, or undefined. */
  findOtherRange(address: Ipv4): OtherRange | undefined;
  /** The narrowest subnet that holds `address`, or undefined. */
  findSubnet(address: Ipv4): Subnet | undefined;
}
