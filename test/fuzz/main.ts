// The command line of the fuzzer: `npm run fuzz -- --help`.

import { mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { corpusOf, corpusText } from "./corpus.ts";
import { fuzz, type Result } from "./fuzzer.ts";
import { ROOT } from "./root.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";
import { Watchdog } from "./watchdog.ts";

const USAGE = `usage: npm run fuzz -- [--target NAME] [--executions COUNT] [--units] [--minutes MINUTES] [--seed SEED]
                        [--limit MILLISECONDS] [--guided SHARE] [--grow]
       npm run fuzz -- --target NAME --input FILE

Feeds what hostile peers and broken files may say into the server's readers: changed inputs, guided by the code that they
reach.
  --target      ${TARGETS.map(({ name }) => name).join(", ")}; all of them one after the other if not given
  --executions  inputs for each target, 100000 if neither this nor --minutes is given
  --units       counts packets (leases, messages) instead of the inputs that they are in
  --minutes     how long each target runs at most
  --seed        another row of inputs, 1 if not given
  --limit       milliseconds that one input may take, 100 if not given
  --guided      the share that is guided by coverage, which is slower, 0.3 if not given
  --grow        adds inputs that reach new code to test/fuzz/corpus
  --input       runs one input, of a file; that of a failure is in test/fuzz/build/failures
The exit status is 0 if nothing was wrong.
`;
const FAILURES = join(ROOT, "test/fuzz/build/failures");
const EXECUTIONS = "100000";

function say(text: string): void {
  writeSync(1, text);
}

/** Runs the command line; returns the exit status. */
export function main(words: readonly string[]): number {
  const { values } = parseArgs({
    args: [...words],
    options: {
      target: { type: "string" },
      executions: { type: "string" },
      units: { type: "boolean", default: false },
      minutes: { type: "string" },
      seed: { type: "string", default: "1" },
      limit: { type: "string", default: "100" },
      guided: { type: "string", default: "0.3" },
      grow: { type: "boolean", default: false },
      input: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
  if (targets.length === 0) throw new TypeError(`no target is named ${values.target}`);
  if (values.input !== undefined) return runInput(targets, values.input);
  const { executions = values.minutes === undefined ? EXECUTIONS : "Infinity", minutes = "Infinity" } = values;
  const watchdog = new Watchdog(FAILURES);
  let failures = 0;
  for (const target of targets) {
    const corpus = corpusOf(target.name);
    const result = fuzz(target, {
      ...{ seed: Number(values.seed), executions: Number(executions), countsUnits: values.units, corpus },
      ...{ seconds: Number(minutes) * 60, limitMs: Number(values.limit), guided: Number(values.guided) },
      onInput: (octets) => watchdog.note(octets),
    });
    tell(target, result);
    if (result.failure !== undefined) failures += 1;
    if (values.grow)
      writeFileSync(
        join(ROOT, "test/fuzz/corpus", `${target.name}.txt`),
        corpusText(target, [...corpus, ...result.found]),
      );
  }
  watchdog.close();
  return failures === 0 ? 0 : 1;
}

function tell(target: Target, { executions, units, seconds, slowestMs, reached, found, failure }: Result): void {
  const rate = Math.round(executions / seconds);
  const work = units === executions ? "" : `, ${units} ${target.unit}`;
  say(
    `${target.name}: ${executions} inputs${work} in ${seconds.toFixed(1)} s (${rate} a second), the slowest ${slowestMs.toFixed(2)} ms; ` +
      `${found.length} inputs reach something new, ${reached} characters of source in all\n`,
  );
  if (failure === undefined) return;
  mkdirSync(FAILURES, { recursive: true });
  const file = join(FAILURES, `${target.name}-${Date.now()}`);
  writeFileSync(file, failure.octets);
  say(`${failure.error.stack}\nFAILED: npm run fuzz -- --target ${target.name} --input ${file}\n`);
  say(
    `${Buffer.from(failure.octets).toString("base64")}\n${JSON.stringify(Buffer.from(failure.octets).toString("latin1")).slice(0, 2000)}\n`,
  );
}

function runInput(targets: readonly Target[], file: string): number {
  const octets = new Uint8Array(readFileSync(file));
  for (const target of targets) {
    const before = performance.now();
    target.run(octets);
    say(`${target.name}: ${(performance.now() - before).toFixed(2)} ms\n`);
  }
  return 0;
}
