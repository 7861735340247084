// Faults of a cluster under load: what clients notice of each, and whether a lease that a client was given is forgotten, or
// an address has two clients, afterwards. One cluster for each kind of fault, and the fault several times in it.

import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster } from "../network/cluster.ts";
import { type LoadReport, runLoad } from "../network/load.ts";
import { violationsOf } from "../report/cluster-faults-page.ts";
import type { ClusterFault } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import { FAULTS, type Fault } from "./fault-kinds.ts";
import { countLost, countTwoClients, readToldLeases, type ToldLease } from "./told-leases.ts";

/** Seconds of load before a fault, and after it is over. */
const BEFORE_SECONDS = 2;
const AFTER_SECONDS = 5;
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

/** Turns that fail before their kind is given up. */
const FAILURES_MAX = 3;

/** Ids of all kinds of faults, in the order of the page. */
export const FAULT_IDS: readonly string[] = FAULTS.map(({ id }) => id);

/** Which turns are made. */
export interface FaultTurns {
  /** How many of a kind there are already. */
  storedOf(fault: string): number;
  /** No turn begins after this, in milliseconds of the monotonic clock. */
  readonly until: number;
}

/** A plan for each kind of fault. */
export function faultPlans(turns: FaultTurns): readonly Plan[] {
  return FAULTS.map((fault) => ({
    id: fault.id,
    title: fault.title,
    isOnce: true,
    tasks: (run) => [{ title: fault.title, work: () => new Repetition(run, fault, turns).make() }],
  }));
}

/** A fault as often as the run wants it, in a cluster of its own; after a turn that could not be measured, in another one. */
class Repetition {
  readonly #run: Run;
  readonly #fault: Fault;
  readonly #until: number;
  /** Number of the next turn, from 0 on. */
  #turn: number;
  #made = 0;
  #failures = 0;

  constructor(run: Run, fault: Fault, { storedOf, until }: FaultTurns) {
    this.#run = run;
    this.#fault = fault;
    this.#until = until;
    this.#turn = storedOf(fault.id);
  }

  async make(): Promise<string> {
    while (this.#isWanted()) {
      try {
        await this.#makeInOneCluster();
      } catch (error) {
        this.#failures += 1;
        if (this.#failures > FAILURES_MAX) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        this.#run.options.say(`  ${this.#fault.id} ${this.#turn + 1}: not measured: ${reason}`);
      }
    }
    return `${this.#made} times, ${this.#failures} more could not be measured`;
  }

  #isWanted(): boolean {
    const { times = 1 } = this.#run.options.settings;
    return this.#turn < times && performance.now() < this.#until;
  }

  async #makeInOneCluster(): Promise<void> {
    const { settings, directory, say } = this.#run.options;
    const fault = this.#fault;
    const cluster = await Cluster.create({ directory, hasClocks: fault.hasClocks === true });
    try {
      const owners = new Map<string, string>();
      const rate = settings.exchangesPerSecond ?? 0;
      for (let series = 0, again = 0; this.#isWanted(); series++) {
        const [loadAverage = 0] = loadavg();
        const date = new Date().toISOString();
        const found = await measure({ cluster, fault, turn: this.#turn, series, rate, owners });
        say(`  ${fault.id} ${this.#turn + 1}: ${summaryOf(found)}`);
        const isHeldUp = found.heldUpMs > HELD_UP_MS && violationsOf(found).length === 0 && again < AGAIN_MAX;
        if (isHeldUp) {
          again += 1;
          say(`  the machine held the clients up for ${Math.round(found.heldUpMs)} ms: measured again`);
        } else this.#keep({ ...found, date, loadAverage });
        await cluster.whole();
      }
    } finally {
      await cluster.dispose();
    }
  }

  #keep(found: ClusterFault): void {
    const { results, options } = this.#run;
    const { commit } = results;
    const kept = { ...found, ...(commit !== undefined && { commit }) };
    results.clusterFaults = [...(results.clusterFaults ?? []), kept];
    options.onRound?.(results);
    this.#turn += 1;
    this.#made += 1;
  }
}

interface Turn {
  readonly cluster: Cluster;
  readonly fault: Fault;
  readonly turn: number;
  /** The series of the clients' hardware addresses. */
  readonly series: number;
  /** Exchanges a second. */
  readonly rate: number;
  /** The last client that got each address, over all turns: no client gives one back. */
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
    toldLeases: checks.reduce((sum, { told }) => sum + told.length, 0),
    lostLeases: checks.reduce((sum, { lost }) => sum + lost, 0),
    twoClients: checks.reduce((sum, { told: all }) => sum + countTwoClients(all, owners), 0),
  };
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

/** Leases that clients had got by the end of their load, and how many of them etcd did not have then. */
async function check(
  cluster: Cluster,
  side: "news" | "olds",
  file: string,
  ended: Promise<void>,
): Promise<{ readonly told: readonly ToldLease[]; readonly lost: number }> {
  await ended;
  const told = readToldLeases(readFileSync(file, "utf8"));
  return { told, lost: countLost(told, await cluster.stored(side, await cluster.revision())) };
}

function summaryOf(found: ClusterFault): string {
  const { leases, renewals, lostLeases, toldLeases, twoClients, afterwards } = found;
  const undeserved = leases.undeservedNaks + renewals.undeservedNaks + afterwards.undeservedNaks;
  const longest = (silences: readonly (number | null)[]): string =>
    silences.map((one) => Math.round(one ?? 0)).join("/");
  const violations = violationsOf(found);
  return (
    `without an ACK ${longest(leases.silences)} ms, renewals ${longest(renewals.silences)} ms; ` +
    `longest wait ${Math.round(leases.waitMs.max)}, ${Math.round(renewals.waitMs.max)} ms; ` +
    `sent again ${leases.retransmissions}, ${renewals.retransmissions}; ` +
    `unanswered ${leases.unanswered}, ${renewals.unanswered}; NAKs ${leases.naks}, ${renewals.naks}, ${afterwards.naks}, undeserved ${undeserved}; ` +
    `ACKs lost ${lostLeases} of ${toldLeases}; two clients ${twoClients}; ` +
    `invalid ${JSON.stringify({ ...leases.invalidKinds, ...renewals.invalidKinds, ...afterwards.invalidKinds })}` +
    (violations.length === 0 ? "" : `; VIOLATED: ${violations.join(", ")}`)
  );
}

/** A promise, and what fulfils it. */
function signal(): { readonly done: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const done = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { done, resolve };
}
