// The results of bench/scale.mjs as people read them.

import { figure, range } from "./build/js/lab/statistics.js";

const TITLES = {
  start: "file as compaction leaves it",
  journal: "file just before a compaction: each lease twice, in no order, commits of 50",
  huge: "file as compaction leaves it",
};

/** The whole of scale.md. */
export function scaleMarkdown(results, mebibyte) {
  const { date, machine, commit, parts } = results;
  const pieces = [
    "# A million leases",
    `${date.slice(0, 10)}, commit ${commit}, ${machine.cpu} (${machine.cores} cores), Linux ${machine.kernel}, lease files on ${machine.fileSystem}, Node ${machine.node}. Written by \`npm run bench:scale\`. Each lease has hardware address, client identifier, host name, option 82 with circuit and remote ID, and most a vendor class. Median (least to most).`,
    starts(parts, mebibyte),
    delays(parts, mebibyte),
    fill(parts.fill),
    curve(parts.table),
  ];
  return `${pieces.filter((piece) => piece !== "").join("\n\n")}\n`;
}

function starts(parts, mebibyte) {
  const rows = Object.entries(TITLES).flatMap(([name, title]) => {
    const part = parts[name];
    if (part === undefined) return [];
    const { leases, fileOctets, firstOfferMs, processorMs, residentOctets, peakOctets, octetsPerLease } = part;
    const mebibytes = (value) => figure(value / mebibyte);
    return [
      [
        leases.toLocaleString("en"),
        `${title}, ${mebibytes(fileOctets)} MiB`,
        range(firstOfferMs),
        range(processorMs),
        figure(octetsPerLease),
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

${table(headings, rows)}`;
}

function delays({ compaction, expiry }, mebibyte) {
  const rows = [];
  const row = (what, delay, milliseconds, load) =>
    rows.push([
      what,
      figure(milliseconds / 1000),
      figure(delay.p50),
      figure(delay.p99),
      figure(delay.max),
      load === undefined ? "-" : `${figure(load.p99Ms)} / ${figure(load.maxMs)}`,
    ]);
  if (compaction !== undefined) {
    row("nothing else happens", compaction.idleDelay, 1000);
    row(
      `compaction of ${compaction.leases.toLocaleString("en")} leases`,
      compaction.eventLoopDelay,
      compaction.milliseconds,
      compaction.load,
    );
  }
  if (expiry !== undefined) {
    row(
      `expiry of ${expiry.expired.toLocaleString("en")} leases`,
      expiry.eventLoopDelay,
      expiry.milliseconds,
      expiry.load,
    );
  }
  if (rows.length === 0) return "";
  const notes = [
    "The delay is the time between ticks of a 1 ms timer in the daemon, so 1 ms is none. Beside it new clients ask, 500 a second.",
    compaction === undefined
      ? ""
      : `Compaction took the peak of resident memory from ${figure(compaction.residentBefore / mebibyte)} to ${figure(compaction.peakOctets / mebibyte)} MiB (the peak is the process's, loading included).`,
    expiry === undefined
      ? ""
      : `Expiry and the load beside it took ${figure(expiry.processorSeconds)} s of processor time.`,
  ];
  return `## The event loop

${notes.filter((note) => note !== "").join(" ")}

${table(["while", "seconds", "p50 ms", "p99 ms", "max ms", "exchanges beside it, p99 / max ms"], rows)}`;
}

function fill(readings) {
  if (readings === undefined) return "";
  const rows = readings.map(({ percent, perSecond, processorMicroseconds, lies, lost }) => [
    `${percent} %`,
    range(perSecond),
    range(processorMicroseconds),
    lies + lost,
  ]);
  return `## New clients in a pool of 2^20 addresses

${table(["full", "exchanges per second, W=64", "processor time each, us", "lies and losses"], rows)}`;
}

function curve(points) {
  if (points === undefined) return "";
  const rows = points.points.map(({ percent, findNanoseconds, leaseNanoseconds }) => [
    `${percent} %`,
    figure(findNanoseconds),
    figure(leaseNanoseconds),
  ]);
  return `## The lease table alone, ${points.poolSize.toLocaleString("en")} addresses

Nanoseconds of processor time; time goes on by a second every 20,000 leases. A whole exchange takes about 10,000.

${table(["full", "to find an address", "to find, offer, bind and confirm"], rows)}`;
}

/** A Markdown table. */
function table(headings, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}
