// What `npm run bench:faults` has found, as people read it.

import type { ClusterFault, Results } from "../results.ts";
import { describeConditions } from "./about-run.ts";
import { markdownTable } from "./markdown-table.ts";
import { formatCount, formatNumber } from "./numbers.ts";
import { spread } from "./statistics.ts";

type Load = ClusterFault["leases"];

/** Milliseconds without an ACK that are the most, in the median, by kind of fault. */
const SILENCE_MS_MAX: Readonly<Record<string, number>> = {
  "server-killed": 3000,
  "server-stopped": 3000,
  "server-cut": 3000,
  "leader-killed": 2000,
  "leader-stopped": 2000,
  "follower-killed": 200,
  "follower-stopped": 200,
};

/** What went wrong in a turn that must not, in words: leases lost, given twice or refused, and replies that are none. */
export function violationsOf(found: ClusterFault): readonly string[] {
  const loads = [found.leases, found.renewals, found.afterwards];
  const undeserved = loads.reduce((sum, load) => sum + load.undeservedNaks, 0);
  const unanswered = found.renewals.unanswered + found.afterwards.unanswered;
  // An OFFER of an address that another client has just got from another server is no lease.
  const invalid = loads.flatMap(({ invalidKinds }) =>
    Object.entries(invalidKinds).filter(([kind]) => kind !== "taken"),
  );
  return [
    ...counted(found.lostLeases, "acknowledged leases lost"),
    ...counted(found.twoClients, "addresses with two clients"),
    ...counted(undeserved, "undeserved NAKs"),
    ...counted(unanswered, "renewals without an answer"),
    ...invalid.map(([kind, count]) => `${count} invalid replies (${kind})`),
  ];
}

