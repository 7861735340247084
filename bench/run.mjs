// `npm run bench`: exchanges per second, latency, processor time and syncs of our server, of the limits in C
// and of the other servers that are installed, in interleaved rounds on one machine. Results go to
// bench/results/. `npm run bench -- --help` has the settings.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** The top of the tree. */
const ROOT = resolve(import.meta.dirname, "..");

const USAGE = `usage: npm run bench -- [--quick] [--rounds N] [--seconds N] [--window N]
                        [--servers ID,ID,...] [--directory DIR] [--results DIR] [--first-offer]

  --quick          3 short rounds of ours, the limits and kea, under two minutes
  --rounds N       rounds; results are medians of them (default 5)
  --seconds N      length of each measurement (default 4)
  --window N       exchanges outstanding, the same for all (default 256)
  --servers IDS    which ones; an id that there is not tells those that there are
  --directory DIR  where lease files are, on the disk to be measured (default /var/tmp)
  --results DIR    where results go (default bench/results)
  --first-offer    instead: how long a new client waits for its first OFFER, conflict detection on
`;

/** Newcomers one right after the other, and so far apart that a server may prepare for the next. */
const FIRST_OFFER_PAUSES_S = [0, 0.5];
/** Renewals sooner than this after the client's last exchange may be answered without being stored. */
const REST_MS = 3000;

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
build();
const { ENTRANTS } = await import("./entrants.mjs");
const { measureFirstOffers } = await import("./first-offer.mjs");
const { benchMarkdown, benchSvg, firstOfferMarkdown } = await import("./render.mjs");
const { Track } = await import("./track.mjs");
const { describeMachine } = await import("../dist/compare/machine.js");
const { isInstalled, versionOf } = await import("../dist/compare/peers/running-peer.js");
const { range, spread } = await import("../dist/compare/statistics.js");

const settings = {
  rounds: Number(options.rounds ?? (options.quick ? 3 : 5)),
  seconds: Number(options.seconds ?? (options.quick ? 1.5 : 4)),
  warmup: 0.5,
  window: Number(options.window),
};
for (const [name, value] of Object.entries(settings)) {
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0`);
}

const { chosen, missing } = choose();
const track = await Track.create(resolve(options.directory));
try {
  if (options["first-offer"]) await measureWaiting();
  else await measureLoad();
} finally {
  await track.dispose();
}

/** Makes what is measured, where that has not been done. */
function build() {
  const run = (command, ...args) => {
    const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
  };
  run(process.execPath, join("scripts", "build-native.mjs"));
  if (!existsSync(join(ROOT, "dist", "compare", "load.js"))) run("npm", "run", "--silent", "build");
}

/** The servers of this run, and the titles of those that are not installed. */
function choose() {
  const ids = options.servers?.split(",");
  const unknown = ids?.find((id) => !ENTRANTS.some((entrant) => entrant.id === id));
  if (unknown !== undefined)
    throw new Error(`--servers: there is no "${unknown}"; there are ${ENTRANTS.map(({ id }) => id).join(", ")}`);
  const wanted = ENTRANTS.filter((entrant) => {
    if (options["first-offer"] && entrant.conflictDetection === undefined) return false;
    return ids?.includes(entrant.id) ?? (!options.quick || entrant.quick === true);
  });
  const missing = wanted.filter(({ relayed }) => !isInstalled(relayed)).map(({ title }) => title);
  return { chosen: wanted.filter(({ relayed }) => isInstalled(relayed)), missing };
}

async function measureLoad() {
  const rounds = new Map(chosen.map((entrant) => [entrant, []]));
  const failures = new Map();
  for (let round = 1; round <= settings.rounds; round++) {
    for (const entrant of chosen) {
      const head = `round ${round}  ${entrant.title.padEnd(32)}`;
      try {
        const result = await track.withServer(entrant, "relayed", {}, measureRound);
        rounds.get(entrant).push(result);
        say(`${head} ${story("dora", result.dora)}, ${story("renew", result.renew)}`);
      } catch (error) {
        failures.set(entrant, error);
        say(`${head} left out: ${error.message}`);
      }
    }
  }
  const summaries = [];
  for (const entrant of chosen.filter((one) => rounds.get(one).length > 0)) {
    failures.delete(entrant); // a round that failed is seen in the number of rounds
    summaries.push(summary(entrant, rounds.get(entrant)));
  }
  const results = { ...about(failures), settings, servers: summaries };
  save("bench", results, { md: benchMarkdown(results), svg: benchSvg(results) });
}

async function measureRound(run) {
  const { warmup, seconds, window } = settings;
  const [dora, renew] = await run.load({
    phases: ["dora", "renew"],
    once: true,
    restMs: REST_MS,
    warmup,
    seconds,
    window,
  });
  return { dora, renew };
}

async function measureWaiting() {
  const failures = new Map();
  const servers = [];
  for (const entrant of chosen) {
    const { id, title, conflictDetection } = entrant;
    try {
      const firstOffers = await measureFirstOffers(track, entrant, FIRST_OFFER_PAUSES_S);
      servers.push({ id, title, version: versionFor(entrant), conflictDetection, firstOffers });
      say(`${title.padEnd(32)} ${firstOffers.map(({ milliseconds }) => `${range(milliseconds)} ms`).join(", ")}`);
    } catch (error) {
      failures.set(entrant, error);
      say(`${title.padEnd(32)} left out: ${error.message}`);
    }
  }
  const results = { ...about(failures), servers };
  save("first-offer", results, { md: firstOfferMarkdown(results) });
}

/** What results of all kinds say first. */
function about(failures) {
  return {
    date: new Date().toISOString(),
    machine: describeMachine(track.directory),
    missing: [...missing, ...[...failures.keys()].map(({ title }) => title)],
  };
}

/** The version of an entrant; ours with the commit. */
function versionFor({ id, relayed, isLimit }) {
  if (isLimit) return undefined;
  const version = versionOf(relayed);
  if (!id.startsWith("anydhcpd")) return version;
  const { status, stdout } = spawnSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  return status === 0 ? `${version} (${stdout.trim()})` : version;
}

function summary(entrant, results) {
  const mode = (name) => {
    const all = results.map((result) => result[name]);
    const of = (value) => spread(all.map(value));
    const sum = (value) => all.reduce((total, result) => total + value(result), 0);
    return {
      perSecond: of(({ perSecond }) => perSecond),
      p50: of(({ exchangeMicroseconds }) => exchangeMicroseconds.p50 / 1000),
      p99: of(({ exchangeMicroseconds }) => exchangeMicroseconds.p99 / 1000),
      p999: of(({ exchangeMicroseconds }) => exchangeMicroseconds.p999 / 1000),
      processorMicroseconds: of(({ processorMicroseconds }) => processorMicroseconds),
      retransmissions: sum(({ retransmissions }) => retransmissions),
      lost: sum(({ lost }) => lost),
      naks: sum(({ naks }) => naks),
      lies: sum(({ lies }) => lies),
    };
  };
  return {
    id: entrant.id,
    title: entrant.title,
    version: versionFor(entrant),
    addresses: entrant.addresses ?? null,
    durable: entrant.relayed.durability === "ack",
    isLimit: entrant.isLimit === true,
    rounds: results.length,
    dora: mode("dora"),
    renew: mode("renew"),
  };
}

function story(name, { perSecond, exchangeMicroseconds, lies, lieKinds }) {
  const told = `${Math.round(perSecond)} ${name}/s p99 ${(exchangeMicroseconds.p99 / 1000).toFixed(1)} ms`;
  return lies === 0 ? told : `${told}, LIES ${JSON.stringify(lieKinds)}`;
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
