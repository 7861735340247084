// `npm run bench`: exchanges per second, latency, processor time and syncs of our server, of the limits in C
// and of the other servers that are installed, in interleaved rounds on one machine. Results go to
// bench/results/. `npm run bench -- --help` has the settings.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measureFirstOffers } from "./first-offer.mjs";
import { build, enterOwnProcesses, Lab, ROOT } from "./lab.mjs";
import { benchMarkdown, benchSvg, firstOfferMarkdown } from "./render.mjs";
import { SERVERS } from "./servers.mjs";
import { describeMachine, range, spread } from "./statistics.mjs";

const USAGE = `usage: npm run bench -- [--quick] [--rounds N] [--seconds N] [--window N]
                        [--servers ID,ID,...] [--directory DIR] [--results DIR] [--first-offer]

  --quick          3 short rounds of ours, the limits and kea, under two minutes
  --rounds N       rounds; results are medians of them (default 5)
  --seconds N      length of each measurement (default 4)
  --window N       exchanges outstanding, the same for all (default 256)
  --servers IDS    ${SERVERS.map(({ id }) => id).join(", ")}
  --directory DIR  where lease files are, on the disk to be measured (default /var/tmp)
  --results DIR    where results go (default bench/results)
  --first-offer    instead: how long a new client waits for its first OFFER, conflict detection on
`;

