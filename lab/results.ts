// What the laboratory finds, as schemas from which the types come: one form for every command, of which a run fills the
// parts that it measures. Values that were not measured are absent, never zero. Results are written by writer.ts and
// read again with readResults() only.

import { readFileSync } from "node:fs";
import { z } from "zod";

/** Median, least and most of a few measurements. */
const spread = z.object({ median: z.number(), min: z.number(), max: z.number() });

/** What measurements depend on besides the programs. */
const machine = z.object({
  cpu: z.string(),
  cores: z.number(),
  kernel: z.string(),
  /** The file system of the lease files. */
  fileSystem: z.string(),
  node: z.string(),
  memoryMegabytes: z.number().exactOptional(),
  /** Over a minute before the first measurement: what else kept the machine busy. */
  loadAverage: z.number().exactOptional(),
});

/** A server under test, in one way of running it, that took part or could have. */
const testedServer = z.object({
  /** Short and stable: "anydhcpd-bpf". */
  id: z.string(),
  title: z.string(),
  /** As the program itself says; empty where it says none. */
  version: z.string(),
  /** When a lease is on disk: before its ACK leaves, some time after it, or never. */
  durability: z.enum(["ack", "later", "never"]),
  /** Addresses of its range, where it is given fewer than the others. */
  addresses: z.number().exactOptional(),
  /** Processors that it is given; 1 if absent. */
  cores: z.number().exactOptional(),
  /** No server, but the C program that servers are compared with. */
  isBaseline: z.literal(true).exactOptional(),
  /** How it detects conflicts, where first OFFERs are measured. */
  conflictDetection: z.string().exactOptional(),
  /** Why it did not take part; absent if it did. */
  absent: z.string().exactOptional(),
});

/** One phase of load on one server. Times are microseconds. */
const measurement = z.object({
  exchanges: z.number(),
  seconds: z.number(),
  /** Exchanges a second of the open loop; 0 for the closed one. */
  rate: z.number(),
  perSecond: z.number(),
  /** Within which a share of the exchanges was complete. */
  p5: z.number(),
  p25: z.number(),
  p50: z.number(),
  p75: z.number(),
  p95: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
  /** Processor time of all the server's processes for an exchange; null where there was none. */
  processorMicroseconds: z.number().nullable(),
  /** The part of it that is not the kernel's, to some percent. */
  userMicroseconds: z.number().nullable(),
  /** Written to files for an exchange, the log's lines among them; null where there was none. */
  octetsPerExchange: z.number().nullable(),
  /** Share of a processor that the generator has used: near 1, it was the generator that was measured. */
  generatorBusy: z.number(),
  /** Calls that wait for the disk, for 1,000 exchanges: in the run that counts them. */
  syncsPer1000: z.number().nullable(),
  /** The server's instructions outside the kernel for an exchange, where the processor counts them: in the same run. */
  instructions: z.number().nullable(),
  retransmissions: z.number(),
  /** Exchanges given up. */
  lost: z.number(),
  naks: z.number(),
  /** Replies that a check refused, and how many of each kind. */
  invalidReplies: z.number(),
  invalidKinds: z.record(z.string(), z.number()),
});

/** A round: measurements by the server's id and the measurement's name. The run that counts calls is one with few figures. */
const measured = measurement.partial();
const round = z.record(z.string(), z.record(z.string(), measured));

/** A kind of load that was measured. */
const loadPlan = z.object({
  id: z.string(),
  title: z.string(),
  /** What clients did, in a sentence; only where a page has one. */
  description: z.string().exactOptional(),
  /** What its table begins with: exchanges a second, how long one takes, or when all have a lease. */
  measure: z.enum(["speed", "latency", "storm"]),
  /** The names of its measurements. */
  names: z.array(z.string()),
});

/** One observation of one server; the verdict says how it compares with the question. */
const observation = z.object({ text: z.string(), verdict: z.enum(["yes", "no", "plain", "unknown"]) });

