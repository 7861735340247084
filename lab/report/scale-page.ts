// The results of `npm run bench:scale` as people read them.

import type { Results, Scale, SideLoad } from "../results.ts";
import { describeMachineOf } from "./about-run.ts";
import { markdownTable } from "./markdown-table.ts";
import { formatCount, formatNumber, formatRange } from "./numbers.ts";

const MEBIBYTE = 1 << 20;
const TITLES: Readonly<Record<"start" | "journal" | "huge", string>> = {
  start: "file as compaction leaves it",
  journal: "file just before a compaction: each lease twice, in no order, commits of 50",
  huge: "file as compaction leaves it",
};

/** The whole of scale.md. */
export function scaleMarkdown(results: Results): string {
  const { scale = {} } = results;
  const pieces = [
    "# A million leases",
    `${describeMachineOf(results)} Written by \`npm run bench:scale\`. Each lease has hardware address, client identifier, host name, option 82 with circuit and remote ID, and most a vendor class. Median (least to most).`,
    starts(scale),
    delays(scale),
    fill(scale.fill),
    curve(scale.table),
  ];
  return `${pieces.filter((piece) => piece !== "").join("\n\n")}\n`;
}

function starts(scale: Scale): string {
  const rows = (["start", "journal", "huge"] as const).flatMap((name) => {
    const part = scale[name];
    if (part === undefined) return [];
    const { leases, fileOctets, firstOfferMs, processorMs, residentOctets, peakOctets, octetsPerLease } = part;
    const mebibytes = (value: number): string => formatNumber(value / MEBIBYTE);
    return [
      [
        formatCount(leases),
        `${TITLES[name]}, ${mebibytes(fileOctets)} MiB`,
        formatRange(firstOfferMs),
        formatRange(processorMs),
        formatNumber(octetsPerLease),
        mebibytes(residentOctets.median),
        mebibytes(peakOctets.max),
      ],
    ];
  });
  if (rows.length === 0) return "";
  const headings = [
    "leases",
    "lease file",
    "start to first OFFER, ms",
    "processor time until then, ms",
    "octets of memory per lease",
    "resident, MiB",
    "peak, MiB",
  ];
  return `## Start and memory

Memory per lease is the resident memory of the whole process (smaps_rollup) less that of the same process with an empty lease file, by the number of leases.

${markdownTable(headings, rows)}`;
}

function delays({ compaction, expiry }: Scale): string {
  const rows: string[][] = [];
  const row = (
    what: string,
    delay: { readonly p50: number; readonly p99: number; readonly max: number },
    milliseconds: number,
    load?: SideLoad,
  ): unknown =>
    rows.push([
      what,
      formatNumber(milliseconds / 1000),
      formatNumber(delay.p50),
      formatNumber(delay.p99),
      formatNumber(delay.max),
      load === undefined ? "\u2013" : `${formatNumber(load.p99Ms)} / ${formatNumber(load.maxMs)}`,
    ]);
  if (compaction !== undefined) {
    row("nothing else happens", compaction.idleDelay, 1000);
    row(
      `compaction of ${formatCount(compaction.leases)} leases`,
      compaction.eventLoopDelay,
      compaction.milliseconds,
      compaction.load,
    );
  }
  if (expiry !== undefined) {
    row(`expiry of ${formatCount(expiry.expired)} leases`, expiry.eventLoopDelay, expiry.milliseconds, expiry.load);
  }
  if (rows.length === 0) return "";
  const notes = [
    "The delay is the time between ticks of a 1 ms timer in the daemon, so 1 ms is none. Beside it new clients ask, 500 a second.",
    compaction === undefined
      ? ""
      : `Compaction took the peak of resident memory from ${formatNumber(compaction.residentBefore / MEBIBYTE)} to ${formatNumber(compaction.peakOctets / MEBIBYTE)} MiB (the peak is the process's, loading included).`,
    expiry === undefined
      ? ""
      : `Expiry and the load beside it took ${formatNumber(expiry.processorSeconds)} s of processor time.`,
  ];
  return `## The event loop

${notes.filter((note) => note !== "").join(" ")}

${markdownTable(["while", "seconds", "p50 ms", "p99 ms", "max ms", "exchanges beside it, p99 / max ms"], rows)}`;
}

function fill(readings: Scale["fill"]): string {
  if (readings === undefined) return "";
  const rows = readings.map(({ percent, perSecond, processorMicroseconds, invalidReplies, lost }) => [
    `${percent} %`,
    formatRange(perSecond),
    formatRange(processorMicroseconds),
    invalidReplies + lost,
  ]);
  return `## New clients in a pool of 2^20 addresses

${markdownTable(["full", "exchanges per second, W=64", "processor time each, us", "invalid replies and losses"], rows)}`;
}

function curve(points: Scale["table"]): string {
  if (points === undefined) return "";
  const rows = points.points.map(({ percent, findNanoseconds, leaseNanoseconds }) => [
    `${percent} %`,
    formatNumber(findNanoseconds),
    formatNumber(leaseNanoseconds),
  ]);
  return `## The lease table alone, ${formatCount(points.poolSize)} addresses

Nanoseconds of processor time; time goes on by a second every 20,000 leases. A whole exchange takes about 10,000.

${markdownTable(["full", "to find an address", "to find, offer, bind and confirm"], rows)}`;
}
