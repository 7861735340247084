// `npm run bench:scale`: the server with a million leases (or ten): how much memory they take, how long a start
// takes to the first OFFER, how late the event loop is while the lease file is compacted and while all leases
// end within a minute, and whether a nearly full pool is slower than an empty one. The daemon as it is
// installed, real packets in network namespaces. Results go to lab/results/scale.{md,json}.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { flagsOf, resultsFolder } from "./results-folder.mjs";

/** The top of the tree. */
const ROOT = resolve(import.meta.dirname, "..");

const USAGE = `usage: npm run bench:scale -- [--leases N] [--rounds N] [--only PART,PART,...]
                              [--directory DIR] [--results DIR]

  --leases N       of the parts start, journal, compaction and expiry (default 1000000)
  --rounds N       starts that are measured (default 5)
  --only PARTS     of: start (memory and first OFFER), journal (the same with the file as it is just
                   before a compaction), compaction, expiry, fill, table, huge (10,000,000 leases;
                   needs 4 GB of disk and is left out unless named)
  --directory DIR  where lease files are (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   or smaller than usual, so that stored figures stay)
`;

const { values: options } = parseArgs({
  options: {
    leases: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "start,journal,compaction,expiry,fill,table" },
    directory: { type: "string", default: "/var/tmp" },
    results: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const { Lab } = await import("./build/js/lab/network/lab.js");
const { runLoad } = await import("./build/js/lab/load.js");
const { describeMachine } = await import("./build/js/lab/machine.js");
const { processorSeconds } = await import("./build/js/lab/network/processes.js");
const { spread } = await import("./build/js/lab/statistics.js");
const { shuffled, writeLeaseFile } = await import("./scale-leases.mjs");
const { scaleMarkdown } = await import("./scale-render.mjs");

const SERVER = "172.31.0.1";
const RELAY = "10.0.0.1";
const FIRST = 0x0a00_0010;
/** Of a pool of 2^20 addresses but for those that the relay and the network itself have. */
const POOL = 2 ** 20 - 32;
const HUGE = 10_000_000;
const HUGE_POOL = 10 * 2 ** 20;
/** Clients of a load that others have not been. */
const SERIES = 9;
/** After the first OFFER, for what a start has left behind. */
const SETTLE_MS = 2000;
/** Exchanges a second beside compaction and expiry. */
const SIDE_RATE = 500;
const EXPIRY_SECONDS = 60;
/** Without any load, for comparison. */
const IDLE_MS = 1000;
/** So many that the octets that a compaction waits for besides twice the leases are there. */
const COMPACTION_SLACK_LEASES = 40_000;
/** Between the start and the first lease that ends. */
const EXPIRY_AHEAD_SECONDS = 15;
/** New clients that each reading of the part `fill` asks with. */
const FILL_CLIENTS = 9000;
/** Those before them, whose many exchanges have the server's code compiled, and for so many seconds. */
const WARM_CLIENTS = 400;
const WARM_SECONDS = 4;
const FILL_ROUNDS = 3;
const MEBIBYTE = 1 << 20;

const leases = Number(options.leases);
const rounds = Number(options.rounds);
const PARTS = { start, journal, compaction, expiry, fill, table, huge };

const lab = await Lab.create({ below: resolve(options.directory) });
const server = await lab.namespace("server");
const clients = await lab.namespace("clients");
const results = {
  date: new Date().toISOString(),
  machine: describeMachine(lab.directory),
  commit: execFileSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
  leases,
  parts: {},
};
try {
  await lab.veth(server, "up0", clients, "up0");
  await server.ip(`addr add ${SERVER}/24 dev up0`);
  await clients.ip("addr add 172.31.0.2/24 dev up0");
  await clients.ip(`addr add ${RELAY}/32 dev lo`);
  await server.ip("route add 10.0.0.0/8 via 172.31.0.2");
  for (const name of options.only.split(",")) {
    const part = PARTS[name];
    if (part === undefined)
      throw new Error(`--only: there is no "${name}"; there are ${Object.keys(PARTS).join(", ")}`);
    say(`${name} ...`);
    results.parts[name] = await part();
    say(JSON.stringify(results.parts[name]));
  }
} finally {
  await lab.dispose();
}
save();

/** Memory and time of starts with a file as compaction leaves it. */
async function start() {
  const empty = await measureStarts({ count: 0, pool: POOL }, 1);
  return perLease(await measureStarts({ count: leases, pool: POOL }, rounds), empty, leases);
}

/** The same with the file of a server that is about to compact it: each lease twice, in no order, in small batches. */
async function journal() {
  const empty = await measureStarts({ count: 0, pool: POOL }, 1);
  const written = { count: leases, pool: POOL, order: shuffled(leases, 2), recordsInBatch: 50 };
  return perLease(await measureStarts(written, Math.min(rounds, 3)), empty, leases);
}

async function huge() {
  const empty = await measureStarts({ count: 0, pool: HUGE_POOL }, 1);
  return perLease(await measureStarts({ count: HUGE, pool: HUGE_POOL }, 1), empty, HUGE);
}

function perLease(measured, empty, count) {
  const octets = (measured.residentOctets.median - empty.residentOctets.median) / count;
  return { ...measured, emptyResidentOctets: empty.residentOctets.median, octetsPerLease: octets };
}

async function measureStarts({ count, pool, ...writing }, times) {
  const file = leaseFile("start");
  const written = writeLeaseFile(file, { count, first: FIRST, now: seconds(), ...writing });
  const starts = [];
  for (let i = 0; i < times; i++) {
    const daemon = await startDaemon("start", pool);
    await sleep(SETTLE_MS);
    starts.push({ ...daemon.started, ...memoryOf(daemon.pid) });
    await daemon.stop();
  }
  rmSync(file);
  const of = (name) => spread(starts.map((one) => one[name]));
  return {
    leases: count,
    addresses: pool,
    fileOctets: written.octets,
    starts: times,
    firstOfferMs: of("firstOfferMs"),
    processorMs: of("processorMs"),
    residentOctets: of("residentOctets"),
    peakOctets: of("peakOctets"),
  };
}

/** How late the event loop is while all leases are written anew. */
async function compaction() {
  const file = leaseFile("compaction");
  // More than twice what is needed: the first commit finds that it is time.
  const order = shuffled(leases, 2);
  const again = order.subarray(0, leases / 5 + COMPACTION_SLACK_LEASES);
  const more = new Uint32Array(order.length + again.length);
  more.set(order);
  more.set(again, order.length);
  writeLeaseFile(file, { count: leases, first: FIRST, now: seconds(), order: more, recordsInBatch: 50 });
  const daemon = await startDaemon("compaction", POOL);
  await sleep(SETTLE_MS);
  const before = memoryOf(daemon.pid);
  await daemon.ask("delay");
  await sleep(IDLE_MS);
  const idle = (await daemon.ask("delay")).eventLoopDelay;
  const from = performance.now();
  const load = runLoad(clients, sideLoad(5));
  let status = await daemon.ask("status");
  while (status.counters["store-rewrites"] === 0 && performance.now() - from < 60_000) {
    await sleep(20);
    status = await daemon.ask("status");
  }
  const ms = performance.now() - from;
  const { eventLoopDelay } = await daemon.ask("delay");
  const { peakOctets } = memoryOf(daemon.pid);
  const [report] = await load;
  await daemon.stop();
  rmSync(file);
  return {
    leases,
    rewrites: status.counters["store-rewrites"],
    milliseconds: ms,
    idleDelay: idle,
    eventLoopDelay,
    residentBefore: before.residentOctets,
    peakOctets,
    load: loadStory(report),
  };
}

/** All leases end within a minute. */
async function expiry() {
  const file = leaseFile("expiry");
  const now = seconds() + EXPIRY_AHEAD_SECONDS;
  writeLeaseFile(file, {
    count: leases,
    first: FIRST,
    now: now - 3600,
    endsAt: (number) => now + (number % EXPIRY_SECONDS),
  });
  const late = seconds() - now;
  if (late > 0) {
    // Written more slowly than it should have been: once more, with time enough.
    const again = seconds() + late + 2 * EXPIRY_AHEAD_SECONDS;
    const endsAt = (number) => again + (number % EXPIRY_SECONDS);
    writeLeaseFile(file, { count: leases, first: FIRST, now: again - 3600, endsAt });
  }
  const daemon = await startDaemon("expiry", POOL);
  const cpu = processorSeconds(daemon.pid);
  const before = await daemon.ask("delay");
  const load = runLoad(clients, sideLoad(EXPIRY_SECONDS + EXPIRY_AHEAD_SECONDS));
  const over = () => daemon.ask("status").then(({ counters }) => counters.expired ?? 0);
  let first;
  while ((await over()) < leases) {
    await sleep(100);
    if (first === undefined && (await over()) > 0) first = performance.now();
  }
  const ms = performance.now() - (first ?? performance.now());
  const { eventLoopDelay, counters } = await daemon.ask("delay");
  const used = processorSeconds(daemon.pid) - cpu;
  const { residentOctets } = memoryOf(daemon.pid);
  const [report] = await load;
  await daemon.stop();
  rmSync(file);
  return {
    leases,
    expired: counters.expired,
    expiredBefore: before.counters.expired ?? 0,
    milliseconds: ms,
    eventLoopDelay,
    processorSeconds: used,
    residentOctets,
    load: loadStory(report),
  };
}

/** Whether new clients are served as fast in a pool that is 99 % full as in one that is 10 % full. */
async function fill() {
  const readings = new Map([10, 50, 90, 99].map((percent) => [percent, []]));
  for (let round = 0; round < FILL_ROUNDS; round++) {
    for (const [percent, found] of readings) {
      const count = Math.round((POOL * percent) / 100 - FILL_CLIENTS / 2);
      const file = leaseFile("fill");
      writeLeaseFile(file, { count: POOL, first: FIRST, now: seconds(), order: shuffled(POOL, 1).subarray(0, count) });
      const daemon = await startDaemon("fill", POOL);
      await sleep(SETTLE_MS);
      const cpu = [];
      const read = () => cpu.push(processorSeconds(daemon.pid));
      const orders = { server: SERVER, relay: RELAY, window: 64 };
      const warming = { ...orders, clients: WARM_CLIENTS, series: SERIES + 1, seconds: WARM_SECONDS };
      await runLoad(clients, { ...warming, phases: ["dora"] });
      const [report] = await runLoad(
        clients,
        { ...orders, clients: FILL_CLIENTS, series: SERIES, once: true, finish: true, warmup: 0, seconds: 20 },
        { onMeasuring: read, onMeasured: read },
      );
      await daemon.stop();
      rmSync(file);
      found.push({
        perSecond: report.perSecond,
        microseconds: ((cpu[1] - cpu[0]) * 1e6) / report.exchanges,
        invalidReplies: report.invalidReplies,
        lost: report.lost,
      });
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

/** The lease table alone, from empty to full. */
function table() {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "lab", "scale-table.mjs")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A few new clients a second, for `length` seconds. */
function sideLoad(length) {
  const exchanges = { clients: Math.ceil(length * SIDE_RATE * 1.2), series: SERIES, rate: SIDE_RATE, once: true };
  return { server: SERVER, relay: RELAY, ...exchanges, warmup: 0, seconds: length };
}

function loadStory({
  exchanges,
  perSecond,
  retransmissions,
  lost,
  invalidReplies,
  exchangeMicroseconds: { p50, p99, max },
}) {
  return {
    exchanges,
    perSecond,
    retransmissions,
    lost,
    invalidReplies,
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
    maxMs: max / 1000,
  };
}

/** A lease file in a directory of its own that the daemon's user may write in, as packages have it. */
function leaseFile(name) {
  const folder = join(lab.directory, name, "db");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  return join(folder, "dhcpd.leases");
}

/** Starts the daemon with the lease file of a part; resolves when it has answered a new client. */
async function startDaemon(name, addresses) {
  const file = leaseFile(name);
  const config = join(lab.directory, name, "dhcpd.conf");
  const control = join(lab.directory, name, "control.sock");
  const prefix = addresses > POOL ? 8 : 12;
  const mask = prefix === 8 ? "255.0.0.0" : "255.240.0.0";
  writeFileSync(
    config,
    `authoritative; ping-check off; default-lease-time 3600; max-lease-time 3600;
subnet 172.31.0.0 netmask 255.255.255.0 { }
subnet 10.0.0.0 netmask ${mask} { range ${dotted(FIRST)} ${dotted(FIRST + addresses - 1)}; }
`,
    { mode: 0o644 },
  );
  const [command, ...rest] = clients.inside([process.execPath, join(ROOT, "lab", "scale-client.mjs"), RELAY, SERVER]);
  const client = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const startedAt = performance.timeOrigin + performance.now();
  const program = await server.spawn(
    [join(ROOT, "bin", "anydhcpd"), "-c", config, "-l", file, `--control=${control}`, "up0"],
    { name },
  );
  const answered = await Promise.race([lines.next(), program.ended]);
  if (answered.value === undefined) throw new Error(`the daemon does not answer:\n${program.output}`);
  const processorMs = processorSeconds(program.pid) * 1000;
  await program.waitFor(/"msg":"ready"/);
  return {
    pid: program.pid,
    started: {
      firstOfferMs: Number(answered.value) - startedAt,
      processorMs,
    },
    ask: (request) => askDaemon(control, request),
    stop: () => program.stop(),
  };
}

/** One answer of the control socket. */
async function askDaemon(path, command) {
  const socket = connect(path);
  socket.write(`${JSON.stringify({ command })}\n`);
  let text = "";
  socket.on("data", (octets) => {
    text += octets;
    if (text.includes("\n")) socket.end();
  });
  await once(socket, "close");
  return JSON.parse(text.split("\n")[0]);
}

/** Resident memory of a process now, and the most it ever was. */
function memoryOf(pid) {
  const kilobytes = (path, name) =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/${path}`, "latin1"))?.[1]) * 1024;
  return { residentOctets: kilobytes("smaps_rollup", "Rss"), peakOctets: kilobytes("status", "VmHWM") };
}

function seconds() {
  return Math.floor(Date.now() / 1000);
}

function dotted(address) {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

function save() {
  const folder = resultsFolder(options.results, flagsOf(process.argv.slice(2)));
  mkdirSync(folder, { recursive: true });
  const page = scaleMarkdown(results, MEBIBYTE);
  writeFileSync(join(folder, "scale.json"), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(folder, "scale.md"), page);
  say(`\n${page}\nwritten to ${folder}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
