// What another configuration would do to the present leases: which clients would change or lose their addresses, which
// firewall sets they would leave, and which options would be sent no more or with other values. It goes by the lease's
// record: for classes that go by other data, the client counts as not having sent them, and which of several relays a
// client has is unknown. Changes nothing.

import { equalBytes, NO_OCTETS } from "../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { EFFECT_NAMES_MAX, EFFECTS_MS_PER_TURN, SCOPES_COMPARED_MAX } from "../base/limits/server.ts";
import type { FirewallSet } from "../config/model/firewall-set.ts";
import type { Config, Subnet } from "../config/model/model.ts";
import type { Scope } from "../config/model/scope.ts";
import type { Relays } from "../config/model/settings.ts";
import { PermittedPools, usablePools } from "../engine/locate/permitted-pools.ts";
import { rememberedClasses } from "../engine/locate/remembered-classes.ts";
import type { ServedLinks } from "../engine/locate/served-links.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState } from "../lease/lease.ts";
import { poolsOf } from "../lease/pools.ts";
import { AddressMap, NO_SLOT, type PoolDefinition } from "../lease/table/address-map.ts";
import { type LeaseTable, NO_LEASE } from "../lease/table/table.ts";
import { ClientFacts } from "../wire/client-facts.ts";
import { optionByCode } from "../wire/options/option-code.ts";

/** The first addresses, and how many there are. */
interface Addresses {
  readonly count: number;
  readonly first: readonly string[];
}

/** See ReloadEffects in control/messages.ts. */
export interface ReloadEffects {
  readonly leases: number;
  readonly affected: number;
  readonly otherAddress: Addresses;
  readonly noAddress: Addresses;
  /** Clients behind relays where `relays` has changed: which of several relays is theirs is not kept. */
  readonly relaysChanged: number;
  /** By set of leased addresses, the clients that it has no more, and those that it has newly. */
  readonly firewallSets: readonly (FirewallSetEffect & { readonly name: string })[];
  readonly options: readonly {
    readonly code: number;
    readonly name: string;
    readonly lost: number;
    readonly changed: number;
    readonly added: number;
  }[];
}

/** The effect on one firewall set. Clients are identified by their present addresses. */
interface FirewallSetEffect {
  readonly left: Addresses;
  readonly entered: Addresses;
}

/** The leases, the configuration in force, and the interfaces. */
type LeasesInForce = Pick<Serving, "table" | "config" | "links">;

/** What a configuration has for the client of a lease: the address that it has, another one, or none. */
type Outlook =
  | { readonly address: "same" | "other"; readonly scope: Scope }
  | { readonly address: "none"; readonly scope: undefined };

const NO_ADDRESS: Outlook = { address: "none", scope: undefined };

/** Codes of options that are sent no more, with another value, or newly. */
interface ScopeChange {
  readonly lost: readonly number[];
  readonly changed: readonly number[];
  readonly added: readonly number[];
}

/** One configuration, ready to be asked about many leases. */
class Prospect {
  readonly config: Config;
  private readonly pools: readonly PoolDefinition[];
  private readonly map: AddressMap;
  private readonly near: ReadonlySet<number>;
  private readonly permitted: PermittedPools;
  private readonly relayTexts = new Map<Relays | undefined, string>();

  /** `links`: the interfaces, under any configuration. */
  constructor(config: Config, links: ServedLinks) {
    this.config = config;
    this.pools = poolsOf(config);
    this.permitted = new PermittedPools(config, this.pools);
    this.map = new AddressMap(this.pools);
    this.near = links.under(config).nearNetworks;
  }

