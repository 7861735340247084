// What a seed stands for: how many nodes, clients and addresses, what the network and the store do to them, and for how
// long. Everything is drawn from the seed; a part of it can be given instead.

import { Random } from "./random.ts";

/** One simulated world. Times are milliseconds unless the name says seconds. */
export interface Scenario {
  readonly seed: number;
  readonly nodes: number;
  readonly clients: number;
  readonly relays: number;
  /** Addresses of the pool: fewer than the clients in an over-full one. */
  readonly addresses: number;
  /** How many more there are once a second configuration has been rolled out. */
  readonly addressesAdded: number;
  /** How long it goes on; the last `calm` milliseconds without new faults. */
  readonly duration: number;
  readonly calm: number;
  readonly leaseSeconds: number;
  readonly reserveSeconds: number;
  readonly guardSeconds: number;
  /** The largest difference between two clocks that nodes take as usual. */
  readonly clockSkewSeconds: number;
  readonly pingCheck: boolean;

  // The network between relays and nodes, for each datagram.
  readonly loss: number;
  readonly duplicates: number;
  readonly reorders: number;
  /** Whether another node than the usual one gets it. */
  readonly flips: number;
  /** Whether dhcrelay also relays what a renewing client sends straight to the server. */
  readonly doubles: number;

  // The network between nodes and store, for each request.
  readonly repliesLost: number;
  readonly slow: number;
  readonly late: number;
  /** Milliseconds that the store takes at most before it tells a watch of a change. */
  readonly watchLag: number;

  // Means between faults; 0: never.
  readonly outages: number;
  readonly outageLength: number;
  readonly cuts: number;
  readonly cutLength: number;
  readonly partitions: number;
  readonly crashes: number;
  readonly clockSteps: number;
  /** Steps of an hour, which are taken back soon. */
  readonly farSteps: number;
  readonly watchFaults: number;
  readonly restores: number;
  readonly rollouts: number;
  readonly forgeries: number;

  /** Largest difference of a node's wall clock from the true time, in seconds, and of its rate, in parts of one. */
  readonly clockOffset: number;
  readonly clockDrift: number;
  /** A second of a client lasts as much longer. */
  readonly clientDrift: number;

  // What clients do, as a chance at each ACK of a new lease; the rest just renews.
  readonly releases: number;
  readonly reboots: number;
  readonly vanishes: number;
  readonly mutes: number;
  readonly declines: number;
  /** When clients are switched on: from then on, and within how long. */
  readonly startFrom: number;
  readonly startWithin: number;
  /** Share of the OFFERs that may name an address which another node has just offered to another client. */
  readonly collisionsMax: number;
  /** A lease that runs out under a client that tries to renew is a violation: nothing but outages shorter than the reserve happens. */
  readonly mustNotRunOut: boolean;
}

const MINUTE = 60_000;

/** Nothing goes wrong. */
const UNDISTURBED = {
  loss: 0,
  duplicates: 0,
  reorders: 0,
  slow: 0,
  late: 0,
  repliesLost: 0,
  outages: 0,
  cuts: 0,
  partitions: 0,
  crashes: 0,
  clockSteps: 0,
  watchFaults: 0,
  rollouts: 0,
} as const;

/** What kind of world a seed stands for. */
const KINDS = [
  "faults",
  "over-full",
  "far-clocks",
  "cut-off",
  "faults",
  "clocks",
  "outages",
  "storm",
  "over-full",
  "newcomers",
] as const;

/** The scenario of a seed, with the parts that are given. */
export function scenarioOf(seed: number, given: Partial<Scenario> = {}): Scenario {
  const random = new Random(seed ^ 0x5eed);
  const kind = KINDS[seed % KINDS.length] ?? "faults";
  const base = faults(seed, random);
  const drawn = { ...base, ...variant(kind, base, random) };
  return { ...drawn, ...sized(seed, random), ...given };
}

