// `npm run bench:overload`: what becomes of clients with a lease, of memory and of the event loop while ten times as
// many new clients ask as can be answered, or as the load can make, and how fast all is as before; and how leases are
// given while the disk is slow or stalls. After each, the server is killed (SIGKILL) under load, and what clients were
// told is compared with what it knows after a new start. Results go to lab/results/overload.{md,json}.

import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { flagsOf, resultsFolder } from "./results-folder.mjs";

/** The top of the tree. */
const ROOT = resolve(import.meta.dirname, "..");

const USAGE = `usage: npm run bench:overload -- [--backends udp,bpf] [--only flood,disk] [--seconds N]
                              [--directory DIR] [--results DIR]

  --backends IDS   (default both)
  --only PARTS     of: flood, disk (default both)
  --seconds N      of the flood, and of each measurement on a slow disk (default 10 and 4)
  --directory DIR  where lease files are (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   or smaller than usual, so that stored figures stay)
`;

const { values: options } = parseArgs({
  options: {
    backends: { type: "string", default: "udp,bpf" },
    only: { type: "string", default: "flood,disk" },
    seconds: { type: "string" },
    directory: { type: "string", default: "/var/tmp" },
    results: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const { describeMachine } = await import("./build/js/lab/machine.js");
const { anydhcpd } = await import("./build/js/lab/servers/anydhcpd.js");
const { SECOND_RELAY_ADDRESS, Track } = await import("./track.mjs");
const { overloadMarkdown } = await import("./overload-render.mjs");

const FLOOD_SECONDS = Number(options.seconds ?? 10);
const DISK_SECONDS = Number(options.seconds ?? 4);
/** As many as can be answered, so many times. */
const TIMES = 10;
/** New clients that ask once and go; each waits this long for its OFFER. */
const FLOOD = { phases: ["flood"], series: 10, clients: 400_000, timeoutMs: 250, tries: 1, bunched: true };
/**
 * Clients with a lease that renew it, five hundred a second, each once. A client asks again until its lease ends,
 * which is an hour for most; here it asks four times, 0.5, 1 and 2 s apart, all of them during the flood.
 */
const RENEWALS = {
  ...{ phases: ["renew"], relay: SECOND_RELAY_ADDRESS, series: 20, clients: 3000, rate: 500, timeoutMs: 500, tries: 4 },
  ...{ once: true, finish: true, seconds: 30 },
};
/** Clients that get leases while the server is killed. */
const KILLED = { phases: ["dora"], clients: 20_000, once: true, timeoutMs: 500, tries: 4, seconds: 3 };
const KILL_AFTER_MS = 1500;
/** Memory is looked at this often, and after this long it should be as before. */
const LOOK_MS = 100;
const REST_MS = 5000;
/** After the flood so many new clients ask every 100 ms; it is over for them when all are answered. */
const RECOVERY = { phases: ["flood"], rate: 1000, seconds: 0.1, clients: 1000, timeoutMs: 90, tries: 1 };
const RECOVERY_STEPS_MAX = 50;
const WARM_UP = { phases: ["dora"], window: 256, seconds: 2, timeoutMs: 1000 };
/** New leases that can be given: what a client comes for, an OFFER is not all of it. */
const LEASES = { ...WARM_UP, warmup: 1, seconds: 1.5, once: true };

const DISKS = [
  { name: "as it is", order: "well" },
  { name: "fdatasync + 10 ms", order: "delay 10" },
  { name: "fdatasync + 100 ms", order: "delay 100" },
  { name: "one stall of 5 s", order: "well", stall: "stall 5000 1", atMs: 1000, seconds: 8 },
];

const backends = options.backends.split(",");
const parts = options.only.split(",");
const track = await Track.create(resolve(options.directory));
try {
  const results = {
    date: new Date().toISOString(),
    commit: spawnSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim(),
    machine: describeMachine(track.directory),
    settings: { floodSeconds: FLOOD_SECONDS, times: TIMES, renewals: RENEWALS, diskSeconds: DISK_SECONDS },
    floods: [],
    disks: [],
  };
  for (const backend of backends) {
    if (parts.includes("flood")) results.floods.push(await measureFlood(backend));
    for (const disk of parts.includes("disk") ? DISKS : []) results.disks.push(await measureDisk(backend, disk));
  }
  save(results);
} finally {
  await track.dispose();
}

async function measureFlood(backend) {
  const entrant = { id: `overload-${backend}`, relayed: anydhcpd({ backend }) };
  return track.withServer(entrant, "relayed", {}, async (run) => {
    const [leases] = await run.load({ ...LEASES, series: 5 });
    // All of the clients once: what the server knows of them is no cost of the flood.
    const closed = { window: 256, seconds: 20, once: true, timeoutMs: 1000, tries: 4, bunched: false };
    const [capacity] = await run.load({ ...FLOOD, ...closed });
    const [quiet] = await run.load(RENEWALS);
    await sleep(REST_MS);
    const before = mainMemory(run);
    await loopDelay(run);

    const memory = sampleMemory(run);
    let flooding;
    // The renewing clients have their leases when the flood begins.
    const renewing = run.load(RENEWALS, {
      onMeasuring: () => {
        flooding = run.load({ ...FLOOD, rate: capacity.perSecond * TIMES, seconds: FLOOD_SECONDS });
      },
    });
    const [renewals] = await renewing;
    const [flood] = await flooding;
    const { eventLoopDelay } = await loopDelay(run);
    const recoveryMs = await recover(run);
    const during = memory.stop();
    await sleep(REST_MS);
    const after = mainMemory(run);

    const result = {
      backend,
      leasesPerSecond: leases.perSecond,
      capacityPerSecond: capacity.perSecond,
      offeredPerSecond: flood.sent / flood.seconds,
      times: flood.sent / flood.seconds / capacity.perSecond,
      timesLeases: flood.sent / flood.seconds / leases.perSecond,
      answeredPerSecond: flood.perSecond,
      offers: flood.offerMicroseconds,
      quiet: renewalsOf(quiet),
      renewals: renewalsOf(renewals),
      eventLoopDelay,
      recoveryMs,
      memoryMiB: { before, during, after },
      invalidReplies: { ...flood.invalidKinds, ...renewals.invalidKinds },
      ...(await killUnder(run, { ...FLOOD, series: 11, rate: capacity.perSecond * TIMES, seconds: KILLED.seconds })),
    };
    say(
      `${backend}: ${result.timesLeases.toFixed(1)}x leases, ${result.times.toFixed(1)}x OFFERs, ` +
        `${(100 * result.renewals.success).toFixed(2)} % of renewals, ` +
        `${Math.round(result.answeredPerSecond)} OFFERs/s of ${Math.round(result.capacityPerSecond)}, ` +
        `memory ${before} to ${during} to ${after} MiB, recovery ${recoveryMs} ms, lost ACKs ${result.lostLeases}`,
    );
    return result;
  });
}

/** How renewing clients fared. */
function renewalsOf({ exchanges, started, retransmissions, lost, naks, exchangeMicroseconds }) {
  return { success: exchanges / started, started, retransmissions, lost, naks, times: exchangeMicroseconds };
}

/** Milliseconds from now until every new client is answered again. */
async function recover(run) {
  const began = performance.now();
  for (let step = 0; step < RECOVERY_STEPS_MAX; step++) {
    const at = performance.now() - began;
    const [{ exchanges, started }] = await run.load({ ...RECOVERY, series: 100 + step });
    if (exchanges >= started * 0.98) return Math.round(at);
  }
  return null;
}

async function measureDisk(backend, { name, order, stall, atMs, seconds = DISK_SECONDS }) {
  const peer = anydhcpd({ backend });
  let control;
  const slow = {
    ...peer,
    prepare(service, places) {
      const plan = peer.prepare(service, places);
      // Where the daemon may read: beside its configuration.
      const folder = dirname(plan.argv[plan.argv.indexOf("-c") + 1]);
      control = join(folder, "slow-disk.control");
      const library = join(folder, "slow-disk.so");
      execFileSync("cc", [
        "-shared",
        "-fPIC",
        "-O2",
        "-o",
        library,
        join(ROOT, "lab", "load", "slow_disk.c"),
        "-ldl",
        "-lpthread",
      ]);
      const environment = { ...plan.environment, LD_PRELOAD: library, SLOW_DISK_CONTROL: control };
      return { ...plan, environment };
    },
  };
  return track.withServer({ id: `disk-${backend}`, relayed: slow }, "relayed", {}, async (run) => {
    await run.load({ ...WARM_UP, series: 5 });
    writeFileSync(control, `${order}\n`);
    await loopDelay(run);
    const stalling = stall === undefined ? undefined : setTimeout(() => writeFileSync(control, `${stall}\n`), atMs);
    const [dora] = await run.load({ phases: ["dora"], series: 30, window: 256, seconds, timeoutMs: 1000, tries: 4 });
    clearTimeout(stalling);
    const { eventLoopDelay, counters } = await loopDelay(run);
    const { p50, p99, max } = dora.exchangeMicroseconds;
    const result = {
      backend,
      disk: name,
      perSecond: dora.perSecond,
      times: { p50, p99, max },
      retransmissions: dora.retransmissions,
      lost: dora.lost,
      eventLoopDelay,
      leasesPerCommit: counters["store-leases"] / counters["store-commits"],
      invalidReplies: dora.invalidKinds,
      ...(await killUnder(run)),
    };
    say(
      `${backend}, ${name}: ${Math.round(result.perSecond)} DORA/s, p99 ${(p99 / 1000).toFixed(1)} ms, ` +
        `loop p99 ${eventLoopDelay.p99} ms, lost ACKs ${result.lostLeases}`,
    );
    return result;
  });
}

/** Kills the server while clients get leases, starts it again and counts what it has forgotten of what they were told. */
async function killUnder(run, flood) {
  const file = join(run.peer.directory, "told");
  const flooding = flood === undefined ? undefined : run.loadWhatever(flood);
  const loading = run.loadWhatever({ ...KILLED, relay: SECOND_RELAY_ADDRESS, series: 40, rate: 4000, leases: file });
  await sleep(KILL_AFTER_MS);
  await run.peer.stop("SIGKILL");
  const [{ invalidKinds }] = await loading;
  await flooding;
  await run.startAgain();
  const known = new Map();
  for await (const line of ask(run, "leases")) {
    const { address, hardware, state, ends } = JSON.parse(line);
    known.set(address, { hardware, isBound: state === "bound", ends: Date.parse(ends) / 1000 });
  }
  const told = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const forgotten = told.filter((line) => {
    const [address, hardware, until] = line.split(" ");
    const lease = known.get(address);
    return lease?.hardware !== hardware || !lease.isBound || lease.ends < Number(until);
  });
  return { toldLeases: told.length, lostLeases: forgotten.length, liesAtKill: invalidKinds };
}

/** The status with the event loop's delay since the last call of this. */
async function loopDelay(run) {
  for await (const line of ask(run, "delay")) return JSON.parse(line);
  throw new Error("the control socket tells nothing");
}

/** The lines of the control socket's answer. */
async function* ask(run, command) {
  const socket = connect(join(run.peer.directory, "control.sock"));
  await once(socket, "connect");
  socket.write(`${JSON.stringify({ command })}\n`);
  try {
    yield* createInterface({ input: socket });
  } finally {
    socket.destroy();
  }
}

/** Resident memory of the server without its helper. */
function mainMemory(run) {
  const status = readFileSync(`/proc/${run.peer.pids[0]}/status`, "latin1");
  return Math.round(Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) / 1024);
}

/** The largest of what `stop` returns was seen until then. */
function sampleMemory(run) {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, mainMemory(run));
  }, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}

function save(results) {
  const folder = resultsFolder(options.results, flagsOf(process.argv.slice(2)));
  const page = overloadMarkdown(results);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "overload.json"), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(folder, "overload.md"), page);
  say(`\n${page}\nwritten to ${folder}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
