// A comparison with every part in it and figures that are made up, for tests of its renderings.

import type { Comparison, LoadRun, NoiseRun, Observation } from "../../lab/comparison.ts";

const seen = (text: string, verdict: Observation["verdict"]): Observation => ({ text, verdict });

const NAMES: readonly (readonly [string, string, string])[] = [
  ["anydhcpd-udp", "anydhcpd, udp", "0.1.0"],
  ["anydhcpd-bpf", "anydhcpd, bpf", "0.1.0"],
  ["isc-dhcpd", "ISC dhcpd", "isc-dhcpd-4.4.3-P1"],
  ["kea-raw", "Kea, 1 thread, raw sockets", "2.2.0"],
  ["kea-udp", "Kea, 1 thread, udp sockets", "2.2.0"],
  ["dnsmasq", "dnsmasq", "2.90"],
];

const PER_SECOND: Readonly<Record<string, number>> = {
  "anydhcpd-udp": 52_000,
  "anydhcpd-bpf": 48_000,
  "isc-dhcpd": 360,
  "kea-raw": 10_200,
  "kea-udp": 10_900,
  dnsmasq: 590,
};

function load(perSecond: number): readonly LoadRun[] {
  return [0.93, 1, 1.06].map((factor, round) => {
    const rate = perSecond * factor;
    const half = 64_000 / rate;
    return {
      round,
      exchangesPerSecond: rate,
      finished: Math.round(rate * 3),
      lost: perSecond < 400 ? 12 : 0,
      untrue: 0,
      cpuMicroseconds: 900_000 / perSecond,
      latency: [
        [0.05, half * 0.4],
        [0.25, half * 0.7],
        [0.5, half],
        [0.75, half * 1.3],
        [0.95, half * 2],
        [0.99, half * 4],
        [1, half * 11],
      ],
    };
  });
}

function noise(cpuShare: number, wakeupsPerSecond: number): readonly NoiseRun[] {
  return [0.97, 1, 1.02].map((factor, round) => ({
    round,
    packetsPerSecond: 99_000,
    cpuShare: cpuShare * factor,
    wakeupsPerSecond: wakeupsPerSecond * factor,
  }));
}

/** A whole one. */
export const SAMPLE: Comparison = {
  format: 1,
  startedAt: "2026-01-02T03:04:05.678Z",
  seconds: 1234,
  quick: true,
  rounds: 3,
  machine: {
    kernel: "6.1.0",
    cpu: "A processor with a rather long name, as they have them @ 2.60GHz",
    cores: 2,
    fileSystem: "ext2/ext3",
    memoryMegabytes: 7_900,
    node: "v20.20.2",
    loadAverage: 0.5,
  },
  contenders: [
    ...NAMES.map(([id, name, version]) => ({ id, name, version, durability: "ack" as const })),
    {
      id: "udhcpd",
      name: "udhcpd",
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
        "anydhcpd-udp": seen("192.0.2.53", "yes"),
        "anydhcpd-bpf": seen("192.0.2.53", "yes"),
        "isc-dhcpd": seen("10.9.0.1 instead of 192.0.2.53", "no"),
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
        "anydhcpd-udp": seen("none, uid 65534", "yes"),
        "anydhcpd-bpf": seen("none, uid 65534", "yes"),
        "isc-dhcpd": seen("all, uid 0", "no"),
        "kea-raw": seen("all, uid 0", "no"),
        "kea-udp": seen("all, uid 0", "no"),
        dnsmasq: seen("CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE, uid 65534", "no"),
      },
    },
  ],
  loads: [
    {
      id: "dora-64",
      title: "New leases, 64 exchanges at once",
      description: "Relayed DISCOVER, OFFER, REQUEST, ACK, each for a client that has no lease yet.",
      measure: "speed",
      runs: Object.fromEntries(Object.entries(PER_SECOND).map(([id, rate]) => [id, load(rate)])),
    },
    {
      id: "dora-light",
      title: "New leases, a few a second",
      description: "The same, one every 20 ms.",
      measure: "latency",
      runs: Object.fromEntries(Object.entries(PER_SECOND).map(([id, rate]) => [id, load(rate)])),
    },
  ],
  noise: {
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
        runs: { silence: noise(0, 0), ports: noise(0.0003, 0), forwarded: noise(0, 0) },
      },
      {
        id: "socket-open",
        name: "packet socket, no filter",
        kind: "socket",
        runs: {
          silence: noise(0, 0),
          light: noise(0.02, 1_990),
          ports: noise(0.48, 40_000),
          forwarded: noise(0.47, 38_000),
        },
        packetNanoseconds: [1_500, 1_540, 1_490],
      },
      {
        id: "anydhcpd-udp",
        name: "anydhcpd, udp",
        kind: "server",
        runs: { silence: noise(0.001, 5), ports: noise(0.002, 5), forwarded: noise(0.001, 5) },
      },
      {
        id: "isc-dhcpd",
        name: "ISC dhcpd",
        kind: "server",
        runs: { silence: noise(0.001, 5), ports: noise(0.02, 500) },
      },
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