function faults(seed: number, random: Random): Scenario {
  const clients = 12 + random.below(24);
  const leaseSeconds = random.pick([60, 90, 120, 240]);
  return {
    seed,
    nodes: random.pick([1, 2, 3, 3, 3, 4, 5]),
    clients,
    relays: random.pick([1, 2, 2, 3]),
    addresses: Math.ceil(clients * random.pick([1.1, 1.5, 3])),
    addressesAdded: random.pick([0, 10]),
    duration: random.between(10, 20) * MINUTE,
    calm: 3 * MINUTE,
    leaseSeconds,
    reserveSeconds: random.pick([1, 30, leaseSeconds, 2 * leaseSeconds]),
    guardSeconds: 70,
    clockSkewSeconds: 30,
    pingCheck: random.chance(0.1),
    loss: random.pick([0, 0.02, 0.1]),
    duplicates: random.pick([0, 0.05]),
    reorders: random.pick([0, 0.05]),
    flips: random.pick([0, 0.15, 0.5, 1]),
    doubles: random.pick([0, 0.5, 1]),
    repliesLost: random.pick([0, 0.02]),
    slow: random.pick([0, 0.02, 0.1]),
    late: random.pick([0, 0.01, 0.05]),
    watchLag: random.pick([2, 2, 50, 1500]),
    outages: 8 * MINUTE,
    outageLength: random.pick([5_000, 60_000, 200_000]),
    cuts: 4 * MINUTE,
    cutLength: random.pick([2_000, 30_000, 150_000]),
    partitions: 5 * MINUTE,
    crashes: random.pick([3, 6]) * MINUTE,
    clockSteps: 6 * MINUTE,
    farSteps: 0,
    watchFaults: 3 * MINUTE,
    restores: 0,
    rollouts: random.pick([0, 6 * MINUTE]),
    forgeries: random.pick([0, MINUTE]),
    clockOffset: random.pick([5, 15]),
    clockDrift: 1e-4,
    clientDrift: 1e-4,
    releases: 0.1,
    reboots: 0.1,
    vanishes: 0.05,
    mutes: 0.05,
    declines: 0.02,
    startFrom: 1000,
    startWithin: 30_000,
    collisionsMax: 1,
    mustNotRunOut: false,
  };
}

function variant(kind: (typeof KINDS)[number], base: Scenario, random: Random): Partial<Scenario> {
  switch (kind) {
    case "faults":
      return random.chance(0.1) ? { restores: 15 * MINUTE } : {};
    case "over-full":
      return { addresses: Math.ceil(base.clients * 0.7), mutes: 0.3, reserveSeconds: random.pick([1, 1, 30, 60]) };
    case "far-clocks":
      return { farSteps: 3 * MINUTE, nodes: random.pick([3, 4, 5]), addresses: Math.ceil(base.clients * 0.9) };
    // Addresses change hands while nodes that know nothing of it renew from the reserve.
    case "cut-off":
      return {
        nodes: random.pick([2, 3]),
        addresses: Math.ceil(base.clients * 0.7),
        leaseSeconds: 120,
        reserveSeconds: random.pick([120, 240]),
        cuts: MINUTE,
        cutLength: 200_000,
        outages: 0,
        crashes: 0,
        clockOffset: 7,
        flips: 1,
        releases: 0.5,
        reboots: 0.2,
      };
    // Reclaiming is all that happens, by clocks as far apart as they may be.
    case "clocks":
      return {
        addresses: Math.ceil(base.clients * 0.6),
        mutes: 0.4,
        vanishes: 0.1,
        reserveSeconds: 1,
        clockOffset: 15,
        leaseSeconds: 60,
        crashes: 0,
        outages: 3 * MINUTE,
        outageLength: 30_000,
        clockSteps: MINUTE,
        reorders: 0.1,
      };
    // Nothing but outages of the store that the reserve outlasts.
    case "outages":
      return {
        ...UNDISTURBED,
        addresses: base.clients * 2,
        reserveSeconds: 240,
        leaseSeconds: 120,
        clockOffset: 5,
        outages: 6 * MINUTE,
        outageLength: 150_000,
        mutes: 0,
        mustNotRunOut: true,
      };
    // After a power failure all clients of a large network come up within a second, and nothing else goes wrong.
    case "newcomers":
      return {
        ...UNDISTURBED,
        nodes: 3,
        clients: 200,
        addresses: 4096,
        addressesAdded: 0,
        duration: 2 * MINUTE,
        calm: MINUTE,
        leaseSeconds: 240,
        pingCheck: true,
        flips: 1,
        startFrom: 45_000,
        startWithin: 20,
        collisionsMax: 0.1,
      };
    // Many clients at once, with flips at each datagram and a slow store.
    case "storm":
      return {
        clients: 60,
        addresses: 60,
        duration: 8 * MINUTE,
        calm: 2 * MINUTE,
        flips: 1,
        doubles: 1,
        slow: 0.1,
        late: 0.05,
        pingCheck: random.chance(0.5),
      };
  }
}

/** A few worlds are large; they are shorter. */
function sized(seed: number, random: Random): Partial<Scenario> {
  if (seed % 500 === 250) return { nodes: 100, clients: 60, addresses: 80, duration: 4 * MINUTE, calm: MINUTE };
  if (seed % 50 === 25) return { nodes: random.pick([10, 20]), duration: 8 * MINUTE, calm: 2 * MINUTE };
  return {};
}
