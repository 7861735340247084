// `npm run bench`: exchanges per second, latency, processor time and syncs of our server, of the baselines in C and of the
// other servers that are installed, in interleaved rounds on one machine; or how long first OFFERs take.

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, pick, positiveNumber, readWords, say, UsageError } from "../command.ts";
import { RANGE_ADDRESSES } from "../network/network.ts";
import { CLUSTER } from "../plans/cluster.ts";
import { FIRST_OFFERS } from "../plans/first-offers.ts";
import { LOADS } from "../plans/load.ts";
import { ROOT } from "../programs.ts";
import { baselineOf, compareWithBaseline } from "../report/baseline.ts";
import { baselineMarkdown, benchMarkdown } from "../report/bench-page.ts";
import { besideMarkdown } from "../report/beside.ts";
import { clusterMarkdown } from "../report/cluster-page.ts";
import { firstOfferMarkdown } from "../report/first-offer-page.ts";
import { type Baseline, type Results, readBaseline } from "../results.ts";
import { type Plan, Run } from "../run.ts";
import { SERVERS, serversOfTree } from "../servers/list.ts";
import { flagsOf, resultsFolder, writeResults } from "../writer.ts";

const BASELINE = join(ROOT, "lab", "results", "baseline.json");
/** In etcd, of a quick run. */
const QUICK_LEASES = 20_000;
const QUICK_MODES = ["relayed", "half-load", "counting"];

const USAGE = `usage: npm run bench -- [--quick] [--modes ID,...] [--servers ID,...] [--rounds N] [--seconds N]
                        [--window N] [--directory DIR] [--results DIR] [--beside TREE]
                        [--against [FILE]] [--tolerance N] [--save-baseline [FILE]]
       npm run bench -- --cluster [--quick] [--servers ID,...] [--rounds N] [--beside TREE] [--directory DIR] [--results DIR]
       npm run bench -- --first-offer [--quick] [--servers ID,...] [--directory DIR] [--results DIR]

  --quick          short rounds of ours, the baselines and kea, under two minutes
  --modes IDS      kinds of load, or parts of --cluster and --first-offer; an id that there is not tells those that there
                   are (default: those of the bench; all parts)
  --servers IDS    which servers; likewise
  --rounds N       rounds; results are medians of them (default 5)
  --seconds N      length of each measurement (default 3)
  --warmup N       seconds of load before it (default 1.5)
  --window N       exchanges outstanding, the same for all (default 256)
  --directory DIR  where lease files are, on the disk to be measured (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   or smaller than usual, so that stored figures stay)
  --beside TREE    measure the anydhcpd of another working tree, which has been built, in the same rounds, as servers
                   other-anydhcpd and so on, and tell ratios of this one's figures to its
  --against FILE   compare ratios with those of a baseline (default lab/results/baseline.json); status 1 on a regression
  --tolerance N    percent by which a ratio may be worse than the baseline's (default 15)
  --save-baseline FILE
                   write this run's ratios to a file (default lab/results/baseline.json)
  --cluster        instead: a server with an etcd of three members, beside Kea with PostgreSQL; two servers at once; a
                   snapshot of a million leases and their memory (default 3 rounds; about 15 minutes)
  --first-offer    instead: how long a new client waits for its first OFFER, conflict detection on

What a million leases cost: npm run bench:scale -- --help
What a flood and a slow disk do: npm run bench:overload -- --help
`;

/** Measures load, or first OFFERs. */
export const BENCH: Command = { usage: USAGE, run: bench };

