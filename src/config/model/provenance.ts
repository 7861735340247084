// Positions in the text of a configuration.

/** Where something stands in the configuration. */
export interface Provenance {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}
