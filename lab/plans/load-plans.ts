// The kinds of load: which clients ask in which way, and the name of each phase's measurement. Each client comes once
// in a phase. In the next one it comes so late that a server does not answer from the lease as it stands, without
// storing it: a counted new lease or renewal is one to the server, too.

import type { LoadOrders } from "../network/load.ts";
import type { Scene } from "../network/network.ts";
import type { LoadPlanRecord } from "../results.ts";

/** How long load lasts, in seconds, and how many exchanges are under way. */
export interface LoadSettings {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly window: number;
}

/** One kind of load. */
export interface LoadPlan extends Omit<LoadPlanRecord, "names"> {
  readonly scene: Scene;
  /** The names of the measurements, one for each phase; undefined for a phase that does not count. */
  readonly names: readonly (string | undefined)[];
  /** Which command measures it unless others are named. */
  readonly usual: "bench" | "comparison" | "cluster";
  /** Whether the server has had other clients before. */
  readonly isWarm?: boolean;
  /** Orders for the generator; `clients` is how many there are for the server. */
  orders(settings: LoadSettings, clients: number): Partial<LoadOrders>;
  /** Seconds that it takes. */
  estimate(settings: LoadSettings): number;
}

/** From the start of a client's exchange to that of its next one, in milliseconds. */
const REST_MS = 2100;
/** Clients that come up together, and the seconds in which they do; they wait and ask again as clients do. */
const STORM_CLIENTS = 15_000;
const STORM_SECONDS = 1.5;
const STORM_PATIENCE = { timeoutMs: 4000, tries: 3 };
/** A storm is over when everybody has a lease, or then: people do not wait longer. */
const STORM_SECONDS_MAX = 10;
/** The share of addresses for clients that only warm the server up. */
const WARM_UP_SHARE = 0.15;
/** Exchanges a second in the loads that no server should find heavy. */
const LIGHT_RATE = 50;
/** The same where a cluster's latency is measured. */
export const STEADY_RATE = 5000;

const LEASE = "DISCOVER, OFFER, REQUEST, ACK, each for a client that has no lease yet";

const onePhase = ({ seconds, warmup }: LoadSettings): number => seconds + warmup;
const twoPhases = ({ seconds, warmup }: LoadSettings): number => 2 * (seconds + warmup) + REST_MS / 1000;

/** Relayed clients that come for a lease and renew it: half load and counting go by this one, too. */
export const RELAYED: LoadPlan = {
  id: "relayed",
  title: "relayed",
  usual: "bench",
  measure: "speed",
  scene: "relayed",
  names: ["dora", "renew"],
  estimate: twoPhases,
  orders: (settings) => ({ ...closed(settings), phases: ["dora", "renew"], restMs: REST_MS }),
};

