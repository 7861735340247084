// The comparison's tables as data, rendered by page.ts and markdown.ts: who took part, the matrix of
// behaviours, the loads and the noise. Pure.

import type {
  Behaviour,
  Comparison,
  Contender,
  LoadRun,
  LoadScenario,
  Noise,
  NoiseListener,
  NoiseRun,
  Observation,
} from "../comparison.ts";
import { compareRounds, median } from "../rounds.ts";
import { spread } from "../statistics.ts";
import { formatCount, formatMilliseconds, formatNumber, formatRatio, formatShare } from "./numbers.ts";

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
  /** Headings above rows, by the row's index. */
  readonly groups?: Readonly<Record<number, string>>;
  /** Cells are many and alike: columns of equal width. */
  readonly matrix?: boolean;
}

const SIGNS: Readonly<Record<Observation["verdict"], string>> = { yes: "✓", no: "✗", plain: "", unknown: "?" };

const DURABILITY: Readonly<Record<Contender["durability"], string>> = {
  ack: "before its ACK",
  later: "some time after its ACK",
  never: "not asked for",
};

const ROUNDS_CAPTION = "Medians over the rounds; in brackets the lowest and the highest round.";
const RATIO_CAPTION =
  "There is no clear difference where the rounds of both overlap, and no ratio of fewer than three rounds. A server that waits for the disk before its ACK does more for an exchange than one that does not.";

