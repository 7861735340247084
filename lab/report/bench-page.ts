// The results of `npm run bench` as people read them: tables, and two bar charts.

import type { LoadPlanRecord, Measured, Results, Spread, TestedServer } from "../results.ts";
import { DURABILITY, describeConditions, titled } from "./about-run.ts";
import type { BaselineComparison } from "./baseline.ts";
import { judge } from "./claims.ts";
import { markdownTable } from "./markdown-table.ts";
import { type Figure, measurementsOf, type Point, ratioOf, spreadOf, totalOf, valuesOf } from "./measurements.ts";
import { formatCount, formatNumber, formatRange } from "./numbers.ts";
import { drawFile, type Row } from "./plots.ts";
import { linearScale } from "./scale.ts";

/** The baseline that does as much as a server for durability. */
const BASELINE_OF = { ack: "baseline-echo-journal", later: "baseline-echo", never: "baseline-echo" } as const;

/** The whole of bench.md. */
export function benchMarkdown(results: Results): string {
  const parts = results.plans.flatMap((plan) =>
    plan.names.map((name) => `## ${headingOf(name)}: ${plan.title}\n\n${planTable(results, plan, name)}`),
  );
  if (measured(results, "half-load").length > 0) parts.push(`## Latency at half load\n\n${halfLoadTable(results)}`);
  return `# Exchanges per second

${describeConditions(results)}

Each client comes once for a lease (DISCOVER, OFFER, REQUEST, ACK) and once to renew it, later than servers answer
without storing; ISC dhcpd is told to store early renewals as well. There are a million addresses unless said otherwise:
what searches its leases one by one does not cope with so many. "On disk": when the lease is, as the server comes;
"dont-use-fsync" is ours told not to wait for the disk: it writes each lease all the same. "Of the baseline's": to the C
baseline that stores as much, in the same round. CPU time is that of all the server's processes. "Octets written each":
written to files, its log and compactions among them. Syncs are counted in a run of their own. "Load's core": share of a
processor that the generator used; near 1, the generator was the limit. "Sent again": queries without reply within a
second. "Invalid replies": replies with a wrong source, server identifier, hardware address, xid, type, address or option.

## What is to be reached

Ratios within a round; the middle one counts.

${verdictTable(results)}

${parts.join("\n\n")}
`;
}

/** The two charts, by the name of their file. */
export function benchCharts(results: Results): Readonly<Record<string, string>> {
  const charts = [
    ["dora", "New leases per second (DISCOVER to ACK), relayed"],
    ["renew", "Renewals per second, relayed"],
  ] as const;
  return Object.fromEntries(charts.map(([name, title]) => [`bench-${name}.svg`, chart(results, name, title)]));
}

/** What a comparison with a baseline has shown. */
export function baselineMarkdown(
  { date, machine, version }: { readonly date: string; readonly machine: string; readonly version: string },
  { changes, missing }: BaselineComparison,
  tolerance: number,
): string {
  const rows = changes.map(({ name, then, now, worseBy, isRegression }) => [
    name,
    formatNumber(then),
    formatRange(now),
    `${formatNumber(Math.abs(worseBy) * 100)} % ${worseBy > 0 ? "worse" : "better"}`,
    isRegression ? "REGRESSION" : "",
  ]);
  const count = changes.filter(({ isRegression }) => isRegression).length;
  return `
# Against the baseline of ${date.slice(0, 10)}: ${version}, ${machine}

${markdownTable(["ratio", "then", "now", "change", ""], rows)}
${missing.length === 0 ? "" : `\nNot measured now: ${missing.join("; ")}.\n`}
${count === 0 ? "No ratio is" : `${count} ${count === 1 ? "ratio is" : "ratios are"}`} worse by more than ${formatNumber(tolerance * 100)} %.`;
}

function headingOf(name: string): string {
  return name.endsWith("renew") ? "Renewals" : name.endsWith("dora") ? "New leases" : "Load";
}

function planTable(results: Results, { measure }: LoadPlanRecord, name: string): string {
  return measure === "storm" ? stormTable(results, name) : loadTable(results, name);
}

/** The servers that were measured at all, under this name. */
function measured({ servers, rounds }: Results, name: string): readonly TestedServer[] {
  return servers.filter(({ id }) => rounds.some((round) => round[id]?.[name]?.perSecond !== undefined));
}

const percent = (of: Spread | null): string => (of === null ? "\u2013" : `${formatNumber(of.median * 100)} %`);
const milliseconds = (of: Spread | null): Spread | null =>
  of && { median: of.median / 1000, min: of.min / 1000, max: of.max / 1000 };

/** Points of a server under one name, and where their values lie. */
function figuresOf(results: Results, server: TestedServer, measurement: string) {
  const point = (figure: Figure): Point => ({ server: server.id, measurement, figure });
  return {
    point,
    spread: (figure: Figure): Spread | null => spreadOf(results.rounds, point(figure)),
    baseline: (figure: Figure): Point => ({ ...point(figure), server: BASELINE_OF[server.durability] }),
    total: (count: Parameters<typeof totalOf>[3]): number => totalOf(results.rounds, server.id, measurement, count),
  };
}

/** Columns of a table: heading, and cell of a server. */
type Columns = readonly (readonly [string, (server: TestedServer) => string | number])[];

function table(servers: readonly TestedServer[], columns: Columns): string {
  return markdownTable(
    columns.map(([heading]) => heading),
    servers.map((server) => columns.map(([, cell]) => cell(server))),
  );
}