function counted(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

/** The whole of cluster-faults.md. */
export function clusterFaultsMarkdown(results: Results): string {
  const { clusterFaults = [], settings } = results;
  const kinds = [...new Set(clusterFaults.map(({ fault }) => fault))];
  const of = (kind: string): readonly ClusterFault[] => clusterFaults.filter(({ fault }) => fault === kind);
  const { times = 0, exchangesPerSecond = 0 } = settings;
  const isLoadUnknown = clusterFaults.some(({ loadAverage }) => loadAverage === undefined);
  const fewer = kinds.some((kind) => of(kind).length < times) ? ", fewer where the table says so" : "";
  return `# A cluster with faults, under load

${describeConditions(results)}
Written by \`npm run bench:faults\`. Turns of earlier runs are kept; the table says of each kind when, with which commit and
beside how much other work (the load average before a turn, least to most) it was measured.${isLoadUnknown ? " Where it does not, nothing recorded how busy the machine was." : ""}

Three servers, three members of etcd, BIRD on each server and on the router, two C programs as clients, all on this
machine. etc/anycast/anydhcpd-announce tells BIRD by the servers' health which of them have a route. ${formatCount(exchangesPerSecond)} exchanges a second: half of them new leases through relays, half renewals that clients send past the
relay twice and then through it; while the quorum is lost, 1 of 10 is a new lease. A client asks again after 1 s, 2 s, 4 s and so on. Each fault ${times} times${fewer}.
The router sends a quarter of the clients to each server, and each packet of the last quarter to any server; where a server
has no route, to the others.

## What must not happen

An acknowledged lease that is lost, an address with two clients, an undeserved NAK, a renewal without an answer, a reply that
a client must not accept.

${violationList(clusterFaults)}

## Without an ACK

The longest time in which no ACK reached any client of one such quarter, in ms: the median of all faults of a kind, and the
worst. "Its own" are the clients that the router sends to the server with the fault. "At most" is what the median of new
leases is meant to be.

${markdownTable(
  [
    "fault",
    "measured",
    "times",
    "at most",
    "new leases",
    "its own",
    "renewals",
    "its own",
    "longest wait of one client, s",
  ],
  kinds.map((kind) => silenceRow(of(kind))),
  [2, 3, 4, 5, 6, 7, 8],
)}

## What became of leases

"Sent again" are messages that a client repeated, "unanswered" are exchanges that a client gave up after eight attempts; new
clients that still wait 30 s after the load, as in a long outage, count neither way. ACKs
lost are leases that a client had at the end of the load and etcd did not have, or not for as long. Afterwards every new
client renewed its lease once more. A NAK is undeserved if no other client had the address. An OFFER that was "taken" is of an
address that another client had just got from another server.

${markdownTable(
  [
    "fault",
    "exchanges",
    "sent again",
    "unanswered: new, renewals, afterwards",
    "NAKs: new, renewals, afterwards",
    "undeserved",
    "ACKs, and lost",
    "two clients",
    "invalid replies",
  ],
  kinds.map((kind) => leaseRow(of(kind))),
  [1, 2, 7],
)}
`;
}

/** The way of the server that has the faults of servers: b. */
const OWN_WAY = 1;

function silenceRow(faults: readonly ClusterFault[]): readonly (string | number)[] {
  const of = (load: (fault: ClusterFault) => Load): readonly string[] => [
    middleAndWorst(faults.map((fault) => Math.max(...load(fault).silences.map((silence) => silence ?? 0)))),
    middleAndWorst(faults.map((fault) => load(fault).silences[OWN_WAY] ?? 0)),
  ];
  const waits = faults.map(({ leases, renewals }) => Math.max(leases.waitMs.max, renewals.waitMs.max) / 1000);
  const [first] = faults;
  return [
    first?.title ?? "",
    measuredOf(faults),
    faults.length,
    formatNumber(SILENCE_MS_MAX[first?.fault ?? ""]),
    ...of(({ leases }) => leases),
    ...of(({ renewals }) => renewals),
    middleAndWorst(waits),
  ];
}

/** Days, commits and load averages of turns. */
function measuredOf(faults: readonly ClusterFault[]): string {
  const distinct = (values: readonly (string | undefined)[]): string =>
    [...new Set(values.filter((value) => value !== undefined))].join(", ");
  const busy = spread(faults.flatMap(({ loadAverage }) => (loadAverage === undefined ? [] : [loadAverage])));
  return [
    distinct(faults.map(({ date }) => date?.slice(0, 10))),
    distinct(faults.map(({ commit }) => commit)),
    busy === null ? "" : `load ${busy.min.toFixed(1)} to ${busy.max.toFixed(1)}`,
  ]
    .filter(Boolean)
    .join("; ");
}

/** Every violation of every turn, or that there is none. */
function violationList(faults: readonly ClusterFault[]): string {
  const all = faults.flatMap((found, i) =>
    violationsOf(found).map((violation) => `- ${found.title} (turn ${i + 1} of all): ${violation}`),
  );
  return all.length === 0 ? `None of this in ${formatCount(faults.length)} turns.` : all.join("\n");
}

function leaseRow(faults: readonly ClusterFault[]): readonly (string | number)[] {
  const sum = (value: (fault: ClusterFault) => number): number => faults.reduce((all, fault) => all + value(fault), 0);
  const each = (value: (load: Load) => number): string =>
    [
      sum(({ leases }) => value(leases)),
      sum(({ renewals }) => value(renewals)),
      sum(({ afterwards }) => value(afterwards)),
    ].join(", ");
  return [
    faults[0]?.title ?? "",
    formatCount(sum(({ leases, renewals }) => leases.exchanges + renewals.exchanges)),
    formatCount(sum(({ leases, renewals }) => leases.retransmissions + renewals.retransmissions)),
    each(({ unanswered }) => unanswered),
    each(({ naks }) => naks),
    each(({ undeservedNaks }) => undeservedNaks),
    `${formatCount(sum(({ toldLeases }) => toldLeases))}, ${sum(({ lostLeases }) => lostLeases)}`,
    sum(({ twoClients }) => twoClients),
    invalidReplies(faults),
  ];
}

function invalidReplies(faults: readonly ClusterFault[]): string {
  const counts = new Map<string, number>();
  for (const { leases, renewals, afterwards } of faults) {
    for (const { invalidKinds } of [leases, renewals, afterwards])
      for (const [kind, count] of Object.entries(invalidKinds)) counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return counts.size === 0 ? "none" : [...counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
}

function middleAndWorst(values: readonly number[]): string {
  const found = spread(values);
  return found === null ? "" : `${formatNumber(found.median)}, ${formatNumber(found.max)}`;
}