  /** What the client would have that has `address` now. */
  of(address: Ipv4, client: ClientFacts): Outlook {
    const { config } = this;
    const subnet = config.findSubnet(address);
    if (subnet === undefined || !this.mayBeHeard(subnet, client)) return NO_ADDRESS;
    const link = subnet.sharedNetwork;
    const host = config.findHost(client, link);
    const classes = rememberedClasses(client, this);
    const fixed = host?.fixedAddresses.filter((one) => config.findSubnet(one)?.sharedNetwork === link) ?? [];
    const [first] = fixed;
    if (first !== undefined) {
      const isKept = fixed.includes(address);
      const site = isKept ? subnet : (config.findSubnet(first) ?? subnet);
      const scope = config.scopeOf(site, host, classes);
      return scope.allowBooting ? { address: isKept ? "same" : "other", scope } : NO_ADDRESS;
    }
    const slot = this.map.slotOf(address);
    const pool = slot === NO_SLOT ? undefined : this.pools[this.map.poolOf(slot)];
    const ofLink = this.permitted.of(link, classes);
    const usable = ofLink === undefined ? [] : usablePools(ofLink, host, client, config);
    const bootable = (index: number): Scope | undefined => {
      const declared = config.pools[this.pools[index]?.declared ?? -1];
      const scope = declared && config.scopeOf(declared, host, classes);
      return scope?.allowBooting === true ? scope : undefined;
    };
    if (pool !== undefined && usable.includes(pool.index)) {
      const scope = bootable(pool.index);
      return scope === undefined ? NO_ADDRESS : { address: "same", scope };
    }
    for (const index of usable) {
      const scope = bootable(index);
      if (scope !== undefined) return { address: "other", scope };
    }
    return NO_ADDRESS;
  }

  /** Which relays may relay for the client that has `address`, in words; empty: it needs no relay. */
  relaysOf(address: Ipv4, client: ClientFacts): string {
    const subnet = this.config.findSubnet(address);
    if (subnet === undefined || !this.isRelayed(subnet, client)) return "";
    const { relays } = subnet.scope;
    const known = this.relayTexts.get(relays) ?? JSON.stringify(relays ?? "by rule");
    this.relayTexts.set(relays, known);
    return known;
  }

  private isRelayed({ sharedNetwork }: Subnet, { agentInformationLength }: ClientFacts): boolean {
    return agentInformationLength > 0 || !this.near.has(sharedNetwork);
  }

  /** False for a client behind a relay where none may relay. */
  private mayBeHeard(subnet: Subnet, client: ClientFacts): boolean {
    const { relays } = subnet.scope;
    if (relays === undefined || !this.isRelayed(subnet, client)) return true;
    return relays.networks.length > 0 || relays.interfaces.length > 0;
  }
}

/** Addresses, of which the first are named. */
class AddressList {
  private readonly first: Ipv4[] = [];
  private count = 0;

  add(address: Ipv4): void {
    this.count += 1;
    if (this.first.length < EFFECT_NAMES_MAX) this.first.push(address);
  }

  get told(): Addresses {
    return { count: this.count, first: this.first.map(formatIpv4) };
  }
}

/** The sets of leased addresses among `sets` that are not among `others`, by name. */
function lacking(sets: readonly FirewallSet[], others: readonly FirewallSet[]): readonly string[] {
  return sets
    .filter(({ name, addresses }) => addresses === "leased" && !others.some((other) => other.name === name))
    .map(({ name }) => name);
}

/** Compares what leases have with what they would have, a few at a time. */
class Comparison {
  private readonly table: LeaseTable;
  private readonly before: Prospect;
  private readonly after: Prospect;
  private readonly client = new ClientFacts();
  /** Of pairs of scopes that were compared. */
  private readonly known = new Map<Scope, { readonly after: Scope; readonly change: ScopeChange }>();
  private readonly counts = new Map<number, { lost: number; changed: number; added: number }>();
  private readonly other = new AddressList();
  private readonly none = new AddressList();
  private readonly sets = new Map<string, { readonly left: AddressList; readonly entered: AddressList }>();
  private slot = NO_LEASE;
  private leases = 0;
  private affected = 0;
  private relaysChanged = 0;

  constructor({ table, config, links }: LeasesInForce, after: Config) {
    this.table = table;
    this.before = new Prospect(config, links);
    this.after = new Prospect(after, links);
  }

  /** Looks at as many more as a turn has time for, at one at least; false when there are no more. */
  step(): boolean {
    const { table } = this;
    const endsAt = performance.now() + EFFECTS_MS_PER_TURN;
    do {
      this.slot = table.nextStored(this.slot);
      if (this.slot === NO_LEASE) return false;
      if (table.state(this.slot) === BindingState.bound && table.detailsOf(this.slot) !== 0) this.compare();
    } while (performance.now() < endsAt);
    return true;
  }