function loadTable(results: Results, name: string): string {
  const of = (server: TestedServer) => figuresOf(results, server, name);
  const middle = (figure: Figure) => (server: TestedServer) => formatNumber(of(server).spread(figure)?.median);
  return table(measured(results, name), [
    ["server", titled],
    ["on disk", ({ durability }) => DURABILITY[durability]],
    ["rounds", (server) => valuesOf(results.rounds, of(server).point("perSecond")).length],
    ["per second", (server) => formatRange(of(server).spread("perSecond"))],
    [
      "of the baseline's",
      (server) => percent(ratioOf(results.rounds, of(server).point("perSecond"), of(server).baseline("perSecond"))),
    ],
    ["p50 ms", (server) => formatNumber(milliseconds(of(server).spread("p50"))?.median)],
    ["p99 ms", (server) => formatRange(milliseconds(of(server).spread("p99")))],
    ["p99.9 ms", (server) => formatNumber(milliseconds(of(server).spread("p999"))?.median)],
    ["CPU us each", (server) => formatRange(of(server).spread("processorMicroseconds"))],
    ["of it user", middle("userMicroseconds")],
    ["octets written each", middle("octetsPerExchange")],
    ["syncs per 1,000", middle("syncsPer1000")],
    ["load's core", middle("generatorBusy")],
    ["sent again", (server) => of(server).total("retransmissions")],
    ["lost", (server) => of(server).total("lost")],
    ["invalid replies", (server) => of(server).total("invalidReplies")],
  ]);
}

/** A storm's table begins with when it is over. */
function stormTable(results: Results, name: string): string {
  const of = (server: TestedServer) => figuresOf(results, server, name);
  const all = ({ id }: TestedServer): readonly Measured[] => measurementsOf(results.rounds, id, name);
  return table(measured(results, name), [
    ["server", titled],
    ["on disk", ({ durability }) => DURABILITY[durability]],
    ["rounds", (server) => all(server).length],
    ["got a lease", (server) => formatRange(of(server).spread("exchanges"))],
    ["s to the last", (server) => formatNumber(of(server).spread("seconds")?.median)],
    ["p50 ms", (server) => formatRange(milliseconds(of(server).spread("p50")))],
    ["p99 ms", (server) => formatRange(milliseconds(of(server).spread("p99")))],
    ["CPU us each", (server) => formatNumber(of(server).spread("processorMicroseconds")?.median)],
    ["sent again", (server) => of(server).total("retransmissions")],
    ["lost", (server) => of(server).total("lost")],
    ["invalid replies", (server) => of(server).total("invalidReplies")],
  ]);
}

function halfLoadTable(results: Results): string {
  const of = (server: TestedServer) => figuresOf(results, server, "half-load");
  return table(measured(results, "half-load"), [
    ["server", titled],
    ["a second", (server) => formatNumber(of(server).spread("rate")?.median)],
    ["p50 ms", (server) => formatRange(milliseconds(of(server).spread("p50")))],
    ["p99 ms", (server) => formatRange(milliseconds(of(server).spread("p99")))],
    ["p99.9 ms", (server) => formatNumber(milliseconds(of(server).spread("p999"))?.median)],
    [
      "p99 to the baseline's",
      (server) => formatRange(ratioOf(results.rounds, of(server).point("p99"), of(server).baseline("p99"))),
    ],
    ["lost", (server) => of(server).total("lost")],
  ]);
}

function verdictTable({ rounds }: Results): string {
  const rows = judge(rounds).map(({ claim, ratio, holds }) => [
    claim.text,
    `${claim.better === "more" ? "at least" : "at most"} ${claim.limit}${claim.aim === undefined ? "" : ` (aim: ${claim.aim})`}`,
    formatRange(ratio),
    holds === null ? "not measured" : holds ? "yes" : "no",
  ]);
  return markdownTable(["ratio", "wanted", "measured", "holds"], rows);
}

/** Exchanges per second as bars: full ones are durable, hatched ones are not; the line spans least to most. */
function chart(results: Results, name: string, title: string): string {
  const { machine, settings, date, rounds } = results;
  const all = new Map(
    measured(results, name).map((server) => [
      server,
      spreadOf(rounds, { server: server.id, measurement: name, figure: "perSecond" }),
    ]),
  );
  const rows = [...all].map(
    ([server, spread]): Row => ({
      label: titled(server),
      ours: server.id.startsWith("anydhcpd"),
      value: `${formatNumber(spread?.median)}/s`,
      marks:
        spread === null
          ? []
          : [
              { kind: "bar", to: spread.median, pattern: server.durability === "ack" ? "solid" : "hatched" },
              { kind: "range", from: spread.min, to: spread.max },
            ],
    }),
  );
  const plot = {
    description: `${title}, medians: ${rows.map(({ label, value }) => `${label} ${value}`).join(", ")}.`,
    axis: "exchanges per second",
    scale: linearScale([...all.values()].map((spread) => spread?.max ?? 0)),
    tickText: formatCount,
    rows,
    legend: [],
  };
  const about = `${date.slice(0, 10)}, ${machine.cpu}, Linux ${machine.kernel}, ${machine.fileSystem}`;
  return drawFile(plot, [
    `${title}, W=${settings.window ?? 0}`,
    `solid: on disk before the ACK; hatched: not; line: least to most of ${settings.rounds ?? 0} rounds`,
    about,
  ]);
}
