// `npm run bench`: exchanges per second, latency, processor time and syncs of our server, of the limits in C
// and of the other servers that are installed, in interleaved rounds on one machine. Results go to
// lab/results/. `npm run bench -- --help` has the settings.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { flagsOf, resultsFolder } from "./results-folder.mjs";

/** The top of the tree. */
const ROOT = resolve(import.meta.dirname, "..");

const USAGE = `usage: npm run bench -- [--quick] [--modes ID,...] [--servers ID,...] [--rounds N] [--seconds N]
                        [--window N] [--directory DIR] [--results DIR]
                        [--against [FILE]] [--tolerance N] [--save-baseline [FILE]]
       npm run bench -- --first-offer [--servers ID,...] [--directory DIR] [--results DIR]

  --quick          short rounds of ours, the limits and kea, under two minutes
  --modes IDS      kinds of load; an id that there is not tells those that there are (default: all)
  --servers IDS    which servers; likewise
  --rounds N       rounds; results are medians of them (default 5)
  --seconds N      length of each measurement (default 3)
  --warmup N       seconds of load before it (default 1.5)
  --window N       exchanges outstanding, the same for all (default 256)
  --directory DIR  where lease files are, on the disk to be measured (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   or smaller than usual, so that stored figures stay)
  --against FILE   compare ratios with those of a baseline (default lab/results/baseline.json); status 1 on a regression
  --tolerance N    percent by which a ratio may be worse than the baseline's (default 15)
  --save-baseline FILE
                   write this run's ratios to a file (default lab/results/baseline.json)
  --first-offer    instead: how long a new client waits for its first OFFER, conflict detection on

What a million leases cost: npm run bench:scale -- --help
What a flood and a slow disk do: npm run bench:overload -- --help
`;

const BASELINE = join(ROOT, "lab", "results", "baseline.json");
/** Length of the measurements while calls are counted. */
const COUNTING_SECONDS = 1;

