// anydhcpctl: the operator's tool. Finds the command, runs it, and says what went wrong.

import { DaemonError } from "../base/daemon-error.ts";
import { textOf } from "../base/errors.ts";
import { USAGE_STATUS } from "./command.ts";
import { COMMANDS, USAGE } from "./commands.ts";
import { packageVersion } from "./version.ts";

const [name = "", ...args] = process.argv.slice(2);

async function main(): Promise<number> {
  if (name === "--help" || name === "-h" || name === "--version") {
    process.stdout.write(name === "--version" ? `anydhcpctl ${packageVersion()}\n` : USAGE);
    return 0;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    const what = name === "" ? "name a command" : `there is no command "${name}"`;
    process.stderr.write(`anydhcpctl: ${what}: ${[...COMMANDS.keys()].join(", ")} (see anydhcpctl --help)\n`);
    return USAGE_STATUS;
  }
  const flags = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (flags.includes("--help") || flags.includes("-h")) {
    process.stdout.write(command.usage);
    return 0;
  }
  return await command.run(args);
}

/** Whether a part of the output is lost. */
let isCutShort = false;
// A reader that has seen enough (`| head`) is no error. A full disk is one: what it has of an export is not all.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE" || isCutShort) return;
  isCutShort = true;
  process.stderr.write(`anydhcpctl: standard output: ${textOf(error)}\n`);
  process.exitCode = 1;
});
try {
  const status = await main();
  process.exitCode = isCutShort ? 1 : status;
} catch (error) {
  const isUsage = error instanceof DaemonError && error.code === "usage";
  const text = textOf(error);
  process.stderr.write(
    isUsage ? `anydhcpctl ${name}: ${text} (see anydhcpctl ${name} --help)\n` : `anydhcpctl: ${text}\n`,
  );
  process.exitCode = isUsage ? USAGE_STATUS : 1;
}
