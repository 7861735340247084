// `npm run bench:faults`: a cluster under load while servers, members of etcd and links fail.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, pick, positiveNumber, readWords, say } from "../command.ts";
import { FAULT_IDS, faultPlans } from "../plans/cluster-faults.ts";
import { clusterFaultsMarkdown, violationsOf } from "../report/cluster-faults-page.ts";
import { type ClusterFault, type Results, readResults } from "../results.ts";
import { Run } from "../run.ts";
import { flagsOf, resultsFolder, writeResults } from "../writer.ts";

const USAGE = `usage: npm run bench:faults -- [--times N] [--quick] [--only ID,...] [--rate N]
                             [--add MINUTES] [--directory DIR] [--results DIR]

  --times N        faults of each kind (default 10)
  --quick          one of each kind that takes seconds, in about four minutes
  --only IDS       of: ${FAULT_IDS.join(", ")}
  --add MINUTES    keeps the turns that are stored, and makes those that are missing for so many minutes
  --rate N         exchanges a second (default 2000)
  --directory DIR  where etcd stores leases (default /var/tmp)
  --results DIR    where results go (default lab/results; lab/results/partial for a run that is shorter
                   than usual, so that stored figures stay); those there of other kinds are kept

The exit status is 1 where a turn could not be measured, or a lease was lost, had two clients or was refused.

It needs etcd-server, etcd-client, bird2 and nftables of Debian.
`;

/** Those that take a minute or more. */
const LONG = ["upgrade", "quorum-lost"];

/** Measures what faults do to a cluster's clients. */
export const CLUSTER_FAULTS_COMMAND: Command = { usage: USAGE, run: faults };

async function faults(words: readonly string[]): Promise<number> {
  const { values } = readWords({
    args: [...words],
    options: {
      times: { type: "string" },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      rate: { type: "string" },
      add: { type: "string" },
      directory: { type: "string", default: "/var/tmp" },
      results: { type: "string" },
    },
  });
  const { quick } = values;
  const folder = resultsFolder(
    "results",
    values.results,
    flagsOf(words).filter((flag) => flag !== "only" && flag !== "add"),
  );
  const settings = {
    quick,
    times: positiveNumber("times", values.times, quick ? 1 : 10),
    exchangesPerSecond: positiveNumber("rate", values.rate, 2000),
  };
  const isAdding = values.add !== undefined;
  const minutes = positiveNumber("add", values.add, Number.POSITIVE_INFINITY);
  const stored = storedIn(folder);
  const countStored = (id: string): number => stored.filter(({ fault }) => fault === id).length;
  const all = faultPlans({
    storedOf: (id) => (isAdding ? countStored(id) : 0),
    until: performance.now() + minutes * 60_000,
  });
  const plans = pick("only", values.only, all, ({ id }) => !quick || !LONG.includes(id));
  const directory = resolve(values.directory);
  const ids = plans.map(({ id }) => id);
  const kept = stored.filter(({ fault }) => isAdding || !ids.includes(fault));
  const withKept = (results: Results): Results => ({
    ...results,
    clusterFaults: [...kept, ...(results.clusterFaults ?? [])].sort(
      (a, b) => FAULT_IDS.indexOf(a.fault) - FAULT_IDS.indexOf(b.fault),
    ),
  });
  const onRound = (results: Results): unknown => writeResults(folder, withKept(results));
  const measured = await Run.all({ kind: "cluster-faults", plans, servers: [], settings, directory, say, onRound });
  const results = withKept(measured);
  writeResults(folder, results);
  say(`\n${clusterFaultsMarkdown(results)}\nwritten to ${folder}`);
  const isSound = (measured.clusterFaults ?? []).every((fault) => violationsOf(fault).length === 0);
  return results.failures.length === 0 && isSound ? 0 : 1;
}

/** What a folder has of earlier runs. */
function storedIn(folder: string): readonly ClusterFault[] {
  const file = join(folder, "cluster-faults.json");
  return existsSync(file) ? (readResults(file).clusterFaults ?? []) : [];
}
