// What is measured of a server under load, and how the rounds of a run become figures. In a round every server
// has its turn, so that what the machine does meanwhile meets all of them; ratios are therefore taken within
// rounds, and the middle of them counts.

import { type Spread, spread } from "./statistics.ts";

/** One phase of load on one server. Times are microseconds. */
export interface Measurement {
  readonly exchanges: number;
  readonly seconds: number;
  /** Of the open loop; 0 for the closed one. */
  readonly rate: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Processor time of all the server's processes for an exchange; null where there was none. */
  readonly processorMicroseconds: number | null;
  /** The part of it that is not the kernel's, to some percent. */
  readonly userMicroseconds: number | null;
  /** Written to files for an exchange, the log's lines among them; null where there was none. */
  readonly octetsPerExchange: number | null;
  /** Share of a processor that the generator has used: near 1, it was the generator that was measured. */
  readonly generatorBusy: number;
  /** Calls that wait for the disk, for 1,000 exchanges: in the run that counts them. */
  readonly syncsPer1000: number | null;
  /** The server's instructions outside the kernel for an exchange, where the processor counts them: in the same run. */
  readonly instructions: number | null;
  readonly retransmissions: number;
  readonly lost: number;
  readonly naks: number;
  readonly invalidReplies: number;
}

/** A round: measurements by the server's id and the measurement's name. The run that counts calls is one with few figures. */
export type Round = Readonly<Record<string, Readonly<Record<string, Partial<Measurement>>>>>;

/** A figure of a measurement that can be compared. */
export type Figure =
  | "exchanges"
  | "seconds"
  | "rate"
  | "perSecond"
  | "p50"
  | "p99"
  | "p999"
  | "processorMicroseconds"
  | "userMicroseconds"
  | "octetsPerExchange"
  | "generatorBusy"
  | "syncsPer1000"
  | "instructions";

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

/** Where a point's values fault; null where no round has it. */
export function spreadOf(rounds: readonly Round[], point: Point): Spread | null {
  return spread(valuesOf(rounds, point));
}

/** Where the quotients of two points of the same round fault; null where no round has both. */
export function ratioOf(rounds: readonly Round[], top: Point, bottom: Point): Spread | null {
  const ratios: number[] = [];
  for (const round of rounds) {
    const [above, below] = [valueIn(round, top), valueIn(round, bottom)];
    if (above !== undefined && below !== undefined && below > 0) ratios.push(above / below);
  }
  return spread(ratios);
}

/** What was counted of a measurement in all rounds. */
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