const ANSWER_TIMEOUT_S = 20;
/** Length of the runs in which syncs are counted. */
const SYNC_SECONDS = 1.5;
/** Newcomers one right after the other, and so far apart that a server may prepare for the next. */
const FIRST_OFFER_PAUSES_S = [0, 0.5];

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    window: { type: "string", default: "256" },
    servers: { type: "string" },
    directory: { type: "string", default: "/var/tmp" },
    results: { type: "string", default: join(ROOT, "bench", "results") },
    "first-offer": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const settings = {
  rounds: Number(options.rounds ?? (options.quick ? 3 : 5)),
  seconds: Number(options.seconds ?? (options.quick ? 1.5 : 4)),
  warmup: options.quick ? 0.5 : 1,
  prepare: options.quick ? 1 : 2,
  W: Number(options.window),
};
for (const [name, value] of Object.entries(settings)) {
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0`);
}

enterOwnProcesses(resolve(options.directory));
build();
const { chosen, missing } = choose();
const lab = await Lab.create(resolve(options.directory));
try {
  if (options["first-offer"]) await measureWaiting();
  else await measureLoad();
} finally {
  lab.dispose();
}
process.exit(0);

/** The servers of this run, and the names of those that are not installed. */
function choose() {
  const ids = options.servers?.split(",");
  const unknown = ids?.find((id) => !SERVERS.some((server) => server.id === id));
  if (unknown !== undefined) throw new Error(`--servers: there is no "${unknown}"; see --help`);
  const wanted = SERVERS.filter((server) => {
    if (options["first-offer"] && server.conflictDetection === undefined) return false;
    return ids?.includes(server.id) ?? (!options.quick || server.quick === true);
  });
  const missing = wanted.filter((server) => server.program() === undefined).map(({ name }) => name);
  return { chosen: wanted.filter((server) => server.program() !== undefined), missing };
}

async function measureLoad() {
  const rounds = new Map(chosen.map((server) => [server, []]));
  const failures = new Map();
  for (let round = 1; round <= settings.rounds; round++) {
    for (const server of chosen) {
      try {
        const result = await withServer(server, measureRound);
        rounds.get(server).push(result);
        say(`round ${round}  ${server.name.padEnd(32)} ${story(result.dora)}, ${story(result.renew)}`);
      } catch (error) {
        failures.set(server, error);
        say(`round ${round}  ${server.name.padEnd(32)} left out: ${error.message}`);
      }
    }
  }
  const summaries = [];
  for (const server of chosen.filter((one) => rounds.get(one).length > 0)) {
    failures.delete(server); // a round that failed is seen in the number of rounds
    const syncs = await withServer(server, countAllSyncs).catch(() => ({ dora: null, renew: null }));
    summaries.push(summary(server, rounds.get(server), syncs));
  }
  const results = { ...about(failures), settings, servers: summaries };
  save("bench", results, { md: benchMarkdown(results), svg: benchSvg(results) });
}

async function measureWaiting() {
  const failures = new Map();
  const servers = [];
  for (const server of chosen) {
    try {
      const firstOffers = await measureFirstOffers(lab, server, FIRST_OFFER_PAUSES_S);
      servers.push({
        id: server.id,
        name: server.name,
        version: server.version(),
        conflictDetection: server.conflictDetection,
        firstOffers,
      });
      say(`${server.name.padEnd(32)} ${firstOffers.map(({ milliseconds }) => `${range(milliseconds)} ms`).join(", ")}`);
    } catch (error) {
      failures.set(server, error);
      say(`${server.name.padEnd(32)} left out: ${error.message}`);
    }
  }
  const results = { ...about(failures), servers };
  save("first-offer", results, { md: firstOfferMarkdown(results) });
}

/** What results of all kinds say first. */
function about(failures) {
  return {
    date: new Date().toISOString(),
    machine: describeMachine(lab.directory),
    missing: [...missing, ...[...failures.keys()].map(({ name }) => name)],
  };
}

/** Starts a server with nothing leased, waits until it answers, measures, and ends it. */
async function withServer(server, measure) {
  lab.start(server, "relayed");
  try {
    const probe = { window: 1, clients: 2, exchanges: 1, retransmit: 0.1, seconds: ANSWER_TIMEOUT_S };
    const { exchanges } = await lab.generate(probe);
    if (exchanges === 0) throw new Error(`it does not answer; its log begins:\n${lab.log}`);
    return await measure();
  } finally {
    await lab.stop();
  }
}

async function measureRound() {
  return { dora: await measureMode("dora", {}), renew: await measureMode("renew", { prepare: settings.prepare }) };
}

async function measureMode(mode, more) {
  const result = await lab.generate({
    mode,
    window: settings.W,
    warmup: settings.warmup,
    seconds: settings.seconds,
    ...more,
  });
  if (lab.hasEnded) throw new Error(`it ended under load; its log begins:\n${lab.log}`);
  return result;
}

async function countAllSyncs() {
  return { dora: await countSyncs("dora"), renew: await countSyncs("renew") };
}

/** Syncs per 1,000 exchanges, counted by strace in a run of its own: it slows the server down. Null without strace. */
async function countSyncs(mode) {
  const output = join(lab.memory, "strace");
  const processes = lab.server.processes().flatMap((pid) => ["-p", String(pid)]);
  const calls = "trace=fsync,fdatasync,syncfs,sync_file_range,msync";
  const strace = spawn("strace", ["-f", "-c", "-e", calls, "-o", output, ...processes], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await Promise.race([once(strace.stderr, "data"), once(strace, "exit")]);
  } catch {
    return null; // not installed
  }
  if (strace.exitCode !== null) return null;
  const { allExchanges } = await lab.generate({ mode, window: settings.W, seconds: SYNC_SECONDS, prepare: 0.5 });
  const gone = once(strace, "exit");
  strace.kill("SIGINT");
  await gone;
  // "% time, seconds, usecs/call, calls, [errors], syscall"
  const counts = readFileSync(output, "utf8").matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*sync\w*$/gm);
  const syncs = [...counts].reduce((sum, [, calls]) => sum + Number(calls), 0);
  return (syncs * 1000) / Math.max(allExchanges, 1);
}

function summary(server, results, syncsPer1000) {
  const mode = (name) => {
    const all = results.map((result) => result[name]);
    const of = (value) => spread(all.map(value));
    const sum = (value) => all.reduce((total, result) => total + value(result), 0);
    return {
      perSecond: of(({ perSecond }) => perSecond),
      p50: of(({ p50 }) => p50),
      p99: of(({ p99 }) => p99),
      p999: of(({ p999 }) => p999),
      cpuMicroseconds: of(({ serverSeconds, exchanges }) => (serverSeconds * 1e6) / Math.max(exchanges, 1)),
      generatorBusy: of(({ busy }) => busy),
      retransmissions: sum(({ retransmissions }) => retransmissions),
      lies: sum(({ lies }) => lies),
      naks: sum(({ naks }) => naks),
    };
  };
  return {
    id: server.id,
    name: server.name,
    version: server.version(),
    durable: server.durable,
    isLimit: server.isLimit === true,
    rounds: results.length,
    dora: mode("dora"),
    renew: mode("renew"),
    syncsPer1000,
  };
}

function story({ mode, perSecond, p99, lies }) {
  const told = `${Math.round(perSecond)} ${mode}/s p99 ${p99.toFixed(1)} ms`;
  return lies === 0 ? told : `${told}, ${lies} LIES`;
}

function save(name, results, pages) {
  const folder = resolve(options.results);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  for (const [ending, page] of Object.entries(pages)) writeFileSync(join(folder, `${name}.${ending}`), page);
  say(`\n${pages.md}\nwritten to ${folder}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
