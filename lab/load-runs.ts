// Speed and latency: the same load on every server, round by round, each started anew with nothing leased.

import { cpus } from "node:os";
import type { LoadRun, LoadScenario } from "./comparison.ts";
import { type LoadOrders, type LoadReport, runLoad } from "./load.ts";
import { ADDRESSES, type ComparisonNetwork, POOL_ADDRESSES, plainServiceFor } from "./network/comparison-network.ts";
import { RunningServer } from "./servers/running-server.ts";
import type { Server } from "./servers/server.ts";

/** Exchanges under way at once in the loads that ask for all there is. */
const WINDOW = 64;
/** Exchanges a second in the loads that nobody should find heavy. */
const LIGHT_RATE = 50;
/** More than a light load can begin with in the longest run. */
const LIGHT_CLIENTS = 1_000;
const LEASE = "DISCOVER, OFFER, REQUEST, ACK, each for a client that has no lease yet";
/** Series of hardware addresses for the client that finds out whether the server answers. */
const TRIAL_SERIES = 255;

/** One load before it is run. */
export interface LoadPlan {
  readonly scenario: Omit<LoadScenario, "runs">;
  readonly path: "direct" | "relayed";
  readonly orders: Partial<LoadOrders>;
}

/** The loads, in the order in which a server gets them. Each has its own clients. */
export const LOAD_PLANS: readonly LoadPlan[] = (["relayed", "direct"] as const).flatMap((path, index) => {
  const who = path === "relayed" ? "Relayed clients" : "Direct clients";
  const series = index * 2;
  return [
    {
      scenario: {
        id: `${path}-light`,
        title: `${who}, ${LIGHT_RATE} leases a second`,
        description: `${LEASE}; one begins every ${1000 / LIGHT_RATE} ms, whether or not the ones before are finished.`,
        measure: "latency",
      },
      path,
      orders: { rate: LIGHT_RATE, series, clients: LIGHT_CLIENTS },
    },
    {
      scenario: {
        id: `${path}-full`,
        title: `${who}, as fast as it goes`,
        description: `${LEASE}; ${WINDOW} are under way at any time.`,
        measure: "speed",
      },
      path,
      orders: { window: WINDOW, series: series + 1, clients: POOL_ADDRESSES - LIGHT_CLIENTS },
    },
  ];
});

/** Lengths of one run, in seconds. */
export interface LoadLengths {
  readonly warmup: number;
  readonly seconds: number;
}

/**
 * One round of one server: started, loaded with each plan that it answers to, ended. Resolves with the runs by
 * the scenario's id; rejects where it does not start or ends under load.
 */
export async function loadServer(
  network: ComparisonNetwork,
  server: Server,
  round: number,
  lengths: LoadLengths,
): Promise<ReadonlyMap<string, LoadRun>> {
  const [serverCore, loadCore] = cpus().length > 1 ? (["0", "1"] as const) : (["0", "0"] as const);
  const name = `load-${round}-${server.id}`;
  const running = await RunningServer.start(server, network.server, plainServiceFor(server), {
    processors: serverCore,
    name,
  });
  const runs = new Map<string, LoadRun>();
  try {
    for (const path of ["relayed", "direct"] as const) {
      const orders = ordersFor(path);
      const namespace = path === "relayed" ? network.relay : network.client;
      const trial = { window: 1, clients: 1, exchanges: 1, seconds: 2, timeoutMs: 200, tries: 5, series: TRIAL_SERIES };
      const [tried] = await runLoad(namespace, { ...orders, ...trial }, { processors: loadCore });
      if (tried === undefined || tried.exchanges === 0) continue;
      for (const plan of LOAD_PLANS.filter((candidate) => candidate.path === path)) {
        const readings: number[] = [];
        const read = (): void => {
          readings.push(running.processorSeconds);
        };
        const options = { processors: loadCore, onMeasuring: read, onMeasured: read };
        const [report] = await runLoad(namespace, { ...orders, ...plan.orders, ...lengths }, options);
        if (running.program.end !== undefined) throw new Error(`it ended under load:\n${running.program.output}`);
        if (report === undefined) continue;
        runs.set(plan.scenario.id, runOf(report, round, (readings[1] ?? 0) - (readings[0] ?? 0)));
      }
    }
    return runs;
  } finally {
    await running.stop();
  }
}

function ordersFor(path: "direct" | "relayed"): LoadOrders {
  const common = { timeoutMs: 1000 };
  return path === "relayed"
    ? { server: ADDRESSES.upPrimary, relay: ADDRESSES.giaddr, ...common }
    : { server: ADDRESSES.lanPrimary, interface: "eth0", ...common };
}

function runOf(report: LoadReport, round: number, processorSeconds: number): LoadRun {
  const { p5, p25, p50, p75, p95, p99, max } = report.exchangeMicroseconds;
  const latency = [
    [0.05, p5],
    [0.25, p25],
    [0.5, p50],
    [0.75, p75],
    [0.95, p95],
    [0.99, p99],
    [1, max],
  ] as const;
  const counts = { finished: report.exchanges, lost: report.lost, untrue: report.invalidReplies };
  if (report.exchanges === 0) return { round, exchangesPerSecond: 0, ...counts, latency: [] };
  return {
    round,
    exchangesPerSecond: report.perSecond,
    ...counts,
    cpuMicroseconds: (processorSeconds * 1e6) / report.exchanges,
    latency: latency.map(([share, microseconds]) => [share, microseconds / 1000] as const),
  };
}