/** One row of the table of behaviours; observations are by the server's id. */
const behaviour = z.object({
  id: z.string(),
  /** What it is about; rows of a group stand together. */
  group: z.string(),
  question: z.string(),
  /** How it was found out, in a sentence. */
  how: z.string(),
  observations: z.record(z.string(), observation),
});

const trafficId = z.enum(["silence", "light", "ports", "forwarded"]);
/** A kind of background traffic, or none; `aimedAt` in packets a second. */
const trafficKind = z.object({ id: trafficId, title: z.string(), aimedAt: z.number() });

/** What one listener cost during some seconds of background traffic. */
const trafficRun = z.object({
  round: z.number(),
  /** Packets a second that the generator really sent. */
  packetsPerSecond: z.number(),
  /** Processor time of all its processes divided by wall time: 1 is one processor in full. */
  cpuShare: z.number(),
  /** Times a second that one of its threads was woken. */
  wakeupsPerSecond: z.number(),
});

/** A program that listens during background traffic: a bare socket in a small program, or a whole server. */
const trafficListener = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["socket", "server"]),
  runs: z.partialRecord(trafficId, z.array(trafficRun)),
  /** Nanoseconds from one packet to the next of a sender that goes as fast as it can; a value a round. */
  packetNanoseconds: z.array(z.number()).exactOptional(),
});

/** The part about background traffic; `seconds` is the length of each run. */
const backgroundTraffic = z.object({
  seconds: z.number(),
  filterInstructions: z.number(),
  kinds: z.array(trafficKind),
  listeners: z.array(trafficListener),
});

/** The place where frames are dropped once they are received, unread: what all other places cost too. */
export const RECEIVED_ONLY = "received-only";
/** A place where packets are dropped, and processor time that one costs there beyond its sender's; a value a round. */
const droppingPlace = z.object({
  id: z.string(),
  title: z.string(),
  frames: z.string(),
  nanoseconds: z.array(z.number()),
});

/** The part about dropped packets: `rate` a second, for so many seconds at a time. */
const droppedPackets = z.object({ seconds: z.number(), rate: z.number(), places: z.array(droppingPlace) });

/** A claim and what the figures say about it. "untold": the rounds differ too much, or are too few, to say. */
const finding = z.object({
  claim: z.string(),
  verdict: z.enum(["reproduced", "refuted", "partly", "observed", "not measured", "untold"]),
  figures: z.string(),
});

/** How long new clients of one server waited in one situation. */
const firstOffer = z.object({
  server: z.string(),
  situation: z.string(),
  clients: z.number(),
  milliseconds: spread.nullable(),
  p99: z.number().nullable(),
  /** OFFERs that took over 100 ms. */
  waited: z.number(),
  unanswered: z.number(),
  again: z.number(),
  invalidReplies: z.number().exactOptional(),
});

const times = measurement.pick({
  p5: true,
  p25: true,
  p50: true,
  p75: true,
  p95: true,
  p99: true,
  p999: true,
  max: true,
});
/** Milliseconds between ticks of a 1 ms timer in the daemon: 1 is no delay. */
const eventLoopDelay = z.object({ p50: z.number(), p99: z.number(), max: z.number() });
const renewals = z.object({
  success: z.number(),
  started: z.number(),
  retransmissions: z.number(),
  lost: z.number(),
  naks: z.number(),
  times,
});
/** A server that was killed under load: leases that clients had, and how many of them it has forgotten. */
const kill = { toldLeases: z.number(), lostLeases: z.number(), invalidAtKill: z.record(z.string(), z.number()) };

/** A flood of new clients, beside clients that renew. */
const flood = z.object({
  backend: z.string(),
  leasesPerSecond: z.number(),
  capacityPerSecond: z.number(),
  offeredPerSecond: z.number(),
  times: z.number(),
  timesLeases: z.number(),
  answeredPerSecond: z.number(),
  offers: times,
  quiet: renewals,
  renewals,
  eventLoopDelay,
  recoveryMs: z.number().nullable(),
  memoryMiB: z.object({ before: z.number(), during: z.number(), after: z.number() }),
  invalidKinds: z.record(z.string(), z.number()),
  ...kill,
});