const { values: options } = parseArgs({
  args: process.argv.slice(2).flatMap((word, index, words) =>
    // The file's name may be left out.
    ["--against", "--save-baseline"].includes(word) && (words[index + 1] ?? "--").startsWith("--")
      ? [word, BASELINE]
      : [word],
  ),
  options: {
    quick: { type: "boolean", default: false },
    modes: { type: "string" },
    servers: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    warmup: { type: "string" },
    window: { type: "string", default: "256" },
    directory: { type: "string", default: "/var/tmp" },
    results: { type: "string" },
    against: { type: "string" },
    tolerance: { type: "string", default: "15" },
    "save-baseline": { type: "string" },
    "first-offer": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const folder = resultsFolder(options.results, flagsOf(process.argv.slice(2)));
if (options.quick && options["save-baseline"] === BASELINE)
  refuse("--save-baseline: a quick run is no baseline to store: leave --quick out, or name another file");
const { ENTRANTS } = await import("./entrants.mjs");
const { measureFirstOffers, SITUATIONS } = await import("./first-offer.mjs");
const { estimateMinutes, HALF_LOAD, MODES, openLoop, warmUp } = await import("./modes.mjs");
const { barsSvg, benchMarkdown, comparisonMarkdown, firstOfferMarkdown } = await import("./render.mjs");
const { Track } = await import("./track.mjs");
const { baselineOf, compareWithBaseline, readBaseline } = await import("./build/js/lab/baseline.js");
const { judge } = await import("./build/js/lab/claims.js");
const { describeMachine } = await import("./build/js/lab/machine.js");
const { isInstalled, versionOf } = await import("./build/js/lab/servers/running-server.js");
const { range } = await import("./build/js/lab/statistics.js");

const settings = {
  rounds: number("rounds", options.quick ? 2 : 5),
  seconds: number("seconds", options.quick ? 1 : 3),
  warmup: number("warmup", options.quick ? 0.5 : 1.5),
  window: number("window"),
};
const tolerance = number("tolerance") / 100;
const baseline = options.against === undefined ? undefined : takeBaseline(options.against);
const modes = pick("modes", MODES, ({ id }) => !options.quick || ["relayed", "half-load", "counting"].includes(id));
const isWanted = (id) => modes.some((mode) => mode.id === id);
const [relayed] = MODES;
const wanted = pick("servers", ENTRANTS, ({ quick }) => !options.quick || quick === true).filter(
  ({ conflictDetection }) => !options["first-offer"] || conflictDetection !== undefined,
);
const chosen = wanted.filter(({ relayed }) => isInstalled(relayed));
const missing = wanted.filter((entrant) => !chosen.includes(entrant)).map(({ title }) => title);
const track = await Track.create(resolve(options.directory), { hasLinks: options["first-offer"] });
try {
  if (options["first-offer"]) await measureWaiting();
  else await measureLoad();
} finally {
  await track.dispose();
}

/** Ends the run because of what it was told. */
function refuse(reason) {
  process.stderr.write(`bench: ${reason}\n`);
  process.exit(2);
}

/** A number above 0 among the options. */
function number(name, fallback) {
  const value = Number(options[name] ?? fallback);
  if (!(value > 0)) refuse(`--${name} takes a number above 0`);
  return value;
}

function takeBaseline(file) {
  try {
    return readBaseline(readFileSync(file, "utf8"));
  } catch (error) {
    return refuse(`--against ${file}: ${error.message}`);
  }
}

/** Those of `all` that an option names, or else the usual ones. */
function pick(name, all, isUsual) {
  const ids = options[name]?.split(",");
  const unknown = ids?.find((id) => !all.some((one) => one.id === id));
  if (unknown !== undefined)
    refuse(`--${name}: there is no "${unknown}"; there are ${all.map(({ id }) => id).join(", ")}`);
  return all.filter((one) => ids?.includes(one.id) ?? isUsual(one));
}

/** All rounds, then the run that counts calls. What there is is written after each of them. */
async function measureLoad() {
  const rounds = [];
  const failures = {};
  const ids = chosen.map(({ id }) => id);
  say(`about ${Math.ceil(estimateMinutes(modes, ids, settings))} minutes`);
  for (let index = 1; index <= settings.rounds; index++) {
    const round = {};
    for (const mode of modes.filter(({ scene }) => scene !== undefined)) {
      // Back and forth, so that a machine that gets slower or faster favours nobody.
      for (const entrant of index % 2 === 1 ? chosen : chosen.toReversed()) {
        if (entrant[mode.scene] === undefined) continue;
        await attempt(`round ${index}`, mode.id, entrant, failures, async () =>
          keep(round, entrant, mode.names, await measureMode(entrant, mode)),
        );
      }
      if (mode === relayed && isWanted("half-load")) await measureHalfLoad(index, round, failures);
    }
    rounds.push(round);
    saveLoad(rounds, failures);
  }
  if (isWanted("counting")) rounds.push(await countCalls(failures));
  const results = saveLoad(rounds, failures);
  say(`\n${benchMarkdown(results)}\nwritten to ${folder}`);
  useBaseline(rounds, results);
}

/** Measures one mode of one server that starts anew; resolves with its measurements in the order of the phases. */
function measureMode(entrant, mode) {
  return track.withServer(entrant, mode.scene, {}, async (run) => {
    const all = { ...settings, clients: run.clients };
    if (mode.isWarm) await run.warmUp(warmUp(all));
    return run.measure(mode.orders(all));
  });
}

/** Gives each group of servers half of what the slowest of them did in this round, at the same rate. */
async function measureHalfLoad(index, round, failures) {
  for (const group of HALF_LOAD) {
    const entrants = chosen.filter(({ id }) => group.includes(id) && round[id]?.dora !== undefined);
    if (entrants.length < 2) continue;
    const rate = Math.min(...entrants.map(({ id }) => round[id].dora.perSecond)) / 2;
    for (const entrant of entrants) {
      await attempt(`round ${index}`, "half-load", entrant, failures, async () => {
        const measured = await track.withServer(entrant, "relayed", {}, async (run) => {
          await run.warmUp(warmUp({ ...settings, clients: run.clients }));
          return run.measure(openLoop(settings, rate));
        });
        return keep(round, entrant, ["half-load"], measured);
      });
    }
  }
}

/** Counts the calls that wait for the disk, and instructions, once for each server. */
async function countCalls(failures) {
  const round = {};
  const orders = { ...settings, seconds: Math.min(COUNTING_SECONDS, settings.seconds) };
  for (const entrant of chosen) {
    await attempt("counting", relayed.id, entrant, failures, async () => {
      const counted = await track.withServer(entrant, relayed.scene, {}, (run) =>
        run.count(relayed.orders({ ...orders, clients: run.clients })),
      );
      round[entrant.id] = Object.fromEntries(counted.map((figures, at) => [relayed.names[at], figures]));
      return counted.map(({ syncsPer1000 }) => `${syncsPer1000?.toFixed(1)} syncs for 1,000`).join(", ");
    });
  }
  return round;
}

/** One measurement; one that fails is said and left out. */
async function attempt(head, mode, entrant, failures, measure) {
  const line = `${head}  ${mode.padEnd(10)} ${entrant.id.padEnd(16)}`;
  try {
    say(`${line} ${await measure()}`);
  } catch (error) {
    failures[`${entrant.id}, ${mode}`] = error.message;
    say(`${line} left out: ${error.message}`);
  }
}

/** Puts measurements into the round by their names; tells them in a line. */
function keep(round, entrant, names, measured) {
  const named = names
    .map((name, index) => [name, measured[index]])
    .filter(
      // A phase without clients is none.
      ([name, one]) => name !== undefined && one.seconds > 0,
    );
  round[entrant.id] = { ...round[entrant.id], ...Object.fromEntries(named) };
  return named.map(([name, one]) => story(name, one)).join(", ");
}

function saveLoad(rounds, failures) {
  const results = {
    date: new Date().toISOString(),
    machine: describeMachine(track.directory),
    settings,
    missing,
    failures,
    servers: chosen.map((entrant) => ({
      id: entrant.id,
      title: entrant.title,
      version: versionFor(entrant),
      durability: entrant.relayed.durability,
      addresses: entrant.addresses ?? null,
      cores: entrant.cores ?? 1,
      isLimit: entrant.isLimit === true,
    })),
    modes: modes.map(({ id, title, names }) => ({ id, title, names: names.filter((name) => name !== undefined) })),
    rounds,
    verdicts: judge(rounds),
  };
  save("bench", results, {
    "bench.md": benchMarkdown(results),
    "bench-dora.svg": barsSvg(results, "dora", "New leases per second (DISCOVER to ACK), relayed"),
    "bench-renew.svg": barsSvg(results, "renew", "Renewals per second, relayed"),
  });
  return results;
}

/** Compares with a baseline and writes a new one, as asked for. */
function useBaseline(rounds, { date, machine, servers }) {
  if (baseline !== undefined) {
    const comparison = compareWithBaseline(baseline, rounds, tolerance);
    say(comparisonMarkdown(baseline, comparison, tolerance));
    if (comparison.changes.some(({ isRegression }) => isRegression) || comparison.changes.length === 0)
      process.exitCode = 1;
  }
  const file = options["save-baseline"];
  if (file !== undefined) {
    const version = servers.find(({ id }) => id.startsWith("anydhcpd"))?.version ?? "unknown";
    const about = { date, machine: `${machine.cpu} (${machine.cores} cores), Linux ${machine.kernel}`, version };
    writeFileSync(file, `${JSON.stringify(baselineOf(rounds, about), null, 2)}\n`);
    say(`written to ${file}`);
  }
}

async function measureWaiting() {
  const failures = [];
  const servers = [];
  for (const entrant of chosen) {
    const { id, title, conflictDetection } = entrant;
    const firstOffers = [];
    for (const situation of SITUATIONS) {
      try {
        const measured = await measureFirstOffers(track, entrant, situation);
        firstOffers.push(measured);
        say(`${title.padEnd(32)} ${situation.title.padEnd(64)} ${range(measured.milliseconds)} ms`);
      } catch (error) {
        failures.push(`${title}, ${situation.title}`);
        say(`${title.padEnd(32)} ${situation.title.padEnd(64)} left out: ${error.message.split("\n")[0]}`);
      }
    }
    servers.push({ id, title, version: versionFor(entrant), conflictDetection, firstOffers });
  }
  const results = {
    date: new Date().toISOString(),
    machine: describeMachine(track.directory),
    missing: [...missing, ...failures],
    servers,
  };
  save("first-offer", results, { "first-offer.md": firstOfferMarkdown(results) });
  say(`\n${firstOfferMarkdown(results)}\nwritten to ${folder}`);
}

/** The version of an entrant; ours with the commit. */
function versionFor({ id, relayed, isLimit }) {
  if (isLimit) return undefined;
  const version = versionOf(relayed);
  if (!id.startsWith("anydhcpd")) return version;
  const { status, stdout } = spawnSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  return status === 0 ? `${version} (${stdout.trim()})` : version;
}

function story(name, { perSecond, p99, lost, invalidReplies, invalidKinds }) {
  const told = `${Math.round(perSecond)} ${name}/s p99 ${(p99 / 1000).toFixed(1)} ms`;
  return `${told}${lost === 0 ? "" : `, ${lost} lost`}${invalidReplies === 0 ? "" : `, LIES ${JSON.stringify(invalidKinds)}`}`;
}

function save(name, results, pages) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  for (const [file, page] of Object.entries(pages)) writeFileSync(join(folder, file), page);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
