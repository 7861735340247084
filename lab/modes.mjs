// The kinds of load: who asks in which way, and under which name each phase is told of. Each client comes once in a
// phase, and later in the next one than servers answer from a lease as it stands, without storing it: what is counted
// as a new lease or a renewal is one to the server, too.

/** From the start of a client's exchange to that of its next one, in milliseconds. */
const REST_MS = 2100;

/** Clients that come up together, and the seconds in which they do; they wait and ask again as clients do. */
const STORM_CLIENTS = 15_000;
const STORM_SECONDS = 1.5;
const STORM_PATIENCE = { timeoutMs: 4000, tries: 3 };
/** Of the addresses, for clients that only warm the server up. */
const WARM_UP_SHARE = 0.15;
/** A storm is over when everybody has a lease, or then: people do not wait longer. */
const STORM_SECONDS_MAX = 10;

/**
 * The first one is what half load and counting go by, which are not like the others (run.mjs).
 * `names`: of the measurements, one for each phase that counts; `orders` makes the generator's out of the settings;
 * `isWarm`: the server has had other clients before; `estimate`: seconds that it takes, where it is not one phase.
 */
export const MODES = [
  {
    id: "relayed",
    title: "relayed",
    scene: "relayed",
    names: ["dora", "renew"],
    estimate: ({ seconds, warmup }) => 2 * (seconds + warmup) + REST_MS / 1000,
    orders: (settings) => ({ ...closed(settings), phases: ["dora", "renew"], restMs: REST_MS }),
  },
  {
    id: "half-load",
    title: "latency at half the rate that the slower of ours and C reached in the same round",
    names: [],
    estimate: ({ seconds, warmup }) => 3 * warmup + seconds,
  },
  {
    id: "counting",
    title: "syncs and instructions for an exchange",
    names: [],
    estimate: ({ warmup, rounds }) => (2 * (warmup + 1) + REST_MS / 1000) / rounds,
  },
  {
    id: "direct",
    title: "on the server's own network",
    scene: "direct",
    // No renewals: these are answered by way of the kernel's neighbour table, which has 1,024 entries for the whole
    // machine unless it is told otherwise.
    names: ["direct-dora"],
    orders: closed,
  },
  {
    id: "broadcast",
    title: "on the server's own network, with the broadcast flag",
    scene: "direct",
    names: ["broadcast-dora"],
    orders: (settings) => ({ ...closed(settings), broadcast: true }),
  },
  {
    id: "flood",
    title: "DISCOVERs that nobody follows up, relayed",
    scene: "relayed",
    names: ["flood"],
    orders: (settings) => ({ ...closed(settings), phases: ["flood"] }),
  },
  {
    id: "mixed",
    title: "80 % renewals, 15 % known clients anew, 5 % releases and new leases, relayed",
    scene: "relayed",
    names: [undefined, "mixed"],
    estimate: ({ seconds, warmup }) => 2 * (seconds + warmup) + REST_MS / 1000,
    orders: (settings) => ({ ...closed(settings), phases: ["dora", "mixed"], restMs: REST_MS }),
  },
  {
    id: "storm",
    title: `${STORM_CLIENTS.toLocaleString("en")} clients that come up within ${STORM_SECONDS} s, relayed`,
    scene: "relayed",
    names: ["storm"],
    isWarm: true,
    estimate: ({ warmup }) => 2 * warmup + STORM_SECONDS_MAX / 2,
    orders: storm,
  },
  {
    id: "cold-storm",
    title: "the same, on a server that has just started",
    scene: "relayed",
    names: ["cold-storm"],
    estimate: () => STORM_SECONDS_MAX / 2,
    orders: storm,
  },
];

/** So many exchanges under way, and no client twice. */
function closed({ seconds, warmup, window }) {
  return { seconds, warmup, window, once: true };
}

/** Clients that come up together, some hundredths fewer than there are addresses. */
function storm({ clients }) {
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
export function warmUp({ warmup, window, clients }) {
  return { seconds: 2 * warmup, window, once: true, exchanges: Math.ceil(clients * WARM_UP_SHARE) };
}

/** Exchanges at this rate a second, whatever becomes of those before. */
export function openLoop({ seconds, warmup }, rate) {
  return { seconds, warmup, rate: Math.round(rate), once: true };
}

/** Seconds that starting and ending a server take, for an estimate. */
const START_SECONDS = 1;

/** About how many minutes a run takes. */
export function estimateMinutes(modes, ids, settings) {
  const { rounds, seconds, warmup } = settings;
  const ofMode = ({ estimate }) => (estimate?.(settings) ?? seconds + warmup) + START_SECONDS;
  const serversOf = ({ id }) => (id === "half-load" ? ids.filter((one) => HALF_LOAD.flat().includes(one)) : ids).length;
  return modes.reduce((sum, mode) => sum + ofMode(mode) * serversOf(mode) * rounds, 0) / 60;
}

/** Servers that are given half the load which the slowest of them can carry, and their latency compared. */
export const HALF_LOAD = [
  ["anydhcpd", "anydhcpd-bpf", "baseline-echo-journal"],
  ["anydhcpd-unsynced", "baseline-echo"],
];
