// Which pools a client may have an address of: the `allow` and `deny` of each pool, and the
// `unknown-clients` in force there. Worked out once for each combination of classes, so that a query
// only looks up.

import type { HostClient } from "../../config/model/host-client.ts";
import type { Membership } from "../../config/model/membership.ts";
import type { Config, Host, Permit, Pool } from "../../config/model/model.ts";
import type { PoolDefinition } from "../../lease/table/table.ts";

/** The pools of one link (positions in LeaseTable.pools), by the clients that may use them. */
export interface LinkPools {
  /** All that are not reserved. */
  readonly dynamic: readonly number[];
  /** Those for clients that are some host here. */
  readonly known: readonly number[];
  /** Those for clients that hosts with fixed addresses on other links are about. */
  readonly knownElsewhere: readonly number[];
  /** Those for clients that no host is about. */
  readonly unknown: readonly number[];
}

/**
 * Whether a host declaration is about a client. What `unknown-clients` of a subnet means goes by the host that it is
 * on the link; what the permits of a pool mean goes by any declaration.
 */
export type Standing = "known" | "known-elsewhere" | "unknown";

/** What keeps a client from a pool: a `deny` that means it, that no `allow` does, or that `unknown-clients` are denied there. */
export type Refusal = Permit | "not-allowed" | "unknown-clients";

/** Those of a link's pools that a client may use; `host` is its declaration there. */
export function usablePools(
  pools: LinkPools,
  host: Host | undefined,
  client: HostClient,
  config: Config,
): readonly number[] {
  switch (standingOf(host, client, config)) {
    case "known":
      return pools.known;
    case "known-elsewhere":
      return pools.knownElsewhere;
    case "unknown":
      return pools.unknown;
  }
}

/** The kind of a client on a link where its declaration is `host`. */
export function standingOf(host: Host | undefined, client: HostClient, config: Config): Standing {
  if (host !== undefined) return "known";
  return config.isDeclared(client) ? "known-elsewhere" : "unknown";
}

/** Answers that are kept for clients in classes. */
const KEPT_MAX = 16_384;

/** The pools of every link. */
export class PermittedPools {
  private readonly config: Config;
  /** The lease table's pools that are not reserved, by link. */
  private readonly dynamic: readonly PoolDefinition[][];
  /** For clients in no class, by Config.sharedNetworks position. */
  private readonly classless: readonly LinkPools[];
  /** Classes and link, as one number, to pools. */
  private readonly kept = new Map<number, LinkPools>();

  /** `pools`: the lease table's. */
  constructor(config: Config, pools: readonly PoolDefinition[]) {
    this.config = config;
    this.dynamic = config.sharedNetworks.map(() => []);
    for (const pool of pools) if (!pool.reserved) this.dynamic[pool.sharedNetwork]?.push(pool);
    this.classless = config.sharedNetworks.map(({ index }) => this.make(index, config.classes.memberships.none));
  }

  /** The pools of a link (Config.sharedNetworks position) for a client in some classes; undefined if there is no such link. */
  of(link: number, membership: Membership): LinkPools | undefined {
    if (membership.entries.length === 0) return this.classless[link];
    if (link < 0) return undefined;
    const key = membership.id * this.classless.length + link;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    if (this.kept.size >= KEPT_MAX) this.kept.clear();
    const made = this.make(link, membership);
    this.kept.set(key, made);
    return made;
  }

  private make(link: number, membership: Membership): LinkPools {
    const { config } = this;
    const subnets = config.sharedNetworks[link]?.subnets ?? [];
    const order = (pool: { subnet: number }): number => subnets.indexOf(pool.subnet);
    const dynamic = (this.dynamic[link] ?? []).toSorted((a, b) => order(a) - order(b));
    const usable = (standing: Standing): number[] =>
      dynamic
        .filter(
          ({ declared }) => whyNotPermitted(config, config.pools[declared ?? -1], standing, membership) === undefined,
        )
        .map(({ index }) => index);
    return {
      dynamic: dynamic.map(({ index }) => index),
      known: usable("known"),
      knownElsewhere: usable("known-elsewhere"),
      unknown: usable("unknown"),
    };
  }
}

/** Why clients in those classes of that standing may have no address of a pool; undefined if they may. */
export function whyNotPermitted(
  config: Config,
  pool: Pool | undefined,
  standing: Standing,
  membership: Membership,
): Refusal | undefined {
  if (pool === undefined) return "not-allowed";
  const isKnown = standing !== "unknown";
  if (standing !== "known" && !config.scopeOf(pool, undefined, membership).allowUnknownClients)
    return "unknown-clients";
  const isMeant = ({ clients, entry }: Permit): boolean => {
    if (clients === "all" || clients === "none") return clients === "all";
    return clients === "members" ? membership.entries.includes(entry) : (clients === "known") === isKnown;
  };
  const { permits } = pool;
  const denied = permits.find((permit) => !permit.isAllowed && isMeant(permit));
  if (denied !== undefined) return denied;
  const isOpen = permits.every((permit) => !permit.isAllowed);
  return isOpen || permits.some((permit) => permit.isAllowed && isMeant(permit)) ? undefined : "not-allowed";
}
