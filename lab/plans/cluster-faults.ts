// Faults of a cluster under load: what clients notice of each, and whether a lease that a client was given is forgotten, or
// an address has two clients, afterwards. One cluster for each kind of fault, and the fault several times in it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster, type NodeName, type StoredLease } from "../network/cluster.ts";
import { type LoadReport, runLoad } from "../network/load.ts";
import type { ClusterFault } from "../results.ts";
import type { Plan, Run } from "../run.ts";

/** The server that has the faults of servers. */
const FAULTY: NodeName = "b";
/** Seconds of load before a fault, and after it is over. */
const BEFORE_SECONDS = 2;
const AFTER_SECONDS = 5;
const HOUR = 3600;
/** How a client asks again: after a second, doubling each time, a quarter more or less of the first. */
const PATIENCE = { timeoutMs: 1000, tries: 8 };
/** New clients are waited for so long after the load: those that began late in an outage ask again for as long as it took. */
const STRAGGLERS_SECONDS = 30;
/** Renewals that are asked for past the relay before the client rebinds. */
const UNICAST_TRIES = 2;
const NEW_SHARE = 0.5;
/** Renewals under way when all new clients renew afterwards. */
const WINDOW = 128;
/** Clients renew again after so long at the earliest: a server answers sooner repetitions without storing them. */
const RENEW_MS = 2500;
/** So many seconds of renewals each have a client of their own. */
const RENEWING_SECONDS = 4;
/** New clients renew so long after the last of them has its lease. */
const REST_MS = 500;
/** A turn in which the machine did not let the clients go on for so long is measured again, not too often. */
const HELD_UP_MS = 150;
const AGAIN_MAX = 10;

/** One kind of fault. */
interface Fault {
  readonly id: string;
  readonly title: string;
  /** Seconds that it lasts, or may. */
  readonly seconds: number;
  /** Of the exchanges, those that are new leases; default half. */
  readonly newShare?: number;
  readonly hasClocks?: boolean;
  /** Makes it, and resolves with what ends it; `turn` counts from 0. */
  begin(cluster: Cluster, turn: number): Promise<() => Promise<void>>;
}

/** All kinds of faults, in the order of the page. */
const FAULTS: readonly Fault[] = [
  {
    id: "none",
    title: "no fault",
    seconds: 5,
    begin: async () => async () => undefined,
  },
  {
    id: "server-killed",
    title: "a server is killed (SIGKILL), and started again",
    seconds: 4,
    async begin(cluster) {
      await cluster.stopNode(FAULTY, "SIGKILL");
      return () => cluster.startNode(FAULTY);
    },
  },
  {
    id: "server-stopped",
    title: "a server hangs for 5 s (SIGSTOP)",
    seconds: 5,
    async begin(cluster) {
      cluster.signalNode(FAULTY, "SIGSTOP");
      return async () => cluster.signalNode(FAULTY, "SIGCONT");
    },
  },
  {
    id: "server-cut",
    title: "a server's cable is cut without a signal for 8 s: BGP's hold time of 3 s ends its route",
    seconds: 8,
    async begin(cluster) {
      await cluster.cut(FAULTY, "all");
      return () => cluster.mend();
    },
  },
  {
    id: "leader-killed",
    title: "etcd's leader is killed, and started again",
    seconds: 4,
    async begin(cluster) {
      const leader = await cluster.leader();
      await cluster.killMember(leader);
      return () => cluster.startMember(leader);
    },
  },
  {
    id: "leader-stopped",
    title: "etcd's leader hangs for 5 s",
    seconds: 5,
    async begin(cluster) {
      const leader = await cluster.leader();
      cluster.signalMember(leader, "SIGSTOP");
      return async () => cluster.signalMember(leader, "SIGCONT");
    },
  },
  {
    id: "follower-killed",
    title: "a follower of etcd's is killed, and started again",
    seconds: 4,
    async begin(cluster, turn) {
      const follower = await followerOf(cluster, turn);
      await cluster.killMember(follower);
      return () => cluster.startMember(follower);
    },
  },
  {
    id: "follower-stopped",
    title: "a follower of etcd's hangs for 5 s",
    seconds: 5,
    async begin(cluster, turn) {
      const follower = await followerOf(cluster, turn);
      cluster.signalMember(follower, "SIGSTOP");
      return async () => cluster.signalMember(follower, "SIGCONT");
    },
  },
  {
    id: "store-cut",
    title: "a server is cut off from etcd for 8 s",
    seconds: 8,
    async begin(cluster) {
      await cluster.cut(FAULTY, "etcd");
      return () => cluster.mend();
    },
  },
  {
    id: "clock-stepped",
    title: "a server's clock is set by an hour, forward and back in turn, and set right after 6 s",
    seconds: 6,
    hasClocks: true,
    async begin(cluster, turn) {
      cluster.stepClock(FAULTY, turn % 2 === 0 ? HOUR : -HOUR);
      return async () => cluster.stepClock(FAULTY, 0);
    },
  },
  {
    id: "upgrade",
    title: "servers are drained for 2 s, stopped and started, one after another",
    seconds: 36,
    async begin(cluster) {
      for (const name of cluster.names) {
        await cluster.stopNode(name, "SIGTERM");
        await cluster.startNode(name);
        await cluster.healthy(name);
      }
      return async () => undefined;
    },
  },
  {
    id: "quorum-lost",
    title: "two of etcd's three members are killed, and started again after 60 s",
    seconds: 60,
    newShare: 0.1,
    async begin(cluster, turn) {
      const lost = [turn % 3, (turn + 1) % 3];
      for (const member of lost) await cluster.killMember(member);
      return async () => {
        for (const member of lost) await cluster.startMember(member);
      };
    },
  },
];

