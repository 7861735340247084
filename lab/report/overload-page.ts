// What `npm run bench:overload` has found, as people read it.

import type { Flood, Results, SlowDisk } from "../results.ts";
import { describeMachineOf } from "./about-run.ts";
import { markdownTable } from "./markdown-table.ts";
import { formatNumber } from "./numbers.ts";

const ms = (microseconds: number): string => formatNumber(microseconds / 1000);

/** The whole of overload.md. */
export function overloadMarkdown(results: Results): string {
  const { floods = [], disks = [] } = results;
  const head = `# Overload and slow disks

${describeMachineOf(results)}
Relayed clients; server on one core, all load on another. One run each.`;
  const parts = [head];
  if (floods.length > 0) parts.push(floodPart(results, floods));
  if (disks.length > 0) parts.push(diskPart(disks));
  return `${parts.join("\n\n")}\n`;
}

function floodPart({ settings }: Results, floods: readonly Flood[]): string {
  const { floodSeconds = 0, floodTimes = 0, renewals } = settings;
  const rows: readonly (readonly [string, (one: Flood) => string])[] = [
    ["new leases a second that can be had (closed loop)", (one) => formatNumber(one.leasesPerSecond)],
    ["OFFERs a second that can be had (closed loop)", (one) => formatNumber(one.capacityPerSecond)],
    [
      "DISCOVERs a second that came (times the leases, times the OFFERs)",
      (one) => `${formatNumber(one.offeredPerSecond)} (${formatNumber(one.timesLeases)}x, ${formatNumber(one.times)}x)`,
    ],
    ["OFFERs a second meanwhile", (one) => formatNumber(one.answeredPerSecond)],
    ["OFFER after, p50 / p99 ms", (one) => `${ms(one.offers.p50)} / ${ms(one.offers.p99)}`],
    ["renewals served", (one) => `${formatNumber(100 * one.renewals.success)} % of ${one.renewals.started}`],
    ["renewals sent again", (one) => formatNumber(one.renewals.retransmissions)],
    ["renewal p50 / p99 ms", (one) => `${ms(one.renewals.times.p50)} / ${ms(one.renewals.times.p99)}`],
    ["the same without a flood", (one) => `${ms(one.quiet.times.p50)} / ${ms(one.quiet.times.p99)}`],
    ["event loop's delay p50 / p99 / most ms", (one) => delay(one.eventLoopDelay)],
    ["all new clients answered again after, ms", (one) => formatNumber(one.recoveryMs)],
    [
      "memory before / during / after, MiB",
      ({ memoryMiB: { before, during, after } }) => `${before} / ${during} / ${after}`,
    ],
    ["invalid replies", invalidReplies],
    ["leases told, and lost at kill -9 in the flood", (one) => `${one.toldLeases}, ${one.lostLeases}`],
  ];
  return `## ${floodTimes} times as many new clients as can be answered

A flood of DISCOVERs for ${floodSeconds} s, or as many as one core of load can make, beside ${renewals?.clients} clients
that renew, ${renewals?.rate} a second, and ask again after ${renewals?.timeoutMs} ms, doubling, ${renewals?.tries} times in all.

${markdownTable(
  ["", ...floods.map(({ backend }) => backend)],
  rows.map(([name, cell]) => [name, ...floods.map(cell)]),
)}`;
}

function diskPart(disks: readonly SlowDisk[]): string {
  const headings = [
    "backend",
    "disk",
    "DORA/s",
    "p50 ms",
    "p99 ms",
    "most ms",
    "leases a sync",
    "loop p99 / most ms",
    "sent again",
    "given up",
    "told, lost at kill -9",
    "invalid replies",
  ];
  const rows = disks.map((one) => [
    one.backend,
    one.disk,
    formatNumber(one.perSecond),
    ms(one.times.p50),
    ms(one.times.p99),
    ms(one.times.max),
    formatNumber(one.leasesPerCommit),
    `${one.eventLoopDelay.p99} / ${one.eventLoopDelay.max}`,
    one.retransmissions,
    one.lost,
    `${one.toldLeases}, ${one.lostLeases}`,
    invalidReplies(one),
  ]);
  return `## A slow disk

256 exchanges under way, each stored before its DHCPACK; clients ask again after a second.

${markdownTable(headings, rows)}`;
}

function delay({ p50, p99, max }: Flood["eventLoopDelay"]): string {
  return `${p50} / ${p99} / ${max}`;
}

function invalidReplies(one: Pick<Flood, "invalidKinds" | "invalidAtKill">): string {
  const kinds = Object.entries({ ...one.invalidKinds, ...one.invalidAtKill });
  return kinds.length === 0 ? "none" : kinds.map(([kind, count]) => `${kind} ${count}`).join(", ");
}
