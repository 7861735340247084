// What a cluster costs: a server with an etcd of three members beside it, all on this machine, next to Kea with PostgreSQL
// and to itself with a lease file; two servers at once; a million leases in etcd.

import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabProgram } from "../network/lab-program.ts";
import { type LoadReport, runLoad } from "../network/load.ts";
import { ADDRESSES, type Network, RANGE_ADDRESSES, serviceOf } from "../network/network.ts";
import { CORES } from "../network/track.ts";
import { ROOT } from "../programs.ts";
import { spread } from "../report/statistics.ts";
import { type Cluster, readSnapshotReport, type Spread } from "../results.ts";
import type { Plan, Run, Task } from "../run.ts";
import { clusterStatement, etcdEndpoints, etcdMembers, OWN_STATE } from "../servers/anydhcpd-etcd.ts";
import { dhcpdConf } from "../servers/dhcpd-conf.ts";
import { startScript } from "../servers/start-script.ts";
import { FIRST_OFFERS } from "./first-offers.ts";
import { LOADS } from "./load.ts";
import { writeLeaseFile } from "./scale-leases.ts";

const MEMBERS = 3;
/** The server of a cluster, and the same with a lease file. */
const OURS = ["anydhcpd-etcd-3", "anydhcpd"];
/** The first address of the relayed range: 10.96.1.0. */
const FIRST = 0x0a60_0100;
/** The second server's link to the relay. */
const SECOND = { server: "10.9.1.1", relay: "10.9.1.2" };
/** Series of clients: of each load, and of the warm-ups. */
const SERIES = { before: 3, twoA: 4, twoB: 5, warmUpA: 6, warmUpB: 7, after: 8 };
/** Of load on a node before it is measured: where both cores are busy, its code is compiled late. */
const WARM_UP_SECONDS = 6;
const FILL_MS_MAX = 600_000;
const SNAPSHOTS = 5;
const MEMORY_STARTS = 3;
/** After a start, so that its leftover work ends. */
const SETTLE_MS = 2000;
/** What the launcher starts Node with (launcher/main.c): a snapshot is to be taken as the server takes it. */
const NODE_FLAGS = [
  "--disallow-code-generation-from-strings",
  "--max-inlined-bytecode-size-cumulative=2500",
  "--initial-old-space-size=32",
  "--no-parallel-scavenge",
  "--expose-gc",
];

/** All of it. */
export const CLUSTER: readonly Plan[] = [
  ...LOADS.filter(({ id }) => id === "relayed"),
  ...LOADS.filter(({ id }) => id === "steady").map((plan) => onlyOf(plan, OURS)),
  {
    id: "two-nodes",
    title: "new leases at one node, and at two at once",
    estimate: ({ options: { settings } }) =>
      20 + 2 * WARM_UP_SECONDS + 5 * (settings.warmup ?? 0) + 3 * (settings.seconds ?? 0),
    tasks: (run) => whereThereIsEtcd(run, () => twoNodes(run)),
  },
  ...FIRST_OFFERS.filter(({ id }) => id === "relay" || id === "at-once").map((plan) => onlyOf(plan, OURS)),
  {
    id: "snapshot",
    title: "a snapshot of all leases, and the memory that they take",
    isOnce: true,
    tasks: (run) => whereThereIsEtcd(run, () => manyLeases(run)),
  },
];

/** One task, or none where the server of a cluster does not take part. */
function whereThereIsEtcd(run: Run, work: () => Promise<string>): readonly Task[] {
  return run.servers.some(({ id }) => id === OURS[0]) ? [{ title: `etcd of ${MEMBERS} members`, work }] : [];
}

/** A plan for some servers only. */
function onlyOf(plan: Plan, servers: readonly string[]): Plan {
  return { ...plan, tasks: (run) => plan.tasks(run).filter(({ title }) => servers.includes(title)) };
}

/** Members of etcd in the server's namespace, and nodes of theirs that are started one after the other. */
class ClusterSite {
  readonly #network: Network;
  #programs: LabProgram[] = [];

  constructor(network: Network) {
    this.#network = network;
  }

