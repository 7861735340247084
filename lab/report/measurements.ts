// How the rounds of a run become figures: the measurements of a server under load (results.ts), point by point. In a
// round every server has its turn, so that the machine's other work meets all of them; ratios are therefore taken
// within rounds, and the middle of them counts. Pure.

import type { Measured, Round, Spread } from "../results.ts";
import { spread } from "./statistics.ts";

/** A figure of a measurement that can be compared. */
export type Figure = Exclude<keyof Measured, "retransmissions" | "lost" | "naks" | "invalidReplies" | "invalidKinds">;

/** One figure of one server. */
export interface Point {
  readonly server: string;
  readonly measurement: string;
  readonly figure: Figure;
}

/** A point's values, one of each round that has it. */
export function valuesOf(rounds: readonly Round[], point: Point): readonly number[] {
  return rounds.map((round) => valueIn(round, point)).filter((value) => value !== undefined);
}

/** Where a point's values lie; null where no round has it. */
export function spreadOf(rounds: readonly Round[], point: Point): Spread | null {
  return spread(valuesOf(rounds, point));
}

/** Where the quotients of two points of the same round lie; null where no round has both. */
export function ratioOf(rounds: readonly Round[], top: Point, bottom: Point): Spread | null {
  const ratios: number[] = [];
  for (const round of rounds) {
    const [above, below] = [valueIn(round, top), valueIn(round, bottom)];
    if (above !== undefined && below !== undefined && below > 0) ratios.push(above / below);
  }
  return spread(ratios);
}

/** The counts of a measurement in all rounds. */
export function totalOf(
  rounds: readonly Round[],
  server: string,
  measurement: string,
  count: "retransmissions" | "lost" | "naks" | "invalidReplies",
): number {
  return rounds.reduce((sum, round) => sum + (round[server]?.[measurement]?.[count] ?? 0), 0);
}

function valueIn(round: Round, { server, measurement, figure }: Point): number | undefined {
  return round[server]?.[measurement]?.[figure] ?? undefined;
}

/** The measurements of a server under one name, in the rounds that have one. */
export function measurementsOf(rounds: readonly Round[], server: string, measurement: string): readonly Measured[] {
  return rounds.map((round) => round[server]?.[measurement]).filter((one) => one !== undefined);
}
