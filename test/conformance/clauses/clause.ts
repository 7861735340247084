// What a clause is: one demand of an RFC on a server, in our own words, under an identifier that tests
// name in their titles, "[2131 4.3.2-5]". docs/conformance.md is made of these and of the tests' results.

/** How strongly the RFC demands it. "says": plain prose; "table": an entry of a table without a keyword. */
export type Level = "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT" | "says" | "table";

/** One demand. */
export interface Clause {
  /** Section and running number, such as "4.3.2-5"; never given to another clause later. */
  readonly id: string;
  readonly level: Level;
  /** The demand in our words. */
  readonly text: string;
  /** Why the server deliberately does otherwise, or does not have the feature. A test may prove what it does instead. */
  readonly differs?: string;
}

/** The clauses of one RFC that bind a server, in its order. */
export interface Rfc {
  readonly number: number;
  readonly title: string;
  readonly clauses: readonly Clause[];
}

/** The whole identifier, as tests name it. */
export function clauseId(rfc: Rfc, clause: Clause): string {
  return `${rfc.number} ${clause.id}`;
}
