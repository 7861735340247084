// Every server that can be put to the test, in every way of running it, and what the laboratory has to know about it.

import { anydhcpd } from "./anydhcpd.ts";
import { anydhcpdEtcd } from "./anydhcpd-etcd.ts";
import { baselineEcho } from "./baseline-echo.ts";
import { dnsmasq } from "./dnsmasq.ts";
import { iscDhcpServer } from "./isc-dhcp-server.ts";
import { keaDhcp4 } from "./kea-dhcp4.ts";
import { keaPgsql } from "./kea-pgsql.ts";
import type { Server } from "./server.ts";
import { udhcpd } from "./udhcpd.ts";

/** A command that measures a server unless others are named. */
type Usual = "bench" | "quick bench" | "comparison" | "cluster";

/** A server in one way of running it, as it stands in the list. */
export interface ListedServer extends Server {
  readonly usual: readonly Usual[];
  /** Whether it hears clients on its own network; true if absent. */
  readonly hearsOwnNetwork?: boolean;
  /** How it is run where clients are on its own network, if otherwise. */
  readonly onOwnNetwork?: Server;
  /** Addresses of its range, where it does not cope with as many as the others are given. */
  readonly addresses?: number;
  /** Processors that it is given, if more than one. */
  readonly cores?: number;
  /** No server, but the C program that servers are compared with. */
  readonly isBaseline?: boolean;
  /** What the load generator must not ask of it. */
  readonly lenience?: { readonly anyDestination?: boolean; readonly anyAgent?: boolean };
  /** What it does about addresses in use; undefined where first OFFERs are not measured. */
  readonly conflicts?: string;
  /** Its first OFFERs take so long that few clients have to do. */
  readonly isSlowToOffer?: boolean;
}

const ALL: readonly Usual[] = ["bench", "quick bench", "comparison", "cluster"];
const BENCH: readonly Usual[] = ["bench", "quick bench"];
const AHEAD = "ARP or ping ahead of time";
const isc = iscDhcpServer({ storesEarlyRenewals: true });

function kea(threads: number): Omit<ListedServer, "id" | "usual"> {
  return {
    // With UDP sockets Kea hears relays only.
    ...keaDhcp4({ threads, sockets: "udp" }),
    onOwnNetwork: keaDhcp4({ threads }),
    title: `Kea, ${threads === 1 ? "1 thread" : `${threads} threads`}`,
    // To clients with the broadcast flag it sends to 255.255.255.255, but at their own hardware addresses.
    lenience: { anyDestination: true },
  };
}

/** Ours beside their baselines first, then the others. */
export const SERVERS: readonly ListedServer[] = [
  { ...anydhcpd(), usual: ALL, conflicts: AHEAD },
  { ...baselineEcho({ journal: true }), usual: BENCH, isBaseline: true },
  { ...anydhcpd({ backend: "bpf" }), usual: ["bench", "comparison"], conflicts: AHEAD },
  { ...anydhcpd({ durable: false }), usual: BENCH },
  { ...anydhcpd({ backend: "bpf", durable: false }), usual: [] },
  ...(["firewall-set", "metrics", "hosts-file", "event-script", "zones", "everything"] as const).map((addition) => ({
    ...anydhcpd({ addition }),
    usual: [],
  })),
  { ...anydhcpdEtcd(1), usual: [], cores: 2 },
  { ...anydhcpdEtcd(3), usual: ["cluster"], cores: 2, conflicts: AHEAD },
  { ...baselineEcho(), usual: BENCH, isBaseline: true },
  { ...kea(1), id: "kea", usual: [...BENCH, "cluster"], conflicts: "none" },
  { ...kea(2), id: "kea-2", usual: ["bench"], cores: 2 },
  ...[1, 4].map((threads) => ({
    ...keaPgsql(threads),
    usual: ["cluster" as const],
    cores: 2,
    hearsOwnNetwork: false,
  })),
  { ...keaDhcp4({ threads: 1 }), usual: ["comparison"], lenience: { anyDestination: true } },
  { ...keaDhcp4({ threads: 1, sockets: "udp" }), usual: ["comparison"], hearsOwnNetwork: false },
  { ...keaDhcp4({ threads: 2 }), usual: [], lenience: { anyDestination: true } },
  { ...keaDhcp4({ threads: 2, sockets: "udp" }), usual: [], hearsOwnNetwork: false },
  {
    ...isc,
    usual: ["bench", "comparison"],
    addresses: 8000,
    conflicts: "ping, then OFFER",
    isSlowToOffer: true,
  },
  { ...isc, id: "isc-65k", usual: ["bench"], addresses: 65_000 },
  { ...iscDhcpServer({ delayedAck: 28, storesEarlyRenewals: true }), usual: [], addresses: 8000 },
  {
    ...dnsmasq(),
    usual: ["bench", "comparison"],
    conflicts: "ping, then OFFER, but for many newcomers at once",
    isSlowToOffer: true,
  },
  {
    ...udhcpd(),
    usual: ["bench", "comparison"],
    // It hands back no option 82.
    lenience: { anyAgent: true },
    addresses: 65_000,
    conflicts: "ARP, then OFFER",
    isSlowToOffer: true,
  },
];

/** Ours as it is in another tree, in each way in which this one is measured. */
export function serversOfTree(tree: string): readonly ListedServer[] {
  const ways = [true, false].flatMap((durable) =>
    (["udp", "bpf"] as const).map((backend) => anydhcpd({ backend, durable, tree })),
  );
  return ways.map((server, index) => ({
    ...server,
    // The first way is the usual one.
    usual: index === 0 ? [...BENCH, "cluster" as const] : BENCH,
    conflicts: AHEAD,
  }));
}
