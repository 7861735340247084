// The pools of a client's link, for explain.ts: which of them the client may use, and why its address is from that one.

import { formatIpv4 } from "../base/ipv4.ts";
import type { Config, Permit, Pool } from "../config/model/model.ts";
import { placeText } from "../config/model/provenance.ts";
import type { Exchange } from "../engine/exchange.ts";
import { type Refusal, standingOf, whyNotPermitted } from "../engine/locate/permitted-pools.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState } from "../lease/lease.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import type { ExplainedPool } from "./explanation.ts";
import { subnetName } from "./lease-figures.ts";

/** All pools with ranges of the link of a decided exchange, in the order in which they are tried. */
export function describePools(exchange: Exchange, serving: Serving): readonly ExplainedPool[] {
  const { config, table, checked } = serving;
  const { link, classes, host, client, decision } = exchange;
  const standing = standingOf(host, client, config);
  const chosen = decision.slot === NO_LEASE ? -1 : table.poolOf(decision.slot);
  const address = decision.slot === NO_LEASE ? "" : formatIpv4(table.addressOf(decision.slot));
  return (serving.pools.of(link, classes)?.dynamic ?? []).flatMap((index) => {
    const pool = config.pools[table.pools[index]?.declared ?? -1];
    const subnet = config.subnets[pool?.subnet ?? -1];
    if (pool === undefined || subnet === undefined) return [];
    const refusal = whyNotPermitted(config, pool, standing, classes);
    const count = (state: BindingState): number => table.countInPool(index, state);
    const inUse = checked.countBusy(index, exchange.monotonic, (slot) => table.isNobodys(slot));
    const free = count(BindingState.free) + count(BindingState.expired) + count(BindingState.released) - inUse;
    const taken = takenText({
      leased: count(BindingState.bound),
      offered: count(BindingState.offered),
      abandoned: count(BindingState.abandoned),
      "in use by hosts without a lease": inUse,
    });
    return [
      {
        subnet: subnetName(subnet),
        at: placeText(pool.ranges[0]?.at ?? subnet.at),
        ranges: rangeTexts(pool),
        isPermitted: refusal === undefined,
        free,
        because: becauseOf(config, pool, refusal, { address, isChosen: index === chosen, free, taken }),
      },
    ];
  });
}

/** The ranges of a pool, as they are written. */
export function rangeTexts({ ranges }: Pool): readonly string[] {
  return ranges.map(({ first, last }) =>
    first === last ? formatIpv4(first) : `${formatIpv4(first)} ${formatIpv4(last)}`,
  );
}

/** Facts of a pool beside its permits. `address`: the one that the client gets; empty: it gets none. */
interface PoolFacts {
  readonly address: string;
  readonly isChosen: boolean;
  readonly free: number;
  readonly taken: string;
}

function becauseOf(
  config: Config,
  pool: Pool,
  refusal: Refusal | undefined,
  { address, isChosen, free, taken }: PoolFacts,
): string {
  if (isChosen) return `${address} is one of these`;
  if (refusal !== undefined) return refusalText(config, pool, refusal);
  if (free === 0) return `none free: ${taken}`;
  return address === "" ? "no address was looked for" : "not needed: the client has an address elsewhere";
}

/** What keeps a client from a pool. */
export function refusalText(config: Config, pool: Pool, refusal: Refusal): string {
  if (refusal === "unknown-clients") return "unknown-clients are denied there, and no host here is the client";
  if (refusal !== "not-allowed") return permitText(config, refusal);
  const allowed = pool.permits.filter(({ isAllowed }) => isAllowed);
  const meant = allowed.map((permit) => `${clientsText(config, permit)} (${placeText(permit.at)})`);
  return `it is for ${meant.join(" and ")}, which the client is not`;
}

/** An `allow` or `deny` with its place. */
function permitText(config: Config, permit: Permit): string {
  return `${permitName(config, permit)} (${placeText(permit.at)})`;
}

/** As it is written, with what it means where that is written otherwise. */
export function permitName(config: Config, permit: Permit): string {
  return `${permit.isAllowed ? "allow" : "deny"} ${clientsText(config, permit)}`;
}

/** What has become of the addresses of a pool that has none left. */
function takenText(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
    .join(", ");
}

function clientsText(config: Config, { clients, entry }: Permit): string {
  if (clients === "none") return "no client";
  if (clients !== "members") return `${clients} clients`;
  const name = config.classes.rules.find((rule) => rule.entry === entry)?.name ?? "";
  return `members of "${name}"`;
}
