// What a server says of itself.

import type { ObservedServer } from "../backend/backend.ts";
import type { FirewallSetStatus } from "./firewall/set-states.ts";
import type { SubnetFigures } from "./lease-figures.ts";
import type { LoopDelay } from "./overload/loop-delay.ts";

/** What `status` shows. */
export interface ServerStatus {
  readonly backend: string;
  /** `present`: whether the address is on an interface at present; true for 0.0.0.0 and 255.255.255.255. */
  readonly listeners: readonly { description: string; address: string; interface: string; present: boolean }[];
  readonly store: string;
  readonly leases: Readonly<Record<string, number>>;
  readonly subnets: readonly SubnetFigures[];
  readonly counters: Readonly<Record<string, number>>;
  /** Where the configuration names one. */
  readonly firewallSets?: readonly FirewallSetStatus[];
  /** Other servers that --observe has seen. */
  readonly observed?: readonly ObservedServer[];
  /** Since it was last asked for, where it was. */
  readonly eventLoopDelay?: LoopDelay;
}
