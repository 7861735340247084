// What another configuration would do to the leases that there are: which clients would change or lose their addresses, and
// which options would be sent no more or with other values. By what is kept of a lease: classes that go by anything else
// that a client says are taken as if it did not say it, and which of several relays a client has is not known. Changes nothing.

import { equalBytes, NO_OCTETS } from "../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { EFFECT_NAMES_MAX, EFFECTS_MS_PER_TURN, SCOPES_COMPARED_MAX } from "../base/limits/server.ts";
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
  readonly options: readonly {
    readonly code: number;
    readonly name: string;
    readonly lost: number;
    readonly changed: number;
    readonly added: number;
  }[];
}

/** The leases, the configuration in force, and the interfaces. */
type LeasesInForce = Pick<Serving, "table" | "config" | "links">;

/** What a configuration has for the client of a lease. */
type Outlook = "other-address" | "no-address" | Scope;

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

  /** `links`: the interfaces, under whatever configuration. */
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
    if (subnet === undefined || !this.mayBeHeard(subnet, client)) return "no-address";
    const link = subnet.sharedNetwork;
    const host = config.findHost(client, link);
    const classes = rememberedClasses(client, this);
    const fixed = host?.fixedAddresses.filter((one) => config.findSubnet(one)?.sharedNetwork === link) ?? [];
    const slot = this.map.slotOf(address);
    const pool = slot === NO_SLOT ? undefined : this.pools[this.map.poolOf(slot)];
    if (fixed.length > 0) {
      const scope = config.scopeOf(subnet, host, classes);
      if (!scope.allowBooting) return "no-address";
      return fixed.includes(address) ? scope : "other-address";
    }
    const ofLink = this.permitted.of(link, classes);
    const usable = ofLink === undefined ? [] : usablePools(ofLink, host, client, config);
    const scopeOf = (index: number): Scope | undefined => {
      const declared = config.pools[this.pools[index]?.declared ?? -1];
      return declared && config.scopeOf(declared, host, classes);
    };
    if (pool !== undefined && usable.includes(pool.index)) {
      const scope = scopeOf(pool.index);
      return scope?.allowBooting === true ? scope : "no-address";
    }
    return usable.some((index) => scopeOf(index)?.allowBooting === true) ? "other-address" : "no-address";
  }

  /** Who may relay for the client that has `address`, in words; empty: it needs no relay. */
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

/** Compares what leases have with what they would have, a few at a time. */
class Comparison {
  private readonly table: LeaseTable;
  private readonly before: Prospect;
  private readonly after: Prospect;
  private readonly client = new ClientFacts();
  /** Of pairs of scopes that were compared. */
  private readonly known = new Map<Scope, { readonly after: Scope; readonly change: ScopeChange }>();
  private readonly counts = new Map<number, { lost: number; changed: number; added: number }>();
  private readonly other: Ipv4[] = [];
  private readonly none: Ipv4[] = [];
  private slot = NO_LEASE;
  private leases = 0;
  private affected = 0;
  private otherCount = 0;
  private noneCount = 0;
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
      otherAddress: { count: this.otherCount, first: this.other.map(formatIpv4) },
      noAddress: { count: this.noneCount, first: this.none.map(formatIpv4) },
      relaysChanged: this.relaysChanged,
      options: options.map(([code, counts]) => ({ code, name: optionByCode(code).name, ...counts })),
    };
  }

  private compare(): void {
    const { table, client } = this;
    const address = table.addressOf(this.slot);
    table.copyDetails(this.slot, client);
    this.leases += 1;
    const was = this.before.of(address, client);
    // What waits for its client to ask already is no effect of the new configuration.
    if (typeof was === "string") return;
    const is = this.after.of(address, client);
    if (is === "other-address") {
      this.otherCount += 1;
      this.affected += 1;
      if (this.other.length < EFFECT_NAMES_MAX) this.other.push(address);
    } else if (is === "no-address") {
      this.noneCount += 1;
      this.affected += 1;
      if (this.none.length < EFFECT_NAMES_MAX) this.none.push(address);
    } else {
      const { before, after } = this;
      if (before.relaysOf(address, client) !== after.relaysOf(address, client)) this.relaysChanged += 1;
      this.count(this.changeOf(was, is));
    }
  }

  private count({ lost, changed, added }: ScopeChange): void {
    if (lost.length > 0 || changed.length > 0) this.affected += 1;
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
