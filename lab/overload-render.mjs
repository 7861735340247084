// What `npm run bench:overload` has found, as people read it.

import { figure } from "./build/js/lab/statistics.js";
import { table } from "./render.mjs";

const ms = (microseconds) => figure(microseconds / 1000);

/** The whole of overload.md. */
export function overloadMarkdown({ date, commit, machine, settings, floods, disks }) {
  const { cpu, cores, kernel, fileSystem, node } = machine;
  const head = `# Overload and slow disks

${date.slice(0, 10)}, anydhcpd ${commit}, ${cpu} (${cores} cores), Linux ${kernel}, lease files on ${fileSystem}, Node ${node}.
Relayed clients; server on one core, all load on another. One run each.`;
  const parts = [head];
  if (floods.length > 0) parts.push(floodPart(settings, floods));
  if (disks.length > 0) parts.push(diskPart(disks));
  return `${parts.join("\n\n")}\n`;
}

function floodPart({ floodSeconds, times, renewals }, floods) {
  const rows = [
    ["new leases a second that can be had (closed loop)", (one) => figure(one.leasesPerSecond)],
    ["OFFERs a second that can be had (closed loop)", (one) => figure(one.capacityPerSecond)],
    [
      "DISCOVERs a second that came (times the leases, times the OFFERs)",
      (one) => `${figure(one.offeredPerSecond)} (${figure(one.timesLeases)}x, ${figure(one.times)}x)`,
    ],
    ["OFFERs a second meanwhile", (one) => figure(one.answeredPerSecond)],
    ["OFFER after, p50 / p99 ms", (one) => `${ms(one.offers.p50)} / ${ms(one.offers.p99)}`],
    ["renewals served", (one) => `${figure(100 * one.renewals.success)} % of ${one.renewals.started}`],
    ["renewals sent again", (one) => figure(one.renewals.retransmissions)],
    ["renewal p50 / p99 ms", (one) => `${ms(one.renewals.times.p50)} / ${ms(one.renewals.times.p99)}`],
    ["the same without a flood", (one) => `${ms(one.quiet.times.p50)} / ${ms(one.quiet.times.p99)}`],
    ["event loop's delay p50 / p99 / most ms", (one) => delay(one.eventLoopDelay)],
    ["all new clients answered again after, ms", (one) => figure(one.recoveryMs)],
    [
      "memory before / during / after, MiB",
      ({ memoryMiB: { before, during, after } }) => `${before} / ${during} / ${after}`,
    ],
    ["untrue replies", (one) => lies(one)],
    ["leases told, and lost at kill -9 in the flood", (one) => `${one.toldLeases}, ${one.lostLeases}`],
  ];
  return `## ${times} times as many new clients as can be answered

A flood of DISCOVERs for ${floodSeconds} s, or as many as one core of load can make, beside ${renewals.clients} clients
that renew, ${renewals.rate} a second, and ask again after ${renewals.timeoutMs} ms, doubling, ${renewals.tries} times in all.

${table(
  ["", ...floods.map(({ backend }) => backend)],
  rows.map(([name, cell]) => [name, ...floods.map(cell)]),
)}`;
}

function diskPart(disks) {
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
    "lies",
  ];
  const rows = disks.map((one) => [
    one.backend,
    one.disk,
    figure(one.perSecond),
    ms(one.times.p50),
    ms(one.times.p99),
    ms(one.times.max),
    figure(one.leasesPerCommit),
    `${one.eventLoopDelay.p99} / ${one.eventLoopDelay.max}`,
    one.retransmissions,
    one.lost,
    `${one.toldLeases}, ${one.lostLeases}`,
    lies(one),
  ]);
  return `## A slow disk

256 exchanges under way, each stored before its DHCPACK; clients ask again after a second.

${table(headings, rows)}`;
}

function delay({ p50, p99, max }) {
  return `${p50} / ${p99} / ${max}`;
}

function lies(one) {
  const kinds = Object.entries({ ...one.lies, ...one.liesAtKill });
  return kinds.length === 0 ? "none" : kinds.map(([kind, count]) => `${kind} ${count}`).join(", ");
}
