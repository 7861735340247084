// The parameters in force at one site of a configuration.

import type { OptionSet } from "../../wire/options/option-set.ts";
import type { FirewallSet } from "./firewall-set.ts";
import type { SettingValues } from "./settings.ts";

/**
 * Every parameter in force at one site of the configuration, inheritance already applied:
 * host (and the groups around it), then classes, pool, subnet, shared-network, group, global; the nearest
 * that sets a value wins.
 */
export interface Scope extends SettingValues {
  readonly options: OptionSet;
  /** The sets of all blocks that hold, not of the nearest alone. */
  readonly firewallSets: readonly FirewallSet[];
}
