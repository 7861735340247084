// The comparison's tables as data, rendered by comparison-page.ts and comparison-markdown.ts: the servers, the matrix of
// behaviours, the loads and background traffic. Pure.

import {
  type BackgroundTraffic,
  type Behaviour,
  type DroppedPackets,
  type LoadPlanRecord,
  type Measured,
  type Observation,
  RECEIVED_ONLY,
  type Results,
  type TestedServer,
  type TrafficListener,
  type TrafficRun,
} from "../results.ts";
import { measurementsOf } from "./measurements.ts";
import { formatCount, formatMilliseconds, formatNumber, formatRatio, formatShare } from "./numbers.ts";
import { compareRounds, median, spread } from "./statistics.ts";

/** The server that ratios refer to. */
export const REFERENCE = "anydhcpd";

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

const DURABILITY: Readonly<Record<TestedServer["durability"], string>> = {
  ack: "before its ACK",
  later: "some time after its ACK",
  never: "not asked for",
};

const ROUNDS_CAPTION = "Medians over the rounds; in brackets the lowest and the highest round.";
const RATIO_CAPTION =
  "There is no clear difference where the rounds of both overlap, and no ratio of fewer than three rounds. A server that waits for the disk before its ACK does more for an exchange than one that does not.";

/** Servers that took part, and those that did not, with the reason. */
export function serversTable(results: Results): Table {
  return {
    caption: "Servers, their versions as they tell them, and when a lease is on the disk.",
    columns: ["Server", "Version", "Lease on disk", "Took part"],
    numeric: [],
    rows: results.servers.map(({ title, version, durability, absent }) => [
      { text: title },
      { text: version === "" ? "unknown" : version },
      { text: DURABILITY[durability] },
      { text: absent === undefined ? "yes" : `no: ${absent}` },
    ]),
  };
}

