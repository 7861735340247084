// The names that options have in a configuration: those of the registry (wire/option-registry.ts), and
// those that the configuration itself defines, in the space of DHCP's own options or in spaces of its
// own (vendors' options inside option 43).

import { type OptionDefinition, optionByName, SETTABLE_OPTIONS } from "../wire/option-code.ts";
import { OTHER_NAMES } from "../wire/option-registry.ts";

/** An option as a configuration defines it. */
export interface DefinedOption extends OptionDefinition {
  /** Of its name. */
  readonly at: number;
  /** The space whose options it carries, if it is to have no value of its own. */
  readonly carries: OptionSpace | undefined;
}

/** Options that are sent inside another option. */
export class OptionSpace {
  readonly name: string;
  /** From 1. */
  readonly index: number;
  /** Of its name. */
  readonly at: number;
  readonly defined = new Map<string, DefinedOption>();
  /** Codes of the options that carry all that is set in it. */
  readonly carriers = new Set<number>();

  constructor(name: string, index: number, at: number) {
    this.name = name;
    this.index = index;
    this.at = at;
  }
}

/** The options that can be named at one point of a configuration. */
export class OptionNames {
  readonly spaces = new Map<string, OptionSpace>();
  readonly defined = new Map<string, DefinedOption>();

  /** The option of a space (undefined: DHCP's own) that is written as `name`, case-sensitive, or undefined. */
  find(space: OptionSpace | undefined, name: string): OptionDefinition | DefinedOption | undefined {
    if (space !== undefined) return space.defined.get(name);
    return this.defined.get(name) ?? optionByName(name);
  }

  /** Every name that an option of a space may have. */
  *names(space: OptionSpace | undefined): Generator<string> {
    yield* (space ?? this).defined.keys();
    if (space !== undefined) return;
    for (const { name } of SETTABLE_OPTIONS) yield name;
    yield* OTHER_NAMES.keys();
  }
}
