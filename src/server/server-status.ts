// The server's status.

import type { Backend, ObservedServer, ShieldStatus } from "../backend/backend.ts";
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
  /** Where there is a kernel shield: what it does on each interface. */
  readonly shield?: readonly ShieldStatus[];
  /** Since it was last asked for, where it was. */
  readonly eventLoopDelay?: LoopDelay;
}

/** What the backend tells beside its listeners and counters. */
export function seenBy({ shield, observed }: Backend): Pick<ServerStatus, "shield" | "observed"> {
  return { ...(shield !== undefined && { shield }), ...(observed !== undefined && { observed }) };
}
