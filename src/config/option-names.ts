// The names that options have in a configuration: dhcp-options(5)'s, and those of ISC's dhcpd where
// they differ, for files that come from there.

import { type OptionDefinition, optionByName, SETTABLE_OPTIONS } from "../wire/option-code.ts";

const ISC_NAMES: readonly OptionDefinition[] = [
  { code: 60, name: "vendor-class-identifier", format: "t" },
  { code: 93, name: "architecture", format: "SA" },
  { code: 93, name: "pxe-system-type", format: "SA" },
];

/** The option that is written as `name`, case-sensitive, or undefined. */
export function findOptionName(name: string): OptionDefinition | undefined {
  return optionByName(name) ?? ISC_NAMES.find((option) => option.name === name);
}

/** Every name that an option may have. */
export function* optionNames(): Generator<string> {
  for (const { name } of SETTABLE_OPTIONS) yield name;
  for (const { name } of ISC_NAMES) yield name;
}