/** All of them. */
export const LOAD_PLANS: readonly LoadPlan[] = [
  RELAYED,
  {
    id: "direct",
    title: "on the server's own network",
    usual: "bench",
    measure: "speed",
    scene: "direct",
    // No renewals: these are answered by way of the kernel's neighbour table, which by default has 1,024 entries for
    // the whole machine.
    names: ["direct-dora"],
    estimate: onePhase,
    orders: closed,
  },
  {
    id: "broadcast",
    title: "on the server's own network, with the broadcast flag",
    usual: "bench",
    measure: "speed",
    scene: "direct",
    names: ["broadcast-dora"],
    estimate: onePhase,
    orders: (settings) => ({ ...closed(settings), broadcast: true }),
  },
  {
    id: "flood",
    title: "DISCOVERs that nobody follows up, relayed",
    usual: "bench",
    measure: "speed",
    scene: "relayed",
    names: ["flood"],
    estimate: onePhase,
    orders: (settings) => ({ ...closed(settings), phases: ["flood"] }),
  },
  {
    id: "mixed",
    title: "80 % renewals, 15 % known clients anew, 5 % releases and new leases, relayed",
    usual: "bench",
    measure: "speed",
    scene: "relayed",
    names: [undefined, "mixed"],
    estimate: twoPhases,
    orders: (settings) => ({ ...closed(settings), phases: ["dora", "mixed"], restMs: REST_MS }),
  },
  {
    id: "storm",
    title: `${STORM_CLIENTS.toLocaleString("en")} clients that come up within ${STORM_SECONDS} s, relayed`,
    usual: "bench",
    measure: "storm",
    scene: "relayed",
    names: ["storm"],
    isWarm: true,
    estimate: ({ warmup }) => 2 * warmup + STORM_SECONDS_MAX / 2,
    orders: storm,
  },
  {
    id: "cold-storm",
    title: "the same, on a server that has just started",
    usual: "bench",
    measure: "storm",
    scene: "relayed",
    names: ["cold-storm"],
    estimate: () => STORM_SECONDS_MAX / 2,
    orders: storm,
  },
  ...(["relayed", "direct"] as const).flatMap((scene) => [light(scene), full(scene)]),
  {
    id: "steady",
    title: `${STEADY_RATE.toLocaleString("en")} a second, relayed`,
    usual: "cluster",
    measure: "speed",
    scene: "relayed",
    names: ["steady-dora", "steady-renew"],
    isWarm: true,
    estimate: (settings) => twoPhases(settings) + 2 * settings.warmup,
    orders: (settings) => ({ ...openLoop(settings, STEADY_RATE), phases: ["dora", "renew"], restMs: REST_MS }),
  },
];

/** A few clients a second, in no hurry. */
function light(scene: "relayed" | "direct"): LoadPlan {
  return {
    id: `${scene}-light`,
    title: `${clientsOf(scene)}, ${LIGHT_RATE} leases a second`,
    description: `${LEASE}; one begins every ${1000 / LIGHT_RATE} ms, whether or not the ones before are finished.`,
    usual: "comparison",
    measure: "latency",
    scene,
    names: [`${scene}-light`],
    estimate: onePhase,
    orders: (settings) => openLoop(settings, LIGHT_RATE),
  };
}

/** New leases as fast as the server gives them. */
function full(scene: "relayed" | "direct"): LoadPlan {
  return {
    id: `${scene}-full`,
    title: `${clientsOf(scene)}, as fast as it goes`,
    description: `${LEASE}; the same number is under way at any time.`,
    usual: "comparison",
    measure: "speed",
    scene,
    names: [`${scene}-full`],
    estimate: onePhase,
    orders: closed,
  };
}

function clientsOf(scene: "relayed" | "direct"): string {
  return scene === "relayed" ? "Relayed clients" : "Direct clients";
}

/** So many exchanges under way, and no client twice. */
function closed({ seconds, warmup, window }: LoadSettings): Partial<LoadOrders> {
  return { seconds, warmup, window, once: true };
}

/** Clients that come up together, some hundredths fewer than there are addresses. */
function storm(_: LoadSettings, clients: number): Partial<LoadOrders> {
  return {
    clients: Math.min(Math.floor(clients * (1 - WARM_UP_SHARE)), STORM_CLIENTS),
    rate: STORM_CLIENTS / STORM_SECONDS,
    once: true,
    finish: true,
    seconds: STORM_SECONDS_MAX,
    ...STORM_PATIENCE,
  };
}

/** Before the open loop: a closed one with clients that are not counted, as a server that is up has had. */
export function warmUp({ warmup, window }: LoadSettings, clients: number): Partial<LoadOrders> {
  return { seconds: 2 * warmup, window, once: true, exchanges: Math.ceil(clients * WARM_UP_SHARE) };
}

/** Exchanges at this rate a second, even if earlier ones are not over. */
export function openLoop({ seconds, warmup }: LoadSettings, rate: number): Partial<LoadOrders> {
  return { seconds, warmup, rate: Math.max(1, Math.round(rate)), once: true };
}
