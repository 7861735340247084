// The results of `npm run bench -- --cluster` as people read them.

import type { FirstOffer, Results, Spread } from "../results.ts";
import { describeConditions, titled } from "./about-run.ts";
import { besideMarkdown, OTHER_TREE } from "./beside.ts";
import { firstOfferTables } from "./first-offer-page.ts";
import { markdownTable } from "./markdown-table.ts";
import { type Figure, ratioOf, spreadOf, totalOf, valuesOf } from "./measurements.ts";
import { formatCount, formatNumber, formatRange } from "./numbers.ts";
import { spread } from "./statistics.ts";

const OURS = "anydhcpd-etcd-3";
const WITH_FILE = "anydhcpd";
/** A median that is so much longer is not "as fast". */
const AS_FAST = 1.25;
/** Of 5,000 exchanges a second that are begun, those that have to end for the times to mean something. */
const ENOUGH = 4900;

/** Something that a cluster is meant to reach. */
interface Line {
  readonly text: string;
  readonly better: "more" | "less";
  readonly limit: number;
  readonly measured: Spread | null;
  /** Whether not the middle value counts but the worst. */
  readonly isOfWorst?: boolean;
}

/** The whole of cluster.md. */
export function clusterMarkdown(results: Results): string {
  const loads = results.plans.flatMap(({ title, names }) =>
    names.map(
      (name) => `## ${name.endsWith("renew") ? "Renewals" : "New leases"}: ${title}\n\n${loadTable(results, name)}`,
    ),
  );
  const others = results.servers.some(({ id }) => id.startsWith(OTHER_TREE)) ? [besidePart(results)] : [];
  return `${[
    "# The speed of a cluster",
    `${describeConditions(results)}
Written by \`npm run bench -- --cluster\`. The members of etcd, PostgreSQL, the server and the load share this machine's
processors; a server with a lease file, and Kea with its memfile, have one of them for themselves.`,
    `## What is to be reached

Ratios are of one round; the middle one counts, of the event loop's delays the longest.

${verdictTable(results)}`,
    ...loads,
    ...twoNodesPart(results),
    ...(results.firstOffers === undefined ? [] : [`## First OFFERs\n\n${firstOfferTables(results, "###")}`]),
    ...manyLeasesPart(results),
    ...others,
  ].join("\n\n")}\n`;
}

function linesOf(results: Results): readonly Line[] {
  const { rounds, cluster = {} } = results;
  const speedTo = (server: string, measurement: string, ours = OURS): Spread | null => {
    const figure = "perSecond";
    return ratioOf(rounds, { server: ours, measurement, figure }, { server, measurement, figure });
  };
  /** Times of rounds in which there were any. */
  const milliseconds = (measurement: string, figure: Figure): Spread | null => {
    const times = valuesOf(rounds, { server: OURS, measurement, figure }).filter((time) => time > 0);
    return scaled(spread(times), 1 / 1000);
  };
  const reached = (measurement: string): Spread | null =>
    spreadOf(rounds, { server: OURS, measurement, figure: "perSecond" });
  const { twoNodes = [], snapshot, memory } = cluster;
  return [
    atLeast("new leases a second, to Kea with PostgreSQL, 1 thread", 10, speedTo("kea-pgsql-1", "dora")),
    atLeast("the same to 4 threads", 5, speedTo("kea-pgsql-4", "dora")),
    atLeast("the same to Kea with its memfile", 1, speedTo("kea", "dora")),
    atLeast("new leases a second where 5,000 are asked for", ENOUGH, reached("steady-dora")),
    atMost("DISCOVER to ACK at 5,000 a second, p50, ms", 15, milliseconds("steady-dora", "p50")),
    atMost("the same, p99, ms", 80, milliseconds("steady-dora", "p99")),
    atLeast("renewals a second where 5,000 are asked for", ENOUGH, reached("steady-renew")),
    atMost("REQUEST to ACK at 5,000 renewals a second, p50, ms", 15, milliseconds("steady-renew", "p50")),
    atMost("the same, p99, ms", 80, milliseconds("steady-renew", "p99")),
    ...situationsOf(results).map((situation) =>
      atMost(
        `first OFFER, to that of a server with a lease file: ${situation}`,
        AS_FAST,
        offerRatio(results, situation),
      ),
    ),
    atLeast(
      "new leases a second at two nodes at once, to one",
      1,
      spread(twoNodes.map(({ one, two }) => two.reduce((sum, each) => sum + each, 0) / one)),
    ),
    atMost(`snapshot of ${formatCount(snapshot?.leases ?? 0)} leases, ms`, 4000, snapshot?.milliseconds ?? null),
    { ...atMost("longest delay of the event loop in a snapshot, ms", 20, snapshot?.delayMax ?? null), isOfWorst: true },
    atMost("octets of memory a lease", 120, spread(memory === undefined ? [] : [memory.octetsPerLease])),
    atLeast(
      "new leases a second with a lease file, to the other tree",
      0.97,
      speedTo(`${OTHER_TREE}${WITH_FILE}`, "dora", WITH_FILE),
    ),
    atLeast(
      "renewals a second with a lease file, to the other tree",
      0.97,
      speedTo(`${OTHER_TREE}${WITH_FILE}`, "renew", WITH_FILE),
    ),
  ];
}

const atLeast = (text: string, limit: number, measured: Spread | null): Line => ({
  text,
  better: "more",
  limit,
  measured,
});
const atMost = (text: string, limit: number, measured: Spread | null): Line => ({
  text,
  better: "less",
  limit,
  measured,
});

/** Whether a line holds; null where it was not measured. */
function holds({ better, limit, measured, isOfWorst = false }: Line): boolean | null {
  if (measured === null) return null;
  const value = isOfWorst ? measured.max : measured.median;
  return better === "more" ? value >= limit : value <= limit;
}

function verdictTable(results: Results): string {
  const rows = linesOf(results).map((line) => {
    const verdict = holds(line);
    return [
      line.text,
      `${line.better === "more" ? "at least" : "at most"} ${formatNumber(line.limit)}`,
      formatRange(line.measured),
      verdict === null ? "not measured" : verdict ? "yes" : "no",
    ];
  });
  return markdownTable(["what", "wanted", "measured", "holds"], rows);
}

function loadTable(results: Results, name: string): string {
  const { servers, rounds } = results;
  const rows = servers
    .filter(({ id }) => rounds.some((round) => round[id]?.[name] !== undefined))
    .map((server) => {
      const of = (figure: Figure): Spread | null => spreadOf(rounds, { server: server.id, measurement: name, figure });
      const total = (count: Parameters<typeof totalOf>[3]): number => totalOf(rounds, server.id, name, count);
      return [
        titled(server),
        formatRange(of("perSecond")),
        formatRange(scaled(of("p50"), 1 / 1000)),
        formatRange(scaled(of("p99"), 1 / 1000)),
        formatRange(of("processorMicroseconds")),
        total("retransmissions"),
        total("lost"),
        total("invalidReplies"),
      ];
    });
  const columns = [
    "server",
    "per second",
    "p50 ms",
    "p99 ms",
    "CPU us each, its database's with it",
    "sent again",
    "lost",
    "invalid replies",
  ];
  return markdownTable(columns, rows);
}

function twoNodesPart({ cluster, settings }: Results): readonly string[] {
  const rounds = cluster?.twoNodes ?? [];
  if (rounds.length === 0) return [];
  const rows = rounds.map(({ one, two, lost, invalidReplies }) => [
    formatNumber(one),
    two.map(formatNumber).join(" + "),
    formatNumber(two.reduce((sum, each) => sum + each, 0)),
    lost,
    invalidReplies,
  ]);
  return [
    `## Two nodes at once

