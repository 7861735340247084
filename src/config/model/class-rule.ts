// A class as the engine reads it.

import type { OctetIndex } from "./octet-index.ts";
import type { Condition, QueryData } from "./query-condition.ts";

/** What makes a client a member of one class, or what leads to one branch of an `if`. */
export interface ClassRule {
  /** Empty for a branch. */
  readonly name: string;
  /** Its number among classes and subclasses. */
  readonly entry: number;
  /** Must hold, if there is one. */
  readonly condition: Condition | undefined;
  /** `match DATA`: the first of these that the query has must be a subclass's. */
  readonly keys: readonly ClassKey[];
  /** The subclasses' entries by their data, of the kind that ClassKey says; undefined where the condition decides alone. */
  readonly subclasses: OctetIndex<number> | undefined;
}

/** Data that a subclass is found by. */
export interface ClassKey {
  readonly data: QueryData;
  /** The kind of its octets in the index of the subclasses: data that they write in different ways differ in it. */
  readonly kind: number;
  /** The base of the numbers that its octets are written as, with nothing between them, before they are looked up; 0: they are looked up themselves. */
  readonly base: number;
}
