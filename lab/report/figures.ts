// Which plots a comparison gives: exchanges per second (a mark a run), latency (a box a server), CPU
// under background traffic (a bar a kind of traffic). Pure.

import type { BackgroundTraffic, LoadPlanRecord, Results, TrafficKind, TrafficListener } from "../results.ts";
import { formatCount, formatMilliseconds, formatNumber, formatShare } from "./numbers.ts";
import type { Mark, Pattern, Plot, Row } from "./plots.ts";
import { linearScale, logScale } from "./scale.ts";
import { median, spread } from "./statistics.ts";
import { latencyAt, runsOf, takingPart } from "./tables.ts";

const isOurs = (id: string): boolean => id.startsWith("anydhcpd");

/** Exchanges per second of all runs of one load. */
export function throughputPlot(results: Results, plan: LoadPlanRecord): Plot {
  const all: number[] = [];
  const rows = takingPart(results, plan).map(({ id, title }): Row => {
    const values = runsOf(results, plan, id)
      .map(({ perSecond = 0 }) => perSecond)
      .filter((value) => value > 0);
    all.push(...values);
    const summary = spread(values);
    const marks: Mark[] = values.map((at) => ({ kind: "dot", at, shape: "circle", hollow: true }));
    if (summary !== null) {
      marks.unshift({ kind: "range", from: summary.min, to: summary.max });
      marks.push({ kind: "tick", at: summary.median });
    }
    return {
      label: title,
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
export function latencyPlot(results: Results, plan: LoadPlanRecord): Plot {
  const all: number[] = [];
  const rows = takingPart(results, plan).map(({ id, title }): Row => {
    const runs = runsOf(results, plan, id);
    const at = (share: Parameters<typeof latencyAt>[1]): number => {
      const value = latencyAt(runs, share);
      if (value > 0) all.push(value);
      return value;
    };
    const half = at("p50");
    const candidates: Mark[] = [
      { kind: "range", from: at("p5"), to: at("p95") },
      { kind: "box", from: at("p25"), to: at("p75") },
      { kind: "tick", at: half },
      { kind: "dot", at: at("p99"), shape: "diamond", hollow: true },
      { kind: "dot", at: at("max"), shape: "cross" },
    ];
    const value = formatMilliseconds(half);
    return { label: title, ours: isOurs(id), value, marks: candidates.filter(isMeasured) };
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

const PATTERNS: Readonly<Record<TrafficKind["id"], Pattern>> = {
  silence: "outlined",
  light: "dotted",
  ports: "hatched",
  forwarded: "solid",
};

/** CPU of some listeners by kind of background traffic. */
export function trafficPlot(traffic: BackgroundTraffic, kind: TrafficListener["kind"]): Plot {
  const all: number[] = [];
  const rows: Row[] = [];
  for (const listener of traffic.listeners.filter((candidate) => candidate.kind === kind)) {
    let group: Pick<Row, "group" | "ours"> = { group: listener.name, ours: isOurs(listener.id) };
    for (const { id, title } of traffic.kinds) {
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
  const kinds = traffic.kinds.filter(({ title }) => rows.some(({ label }) => label === title));
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