/** Ids of all kinds of faults, in the order of the page. */
export const FAULT_IDS: readonly string[] = FAULTS.map(({ id }) => id);

/** A plan for each kind of fault. */
export const CLUSTER_FAULTS: readonly Plan[] = FAULTS.map((fault) => ({
  id: fault.id,
  title: fault.title,
  isOnce: true,
  tasks: (run) => [{ title: fault.title, work: () => repeat(run, fault) }],
}));

/** Makes a fault as often as the run wants it. */
async function repeat(run: Run, fault: Fault): Promise<string> {
  const { times = 1, exchangesPerSecond = 0 } = run.options.settings;
  const { directory, say } = run.options;
  const cluster = await Cluster.create({ directory, hasClocks: fault.hasClocks === true });
  try {
    const owners = new Map<string, string>();
    const faults: ClusterFault[] = [];
    for (let turn = 0, again = 0; turn < times; ) {
      const found = await measure({ cluster, fault, turn, series: turn + again, rate: exchangesPerSecond, owners });
      say(`  ${fault.id} ${turn + 1}: ${summaryOf(found)}`);
      await cluster.whole();
      if (found.heldUpMs > HELD_UP_MS && isHarmless(found) && again < AGAIN_MAX) {
        again += 1;
        say(`  the machine held the clients up for ${Math.round(found.heldUpMs)} ms: measured again`);
        continue;
      }
      turn += 1;
      faults.push(found);
      const { commit } = run.results;
      const kept = { ...found, ...(commit !== undefined && { commit }) };
      run.results.clusterFaults = [...(run.results.clusterFaults ?? []), kept];
      run.options.onRound?.(run.results);
    }
    return `${faults.length} times`;
  } finally {
    await cluster.dispose();
  }
}

interface Turn {
  readonly cluster: Cluster;
  readonly fault: Fault;
  readonly turn: number;
  /** Of the clients' hardware addresses. */
  readonly series: number;
  /** Exchanges a second. */
  readonly rate: number;
  /** The client that was told an address last, of all turns: nobody gives one back. */
  readonly owners: Map<string, string>;
}

/** One fault under load, and what has become of it afterwards. */
async function measure({ cluster, fault, turn, series, rate, owners }: Turn): Promise<ClusterFault> {
  const { newClients, oldClients, address, lab } = cluster;
  const { newShare = NEW_SHARE } = fault;
  const seconds = BEFORE_SECONDS + fault.seconds + AFTER_SECONDS;
  const common = { server: address, series, ways: true, unicast: UNICAST_TRIES, finish: true };
  const renewals = rate * (1 - newShare);
  const files = { news: join(lab.directory, "told-news"), olds: join(lab.directory, "told-olds") };

  const began = signal();
  const oldsEnded = signal();
  const renewing = runLoad(
    oldClients.namespace,
    {
      ...{ ...common, ...PATIENCE, phases: ["renew"], relay: oldClients.relays, restMs: RENEW_MS },
      ...{ clients: Math.round(renewals * RENEWING_SECONDS), rate: renewals, seconds, leases: files.olds },
    },
    { onMeasuring: began.resolve, onMeasured: oldsEnded.resolve },
  );
  await Promise.race([began.done, renewing]);
  const newsEnded = signal();
  const leasing = runLoad(
    newClients.namespace,
    {
      ...{ ...common, ...PATIENCE, phases: ["dora", "renew"], relay: newClients.relays, once: true, restMs: REST_MS },
      ...{ clients: Math.round(rate * newShare * seconds), rate: [rate * newShare, 0], window: WINDOW },
      ...{ seconds: seconds + STRAGGLERS_SECONDS, leases: files.news },
    },
    { onMeasured: newsEnded.resolve },
  );
  const told = Promise.all([
    check(cluster, "news", files.news, newsEnded.done),
    check(cluster, "olds", files.olds, oldsEnded.done),
  ]);
  const failed = Promise.all([renewing, leasing, told]);
  failed.catch(() => undefined);

  await sleep(BEFORE_SECONDS * 1000);
  const beganAt = performance.now();
  const end = await fault.begin(cluster, turn);
  const rest = fault.seconds * 1000 - (performance.now() - beganAt);
  if (rest < -AFTER_SECONDS * 1000) throw new Error(`it took ${-rest / 1000} seconds longer than the load`);
  await sleep(Math.max(0, rest));
  await end();
  const [[refreshed], [leases, afterwards], checks] = await failed;
  if (refreshed === undefined || leases === undefined || afterwards === undefined)
    throw new Error("the load generator has not told its phases");
  return {
    fault: fault.id,
    title: fault.title,
    leases: figuresOf(leases),
    renewals: figuresOf(refreshed),
    afterwards: figuresOf(afterwards),
    heldUpMs: Math.max(leases.heldUpMilliseconds, refreshed.heldUpMilliseconds),
    toldLeases: checks.reduce((sum, { told }) => sum + told.size, 0),
    lostLeases: checks.reduce((sum, { lost }) => sum + lost, 0),
    twoClients: checks.reduce((sum, { told: all }) => sum + countOthers(owners, all), 0),
  };
}