/**
 * A flood of DHCPDISCOVERs as frames, beside clients that renew: by hosts on the server's link, or by one port of a relay;
 * "none": the same clients without a flood.
 */
const shieldFlood = z.object({
  backend: z.string(),
  from: z.enum(["none", "link", "relay-port"]),
  isShielded: z.boolean(),
  framesPerSecond: z.number(),
  /** Share of the flood that the shield has dropped for the limit that it is over: the new clients', or the relay port's. */
  dropped: z.number().exactOptional(),
  renewals,
  /** Of all the server's processes, for flood and renewals. */
  processorSeconds: z.number(),
});

/** A flood of new clients in a small network, and the clients that are served beside it. */
const starvation = z.object({
  server: z.string(),
  discovers: z.number(),
  /** Memory of all its processes: before, after half of the DISCOVERs, after all. */
  residentOctets: z.object({ before: z.number(), half: z.number(), after: z.number() }),
  /** That its files have grown by. */
  storedOctets: z.number(),
  /** Shares of the renewals, and of the new clients, that were served. */
  renewals: z.number(),
  served: z.number(),
  /** From a new client's DISCOVER to its ACK. */
  milliseconds: z.object({ p50: z.number(), max: z.number() }),
});

/** Leases while the disk is slow. */
const slowDisk = z.object({
  backend: z.string(),
  disk: z.string(),
  perSecond: z.number(),
  times: times.pick({ p50: true, p99: true, max: true }),
  retransmissions: z.number(),
  lost: z.number(),
  eventLoopDelay,
  leasesPerCommit: z.number(),
  invalidKinds: z.record(z.string(), z.number()),
  ...kill,
});

/** Starts with a lease file of so many leases. */
const starts = z.object({
  leases: z.number(),
  addresses: z.number(),
  fileOctets: z.number(),
  starts: z.number(),
  firstOfferMs: spread,
  processorMs: spread,
  residentOctets: spread,
  peakOctets: spread,
  emptyResidentOctets: z.number(),
  octetsPerLease: z.number(),
});
const sideLoad = z.object({
  exchanges: z.number(),
  perSecond: z.number(),
  retransmissions: z.number(),
  lost: z.number(),
  invalidReplies: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});
const compaction = z.object({
  leases: z.number(),
  rewrites: z.number(),
  milliseconds: z.number(),
  idleDelay: eventLoopDelay,
  eventLoopDelay,
  residentBefore: z.number(),
  peakOctets: z.number(),
  load: sideLoad,
});
const expiry = z.object({
  leases: z.number(),
  expired: z.number(),
  expiredBefore: z.number(),
  milliseconds: z.number(),
  eventLoopDelay,
  processorSeconds: z.number(),
  residentOctets: z.number(),
  load: sideLoad,
});
/** New clients in a pool of which so much is taken. */
const fill = z.object({
  percent: z.number(),
  perSecond: spread.nullable(),
  processorMicroseconds: spread.nullable(),
  invalidReplies: z.number(),
  lost: z.number(),
});
/** The lease table alone, from empty to full. */
const leaseTable = z.object({
  poolSize: z.number(),
  points: z.array(
    z.object({ percent: z.number(), findNanoseconds: z.number(), leaseNanoseconds: z.number().nullable() }),
  ),
});
/** One node under load, and two at once, each under as much: new leases a second. */
const twoNodes = z.object({ one: z.number(), two: z.array(z.number()), lost: z.number(), invalidReplies: z.number() });
/** A snapshot of so many leases in etcd. */
const snapshot = z.object({
  leases: z.number(),
  snapshots: z.number(),
  milliseconds: spread,
  /** The longest delay of the event loop in each, in milliseconds. */
  delayMax: spread,
  delayP99: spread,
  /** Octets of a member's database for each lease that was written once. */
  databaseOctetsPerWrite: z.number(),
});
/** Resident memory of a server with the leases of an etcd, and with none. */
const clusterMemory = z.object({
  leases: z.number(),
  starts: z.number(),
  residentOctets: spread,
  emptyResidentOctets: spread,
  octetsPerLease: z.number(),
});
const cluster = z
  .object({ twoNodes: z.array(twoNodes), snapshot, memory: clusterMemory, filledInSeconds: z.number() })
  .partial();