/** Servers that took part, and those that did not, with the reason. */
export function contendersTable(comparison: Comparison): Table {
  return {
    caption: "Servers, their versions as they tell them, and when a lease is on the disk.",
    columns: ["Server", "Version", "Lease on disk", "Took part"],
    numeric: [],
    rows: comparison.contenders.map(({ name, version, durability, absent }) => [
      { text: name },
      { text: version === "" ? "unknown" : version },
      { text: DURABILITY[durability] },
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
    groups: groupsOf(comparison.behaviours),
    rows: comparison.behaviours.map(({ question, how, observations }) => [
      { text: question, note: how },
      ...seen.map(({ id }) => {
        const { text, verdict } = observations[id] ?? { text: "not observed", verdict: "unknown" };
        return { text, sign: SIGNS[verdict] };
      }),
    ]),
  };
}

function groupsOf(behaviours: readonly Behaviour[]): Record<number, string> {
  const groups: Record<number, string> = {};
  for (const [index, { group }] of behaviours.entries()) {
    if (behaviours[index - 1]?.group !== group) groups[index] = group;
  }
  return groups;
}

/** One load: a server a row, with what the load is about first. */
export function loadTable(comparison: Comparison, scenario: LoadScenario): Table {
  return scenario.measure === "speed" ? speedTable(comparison, scenario) : latencyTable(comparison, scenario);
}

function speedTable(comparison: Comparison, scenario: LoadScenario): Table {
  const reference = byRound(comparison, scenario.runs[REFERENCE], (run) => run.exchangesPerSecond);
  return {
    caption: `${ROUNDS_CAPTION} The ratio is to ${nameOf(comparison, REFERENCE)}. ${RATIO_CAPTION}`,
    columns: [
      "Server",
      "Exchanges/s",
      "Ratio",
      "CPU µs each",
      "Half within",
      "99 % within",
      "Given up",
      "Lease on disk",
    ],
    numeric: [1, 2, 3, 4, 5, 6],
    rows: takingPart(comparison, scenario).map(({ id, name, durability }) => {
      const runs = scenario.runs[id] ?? [];
      const perSecond = byRound(comparison, runs, (run) => run.exchangesPerSecond);
      return [
        { text: name },
        spreadCell(perSecond, formatNumber),
        ratioCell(id, perSecond, reference),
        { text: formatNumber(median(runs.flatMap((run) => run.cpuMicroseconds ?? []))) },
        { text: formatMilliseconds(latencyAt(runs, 0.5)) },
        { text: formatMilliseconds(latencyAt(runs, 0.99)) },
        { text: formatCount(runs.reduce((sum, run) => sum + run.lost, 0)) },
        { text: DURABILITY[durability] },
      ];
    }),
  };
}

function latencyTable(comparison: Comparison, scenario: LoadScenario): Table {
  const halfOf = (runs: readonly LoadRun[] | undefined): number[] =>
    byRound(comparison, runs, (run) => latencyAt([run], 0.5));
  const reference = halfOf(scenario.runs[REFERENCE]);
  return {
    caption: `${ROUNDS_CAPTION} The ratio is that of the first column to ${nameOf(comparison, REFERENCE)}. ${RATIO_CAPTION}`,
    columns: [
      "Server",
      "Half within",
      "Ratio",
      "95 % within",
      "99 % within",
      "CPU µs each",
      "Finished/s",
      "Given up",
      "Lease on disk",
    ],
    numeric: [1, 2, 3, 4, 5, 6, 7],
    rows: takingPart(comparison, scenario).map(({ id, name, durability }) => {
      const runs = scenario.runs[id] ?? [];
      return [
        { text: name },
        spreadCell(halfOf(runs), formatMilliseconds),
        ratioCell(id, halfOf(runs), reference),
        { text: formatMilliseconds(latencyAt(runs, 0.95)) },
        { text: formatMilliseconds(latencyAt(runs, 0.99)) },
        { text: formatNumber(median(runs.flatMap((run) => run.cpuMicroseconds ?? []))) },
        { text: formatNumber(median(runs.map((run) => run.exchangesPerSecond))) },
        { text: formatCount(runs.reduce((sum, run) => sum + run.lost, 0)) },
        { text: DURABILITY[durability] },
      ];
    }),
  };
}

function ratioCell(id: string, values: readonly number[], reference: readonly number[]): Cell {
  return { text: formatRatio(id === REFERENCE ? 1 : compareRounds(values, reference)) };
}

/** A value for each round; NaN for rounds without. */
export function byRound(
  comparison: Comparison,
  runs: readonly LoadRun[] | undefined,
  measure: (run: LoadRun) => number,
): number[] {
  const values = new Array<number>(comparison.rounds).fill(Number.NaN);
  for (const run of runs ?? []) values[run.round] = measure(run);
  return values;
}

function nameOf(comparison: Comparison, id: string): string {
  return comparison.contenders.find((contender) => contender.id === id)?.name ?? id;
}

/** Unrelated traffic: a listener of one kind a row, CPU and wake-ups by kind of traffic. */
export function noiseTable(noise: Noise, kind: NoiseListener["kind"]): Table {
  const listeners = noise.listeners.filter((listener) => listener.kind === kind);
  const kinds = noise.kinds.filter(({ id }) => listeners.some(({ runs }) => runs[id] !== undefined));
  const hasCosts = listeners.some(({ packetNanoseconds }) => packetNanoseconds !== undefined);
  const columns = [...kinds.map(({ title }) => title), ...(hasCosts ? ["ns a packet"] : [])];
  return {
    caption: `CPU time as a share of one processor, and how often a second its threads were woken. Medians; in brackets the lowest and the highest round.${hasCosts ? " Nanoseconds a packet: of a sender that goes as fast as it can." : ""}`,
    columns: [kind === "socket" ? "Socket" : "Server", ...columns],
    numeric: columns.map((_, index) => index + 1),
    rows: listeners.map(({ name, runs, packetNanoseconds = [] }) => [
      { text: name },
      ...kinds.map(({ id }) => noiseCell(runs[id] ?? [])),
      ...(hasCosts ? [spreadCell(packetNanoseconds, formatNumber)] : []),
    ]),
  };
}

function noiseCell(runs: readonly NoiseRun[]): Cell {
  const share = spreadCell(
    runs.map((run) => run.cpuShare),
    formatShare,
  );
  const wakeUps = median(runs.map((run) => run.wakeupsPerSecond));
  if (Number.isNaN(wakeUps)) return share;
  const note = [share.note, `${formatNumber(wakeUps)} wake-ups/s`].filter((part) => part !== undefined);
  return { text: share.text, note: note.join(" ") };
}

/** Contenders with at least one run of this load, in their order. */
export function takingPart(comparison: Comparison, scenario: LoadScenario): readonly Contender[] {
  return comparison.contenders.filter(({ id }) => (scenario.runs[id]?.length ?? 0) > 0);
}

/**
 * Milliseconds within which the share `q` of a load's exchanges was finished: the median over the runs that
 * finished any. NaN where none did, or where the generator did not tell that share.
 */
export function latencyAt(runs: readonly LoadRun[], q: number): number {
  const values = runs
    .filter(({ latency }) => latency.length > 0)
    .map(({ latency }) => latency.find(([share]) => Math.abs(share - q) < 1e-9)?.[1] ?? Number.NaN);
  return values.some(Number.isNaN) ? Number.NaN : median(values);
}

function spreadCell(values: readonly number[], format: (value: number) => string): Cell {
  const measured = values.filter(Number.isFinite);
  const summary = spread(measured);
  if (summary === null) return { text: "\u2013" };
  const [low, high] = [format(summary.min), format(summary.max)];
  if (low === high) return { text: format(summary.median) };
  return { text: format(summary.median), note: `(${low}\u2013${high})` };
}
