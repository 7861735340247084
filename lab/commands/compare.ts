// `npm run compare`: runs the servers that are installed beside each other, and writes the findings as a page, as
// Markdown and as JSON: what they do on the wire, how fast they are, what background traffic costs them, and what a dropped packet
// costs.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, pick, positiveNumber, readWords, say, UsageError } from "../command.ts";
import { BACKGROUND_TRAFFIC } from "../plans/background-traffic.ts";
import { BEHAVIOURS } from "../plans/behaviours.ts";
import { DROPPED_PACKETS } from "../plans/dropped-packets.ts";
import { LOADS } from "../plans/load.ts";
import { findingsOf } from "../report/findings.ts";
import { methodOf } from "../report/method.ts";
import { type Results, readResults } from "../results.ts";
import { type Plan, Run, type RunOptions } from "../run.ts";
import { SERVERS } from "../servers/list.ts";
import { flagsOf, resultsFolder, writeResults } from "../writer.ts";

/** The parts of a comparison, each with its plans. */
const PARTS: readonly { readonly id: string; readonly plans: readonly Plan[] }[] = [
  { id: "behaviours", plans: [BEHAVIOURS] },
  { id: "load", plans: LOADS.filter(({ usual }) => usual === "comparison") },
  { id: "noise", plans: [BACKGROUND_TRAFFIC] },
  { id: "drops", plans: [DROPPED_PACKETS] },
];

const USAGE = `usage: npm run compare -- [--quick] [--rounds n] [--only id,...] [--parts part,...]
                          [--keep] [--output directory] [--directory directory]

  --quick       two short rounds, under three minutes: shows that it works, and the
                order of magnitude
  --rounds n    rounds of what is measured (default 5)
  --only ids    of: ${SERVERS.map(({ id }) => id).join("\n                ")}
  --parts parts of: ${PARTS.map(({ id }) => id).join(", ")} (default: all)
  --keep        keep the other parts as they are in the output directory: with --parts=drops,
                which needs no server but ours
  --output dir  where comparison.html, .md and .json go (default: here)
  --directory dir
                where servers keep their leases meanwhile: the disk to be measured
                (default /var/tmp)
`;

/** Lengths of a measurement. */
const LENGTHS = { warmup: 0.4, seconds: 1.5, window: 64 };
const QUICK_LENGTHS = { warmup: 0.2, seconds: 0.8, window: 64 };

/** Compares. */
export const COMPARE: Command = { usage: USAGE, run: compareServers };

async function compareServers(words: readonly string[]): Promise<number> {
  const { values } = readWords({
    args: [...words],
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      only: { type: "string" },
      parts: { type: "string" },
      keep: { type: "boolean", default: false },
      output: { type: "string", default: "." },
      directory: { type: "string", default: "/var/tmp" },
    },
  });
  const { quick } = values;
  const folder = resultsFolder("output", values.output, flagsOf(words));
  const stored = values.keep ? storedFor(values.parts, folder) : undefined;
  const results = await compare({
    servers: pick("only", values.only, SERVERS, ({ usual }) => usual.includes("comparison")),
    plans: pick("parts", values.parts, PARTS, () => true).flatMap(({ plans }) => plans),
    settings: {
      ...(quick ? QUICK_LENGTHS : LENGTHS),
      rounds: positiveNumber("rounds", values.rounds, quick ? 2 : 5),
      quick,
    },
    directory: resolve(values.directory),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  for (const path of writeResults(folder, stored === undefined ? results : withDrops(stored, results))) say(path);
  return 0;
}

/** The results that a run of this part is to join; throws a UsageError where it cannot, or there are none. */
function storedFor(parts: string | undefined, folder: string): Results {
  if (parts !== "drops") throw new UsageError("--keep: name --parts=drops: the other parts are measured together");
  const file = join(folder, "comparison.json");
  if (!existsSync(file)) throw new UsageError(`--keep: there is no ${file}`);
  return readResults(file);
}

/** Stored results with the part about dropped packets from another run, and findings of them all. Pure. */
export function withDrops(stored: Results, run: Results): Results {
  const { date, commit, machine, settings, droppedPackets, failures } = run;
  const about = { date, ...(commit !== undefined && { commit }), machine, rounds: settings.rounds ?? 1 };
  const isOfOthers = (sentence: string): boolean => !sentence.startsWith("Left out, drops:");
  const joined = {
    ...stored,
    ...(droppedPackets !== undefined && { droppedPackets, apart: { ...stored.apart, drops: about } }),
    failures: [...stored.failures.filter(isOfOthers), ...failures],
    method: [...(stored.method ?? []).filter(isOfOthers), ...failures],
  };
  return { ...joined, findings: findingsOf(joined) };
}

/** Runs a comparison; resolves with its results, findings and method among them. */
export async function compare(options: Omit<RunOptions, "kind">): Promise<Results> {
  const results = await Run.all({ ...options, kind: "comparison" });
  const { quick = false, rounds = 1, window = 0 } = options.settings;
  const method = [...methodOf({ quick, rounds, window }), ...results.failures];
  return { ...results, findings: findingsOf(results), method };
}
