// Each wrong rule is found within a hundred seeds: what the simulation does not find there it would not find either if
// somebody made that mistake.

import { describe, expect, it } from "vitest";
import type { Rule } from "./judge.ts";
import { MUTANTS, type Mutant } from "./mutants.ts";
import { simulate } from "./simulation.ts";

const SEEDS = 100;

/** What each of them leads to first, in one world or another. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  "learn-over-pending": ["two clients in one address", "ACK without its commit", "reserve given away"],
  "read-back-as-truth": ["ACK without its commit", "reserve given away"],
  "nak-without-refresh": ["undeserved NAK"],
  "guard-0": ["two clients in one address", "believed lease not in the store"],
  "same-checked-addresses": ["nodes offer the same addresses"],
  "ack-before-commit": ["ACK without its commit"],
  "ack-in-any-state": ["two clients in one address", "believed lease not in the store"],
  "release-without-age": ["two clients in one address", "believed lease not in the store"],
  "reserve-given-away": ["reserve given away"],
};

/** The rule that the first of a hundred seeds breaks, and that seed. */
function firstViolation(mutant: Mutant): { seed: number; rule: Rule } | undefined {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = simulate(seed, { mutant });
    if (violation !== undefined) return { seed, rule: violation.rule };
  }
  return undefined;
}

describe("a wrong rule is found by the simulation", () => {
  for (const [name, mutant] of MUTANTS) {
    it(`within ${SEEDS} seeds: ${name}`, () => {
      expect(RULES[name]).toContain(firstViolation(mutant)?.rule);
    });
  }
});
