// Common parts of anydhcpctl's commands.

import { type ParseArgsConfig, parseArgs } from "node:util";
import { DaemonError } from "../base/daemon-error.ts";

/** One command of anydhcpctl. */
export interface Command {
  /** What `anydhcpctl NAME --help` writes. */
  readonly usage: string;
  /** Runs it with the arguments after its name; returns the exit status. */
  run(args: string[]): number | Promise<number>;
}

/** Exit status for a command line that makes no sense. */
export const USAGE_STATUS = 2;

/** A flag that is given or not. */
export const FLAG = { type: "boolean", default: false } as const;

/** Reads a command's arguments; throws a DaemonError "usage" that says what is wrong with them. */
export function readArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // Node's advice about positional arguments follows its first sentence.
    const [sentence = ""] = error instanceof Error ? error.message.split(/\. |\.$/) : [String(error)];
    throw new DaemonError("usage", sentence.charAt(0).toLowerCase() + sentence.slice(1));
  }
}
