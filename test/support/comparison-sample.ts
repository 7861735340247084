// A comparison with every part in it and figures that are made up, for tests of its renderings.

import type { LoadPlanRecord, Measured, Observation, Results, Round, TrafficRun } from "../../lab/results.ts";

const seen = (text: string, verdict: Observation["verdict"]): Observation => ({ text, verdict });

const NAMES: readonly (readonly [string, string, string])[] = [
  ["anydhcpd", "anydhcpd, udp", "0.1.0"],
  ["anydhcpd-bpf", "anydhcpd, bpf", "0.1.0"],
  ["isc", "ISC dhcpd", "isc-dhcpd-4.4.3-P1"],
  ["kea-raw", "Kea, 1 thread, raw sockets", "2.2.0"],
  ["kea-udp", "Kea, 1 thread, udp sockets", "2.2.0"],
  ["dnsmasq", "dnsmasq", "2.90"],
];

const PER_SECOND: Readonly<Record<string, number>> = {
  anydhcpd: 52_000,
  "anydhcpd-bpf": 48_000,
  isc: 360,
  "kea-raw": 10_200,
  "kea-udp": 10_900,
  dnsmasq: 590,
};

function load(perSecond: number, factor: number): Measured {
  const rate = perSecond * factor;
  const half = 64_000_000 / rate;
  return {
    perSecond: rate,
    exchanges: Math.round(rate * 3),
    lost: perSecond < 400 ? 12 : 0,
    invalidReplies: 0,
    processorMicroseconds: 900_000 / perSecond,
    ...{ p5: half * 0.4, p25: half * 0.7, p50: half, p75: half * 1.3, p95: half * 2, p99: half * 4, max: half * 11 },
  };
}

const PLANS: LoadPlanRecord[] = [
  {
    id: "dora-64",
    title: "New leases, 64 exchanges at once",
    description: "Relayed DISCOVER, OFFER, REQUEST, ACK, each for a client that has no lease yet.",
    measure: "speed",
    names: ["dora-64"],
  },
  {
    id: "dora-light",
    title: "New leases, a few a second",
    description: "The same, one every 20 ms.",
    measure: "latency",
    names: ["dora-light"],
  },
];

const ROUNDS = [0.93, 1, 1.06].map((factor): Round => {
  const both = (rate: number): Round[string] => Object.fromEntries(PLANS.map(({ id }) => [id, load(rate, factor)]));
  return Object.fromEntries(Object.entries(PER_SECOND).map(([id, rate]) => [id, both(rate)]));
});

function traffic(cpuShare: number, wakeupsPerSecond: number): TrafficRun[] {
  return [0.97, 1, 1.02].map((factor, round) => ({
    round,
    packetsPerSecond: 99_000,
    cpuShare: cpuShare * factor,
    wakeupsPerSecond: wakeupsPerSecond * factor,
  }));
}

/** A whole one. */
export const SAMPLE: Results = {
  format: 2,
  kind: "comparison",
  date: "2026-01-02T03:04:05.678Z",
  seconds: 1234,
  settings: { quick: true, rounds: 3 },
  failures: [],
  machine: {
    kernel: "6.1.0",
    cpu: "A processor with a rather long name, as they have them @ 2.60GHz",
    cores: 2,
    fileSystem: "ext2/ext3",
    memoryMegabytes: 7_900,
    node: "v20.20.2",
    loadAverage: 0.5,
  },
  servers: [
    ...NAMES.map(([id, title, version]) => ({ id, title, version, durability: "ack" as const })),
    {
      id: "udhcpd",
      title: "udhcpd",
      version: "",
      durability: "later",
      absent: "not installed (Debian's package udhcpd)",
    },
  ],
  behaviours: [
    {
      id: "anycast",
      group: "Addresses of replies",
      question: "Source address of a reply to a query that was sent to an anycast address",
      how: "A relayed DISCOVER to 192.0.2.53, an address on lo.",
      observations: {
        anydhcpd: seen("192.0.2.53", "yes"),
        "anydhcpd-bpf": seen("192.0.2.53", "yes"),
        isc: seen("10.9.0.1 instead of 192.0.2.53", "no"),
        "kea-raw": seen("no reply", "no"),
        dnsmasq: seen("<b>&\"'|", "plain"),
      },
    },
    {
      id: "capabilities",
      group: "Privileges",
      question: "Capabilities of the process that parses",
      how: "CapEff in /proc/PID/status.",
      observations: {
        anydhcpd: seen("none, uid 65534", "yes"),
        "anydhcpd-bpf": seen("none, uid 65534", "yes"),
        isc: seen("all, uid 0", "no"),
        "kea-raw": seen("all, uid 0", "no"),
        "kea-udp": seen("all, uid 0", "no"),
        dnsmasq: seen("CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE, uid 65534", "no"),
      },
    },
  ],
  plans: PLANS,
  rounds: ROUNDS,
  backgroundTraffic: {
    seconds: 5,
    filterInstructions: 22,
    kinds: [
      { id: "silence", title: "silence", aimedAt: 0 },
      { id: "light", title: "2\u202f000/s to other ports", aimedAt: 2_000 },
      { id: "ports", title: "100\u202f000/s to other ports", aimedAt: 100_000 },
      { id: "forwarded", title: "100\u202f000/s forwarded", aimedAt: 100_000 },
    ],
    listeners: [
      {
        id: "socket-udp",
        name: "UDP socket",
        kind: "socket",
        runs: { silence: traffic(0, 0), ports: traffic(0.0003, 0), forwarded: traffic(0, 0) },
      },
      {
        id: "socket-open",
        name: "packet socket, no filter",
        kind: "socket",
        runs: {
          silence: traffic(0, 0),
          light: traffic(0.02, 1_990),
          ports: traffic(0.48, 40_000),
          forwarded: traffic(0.47, 38_000),
        },
        packetNanoseconds: [1_500, 1_540, 1_490],
      },
      {
        id: "anydhcpd",
        name: "anydhcpd, udp",
        kind: "server",
        runs: { silence: traffic(0.001, 5), ports: traffic(0.002, 5), forwarded: traffic(0.001, 5) },
      },
      {
        id: "isc",
        name: "ISC dhcpd",
        kind: "server",
        runs: { silence: traffic(0.001, 5), ports: traffic(0.02, 500) },
      },
    ],
  },
  droppedPackets: {
    seconds: 2,
    rate: 100_000,
    places: [
      { id: "received-only", title: "kernel: no protocol takes it", frames: "frames", nanoseconds: [500, 520, 480] },
      { id: "udp-filter", title: "UDP socket's filter", frames: "replies", nanoseconds: [900, 940, 890] },
      { id: "server-udp", title: "server", frames: "DHCPREQUESTs", nanoseconds: [4_500, 4_600, 4_400] },
    ],
  },
  findings: [
    {
      claim: "A socket filter takes the CPU use under unrelated traffic from 2 % to 0 %.",
      verdict: "reproduced",
      figures: "Without filter 48 %, with filter 0.1 %.",
    },
  ],
  method: ["Everything ran in network namespaces joined by veth.", "Servers were started anew for each round."],
};