async function bench(words: readonly string[]): Promise<number> {
  const { values } = readWords({
    args: words.flatMap((word, index) =>
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
      window: { type: "string" },
      directory: { type: "string", default: "/var/tmp" },
      results: { type: "string" },
      beside: { type: "string" },
      against: { type: "string" },
      tolerance: { type: "string" },
      "save-baseline": { type: "string" },
      "first-offer": { type: "boolean", default: false },
      cluster: { type: "boolean", default: false },
    },
  });
  const { quick, cluster: isCluster, "first-offer": isFirstOffer, "save-baseline": toSave } = values;
  const folder = resultsFolder("results", values.results, flagsOf(words));
  if (quick && toSave === BASELINE) {
    throw new UsageError(
      "--save-baseline: a quick run is no baseline to store: leave --quick out, or name another file",
    );
  }
  const against = values.against === undefined ? undefined : baselineIn(values.against);
  const tolerance = positiveNumber("tolerance", values.tolerance, 15) / 100;
  const isUsualMode = ({ id, usual }: (typeof LOADS)[0]): boolean =>
    quick ? QUICK_MODES.includes(id) : usual === "bench";
  const all = (plans: readonly Plan[]): readonly Plan[] => pick("modes", values.modes, plans, () => true);
  const plans = isFirstOffer
    ? all(FIRST_OFFERS)
    : isCluster
      ? all(CLUSTER)
      : pick("modes", values.modes, LOADS, isUsualMode);
  const others = values.beside === undefined ? [] : serversOfTree(resolve(values.beside));
  const servers = pick("servers", values.servers, [...SERVERS, ...others], ({ usual }) =>
    usual.includes(isCluster ? "cluster" : quick ? "quick bench" : "bench"),
  );
  const common = { directory: resolve(values.directory), say };
  if (isFirstOffer) {
    const withConflicts = servers.filter(({ conflicts }) => conflicts !== undefined);
    const run = { ...common, servers: withConflicts, settings: { quick }, manyLinks: true };
    const results = await Run.all({ ...run, kind: "first-offer", plans });
    writeResults(folder, results);
    say(`\n${firstOfferMarkdown(results)}\nwritten to ${folder}`);
    return 0;
  }
  const settings = {
    rounds: positiveNumber("rounds", values.rounds, isCluster ? (quick ? 1 : 3) : quick ? 2 : 5),
    seconds: positiveNumber("seconds", values.seconds, quick ? 1 : 3),
    warmup: positiveNumber("warmup", values.warmup, quick ? 0.5 : 1.5),
    window: positiveNumber("window", values.window, 256),
    quick,
  };
  if (isCluster) {
    const withLeases = { ...settings, leases: quick ? QUICK_LEASES : RANGE_ADDRESSES };
    const results = await Run.all({ ...common, servers, settings: withLeases, kind: "cluster", plans });
    writeResults(folder, results);
    say(`\n${clusterMarkdown(results)}\nwritten to ${folder}`);
    return results.failures.length === 0 ? 0 : 1;
  }
  const onRound = (results: Results): unknown => writeResults(folder, results);
  const results = await Run.all({ ...common, servers, settings, kind: "bench", plans, onRound });
  writeResults(folder, results);
  say(`\n${benchMarkdown(results)}\nwritten to ${folder}`);
  if (others.length > 0) say(`\n${besideMarkdown(results)}`);
  if (toSave !== undefined) saveBaseline(toSave, results);
  return against === undefined ? 0 : compareWith(against, results, tolerance);
}

/** Says how ratios have changed; the exit status is 1 where one is worse, or none can be compared. */
function compareWith(baseline: Baseline, { rounds }: Results, tolerance: number): number {
  const comparison = compareWithBaseline(baseline, rounds, tolerance);
  say(baselineMarkdown(baseline, comparison, tolerance));
  const { changes } = comparison;
  return changes.length === 0 || changes.some(({ isRegression }) => isRegression) ? 1 : 0;
}

function saveBaseline(file: string, { rounds, date, machine, servers, commit }: Results): void {
  const ours = servers.find(({ id }) => id.startsWith("anydhcpd"))?.version ?? "unknown";
  const version = commit === undefined ? ours : `${ours} (${commit})`;
  const about = { date, machine: `${machine.cpu} (${machine.cores} cores), Linux ${machine.kernel}`, version };
  writeFileSync(file, `${JSON.stringify(baselineOf(rounds, about), null, 2)}\n`);
  say(`written to ${file}`);
}

function baselineIn(file: string): Baseline {
  try {
    return readBaseline(file);
  } catch (error) {
    throw new UsageError(`--against ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
