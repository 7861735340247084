// Positions in the text of a configuration.

/** Where something stands in the configuration. */
export interface Provenance {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** "dhcpd.conf:12:3". */
export function placeText({ file, line, column }: Provenance): string {
  return `${file}:${line}:${column}`;
}

/** One of the blocks whose values hold for a client. */
export interface ScopeBlock {
  /** As it is written: `subnet 10.0.0.0`, `class "phones"`, `the top level`. */
  readonly name: string;
  readonly at: Provenance;
}

/** Places of each value; the first is in force, and overrides the others. */
export interface ScopePlaces {
  /** Nearest first. */
  readonly blocks: readonly ScopeBlock[];
  /** Of DHCP's options by code, those that carry a space of options included: for these, each option of the space. */
  readonly options: ReadonlyMap<number, readonly Provenance[]>;
  /** Of other statements by their names. */
  readonly settings: ReadonlyMap<string, readonly Provenance[]>;
}