const scale = z
  .object({ start: starts, journal: starts, huge: starts, compaction, expiry, fill: z.array(fill), table: leaseTable })
  .partial();

/** How clients of a cluster fared while it had a fault. */
const clusterLoad = z.object({
  started: z.number(),
  exchanges: z.number(),
  retransmissions: z.number(),
  /** Exchanges that their clients gave up. */
  unanswered: z.number(),
  naks: z.number(),
  /** NAKs that refused an address that no other client had. */
  undeservedNaks: z.number(),
  invalidKinds: z.record(z.string(), z.number()),
  /** From a client's first message to its ACK, repetitions included. */
  waitMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
  /** The longest milliseconds without an ACK for clients that the router sends to the first, second, third and any server. */
  silences: z.array(z.number().nullable()),
});
/** One fault of a cluster. */
const clusterFault = z.object({
  fault: z.string(),
  /** Of this server, when the turn began and how busy the machine was then: results of kinds of faults that were not measured again are kept. */
  commit: z.string().exactOptional(),
  date: z.iso.datetime().exactOptional(),
  loadAverage: z.number().exactOptional(),
  title: z.string(),
  /** New leases and renewals meanwhile, and renewals of all these new leases afterwards. */
  leases: clusterLoad,
  renewals: clusterLoad,
  afterwards: clusterLoad,
  /** Leases that clients had at the end, those of them that etcd did not have, and those with another client's address. */
  toldLeases: z.number(),
  lostLeases: z.number(),
  twoClients: z.number(),
  /** The longest time for which the machine did not let the clients go on. */
  heldUpMs: z.number(),
});

/** How a run was set; what a command does not have is absent. */
const settings = z
  .object({
    quick: z.boolean(),
    rounds: z.number(),
    /** Seconds of each measurement, and of the load before it. */
    seconds: z.number(),
    warmup: z.number(),
    /** Exchanges under way. */
    window: z.number(),
    leases: z.number(),
    /** DISCOVERs of a flood that memory is looked at after. */
    discovers: z.number(),
    floodSeconds: z.number(),
    diskSeconds: z.number(),
    /** DISCOVERs of a flood, as a multiple of those that the server can answer. */
    floodTimes: z.number(),
    renewals: z.object({ clients: z.number(), rate: z.number(), timeoutMs: z.number(), tries: z.number() }),
    /** Faults of each kind, and exchanges a second meanwhile. */
    times: z.number(),
    exchangesPerSecond: z.number(),
  })
  .partial();

/** A part of a comparison that was measured apart from the others, later than they. */
const measuredApart = z.object({
  date: z.iso.datetime(),
  commit: z.string().exactOptional(),
  machine,
  rounds: z.number(),
});

/** Everything that one run has found. */
const results = z.object({
  format: z.literal(2),
  /** Which command and thus which page. */
  kind: z.enum([
    "bench",
    "first-offer",
    "scale",
    "overload",
    "shield",
    "starvation",
    "comparison",
    "cluster",
    "cluster-faults",
  ]),
  /** When it began, ISO 8601. */
  date: z.iso.datetime(),
  /** How long it took. */
  seconds: z.number().exactOptional(),
  /** Of this server, where the tree is a clone. */
  commit: z.string().exactOptional(),
  machine,
  settings,
  servers: z.array(testedServer),
  /** What went wrong, in sentences; what it is of is left out at least once. */
  failures: z.array(z.string()),
  plans: z.array(loadPlan),
  rounds: z.array(round),
  behaviours: z.array(behaviour).exactOptional(),
  backgroundTraffic: backgroundTraffic.exactOptional(),
  droppedPackets: droppedPackets.exactOptional(),
  /** Parts of a comparison that were measured apart, by name. */
  apart: z.partialRecord(z.enum(["drops"]), measuredApart).exactOptional(),
  findings: z.array(finding).exactOptional(),
  /** How it was measured and what may have disturbed it, in sentences. */
  method: z.array(z.string()).exactOptional(),
  firstOffers: z.array(firstOffer).exactOptional(),
  floods: z.array(flood).exactOptional(),
  disks: z.array(slowDisk).exactOptional(),
  clusterFaults: z.array(clusterFault).exactOptional(),
  shieldFloods: z.array(shieldFlood).exactOptional(),
  starvations: z.array(starvation).exactOptional(),
  scale: scale.exactOptional(),
  cluster: cluster.exactOptional(),
});

