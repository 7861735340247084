// Which plots a comparison gives: exchanges per second (a mark a run), latency (a box a server), CPU
// under unrelated traffic (a bar a kind of traffic). Pure.

import type { Comparison, LoadScenario, Noise, NoiseKind, NoiseListener } from "../comparison.ts";
import { median } from "../rounds.ts";
import { spread } from "../statistics.ts";
import { formatCount, formatMilliseconds, formatNumber, formatShare } from "./numbers.ts";
import type { Mark, Pattern, Plot, Row } from "./plots.ts";
import { linearScale, logScale } from "./scale.ts";
import { latencyAt, takingPart } from "./tables.ts";

const isOurs = (id: string): boolean => id.startsWith("anydhcpd");

/** Exchanges per second of all runs of one load. */
export function throughputPlot(comparison: Comparison, scenario: LoadScenario): Plot {
  const all: number[] = [];
  const rows = takingPart(comparison, scenario).map(({ id, name }): Row => {
    const values = (scenario.runs[id] ?? []).map((run) => run.exchangesPerSecond).filter((value) => value > 0);
    all.push(...values);
    const summary = spread(values);
    const marks: Mark[] = values.map((at) => ({ kind: "dot", at, shape: "circle", hollow: true }));
    if (summary !== null) {
      marks.unshift({ kind: "range", from: summary.min, to: summary.max });
      marks.push({ kind: "tick", at: summary.median });
    }
    return {
      label: name,
      ours: isOurs(id),
      value: summary === null ? "none finished" : `${formatNumber(summary.median)}/s`,
      marks,
    };
  });
  return {
    description: `Exchanges per second, medians: ${spoken(rows)}.`,
    axis: "exchanges per second (powers of ten)",
    scale: logScale(all),
    tickText: formatCount,
    rows,
    legend: [
      { mark: { kind: "dot", at: 0.5, shape: "circle", hollow: true }, text: "one run" },
      { mark: { kind: "tick", at: 0.5 }, text: "median" },
    ],
  };
}

/** Distribution of the time from first query to last reply of one load. */
export function latencyPlot(comparison: Comparison, scenario: LoadScenario): Plot {
  const all: number[] = [];
  const rows = takingPart(comparison, scenario).map(({ id, name }): Row => {
    const runs = scenario.runs[id] ?? [];
    const at = (share: number): number => {
      const value = latencyAt(runs, share);
      if (value > 0) all.push(value);
      return value;
    };
    const half = at(0.5);
    const candidates: Mark[] = [
      { kind: "range", from: at(0.05), to: at(0.95) },
      { kind: "box", from: at(0.25), to: at(0.75) },
      { kind: "tick", at: half },
      { kind: "dot", at: at(0.99), shape: "diamond", hollow: true },
      { kind: "dot", at: at(1), shape: "cross" },
    ];
    const value = formatMilliseconds(half);
    return { label: name, ours: isOurs(id), value, marks: candidates.filter(isMeasured) };
  });
  return {
    description: `Time of one exchange, medians: ${spoken(rows)}.`,
    axis: "time of one exchange (powers of ten)",
    scale: logScale(all),
    tickText: formatMilliseconds,
    rows,
    legend: [
      { mark: { kind: "tick", at: 0.5 }, text: "median" },
      { mark: { kind: "box", from: 0.1, to: 0.9 }, text: "the middle half" },
      { mark: { kind: "range", from: 0, to: 1 }, text: "5 % to 95 %" },
      { mark: { kind: "dot", at: 0.5, shape: "diamond", hollow: true }, text: "99 %" },
      { mark: { kind: "dot", at: 0.5, shape: "cross" }, text: "slowest" },
    ],
  };
}

const PATTERNS: Readonly<Record<NoiseKind["id"], Pattern>> = {
  silence: "outlined",
  light: "dotted",
  ports: "hatched",
  forwarded: "solid",
};

/** CPU of some listeners by kind of unrelated traffic. */
export function noisePlot(noise: Noise, kind: NoiseListener["kind"]): Plot {
  const all: number[] = [];
  const rows: Row[] = [];
  for (const listener of noise.listeners.filter((candidate) => candidate.kind === kind)) {
    let group: Pick<Row, "group" | "ours"> = { group: listener.name, ours: isOurs(listener.id) };
    for (const { id, title } of noise.kinds) {
      const shares = (listener.runs[id] ?? []).map((run) => run.cpuShare);
      if (shares.length === 0) continue;
      all.push(...shares);
      const middle = median(shares);
      rows.push({
        label: title,
        ...group,
        value: formatShare(middle),
        marks: [
          { kind: "bar", to: middle, pattern: PATTERNS[id] },
          { kind: "range", from: Math.min(...shares), to: Math.max(...shares) },
        ],
      });
      group = {};
    }
  }
  const kinds = noise.kinds.filter(({ title }) => rows.some(({ label }) => label === title));
  return {
    description: `CPU under unrelated traffic, medians: ${spoken(rows)}.`,
    axis: "CPU time, share of one processor",
    scale: linearScale([...all, 0.01]),
    tickText: formatShare,
    rows,
    legend: [
      ...kinds.map(({ id, title }) => ({
        mark: { kind: "bar" as const, to: 1, pattern: PATTERNS[id] },
        text: title,
      })),
      { mark: { kind: "range", from: 0, to: 1 }, text: "lowest and highest run" },
    ],
  };
}

function isMeasured(mark: Mark): boolean {
  return Object.values(mark).every((value) => typeof value !== "number" || value > 0);
}

function spoken(rows: readonly Row[]): string {
  return rows.map(({ group = "", label, value }) => `${group} ${label} ${value}`.trim()).join(", ");
}
