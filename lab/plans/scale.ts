// Our server with a million leases (or ten): how much memory they take, how long a start takes to the first OFFER, how late
// the event loop is while the lease file is compacted and while all leases end within a minute, and whether a nearly full
// pool is slower than an empty one. The daemon as it is installed, real packets.

import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { ask } from "../../src/cli/control-client.ts";
import { Status } from "../../src/control/messages.ts";
import { Lab, type LabNamespace } from "../network/lab.ts";
import type { LabProgram } from "../network/lab-program.ts";
import { type LoadOrders, type LoadReport, runLoad } from "../network/load.ts";
import { processorSeconds } from "../network/processes.ts";
import { ROOT } from "../programs.ts";
import { spread } from "../report/statistics.ts";
import { readLeaseTable, type Scale, type SideLoad, type Spread, type Starts } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import { dottedOf, shuffled, type Writing, writeLeaseFile } from "./scale-leases.ts";

const SERVER = "172.31.0.1";
const RELAY = "10.0.0.1";
const FIRST = 0x0a00_0010;
/** Addresses of the pool: 2^20 without those of the relay and the network itself. */
const POOL = 2 ** 20 - 32;
const HUGE = 10_000_000;
const HUGE_POOL = 10 * 2 ** 20;
/** Clients of a load that others have not been. */
const SERIES = 9;
/** After the first OFFER, so that the start's leftover work ends. */
const SETTLE_MS = 2000;
/** Exchanges a second beside compaction and expiry. */
const SIDE_RATE = 500;
const EXPIRY_SECONDS = 60;
/** Without any load, for comparison. */
const IDLE_MS = 1000;
/** A compaction comes within this. */
const COMPACTION_MS_MAX = 60_000;
/** So many that the octets that a compaction waits for besides twice the leases are there. */
const COMPACTION_SLACK_LEASES = 40_000;
/** Between the start and the first lease that ends. */
const EXPIRY_AHEAD_SECONDS = 15;
/** New clients that each reading of the part `fill` asks with. */
const FILL_CLIENTS = 9000;
/** Clients before them, whose many exchanges make the compiler work on the server's code, and for how many seconds. */
const WARM_CLIENTS = 400;
const WARM_SECONDS = 4;
const FILL_ROUNDS = 3;

/** The parts by name, each of which makes its own part of the results. */
const PARTS: { readonly [Name in keyof Scale]-?: (site: Site, run: Run) => Promise<NonNullable<Scale[Name]>> } = {
  start: (site, { options: { settings } }) =>
    measureStarts(site, { count: settings.leases ?? 0, pool: POOL }, settings.rounds ?? 1),
  journal,
  compaction,
  expiry,
  fill,
  table: async () => leaseTable(),
  huge: (site) => measureStarts(site, { count: HUGE, pool: HUGE_POOL }, 1),
};

/** Each part as a plan. */
export const SCALE: readonly Plan[] = (Object.keys(PARTS) as (keyof typeof PARTS)[]).map((id) => ({
  id,
  title: id,
  isOnce: true,
  tasks: (run) => [
    {
      title: "anydhcpd",
      work: async () => {
        const site = await Site.create(run.options.directory);
        try {
          const found = await PARTS[id](site, run);
          run.results.scale = { ...run.results.scale, [id]: found };
          return JSON.stringify(found);
        } finally {
          await site.lab.dispose();
        }
      },
    },
  ],
}));

/** The network with room for ten million addresses behind a relay. */
class Site {
  readonly lab: Lab;
  readonly server: LabNamespace;
  readonly clients: LabNamespace;

  private constructor(lab: Lab, server: LabNamespace, clients: LabNamespace) {
    this.lab = lab;
    this.server = server;
    this.clients = clients;
  }

  static async create(directory: string): Promise<Site> {
    const lab = await Lab.create({ below: directory });
    const site = new Site(lab, await lab.namespace("server"), await lab.namespace("clients"));
    const { server, clients } = site;
    await lab.veth(server, "up0", clients, "up0");
    await server.ip(`addr add ${SERVER}/24 dev up0`);
    await clients.ip("addr add 172.31.0.2/24 dev up0");
    await clients.ip(`addr add ${RELAY}/32 dev lo`);
    await server.ip("route add 10.0.0.0/8 via 172.31.0.2");
    return site;
  }

