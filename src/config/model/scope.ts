// The parameters in force at one site of a configuration.

import type { OptionSet } from "../../wire/options/option-set.ts";
import type { FirewallSet } from "./firewall-set.ts";
import { SETTINGS, type SettingValues } from "./settings.ts";

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

/** Has a scope's fields, and no value of them. */
const TEMPLATE = { ...SETTINGS, options: undefined, firewallSets: undefined };

/**
 * Makes a scope. A query reads dozens of its fields, so all are to be of one shape to V8: they are copies of one object.
 * An object that gets fields behind a spread has a shape of its own.
 */
export function newScope(values: SettingValues, options: OptionSet, firewallSets: readonly FirewallSet[]): Scope {
  return Object.assign({ ...TEMPLATE }, values, { options, firewallSets });
}