/** The matrix: a behaviour a row, a server a column. `undefined` if nothing was observed. */
export function behavioursTable({ servers, behaviours = [] }: Results): Table | undefined {
  const seen = servers.filter(({ absent }) => absent === undefined);
  if (behaviours.length === 0) return undefined;
  return {
    caption: "✓ as asked for, ✗ not, ? not observed; no sign where neither is better.",
    columns: ["Behaviour", ...seen.map(({ title }) => title)],
    numeric: [],
    matrix: true,
    groups: groupsOf(behaviours),
    rows: behaviours.map(({ question, how, observations }) => [
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
export function loadTable(results: Results, plan: LoadPlanRecord): Table {
  return plan.measure === "latency" ? latencyTable(results, plan) : speedTable(results, plan);
}

function speedTable(results: Results, plan: LoadPlanRecord): Table {
  const reference = byRound(results, plan, REFERENCE, (run) => run.perSecond);
  return {
    caption: `${ROUNDS_CAPTION} The ratio is to ${titleOf(results, REFERENCE)}. ${RATIO_CAPTION}`,
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
    rows: takingPart(results, plan).map(({ id, title, durability }) => {
      const runs = runsOf(results, plan, id);
      const perSecond = byRound(results, plan, id, (run) => run.perSecond);
      return [
        { text: title },
        spreadCell(perSecond, formatNumber),
        ratioCell(id, perSecond, reference),
        { text: formatNumber(median(runs.flatMap((run) => run.processorMicroseconds ?? []))) },
        { text: formatMilliseconds(latencyAt(runs, "p50")) },
        { text: formatMilliseconds(latencyAt(runs, "p99")) },
        { text: formatCount(runs.reduce((sum, run) => sum + (run.lost ?? 0), 0)) },
        { text: DURABILITY[durability] },
      ];
    }),
  };
}

function latencyTable(results: Results, plan: LoadPlanRecord): Table {
  const halfOf = (id: string): number[] => byRound(results, plan, id, (run) => latencyAt([run], "p50"));
  const reference = halfOf(REFERENCE);
  return {
    caption: `${ROUNDS_CAPTION} The ratio is that of the first column to ${titleOf(results, REFERENCE)}. ${RATIO_CAPTION}`,
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
    rows: takingPart(results, plan).map(({ id, title, durability }) => {
      const runs = runsOf(results, plan, id);
      return [
        { text: title },
        spreadCell(halfOf(id), formatMilliseconds),
        ratioCell(id, halfOf(id), reference),
        { text: formatMilliseconds(latencyAt(runs, "p95")) },
        { text: formatMilliseconds(latencyAt(runs, "p99")) },
        { text: formatNumber(median(runs.flatMap((run) => run.processorMicroseconds ?? []))) },
        { text: formatNumber(median(runs.map((run) => run.perSecond ?? Number.NaN))) },
        { text: formatCount(runs.reduce((sum, run) => sum + (run.lost ?? 0), 0)) },
        { text: DURABILITY[durability] },
      ];
    }),
  };
}

function ratioCell(id: string, values: readonly number[], reference: readonly number[]): Cell {
  return { text: formatRatio(id === REFERENCE ? 1 : compareRounds(values, reference)) };
}

/** The measurements of a server under a load's name, one of each round that has it. */
export function runsOf({ rounds }: Results, { names }: LoadPlanRecord, id: string): readonly Measured[] {
  return measurementsOf(rounds, id, names[0] ?? "");
}

/** A value for each round; NaN for rounds without. */
export function byRound(
  { rounds }: Results,
  { names }: LoadPlanRecord,
  id: string,
  measure: (run: Measured) => number | undefined,
): number[] {
  return rounds.map((round) => {
    const run = round[id]?.[names[0] ?? ""];
    return (run === undefined ? undefined : measure(run)) ?? Number.NaN;
  });
}

function titleOf({ servers }: Results, id: string): string {
  return servers.find((server) => server.id === id)?.title ?? id;
}

/** Background traffic: a listener of one kind a row, CPU and wake-ups by kind of traffic. */
export function trafficTable(traffic: BackgroundTraffic, kind: TrafficListener["kind"]): Table {
  const listeners = traffic.listeners.filter((listener) => listener.kind === kind);
  const kinds = traffic.kinds.filter(({ id }) => listeners.some(({ runs }) => runs[id] !== undefined));
  const hasCosts = listeners.some(({ packetNanoseconds }) => packetNanoseconds !== undefined);
  const columns = [...kinds.map(({ title }) => title), ...(hasCosts ? ["ns a packet"] : [])];
  return {
    caption: `CPU time as a share of one processor, and how often a second its threads were woken. Medians; in brackets the lowest and the highest round.${hasCosts ? " Nanoseconds a packet: of a sender that goes as fast as it can." : ""}`,
    columns: [kind === "socket" ? "Socket" : "Server", ...columns],
    numeric: columns.map((_, index) => index + 1),
    rows: listeners.map(({ name, runs, packetNanoseconds = [] }) => [
      { text: name },
      ...kinds.map(({ id }) => trafficCell(runs[id] ?? [])),
      ...(hasCosts ? [spreadCell(packetNanoseconds, formatNumber)] : []),
    ]),
  };
}

/** Places where packets are dropped, a row each. */
export function dropsTable({ places }: DroppedPackets): Table {
  const received = median(places.find(({ id }) => id === RECEIVED_ONLY)?.nanoseconds ?? []);
  const beyond = (nanoseconds: readonly number[]): number[] => nanoseconds.map((value) => value - received);
  return {
    caption: `Processor time of kernel and server for one packet, in nanoseconds. ${ROUNDS_CAPTION}`,
    columns: ["Dropped by", "Packets", "ns a packet", "beyond receiving it"],
    numeric: [2, 3],
    rows: places.map(({ id, title, frames, nanoseconds }) => [
      { text: title },
      { text: frames },
      spreadCell(nanoseconds, formatNumber),
      id === RECEIVED_ONLY ? { text: "\u2013" } : spreadCell(beyond(nanoseconds), formatNumber),
    ]),
  };
}

function trafficCell(runs: readonly TrafficRun[]): Cell {
  const share = spreadCell(
    runs.map((run) => run.cpuShare),
    formatShare,
  );
  const wakeUps = median(runs.map((run) => run.wakeupsPerSecond));
  if (Number.isNaN(wakeUps)) return share;
  const note = [share.note, `${formatNumber(wakeUps)} wake-ups/s`].filter((part) => part !== undefined);
  return { text: share.text, note: note.join(" ") };
}

/** Servers with at least one run of this load, in their order. */
export function takingPart(results: Results, plan: LoadPlanRecord): readonly TestedServer[] {
  return results.servers.filter(({ id }) => runsOf(results, plan, id).length > 0);
}

/**
 * Milliseconds within which a share of a load's exchanges was complete: the median over the runs that completed any. NaN
 * where none did, or where one of them does not tell that share.
 */
export function latencyAt(
  runs: readonly Measured[],
  share: "p5" | "p25" | "p50" | "p75" | "p95" | "p99" | "max",
): number {
  const values = runs.filter(({ exchanges }) => exchanges !== 0).map((run) => (run[share] ?? Number.NaN) / 1000);
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