/** Whether nothing went wrong: a turn that shows a fault counts, whatever the machine did. */
function isHarmless({ leases, renewals, afterwards, lostLeases, twoClients }: ClusterFault): boolean {
  const loads = [leases, renewals, afterwards];
  return lostLeases + twoClients + loads.reduce((sum, load) => sum + load.unanswered + load.undeservedNaks, 0) === 0;
}

/** What the figures of a run say of one kind of load. */
function figuresOf(report: LoadReport): ClusterFault["leases"] {
  const { started, exchanges, retransmissions, lost, naks, undeservedNaks, exchangeMicroseconds, invalidKinds } =
    report;
  const { silencesMilliseconds: silences = [] } = report;
  const waitMs = {
    p50: exchangeMicroseconds.p50 / 1000,
    p99: exchangeMicroseconds.p99 / 1000,
    max: exchangeMicroseconds.max / 1000,
  };
  return {
    started,
    exchanges,
    retransmissions,
    unanswered: lost,
    naks,
    undeservedNaks,
    invalidKinds,
    waitMs,
    silences,
  };
}

/** Leases that clients were told by the end of their load, and how many of them etcd did not have then. */
async function check(
  cluster: Cluster,
  side: "news" | "olds",
  file: string,
  ended: Promise<void>,
): Promise<{ readonly told: ReadonlyMap<string, StoredLease>; readonly lost: number }> {
  await ended;
  const told = new Map(
    readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [address = "", hardware = "", until] = line.split(" ");
        return [address, { hardware, until: Number(until) }] as const;
      }),
  );
  const stored = await cluster.stored(side, await cluster.revision());
  const isKept = ([address, { hardware, until }]: readonly [string, StoredLease]): boolean => {
    const lease = stored.get(address);
    return lease?.hardware === hardware && lease.until >= until;
  };
  return { told, lost: [...told].filter((entry) => !isKept(entry)).length };
}

/** Takes over who was told which address; how many of them another client has. */
function countOthers(owners: Map<string, string>, told: ReadonlyMap<string, StoredLease>): number {
  let others = 0;
  for (const [address, { hardware }] of told) {
    const owner = owners.get(address);
    if (owner !== undefined && owner !== hardware) others += 1;
    owners.set(address, hardware);
  }
  return others;
}

function summaryOf({ leases, renewals, lostLeases, toldLeases, twoClients, afterwards }: ClusterFault): string {
  const undeserved = leases.undeservedNaks + renewals.undeservedNaks + afterwards.undeservedNaks;
  const longest = (silences: readonly (number | null)[]): string =>
    silences.map((one) => Math.round(one ?? 0)).join("/");
  return (
    `without an ACK ${longest(leases.silences)} ms, renewals ${longest(renewals.silences)} ms; ` +
    `longest wait ${Math.round(leases.waitMs.max)}, ${Math.round(renewals.waitMs.max)} ms; ` +
    `sent again ${leases.retransmissions}, ${renewals.retransmissions}; ` +
    `unanswered ${leases.unanswered}, ${renewals.unanswered}; NAKs ${leases.naks}, ${renewals.naks}, ${afterwards.naks}, undeserved ${undeserved}; ` +
    `ACKs lost ${lostLeases} of ${toldLeases}; two clients ${twoClients}; ` +
    `invalid ${JSON.stringify({ ...leases.invalidKinds, ...renewals.invalidKinds, ...afterwards.invalidKinds })}`
  );
}

/** One of the two members of etcd that do not lead, another one each turn. */
async function followerOf(cluster: Cluster, turn: number): Promise<number> {
  const leader = await cluster.leader();
  return (leader + 1 + (turn % 2)) % 3;
}

/** A promise, and what fulfils it. */
function signal(): { readonly done: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const done = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { done, resolve };
}
