// The names that options have in a configuration: those of the registry (wire/options/option-registry.ts), and
// those that the configuration itself defines, in the space of DHCP's own options or in spaces of its
// own (vendors' options inside option 43).

import { type OptionDefinition, optionByName, SETTABLE_OPTIONS } from "../../wire/options/option-code.ts";
import { OTHER_NAMES } from "../../wire/options/option-registry.ts";

/** An option as a configuration defines it. */
export interface DefinedOption extends OptionDefinition {
  /** Of its name. */
  readonly at: number;
  /** The space whose options it carries, if it is to have no value of its own. */
  readonly carries: OptionSpace | undefined;
}

/** How many octets the options of a space have in front of their values. */
export interface SpaceWidths {
  /** Octets of a code: 1, 2 or 4. */
  readonly code: number;
  /** Octets of a length: 1 or 2. */
  readonly length: number;
}

/** Options that are sent inside another option. */
export class OptionSpace {
  readonly name: string;
  /** From 1. */
  readonly index: number;
  /** Of its name. */
  readonly at: number;
  readonly widths: SpaceWidths;
  /** By name in lower case. */
  readonly defined = new Map<string, DefinedOption>();
  /** Codes of the options of DHCP itself that carry all that is set in it. */
  readonly carriers = new Set<number>();
  /** Spaces that options of this one carry, by code. */
  readonly carried = new Map<number, OptionSpace>();
  /** Spaces with an option that carries this one. */
  readonly outer = new Set<OptionSpace>();

  constructor(name: string, index: number, at: number, widths: SpaceWidths) {
    this.name = name;
    this.index = index;
    this.at = at;
    this.widths = widths;
  }

  /** The largest code that an option in it can have. */
  get codeMax(): number {
    return 2 ** (8 * this.widths.code) - 1;
  }

  /** The most octets that a value in it can have. */
  get octetsMax(): number {
    return 2 ** (8 * this.widths.length) - 1;
  }

  /** This space and those that carry it, at any depth. */
  withOuter(): ReadonlySet<OptionSpace> {
    const found = new Set<OptionSpace>([this]);
    for (const space of found) for (const outer of space.outer) found.add(outer);
    return found;
  }
}

/** The options that can be named at one point of a configuration. Case does not matter in names. */
export class OptionNames {
  private readonly spaces = new Map<string, OptionSpace>();
  private readonly defined = new Map<string, DefinedOption>();

  /** Spaces that were declared so far. */
  get size(): number {
    return this.spaces.size;
  }

  /** Names of the spaces, in lower case. */
  spaceNames(): Iterable<string> {
    return this.spaces.keys();
  }

  findSpace(name: string): OptionSpace | undefined {
    return this.spaces.get(name.toLowerCase());
  }

  addSpace(space: OptionSpace): void {
    this.spaces.set(space.name.toLowerCase(), space);
  }

  /** Defines an option of a space (undefined: DHCP's own). */
  define(space: OptionSpace | undefined, option: DefinedOption): void {
    const defined = space === undefined ? this.defined : space.defined;
    defined.set(option.name.toLowerCase(), option);
  }

  /** The option of a space (undefined: DHCP's own) that is written as `name`, or undefined. */
  find(space: OptionSpace | undefined, name: string): OptionDefinition | DefinedOption | undefined {
    const lower = name.toLowerCase();
    if (space !== undefined) return space.defined.get(lower);
    return this.defined.get(lower) ?? optionByName(lower) ?? this.findByNumber(lower);
  }

  /** DHCP's own option with the code of ISC's `unknown-N`: the name takes that option's type. */
  private findByNumber(name: string): OptionDefinition | DefinedOption | undefined {
    const [, digits] = /^unknown-([0-9]+)$/.exec(name) ?? [];
    if (digits === undefined) return undefined;
    const isMeant = ({ code }: OptionDefinition): boolean => code === Number(digits);
    return [...this.defined.values()].findLast(isMeant) ?? SETTABLE_OPTIONS.find(isMeant);
  }

  /** Every name that an option of a space may have. */
  *names(space: OptionSpace | undefined): Generator<string> {
    for (const { name } of (space === undefined ? this.defined : space.defined).values()) yield name;
    if (space !== undefined) return;
    for (const { name } of SETTABLE_OPTIONS) yield name;
    yield* OTHER_NAMES.keys();
  }
}