  /** The lease file, in a directory of its own that the daemon's user may write in, as packages have it. */
  leaseFile(): string {
    const folder = join(this.lab.directory, "db");
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    return join(folder, "dhcpd.leases");
  }

  /** Writes the lease file anew; returns its length. */
  write(writing: Omit<Writing, "first" | "now"> & { readonly now?: number }): number {
    return writeLeaseFile(this.leaseFile(), { now: seconds(), ...writing, first: FIRST });
  }

  /** Starts the daemon with the lease file and a range of so many addresses; resolves when it has answered a new client. */
  async start(addresses: number): Promise<Daemon> {
    const config = join(this.lab.directory, "dhcpd.conf");
    const control = join(this.lab.directory, "control.sock");
    const mask = addresses > POOL ? "255.0.0.0" : "255.240.0.0";
    const text = `authoritative; ping-check off; default-lease-time 3600; max-lease-time 3600;
subnet 172.31.0.0 netmask 255.255.255.0 { }
subnet 10.0.0.0 netmask ${mask} { range ${dottedOf(FIRST)} ${dottedOf(FIRST + addresses - 1)}; }
`;
    writeFileSync(config, text, { mode: 0o644 });
    const asking = [process.execPath, join(import.meta.dirname, "scale-client.js"), RELAY, SERVER];
    const [command = "", ...rest] = this.clients.inside(asking);
    const client = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const startedAt = performance.timeOrigin + performance.now();
    const flags = ["-c", config, "-l", this.leaseFile(), `--control=${control}`, "up0"];
    const program = await this.server.spawn([join(ROOT, "bin", "anydhcpd"), ...flags]);
    const answered = await Promise.race([lines.next().then(({ value }) => String(value)), program.ended]);
    if (typeof answered !== "string") throw new Error(`the daemon does not answer:\n${program.output}`);
    const processorMs = processorSeconds(program.pid) * 1000;
    await program.waitFor(/"msg":"ready"/);
    return new Daemon(program, control, { firstOfferMs: Number(answered) - startedAt, processorMs });
  }

  /** Load from the relay. */
  load(orders: Partial<LoadOrders>, read?: () => void): Promise<readonly LoadReport[]> {
    const events = read === undefined ? {} : { onMeasuring: read, onMeasured: read };
    return runLoad(this.clients, { server: SERVER, relay: RELAY, ...orders }, events);
  }

  /** A few new clients a second, for `length` seconds. */
  async sideLoad(length: number): Promise<SideLoad> {
    const clients = Math.ceil(length * SIDE_RATE * 1.2);
    const [report] = await this.load({
      clients,
      series: SERIES,
      rate: SIDE_RATE,
      once: true,
      warmup: 0,
      seconds: length,
    });
    if (report === undefined) throw new Error("the load generator has told nothing");
    const { exchanges, perSecond, retransmissions, lost, invalidReplies, exchangeMicroseconds } = report;
    const { p50, p99, max } = exchangeMicroseconds;
    const times = { p50Ms: p50 / 1000, p99Ms: p99 / 1000, maxMs: max / 1000 };
    return { exchanges, perSecond, retransmissions, lost, invalidReplies, ...times };
  }
}

/** A daemon that has answered its first client. */
class Daemon {
  readonly started: { readonly firstOfferMs: number; readonly processorMs: number };
  readonly #program: LabProgram;
  readonly #control: string;

  constructor(program: LabProgram, control: string, started: Daemon["started"]) {
    this.#program = program;
    this.#control = control;
    this.started = started;
  }