/** Ratios of an earlier run by name. Ratios of another machine mean less, so the file says which it was. */
const baseline = z.object({
  date: z.string(),
  machine: z.string(),
  version: z.string(),
  ratios: z.record(z.string(), z.number().positive()),
});

export type Baseline = z.infer<typeof baseline>;
export type Behaviour = z.infer<typeof behaviour>;
export type Cluster = NonNullable<Results["cluster"]>;
export type ClusterFault = z.infer<typeof clusterFault>;
export type DroppedPackets = z.infer<typeof droppedPackets>;
export type Finding = z.infer<typeof finding>;
export type FirstOffer = z.infer<typeof firstOffer>;
export type Flood = z.infer<typeof flood>;
export type Kind = Results["kind"];
export type LoadPlanRecord = z.infer<typeof loadPlan>;
export type Machine = z.infer<typeof machine>;
/** A measurement of which some figures are not known. */
export type Measured = z.infer<typeof measured>;
export type MeasuredApart = z.infer<typeof measuredApart>;
export type Measurement = z.infer<typeof measurement>;
export type Observation = z.infer<typeof observation>;
export type Results = z.infer<typeof results>;
export type Round = z.infer<typeof round>;
export type Scale = z.infer<typeof scale>;
export type Settings = z.infer<typeof settings>;
export type ShieldFlood = z.infer<typeof shieldFlood>;
export type SideLoad = z.infer<typeof sideLoad>;
export type SlowDisk = z.infer<typeof slowDisk>;
export type Spread = z.infer<typeof spread>;
export type Starvation = z.infer<typeof starvation>;
export type Starts = z.infer<typeof starts>;
export type TestedServer = z.infer<typeof testedServer>;
export type BackgroundTraffic = z.infer<typeof backgroundTraffic>;
export type TrafficKind = z.infer<typeof trafficKind>;
export type TrafficListener = z.infer<typeof trafficListener>;
export type TrafficRun = z.infer<typeof trafficRun>;

/** What plans/cluster-snapshot.ts writes. */
const snapshotReport = z.object({ leases: z.number(), milliseconds: z.number(), eventLoopDelay });

/** A snapshot's figures from the text of the program that takes one. */
export function readSnapshotReport(text: string): z.infer<typeof snapshotReport> {
  return parse(snapshotReport, () => text, "the program that takes snapshots");
}

/** The lease table's figures from the text of the program that measures them (plans/scale-table.ts). */
export function readLeaseTable(text: string): z.infer<typeof leaseTable> {
  return parse(leaseTable, () => text, "the lease table's program");
}

/** Stored results; throws an error that names file and path where they are none. */
export function readResults(file: string): Results {
  return parse(results, () => readFileSync(file, "utf8"), file);
}

/** A stored baseline; throws an error that names file and path where it is none. */
export function readBaseline(file: string): Baseline {
  return parse(baseline, () => readFileSync(file, "utf8"), file);
}

function parse<T>(schema: z.ZodType<T>, read: () => string, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(read());
  } catch (error) {
    throw new Error(`${source}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  throw new Error(`${source}: ${path === "" ? "" : `${path}: `}${issue?.message ?? "no results"}`);
}
