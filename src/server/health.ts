// Whether clients should come to this server, and why not: for the programs that announce its anycast address and
// withdraw it. The reasons are judged here; the facts are the server's.

import { RESERVE_LEFT_SHARE } from "../base/limits/cluster.ts";
import type { Seconds } from "../base/time.ts";
import type { StoreHealth } from "../store/store.ts";
import type { DrainState } from "./drain.ts";
import type { FirewallSetStatus } from "./firewall/set-states.ts";
import type { SubnetFigures } from "./lease-figures.ts";
import type { SelfExchangeResult } from "./self-exchange.ts";

/** What a server knows of itself. */
export interface HealthFacts {
  readonly drain: DrainState;
  /** `present`: whether the address is on an interface at present. */
  readonly listeners: readonly { readonly description: string; readonly present: boolean }[];
  /** What came of an exchange of the server with itself; absent where none was tried. */
  readonly exchange?: SelfExchangeResult;
  readonly store: StoreHealth;
  /** Seconds for which the store has not been ready; 0 while it is. */
  readonly storeAwaySeconds: Seconds;
  /** How long each lease is kept beyond the time that its client knows; 0 if the store is this server's own. */
  readonly reserveSeconds: Seconds;
  /** Whether the wall clock was set forward a short while ago. */
  readonly isClockSet: boolean;
  /** Empty where the configuration names none. */
  readonly firewallSets: readonly FirewallSetStatus[];
  /** In a cluster: whether the servers' clocks agree, and what else they have to agree upon. */
  readonly cluster?: { readonly areClocksGood: boolean; readonly mayAllocate: boolean };
  /** Subnets with addresses to give, and what has become of the addresses of those that have no free one. */
  readonly subnets: number;
  readonly full: readonly Pick<SubnetFigures, "subnet" | "size" | "abandoned" | "inUse">[];
}

/** ok: as it should be. warning: another server would do no better. degraded: another server would. failed: clients get no answer here. */
export type CheckState = "ok" | "warning" | "degraded" | "failed";

/** One reason for or against this server. */
export interface HealthCheck {
  readonly name:
    | "drain"
    | "listeners"
    | "exchange"
    | "leases"
    | "store"
    | "cluster"
    | "clock"
    | "firewall"
    | "addresses";
  readonly state: CheckState;
  /** A sentence without a full stop. */
  readonly reason: string;
}

/**
 * healthy: send clients here. degraded: rather send them to another server; this one still renews leases. unhealthy:
 * send no clients here.
 */
export interface Health {
  readonly state: "healthy" | "degraded" | "unhealthy";
  readonly checks: readonly HealthCheck[];
}

/** Judges the facts. */
export function judgeHealth(facts: HealthFacts): Health {
  const checks = [
    drainCheck(facts),
    listenerCheck(facts),
    ...exchangeChecks(facts),
    leaseCheck(facts),
    storeCheck(facts),
    ...clusterChecks(facts),
    clockCheck(facts),
    ...firewallChecks(facts),
    addressCheck(facts),
  ];
  const has = (state: CheckState): boolean => checks.some((check) => check.state === state);
  return { state: has("failed") ? "unhealthy" : has("degraded") ? "degraded" : "healthy", checks };
}

function drainCheck({ drain }: HealthFacts): HealthCheck {
  const name = "drain";
  if (drain === "draining") return { name, state: "failed", reason: "the server is being drained and still answers" };
  if (drain === "silent") return { name, state: "failed", reason: "the server is drained and answers nothing" };
  return { name, state: "ok", reason: "the server is not drained" };
}

function listenerCheck({ listeners }: HealthFacts): HealthCheck {
  const name = "listeners";
  if (listeners.length === 0)
    return { name, state: "failed", reason: "no interface or address to listen on is there yet" };
  const absent = listeners.filter(({ present }) => !present).map(({ description }) => description);
  if (absent.length === 0) return { name, state: "ok", reason: "every address that the server listens on is present" };
  return { name, state: "failed", reason: `not present on this host: ${absent.join(", ")}` };
}