  get processorSeconds(): number {
    return processorSeconds(this.#program.pid);
  }

  /** Resident memory now, and the most it ever was. */
  get memory(): { readonly residentOctets: number; readonly peakOctets: number } {
    const octets = (path: string, name: string): number => {
      const text = readFileSync(`/proc/${this.#program.pid}/${path}`, "latin1");
      return Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
    };
    return { residentOctets: octets("smaps_rollup", "Rss"), peakOctets: octets("status", "VmHWM") };
  }

  /** What it says of itself. */
  status(): Promise<z.infer<typeof Status>> {
    return ask(this.#control, "status", Status);
  }

  /** Makes it measure its event loop from now on: the first answer has no delay yet. */
  async measureLoop(): Promise<void> {
    await ask(this.#control, "delay", Status);
  }

  /** How late its event loop was since it was last asked. */
  async delay(): Promise<NonNullable<z.infer<typeof Status>["eventLoopDelay"]>> {
    const { eventLoopDelay } = await ask(this.#control, "delay", Status);
    if (eventLoopDelay === undefined) throw new Error("the status has no delay of the event loop");
    return eventLoopDelay;
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}

/** The same as `start` with the file of a server that is about to compact it: each lease twice, in no order, in small batches. */
function journal(site: Site, { options: { settings } }: Run): Promise<Starts> {
  const { leases = 0, rounds = 1 } = settings;
  const written = { count: leases, pool: POOL, order: shuffled(leases, 2), recordsInBatch: 50 };
  return measureStarts(site, written, Math.min(rounds, 3));
}

/** Starts with a lease file, and with an empty one for comparison. */
async function measureStarts(site: Site, writing: StartWriting, times: number): Promise<Starts> {
  const empty = await startAgain(site, { count: 0, pool: writing.pool }, 1);
  const measured = await startAgain(site, writing, times);
  const octets = measured.residentOctets.median - empty.residentOctets.median;
  return {
    ...measured,
    emptyResidentOctets: empty.residentOctets.median,
    octetsPerLease: octets / writing.count,
  };
}

type StartWriting = Omit<Writing, "first" | "now"> & { readonly pool: number };

async function startAgain(
  site: Site,
  { pool, ...writing }: StartWriting,
  times: number,
): Promise<Omit<Starts, "emptyResidentOctets" | "octetsPerLease">> {
  const fileOctets = site.write(writing);
  const starts: (Daemon["started"] & Daemon["memory"])[] = [];
  for (let i = 0; i < times; i++) {
    const daemon = await site.start(pool);
    await sleep(SETTLE_MS);
    starts.push({ ...daemon.started, ...daemon.memory });
    await daemon.stop();
  }
  rmSync(site.leaseFile());
  const of = (name: keyof (typeof starts)[0]): Spread => {
    const found = spread(starts.map((one) => one[name]));
    if (found === null) throw new Error("no start was measured");
    return found;
  };
  return {
    leases: writing.count,
    addresses: pool,
    fileOctets,
    starts: times,
    firstOfferMs: of("firstOfferMs"),
    processorMs: of("processorMs"),
    residentOctets: of("residentOctets"),
    peakOctets: of("peakOctets"),
  };
}

/** How late the event loop is while all leases are written anew. */
async function compaction(site: Site, { options: { settings } }: Run): Promise<NonNullable<Scale["compaction"]>> {
  const { leases = 0 } = settings;
  // More than twice what is needed: the first commit finds that it is time.
  const once = shuffled(leases, 2);
  const again = once.subarray(0, leases / 5 + COMPACTION_SLACK_LEASES);
  const order = new Uint32Array(once.length + again.length);
  order.set(once);
  order.set(again, once.length);
  site.write({ count: leases, order, recordsInBatch: 50 });
  const daemon = await site.start(POOL);
  await sleep(SETTLE_MS);
  const before = daemon.memory;
  await daemon.measureLoop();
  await sleep(IDLE_MS);
  const idleDelay = await daemon.delay();
  const from = performance.now();
  const loading = site.sideLoad(5);
  const rewrites = async (): Promise<number> => (await daemon.status()).counters["store-rewrites"] ?? 0;
  while ((await rewrites()) === 0 && performance.now() - from < COMPACTION_MS_MAX) await sleep(20);
  const milliseconds = performance.now() - from;
  const eventLoopDelay = await daemon.delay();
  const { peakOctets } = daemon.memory;
  const found = { leases, rewrites: await rewrites(), milliseconds, idleDelay, eventLoopDelay };
  const load = await loading;
  await daemon.stop();
  return { ...found, residentBefore: before.residentOctets, peakOctets, load };
}

/** All leases end within a minute. */
async function expiry(site: Site, { options: { settings } }: Run): Promise<NonNullable<Scale["expiry"]>> {
  const { leases = 0 } = settings;
  const writeEnding = (from: number): number =>
    site.write({ count: leases, now: from - 3600, endsAt: (number) => from + (number % EXPIRY_SECONDS) });
  const now = seconds() + EXPIRY_AHEAD_SECONDS;
  writeEnding(now);
  const late = seconds() - now;
  // Written more slowly than it should have been: once more, with time enough.
  if (late > 0) writeEnding(seconds() + late + 2 * EXPIRY_AHEAD_SECONDS);
  const daemon = await site.start(POOL);
  const cpu = daemon.processorSeconds;
  await daemon.measureLoop();
  const expired = async (): Promise<number> => (await daemon.status()).counters["expired"] ?? 0;
  const expiredBefore = await expired();
  const loading = site.sideLoad(EXPIRY_SECONDS + EXPIRY_AHEAD_SECONDS);
  let first: number | undefined;
  for (let over = 0; over < leases; over = await expired()) {
    await sleep(100);
    if (first === undefined && (await expired()) > 0) first = performance.now();
  }
  const milliseconds = performance.now() - (first ?? performance.now());
  const eventLoopDelay = await daemon.delay();
  const used = daemon.processorSeconds - cpu;
  const { residentOctets } = daemon.memory;
  const found = { leases, expired: await expired(), expiredBefore, milliseconds, eventLoopDelay };
  const load = await loading;
  await daemon.stop();
  return { ...found, processorSeconds: used, residentOctets, load };
}

/** Whether new clients are served as fast in a pool that is 99 % full as in one that is 10 % full. */
async function fill(site: Site): Promise<NonNullable<Scale["fill"]>> {
  const readings = new Map(
    [10, 50, 90, 99].map((percent) => [percent, [] as (LoadReport & { microseconds: number })[]]),
  );
  for (let round = 0; round < FILL_ROUNDS; round++) {
    for (const [percent, found] of readings) {
      const count = Math.round((POOL * percent) / 100 - FILL_CLIENTS / 2);
      site.write({ count: POOL, order: shuffled(POOL, 1).subarray(0, count) });
      const daemon = await site.start(POOL);
      await sleep(SETTLE_MS);
      const cpu: number[] = [];
      const warming = { clients: WARM_CLIENTS, series: SERIES + 1, seconds: WARM_SECONDS };
      await site.load({ window: 64, ...warming, phases: ["dora"] });
      const filling = { clients: FILL_CLIENTS, series: SERIES, once: true, finish: true, warmup: 0, seconds: 20 };
      const [report] = await site.load({ window: 64, ...filling }, () => cpu.push(daemon.processorSeconds));
      await daemon.stop();
      if (report === undefined) throw new Error("the load generator has told nothing");
      found.push({ ...report, microseconds: (((cpu[1] ?? 0) - (cpu[0] ?? 0)) * 1e6) / report.exchanges });
    }
  }
  return [...readings].map(([percent, found]) => ({
    percent,
    perSecond: spread(found.map(({ perSecond }) => perSecond)),
    processorMicroseconds: spread(found.map(({ microseconds }) => microseconds)),
    invalidReplies: found.reduce((sum, { invalidReplies }) => sum + invalidReplies, 0),
    lost: found.reduce((sum, { lost }) => sum + lost, 0),
  }));
}

/** The lease table alone, from empty to full, in a process that has done nothing else. */
function leaseTable(): NonNullable<Scale["table"]> {
  const program = join(import.meta.dirname, "scale-table.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return readLeaseTable(stdout);
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
