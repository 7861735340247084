// The comparison's tables as data, rendered by page.ts and markdown.ts: who took part, the matrix of
// behaviours, the loads and the noise. Pure.

import type { Comparison, LoadRun, LoadScenario, Noise, NoiseRun, Observation } from "./comparison.ts";
import { formatCount, formatMilliseconds, formatNumber, formatRatio, formatShare } from "./numbers.ts";
import { median, medianRatio } from "./rounds.ts";
import { spread } from "./statistics.ts";

/** The contender that ratios refer to. */
export const REFERENCE = "anydhcpd-udp";

/** A cell: text, a sign before it, smaller text below it. */
export interface Cell {
  readonly text: string;
  readonly sign?: string;
  readonly note?: string;
}

/** A table with a heading for each row. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  /** Columns (from 0, the row headings' own) that hold figures. */
  readonly numeric: readonly number[];
  readonly rows: readonly (readonly Cell[])[];
  /** Cells are many and alike: columns of equal width. */
  readonly matrix?: boolean;
}

const SIGNS: Readonly<Record<Observation["verdict"], string>> = { yes: "✓", no: "✗", plain: "", unknown: "?" };

/** Servers that took part, and those that did not, with the reason. */
export function contendersTable(comparison: Comparison): Table {
  return {
    caption: "Servers, and how each was told by itself to be called.",
    columns: ["Server", "Version", "Took part"],
    numeric: [],
    rows: comparison.contenders.map(({ name, version, absent }) => [
      { text: name },
      { text: version === "" ? "unknown" : version },
      { text: absent === undefined ? "yes" : `no: ${absent}` },
    ]),
  };
}

/** The matrix: a behaviour a row, a server a column. `undefined` if nothing was observed. */
export function behavioursTable(comparison: Comparison): Table | undefined {
  const seen = comparison.contenders.filter(({ absent }) => absent === undefined);
  if (comparison.behaviours.length === 0) return undefined;
  return {
    caption: "✓ as asked for, ✗ not, ? not observed; no sign where neither is better.",
    columns: ["Behaviour", ...seen.map(({ name }) => name)],
    numeric: [],
    matrix: true,
    rows: comparison.behaviours.map(({ question, how, observations }) => [
      { text: question, note: how },
      ...seen.map(({ id }) => {
        const { text, verdict } = observations[id] ?? { text: "not observed", verdict: "unknown" };
        return { text, sign: SIGNS[verdict] };
      }),
    ]),
  };
}

/** One load: a server a row. */
export function loadTable(comparison: Comparison, scenario: LoadScenario): Table {
  const perSecond = (runs: readonly LoadRun[] | undefined): number[] => {
    const byRound = new Array<number>(comparison.rounds).fill(Number.NaN);
    for (const run of runs ?? []) byRound[run.round] = run.exchangesPerSecond;
    return byRound;
  };
  const reference = perSecond(scenario.runs[REFERENCE]);
  return {
    caption: `Medians over the rounds; in brackets the lowest and the highest round. The ratio is the median of the rounds' ratios to ${REFERENCE}.`,
    columns: ["Server", "Exchanges/s", "Ratio", "CPU µs each", "Half within", "99 % within", "Given up"],
    numeric: [1, 2, 3, 4, 5, 6],
    rows: takingPart(comparison, scenario).map(({ id, name }) => {
      const runs = scenario.runs[id] ?? [];
      return [
        { text: name },
        spreadCell(
          runs.map((run) => run.exchangesPerSecond),
          formatNumber,
        ),
        { text: formatRatio(medianRatio(perSecond(runs), reference)) },
        { text: formatNumber(median(runs.map((run) => run.cpuMicroseconds))) },
        { text: formatMilliseconds(latencyAt(runs, 0.5)) },
        { text: formatMilliseconds(latencyAt(runs, 0.99)) },
        { text: formatCount(runs.reduce((sum, run) => sum + run.lost, 0)) },
      ];
    }),
  };
}

/** Unrelated traffic: a listener a row, CPU and wake-ups by kind of traffic. */
export function noiseTable(noise: Noise): Table {
  const columns = noise.kinds.flatMap(({ title }) => [`CPU, ${title}`, `Wake-ups/s, ${title}`]);
  return {
    caption:
      "CPU time as a share of one processor, and how often a second its threads were woken. Medians; in brackets the lowest and the highest round.",
    columns: ["Listener", ...columns],
    numeric: columns.map((_, index) => index + 1),
    rows: noise.listeners.map(({ name, runs }) => [
      { text: name },
      ...noise.kinds.flatMap(({ id }) => {
        const measured: readonly NoiseRun[] = runs[id] ?? [];
        return [
          spreadCell(
            measured.map((run) => run.cpuShare),
            formatShare,
          ),
          { text: formatNumber(median(measured.map((run) => run.wakeupsPerSecond))) },
        ];
      }),
    ]),
  };
}

/** Contenders with at least one run of this load, in their order. */
export function takingPart(comparison: Comparison, scenario: LoadScenario): readonly { id: string; name: string }[] {
  return comparison.contenders.filter(({ id }) => (scenario.runs[id]?.length ?? 0) > 0);
}

/**
 * Milliseconds within which the share `q` of a load's exchanges was finished: the median over its runs.
 * NaN where the generator did not tell that share.
 */
export function latencyAt(runs: readonly LoadRun[], q: number): number {
  const values = runs.map(({ latency }) => latency.find(([share]) => Math.abs(share - q) < 1e-9)?.[1] ?? Number.NaN);
  return values.some(Number.isNaN) ? Number.NaN : median(values);
}

function spreadCell(values: readonly number[], format: (value: number) => string): Cell {
  const summary = spread(values);
  if (summary === null) return { text: "\u2013" };
  if (values.length === 1) return { text: format(summary.median) };
  return { text: format(summary.median), note: `(${format(summary.min)}\u2013${format(summary.max)})` };
}