  /** The folder of the members' data. */
  get data(): string {
    return join(this.#network.lab.directory, "etcd");
  }

  async startEtcd(): Promise<void> {
    mkdirSync(this.data);
    await this.#start("etcd", startScript(etcdMembers(MEMBERS, this.data)), ["sh"]);
  }

  /** Writes the configuration of a node that relays ask at an address; returns the file's path. `prefix`: of its keys, if not the default. */
  configure(name: string, address: string, prefix?: string): string {
    const config = join(this.#network.lab.directory, `${name}.conf`);
    // Without the links to the relays, so that no interface is served: two servers cannot both listen for broadcasts.
    const service = serviceOf("relayed", RANGE_ADDRESSES);
    const subnets = service.subnets.filter(({ ranges }) => ranges.length > 0);
    const statements = [
      clusterStatement(MEMBERS, { name, ...(prefix === undefined ? {} : { prefix }) }),
      `listen on ${address};`,
      "drain-time 0;",
    ];
    writeFileSync(config, dhcpdConf({ ...service, subnets }, statements), {
      mode: 0o644,
    });
    return config;
  }

  /** Starts a node; resolves when it is ready. */
  async startNode(name: string, config: string): Promise<LabProgram> {
    const control = join(this.#network.lab.directory, `${name}.sock`);
    const server = [join(ROOT, "bin", "anydhcpd"), "-c", config, `--control=${control}`];
    const steps = [...OWN_STATE, `exec ${server.join(" ")}`].join("\n");
    const program = await this.#start(name, `${steps}\n`, ["unshare", "--mount", "sh"]);
    await program.waitFor(/"msg":"ready"/, 60_000);
    return program;
  }

  async #start(name: string, script: string, shell: readonly string[]): Promise<LabProgram> {
    const path = join(this.#network.lab.directory, `${name}.sh`);
    writeFileSync(path, script);
    const program = await this.#network.server.spawn([...shell, path], { name, processors: CORES.both });
    this.#programs.push(program);
    return program;
  }
}

/** One round: a node under load while it is the only one, two at once, and the one alone again: etcd needs more time for a lease the more it has. */
async function twoNodes(run: Run): Promise<string> {
  const found = await run.inNetwork({}, async (network) => {
    const { lab, server, relay } = network;
    await lab.veth(server, "up1", relay, "up1");
    await server.ip(`addr add ${SECOND.server}/24 dev up1`);
    await relay.ip(`addr add ${SECOND.relay}/24 dev up1`);
    await server.ip(`route add ${ADDRESSES.secondGiaddr}/32 via ${SECOND.relay}`);
    const site = new ClusterSite(network);
    const links = {
      a: { server: ADDRESSES.upPrimary, relay: ADDRESSES.giaddr },
      b: { server: SECOND.server, relay: ADDRESSES.secondGiaddr },
    };
    const { seconds = 1, warmup = 0, window = 1 } = run.options.settings;
    const common = { once: true, window, seconds, warmup, clients: RANGE_ADDRESSES / 4 };
    const load = async (node: keyof typeof links, series: number, orders = common): Promise<LoadReport> => {
      const [report] = await runLoad(relay, { ...links[node], ...orders, series }, { processors: CORES.load });
      if (report === undefined) throw new Error("the load generator has told nothing");
      return report;
    };
    const warmUp = { ...common, seconds: run.options.settings.quick === true ? seconds : WARM_UP_SECONDS };
    await site.startEtcd();
    await site.startNode("a", site.configure("a", links.a.server));
    await load("a", SERIES.warmUpA, warmUp);
    const before = await load("a", SERIES.before);
    const second = await site.startNode("b", site.configure("b", links.b.server));
    await load("b", SERIES.warmUpB, warmUp);
    const two = await Promise.all([load("a", SERIES.twoA), load("b", SERIES.twoB)]);
    await second.stop();
    const after = await load("a", SERIES.after);
    const sum = (of: (report: LoadReport) => number): number =>
      [before, ...two, after].reduce((all, report) => all + of(report), 0);
    return {
      one: (before.perSecond + after.perSecond) / 2,
      two: two.map(({ perSecond }) => perSecond),
      lost: sum(({ lost }) => lost),
      invalidReplies: sum(({ invalidReplies }) => invalidReplies),
    };
  });
  keep(run, { twoNodes: [...(run.results.cluster?.twoNodes ?? []), found] });
  return JSON.stringify(found);
}

/** Fills etcd, takes snapshots of it, and starts a server with it. */
async function manyLeases(run: Run): Promise<string> {
  const leases = run.options.settings.leases ?? RANGE_ADDRESSES;
  return run.inNetwork({}, async (network) => {
    const { lab, server } = network;
    const site = new ClusterSite(network);
    await site.startEtcd();
    const file = join(lab.directory, "leases");
    writeLeaseFile(file, { count: leases, first: FIRST, now: Math.floor(Date.now() / 1000) });
    const config = site.configure("a", ADDRESSES.upPrimary);
    const startedAt = performance.now();
    const filling = [join(ROOT, "bin", "anydhcpctl"), "fill", "-c", config, file];
    const said = await server.exec(filling, { timeoutMs: FILL_MS_MAX });
    if (storedOf(said) !== leases) throw new Error(`anydhcpctl fill: ${said}`);
    const filledInSeconds = (performance.now() - startedAt) / 1000;
    const databaseOctets = statSync(join(site.data, "m0", "member", "snap", "db")).size;
    const snapshots = await takeSnapshots(network, leases);
    const memory = await measureMemory(site, config, leases);
    keep(run, {
      filledInSeconds,
      memory,
      snapshot: { ...snapshots, leases, databaseOctetsPerWrite: databaseOctets / leases },
    });
    return JSON.stringify({ filledInSeconds, memory, snapshots, databaseOctets });
  });
}

/**
 * Leases that etcd has, from what `anydhcpctl fill` says. Those that were "known already" are among them: a transaction
 * that a busy member answers late goes to another member as well, and the copy finds what the first one has written.
 */
function storedOf(said: string): number {
  const [, stored, known] = /^(\d+) stored; (\d+) known to the store already; 0 over\n?$/.exec(said) ?? [];
  return Number(stored) + Number(known);
}

async function takeSnapshots(
  { server }: Network,
  leases: number,
): Promise<Omit<NonNullable<Cluster["snapshot"]>, "leases" | "databaseOctetsPerWrite">> {
  const program = join(import.meta.dirname, "cluster-snapshot.js");
  const range = [String(FIRST), String(FIRST + RANGE_ADDRESSES - 1)];
  const argv = [process.execPath, ...NODE_FLAGS, program, ...range, ...etcdEndpoints(MEMBERS).map(withoutScheme)];
  const reports = [];
  for (let i = 0; i < SNAPSHOTS; i++) {
    const report = readSnapshotReport(await server.exec(argv));
    if (report.leases !== leases) throw new Error(`a snapshot has ${report.leases} leases`);
    reports.push(report);
  }
  return {
    snapshots: SNAPSHOTS,
    milliseconds: spreadOf(reports.map(({ milliseconds }) => milliseconds)),
    delayMax: spreadOf(reports.map(({ eventLoopDelay }) => eventLoopDelay.max)),
    delayP99: spreadOf(reports.map(({ eventLoopDelay }) => eventLoopDelay.p99)),
  };
}

/** Memory of a server whose etcd has the leases, less that of one which has none. */
async function measureMemory(
  site: ClusterSite,
  config: string,
  leases: number,
): Promise<NonNullable<Cluster["memory"]>> {
  const empty = site.configure("empty", ADDRESSES.upPrimary, "empty");
  const resident = async (name: string, file: string): Promise<number> => {
    const node = await site.startNode(name, file);
    await sleep(SETTLE_MS);
    const text = readFileSync(`/proc/${node.pid}/smaps_rollup`, "latin1");
    const octets = Number(/^Rss:\s*(\d+) kB$/m.exec(text)?.[1]) * 1024;
    await node.stop();
    return octets;
  };
  const full: number[] = [];
  const without: number[] = [];
  for (let i = 0; i < MEMORY_STARTS; i++) {
    full.push(await resident("a", config));
    without.push(await resident("empty", empty));
  }
  const [residentOctetsOf, emptyResidentOctets] = [spreadOf(full), spreadOf(without)];
  return {
    ...{ leases, starts: MEMORY_STARTS, emptyResidentOctets },
    residentOctets: residentOctetsOf,
    octetsPerLease: (residentOctetsOf.median - emptyResidentOctets.median) / leases,
  };
}

function keep(run: Run, found: Cluster): void {
  run.results.cluster = { ...run.results.cluster, ...found };
}

function spreadOf(values: readonly number[]): Spread {
  const found = spread(values);
  if (found === null) throw new Error("nothing was measured");
  return found;
}

function withoutScheme(url: string): string {
  return url.replace("http://", "");
}
