// What `npm run bench:faults` has found, as people read it.

import type { ClusterFault, Results } from "../results.ts";
import { describeConditions } from "./about-run.ts";
import { markdownTable } from "./markdown-table.ts";
import { formatCount, formatNumber } from "./numbers.ts";
import { spread } from "./statistics.ts";

type Load = ClusterFault["leases"];

/** The whole of cluster-faults.md. */
export function clusterFaultsMarkdown(results: Results): string {
  const { clusterFaults = [], settings } = results;
  const kinds = [...new Set(clusterFaults.map(({ fault }) => fault))];
  const of = (kind: string): readonly ClusterFault[] => clusterFaults.filter(({ fault }) => fault === kind);
  const { times = 0, exchangesPerSecond = 0 } = settings;
  return `# A cluster with faults, under load

${describeConditions(results)}

Three servers, three members of etcd, BIRD on each server and on the router, two C programs as clients, all on this
machine. etc/anycast/anydhcpd-announce tells BIRD by the servers' health which of them have a route. ${formatCount(exchangesPerSecond)} exchanges a second: half of them new leases through relays, half renewals that clients send past the
relay twice and then through it; while the quorum is lost, 1 of 10 is a new lease. A client asks again after 1 s, 2 s, 4 s and so on. Each fault ${times} times, unless the table says otherwise.
The router sends a quarter of the clients to each server, and each packet of the last quarter to any server; where a server
has no route, to the others.

## Without an ACK

The longest time in which no ACK reached any client of one such quarter, in ms: the median of all faults of a kind, and the
worst. "Its own" are the clients that the router sends to the server with the fault.

${markdownTable(
  ["fault", "commit", "times", "new leases", "its own", "renewals", "its own", "longest wait of one client, s"],
  kinds.map((kind) => silenceRow(of(kind))),
  [2, 3, 4, 5, 6, 7],
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
  const title = faults[0]?.title ?? "";
  return [
    title,
    [...new Set(faults.map(({ commit }) => commit ?? ""))].join(", "),
    faults.length,
    ...of(({ leases }) => leases),
    ...of(({ renewals }) => renewals),
    middleAndWorst(waits),
  ];
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
