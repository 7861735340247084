// The command line of the simulation: `npm run sim -- --help`.

import { writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { seconds } from "./judge.ts";
import { MUTANTS } from "./mutants.ts";
import { type Options, type Outcome, simulate } from "./simulation.ts";
import { shown } from "./world.ts";

const USAGE = `usage: npm run sim -- [--seeds COUNT] [--from SEED] [--mutant NAME]
       npm run sim -- --seed SEED [--trace [--about TEXT]] [--mutant NAME]

Runs simulated clusters: real engine, lease table and pipeline, simulated network, store, clocks and clients.
  --seeds   how many seeds, 100 if not given
  --from    the first of them, 1 if not given
  --seed    this seed only, with its figures
  --trace   with each line of what happens; --about: those that have TEXT in them
  --mutant  with a wrong rule: ${[...MUTANTS.keys()].join(", ")}
The exit status is 0 if no rule was broken.
`;

/** Lines of the trace that are shown of a violation. */
const LINES_SHOWN = 60;

/** Takes what is to be written. */
type Say = (text: string) => void;

/** Runs the command line; `say` takes what it writes. Returns the exit status. */
export function main(words: readonly string[], say: Say = (text) => void writeSync(1, text)): number {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      trace: { type: "boolean", default: false },
      about: { type: "string" },
      mutant: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const mutant = values.mutant === undefined ? undefined : MUTANTS.get(values.mutant);
  if (values.mutant !== undefined && mutant === undefined) throw new TypeError(`no mutant is named ${values.mutant}`);
  const options: Options = mutant === undefined ? {} : { mutant };
  if (values.seed !== undefined) return runOne(say, Number(values.seed), options, values.trace, values.about);
  return runMany(say, Number(values.from), Number(values.seeds), options);
}

function runOne(say: Say, seed: number, options: Options, isTraced: boolean, about: string | undefined): number {
  const trace = (line: string): void => {
    if (about === undefined || line.includes(about)) say(`${line}\n`);
  };
  const outcome = simulate(seed, isTraced ? { ...options, trace } : options);
  say(`${JSON.stringify(outcome.scenario, undefined, 1)}\n`);
  for (const [what, count] of [...outcome.counts].sort()) say(`${String(count).padStart(8)} ${what}\n`);
  say(`${String(outcome.events).padStart(8)} events\n`);
  if (outcome.violation !== undefined && !isTraced) tell(say, outcome, options);
  return outcome.violation === undefined ? 0 : 1;
}

function runMany(say: Say, from: number, count: number, options: Options): number {
  const startedAt = performance.now();
  let [bad, events] = [0, 0];
  for (let seed = from; seed < from + count; seed++) {
    const outcome = simulate(seed, options);
    events += outcome.events;
    if (outcome.violation === undefined) continue;
    bad += 1;
    tell(say, outcome, options);
  }
  const took = (performance.now() - startedAt) / 1000;
  say(`seeds ${from} to ${from + count - 1}: ${bad} with a violation; ${events} events in ${took.toFixed(1)} s\n`);
  return bad === 0 ? 0 : 1;
}

/** Says what is wrong, with the lines of the trace that have to do with it. */
function tell(say: Say, { seed, violation }: Outcome, options: Options): void {
  if (violation === undefined) return;
  const { rule, at, text, address, client } = violation;
  const lines: string[] = [];
  const wanted = [shown(address), client, "faults", "crashes", "store is"].filter(
    (word) => word !== "" && word !== "0.0.0.0",
  );
  simulate(seed, {
    ...options,
    trace: (line) => {
      if (wanted.some((word) => line.includes(word))) lines.push(line);
    },
  });
  say(`\nseed ${seed}: ${rule}: ${client}, ${shown(address)}, at ${seconds(at)}: ${text}\n`);
  for (const line of lines.slice(-LINES_SHOWN)) say(`  ${line}\n`);
  say("\n");
}
