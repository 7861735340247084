// What the laboratory's commands have in common: a usage, a run, and an error for orders that make no sense.

import { type ParseArgsConfig, parseArgs } from "node:util";

/** One command of the laboratory. */
export interface Command {
  /** What `npm run NAME -- --help` writes. */
  readonly usage: string;
  /** Runs it with the words after its name; resolves with the exit status. */
  run(words: readonly string[]): Promise<number>;
}

/** An order that makes no sense: lower-case text, "--flag: trouble". Exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads a command's words; throws a UsageError that names the mistake in them. */
export function readWords<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Those of `all` that a flag names, in their own order, or else the usual ones. */
export function pick<T extends { readonly id: string }>(
  flag: string,
  word: string | undefined,
  all: readonly T[],
  isUsual: (one: T) => boolean,
): readonly T[] {
  const ids = word?.split(",");
  const unknown = ids?.find((id) => !all.some((one) => one.id === id));
  if (unknown !== undefined) {
    throw new UsageError(`--${flag}: there is no "${unknown}"; there are ${all.map(({ id }) => id).join(", ")}`);
  }
  return all.filter((one) => ids?.includes(one.id) ?? isUsual(one));
}

/** A number above 0 from a flag's word, or else `fallback`. */
export function positiveNumber(flag: string, word: string | undefined, fallback: number): number {
  const value = Number(word ?? fallback);
  if (!(value > 0)) throw new UsageError(`--${flag} takes a number above 0`);
  return value;
}

/** Writes a line for the user of the laboratory. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
