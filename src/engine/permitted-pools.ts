// Which pools a client may have an address of: the `allow` and `deny` of each pool, and the
// `unknown-clients` in force there. Worked out once per configuration, so that a query only looks up.

import type { Config, Permit, Pool } from "../config/model.ts";
import type { LeaseTable } from "../lease/table.ts";

/** The pools of one link (positions in LeaseTable.pools), by who may use them. */
export interface LinkPools {
  /** All that are not reserved. */
  readonly dynamic: readonly number[];
  /** Those for clients that are some host. */
  readonly known: readonly number[];
  /** Those for clients that are none. */
  readonly unknown: readonly number[];
}

/** The pools of every link, by Config.sharedNetworks position. */
export function poolsByLink(config: Config, table: LeaseTable): readonly LinkPools[] {
  return config.sharedNetworks.map((network) => {
    const order = (pool: { subnet: number }): number => network.subnets.indexOf(pool.subnet);
    const dynamic = table.pools
      .filter((pool) => !pool.reserved && pool.sharedNetwork === network.index)
      .sort((a, b) => order(a) - order(b));
    const usable = (isKnown: boolean): number[] =>
      dynamic.filter(({ declared }) => mayUse(config.pools[declared ?? -1], isKnown)).map(({ index }) => index);
    return { dynamic: dynamic.map(({ index }) => index), known: usable(true), unknown: usable(false) };
  });
}

/** Whether clients that are (not) known may have an address of a pool. */
function mayUse(pool: Pool | undefined, isKnown: boolean): boolean {
  if (pool === undefined || (!isKnown && !pool.scope.allowUnknownClients)) return false;
  const isMeant = ({ clients }: Permit): boolean => clients === "all" || (clients === "known") === isKnown;
  const { permits } = pool;
  if (permits.some((permit) => !permit.isAllowed && isMeant(permit))) return false;
  return permits.every((permit) => !permit.isAllowed) || permits.some((permit) => permit.isAllowed && isMeant(permit));
}