  get effects(): ReloadEffects {
    const options = [...this.counts].sort(([a], [b]) => a - b);
    return {
      leases: this.leases,
      affected: this.affected,
      otherAddress: this.other.told,
      noAddress: this.none.told,
      relaysChanged: this.relaysChanged,
      firewallSets: [...this.sets].map(([name, { left, entered }]) => ({
        ...{ name, left: left.told, entered: entered.told },
      })),
      options: options.map(([code, counts]) => ({ code, name: optionByCode(code).name, ...counts })),
    };
  }

  private compare(): void {
    const { table, client } = this;
    const address = table.addressOf(this.slot);
    table.copyDetails(this.slot, client);
    this.leases += 1;
    const was = this.before.of(address, client);
    const is = this.after.of(address, client);
    // What waits for its client to ask already is no effect of the new configuration.
    if (was.address === "none" || (was.address === "other" && is.address !== "none")) return;
    if (is.address === "none") {
      this.none.add(address);
      this.affected += 1;
      return;
    }
    const hasLeft = this.compareSets(address, was.scope, is.scope);
    if (is.address === "other") {
      this.other.add(address);
      this.affected += 1;
      return;
    }
    const { before, after } = this;
    if (before.relaysOf(address, client) !== after.relaysOf(address, client)) this.relaysChanged += 1;
    const change = this.changeOf(was.scope, is.scope);
    if (hasLeft || change.lost.length > 0 || change.changed.length > 0) this.affected += 1;
    this.count(change);
  }

  /** Notes which firewall sets a client leaves and enters; true if it leaves one. */
  private compareSets(address: Ipv4, { firewallSets: was }: Scope, { firewallSets: is }: Scope): boolean {
    if (was.length === 0 && is.length === 0) return false;
    const left = lacking(was, is);
    for (const name of left) this.setOf(name).left.add(address);
    for (const name of lacking(is, was)) this.setOf(name).entered.add(address);
    return left.length > 0;
  }

  private setOf(name: string): { readonly left: AddressList; readonly entered: AddressList } {
    const found = this.sets.get(name) ?? { left: new AddressList(), entered: new AddressList() };
    this.sets.set(name, found);
    return found;
  }

  private count({ lost, changed, added }: ScopeChange): void {
    for (const code of lost) this.countsOf(code).lost += 1;
    for (const code of changed) this.countsOf(code).changed += 1;
    for (const code of added) this.countsOf(code).added += 1;
  }

  private countsOf(code: number): { lost: number; changed: number; added: number } {
    const found = this.counts.get(code) ?? { lost: 0, changed: 0, added: 0 };
    this.counts.set(code, found);
    return found;
  }

  /** Most clients of a pool have one scope: few pairs are compared. */
  private changeOf(was: Scope, is: Scope): ScopeChange {
    const { known } = this;
    const found = known.get(was);
    if (found?.after === is) return found.change;
    if (known.size >= SCOPES_COMPARED_MAX) known.clear();
    const change = compareScopes(was, is);
    known.set(was, { after: is, change });
    return change;
  }
}

function compareScopes({ options: was }: Scope, { options: is }: Scope): ScopeChange {
  const shared = [...was.codes].filter((code) => is.get(code) !== undefined);
  return {
    lost: [...was.codes].filter((code) => is.get(code) === undefined),
    changed: shared.filter((code) => !equalBytes(was.get(code) ?? NO_OCTETS, is.get(code) ?? NO_OCTETS)),
    added: [...is.codes].filter((code) => was.get(code) === undefined),
  };
}

/** What `after` would do to the leases that there are. Works in slices, between turns of the event loop. */
export async function reloadEffects(now: LeasesInForce, after: Config): Promise<ReloadEffects> {
  const comparison = new Comparison(now, after);
  while (comparison.step()) await new Promise<void>((resolve) => setImmediate(resolve));
  return comparison.effects;
}