/** A server that has more to do than it can is no reason to send its clients to the others, and more with them. */
function exchangeChecks({ exchange }: HealthFacts): readonly HealthCheck[] {
  if (exchange === undefined) return [];
  const name = "exchange";
  const { answered, silent, unsent, isBySockets, isBehind } = exchange;
  if (silent.length > 0) {
    const reason = `the server does not answer its own query at ${silent.join(", ")}`;
    if (isBehind) return [{ name, state: "warning", reason: `${reason}: more is waiting than it can answer at once` }];
    const causes = "no socket there, or firewall rules that apply to the loopback interface too";
    return [{ name, state: "failed", reason: isBySockets ? `${reason}: ${causes}` : reason }];
  }
  if (unsent.length > 0) {
    const reason = `it is not known whether the server hears: its own query to ${unsent.join(", ")} could not be sent`;
    return [{ name, state: "warning", reason }];
  }
  if (isBySockets && answered.length === 0)
    return [{ name, state: "warning", reason: "the server has no address here that it could send its own query to" }];
  const reason = isBySockets
    ? `the server answers its own query at ${answered.join(", ")}`
    : "the server answers its own query in memory; its sockets do not hear this host, so they are not part of it";
  return [{ name, state: "ok", reason }];
}

function leaseCheck({ store }: HealthFacts): HealthCheck {
  const name = "leases";
  if (store === "loading") return { name, state: "failed", reason: "the leases are not loaded yet" };
  return { name, state: "ok", reason: "the leases are loaded" };
}

function storeCheck({ store, storeAwaySeconds, reserveSeconds }: HealthFacts): HealthCheck {
  const name = "store";
  if (store === "ready") return { name, state: "ok", reason: "leases can be stored" };
  if (store === "loading" || store === "closed")
    return { name, state: "failed", reason: "leases cannot be stored: the store is not open" };
  const left = Math.max(0, Math.floor(reserveSeconds - storeAwaySeconds));
  const since = `leases cannot be stored for ${Math.floor(storeAwaySeconds)} seconds`;
  if (store === "failing") return { name, state: "failed", reason: since };
  const reserve = `${left} seconds of the reserve are left to renew leases from`;
  const state = left > reserveSeconds * RESERVE_LEFT_SHARE ? "degraded" : "failed";
  return { name, state, reason: `${since}: ${reserve}` };
}

/** Those that differ only renew leases; the others give addresses too. */
function clusterChecks({ cluster }: HealthFacts): readonly HealthCheck[] {
  if (cluster === undefined) return [];
  const name = "cluster";
  if (cluster.mayAllocate) return [{ name, state: "ok", reason: "the servers of the cluster agree" }];
  return [{ name, state: "degraded", reason: "this server only renews leases until the servers agree: see its log" }];
}

function clockCheck({ isClockSet, cluster }: HealthFacts): HealthCheck {
  const name = "clock";
  if (cluster?.areClocksGood === false) {
    const reason = "the clocks of the servers differ: addresses of leases that have ended go to no other client";
    return { name, state: "warning", reason };
  }
  if (!isClockSet) return { name, state: "ok", reason: "the wall clock goes as the monotonic clock does" };
  const reason = "the wall clock was set forward a short while ago: leases that ended with that are still kept";
  return { name, state: "warning", reason };
}

/** Clients that the firewall does not know have an address that does not get them far: another server's clients may. */
function firewallChecks({ firewallSets }: HealthFacts): readonly HealthCheck[] {
  if (firewallSets.length === 0) return [];
  const name = "firewall";
  const wrong = firewallSets.filter(({ condition }) => condition !== "ok");
  if (wrong.length === 0)
    return [{ name, state: "ok", reason: "every firewall set takes the addresses of its clients" }];
  const reason = `firewall sets: ${wrong.map((set) => `${set.name} is ${set.condition}`).join(", ")}`;
  return [{ name, state: "degraded", reason }];
}

/** All servers of a cluster have the same free addresses, and a full one still renews: no reason to go. */
function addressCheck({ subnets, full: [first, ...others] }: HealthFacts): HealthCheck {
  const name = "addresses";
  if (first === undefined) return { name, state: "ok", reason: "every subnet with a range has a free address" };
  const { subnet, size, abandoned, inUse } = first;
  const used = abandoned + inUse;
  const cause = used === 0 ? "" : `: other hosts use ${used} of its ${size} addresses`;
  const more = others.length === 0 ? "" : `, and ${others.length} more of ${subnets} subnets neither`;
  return { name, state: "warning", reason: `${subnet} has no free address${cause}${more}` };
}
