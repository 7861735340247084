// The laboratory's command line: which measurements there are, and what becomes of an order that makes no sense.

import { type Command, UsageError } from "./command.ts";
import { BENCH } from "./commands/bench.ts";
import { CLUSTER_FAULTS_COMMAND } from "./commands/cluster-faults.ts";
import { COMPARE } from "./commands/compare.ts";
import { OVERLOAD_COMMAND } from "./commands/overload.ts";
import { SCALE_COMMAND } from "./commands/scale.ts";
import { Lab } from "./network/lab.ts";
import { renderAgain } from "./writer.ts";

/** Makes pages anew from stored figures. */
const RENDER: Command = {
  usage:
    "usage: node lab/start.mjs render directory ...\n\nMakes the pages of stored results anew, after their text has changed.\n",
  async run(folders) {
    for (const folder of folders) renderAgain(folder);
    return 0;
  },
};

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["bench", BENCH],
  ["scale", SCALE_COMMAND],
  ["overload", OVERLOAD_COMMAND],
  ["cluster-faults", CLUSTER_FAULTS_COMMAND],
  ["compare", COMPARE],
  ["render", RENDER],
]);
const USAGE_STATUS = 2;

/** Runs the command that the first word names; resolves with the exit status. */
export async function main([name = "", ...words]: readonly string[]): Promise<number> {
  const command = COMMANDS.get(name);
  if (command === undefined) {
    process.stderr.write(`lab: there is no command "${name}": ${[...COMMANDS.keys()].join(", ")}\n`);
    return USAGE_STATUS;
  }
  if (words.includes("--help")) {
    process.stdout.write(command.usage);
    return 0;
  }
  try {
    return await command.run(words);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${name}: ${error.message}\n`);
      return USAGE_STATUS;
    }
    const obstacle = Lab.obstacle();
    if (obstacle === undefined) throw error;
    process.stderr.write(
      `${name}: no network namespaces can be made here (${obstacle}): run it as root, or where users may make namespaces\n`,
    );
    return 1;
  }
}
