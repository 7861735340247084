// The sources of metrics: numbers that the daemon keeps anyway, read when a scraper asks.

import type { Latencies } from "../base/latency.ts";
import type { SetCondition } from "../base/set-condition.ts";

/** One subnet's addresses, as `anydhcpctl status` has them. */
export interface SubnetStatus {
  readonly subnet: string;
  readonly sharedNetwork?: string | undefined;
  readonly size: number;
  readonly bound: number;
  readonly offered: number;
  readonly abandoned: number;
  readonly inUse: number;
  readonly free: number;
  readonly reserved: number;
  readonly reservedBound: number;
}

/** One firewall set, as `anydhcpctl status` has it. */
export interface FirewallSetState {
  readonly name: string;
  readonly condition: SetCondition;
  readonly elements: number;
}

/** The part of the daemon's status that metrics show. */
export interface MetricsStatus {
  readonly version: string;
  readonly backend: string;
  /** ISO text. */
  readonly startedAt: string;
  readonly lastReload?: { readonly at: string; readonly ok: boolean } | undefined;
  readonly listeners: readonly { readonly description: string; readonly present: boolean }[];
  /** "ready", or why not. */
  readonly store: string;
  readonly subnets: readonly SubnetStatus[];
  readonly counters: Readonly<Record<string, number>>;
  /** Where the configuration names some. */
  readonly firewallSets?: readonly FirewallSetState[] | undefined;
}

/** The daemon, as metrics see it. */
export interface MetricsSource {
  /** All that a query can come to (anydhcpd(8), REASONS). */
  readonly reasons: readonly string[];
  readonly latencies: Latencies;
  status(): MetricsStatus;
}