New leases a second, a round a line, ${settings.window ?? 0} exchanges outstanding at each node. The second node is not there while the first one
is measured alone: before and after both, and its rate is the mean. Each node has had its load for some seconds before.

${markdownTable(["one", "two at once", "their sum", "lost", "invalid replies"], rows)}`,
  ];
}

function manyLeasesPart({ cluster }: Results): readonly string[] {
  const { snapshot, memory, filledInSeconds } = cluster ?? {};
  if (snapshot === undefined || memory === undefined) return [];
  const { residentOctets, emptyResidentOctets, octetsPerLease, starts } = memory;
  const mebibytes = (of: Spread): string => formatRange(scaled(of, 1 / (1 << 20)));
  const rows = [
    ["snapshot, ms", formatRange(snapshot.milliseconds), `${snapshot.snapshots} processes`],
    ["longest delay of the event loop, ms", formatRange(snapshot.delayMax), "1 is none"],
    ["p99 of the delay, ms", formatRange(snapshot.delayP99), ""],
    ["resident memory of the server, MiB", mebibytes(residentOctets), `${starts} starts`],
    ["the same without leases, MiB", mebibytes(emptyResidentOctets), `${starts} starts`],
    ["octets of memory a lease", formatNumber(octetsPerLease), ""],
    ["octets of a member's database a lease", formatNumber(snapshot.databaseOctetsPerWrite), "each written once"],
    ["anydhcpctl fill, s", formatNumber(filledInSeconds), ""],
  ];
  return [
    `## ${formatCount(snapshot.leases)} leases in etcd

Each lease has hardware address, client identifier, host name, option 82 with circuit and remote ID, and most a vendor
class.

${markdownTable(["what", "median (least to most)", ""], rows)}`,
  ];
}

function besidePart(results: Results): string {
  return `## Beside another tree\n\n${besideMarkdown(results)}`;
}

function situationsOf({ firstOffers = [] }: Results): readonly string[] {
  return [...new Set(firstOffers.map(({ situation }) => situation))];
}

/** The median of our first OFFERs to that with a lease file; null where one was not measured. */
function offerRatio({ firstOffers = [] }: Results, situation: string): Spread | null {
  const of = (id: string): FirstOffer | undefined =>
    firstOffers.find((one) => one.server === id && one.situation === situation);
  const [ours, other] = [of(OURS)?.milliseconds, of(WITH_FILE)?.milliseconds];
  return ours == null || other == null ? null : spread([ours.median / other.median]);
}

function scaled(of: Spread | null, factor: number): Spread | null {
  return of && { median: of.median * factor, min: of.min * factor, max: of.max * factor };
}
