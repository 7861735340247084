// Calls that wait for the disk, and instructions, counted from outside: by perf(1), which slows the server little, or by strace(1), which
// slows it much. Both write lines with times, so that the calls of a phase of load can be told from others.

/** So many calls, up to a time in seconds since the counting began (perf) or since 1970 (strace). */
export interface CountedCalls {
  readonly at: number;
  readonly calls: number;
}

/**
 * Reads what `perf stat -x, -I MS` writes about events whose names begin so: each line has the count since the one
 * before. Events that the processor does not count have none.
 */
export function readPerfCounts(text: string, prefix: string): readonly CountedCalls[] {
  const counts: CountedCalls[] = [];
  for (const line of text.split("\n")) {
    const [at = "", count = "", , event = ""] = line.split(",").map((field) => field.trim());
    if (!event.startsWith(prefix) || !/^[\d.]+$/.test(at) || count === "<not supported>") continue;
    // "<not counted>": the event was, but nothing ran.
    counts.push({ at: Number(at), calls: /^\d+$/.test(count) ? Number(count) : 0 });
  }
  return counts;
}

/** Reads what `strace -f -ttt` writes: a line for each call, or two where another one came in between. */
export function readStraceCounts(text: string): readonly CountedCalls[] {
  const counts: CountedCalls[] = [];
  for (const [, at = ""] of text.matchAll(/^(?:\d+ +)?(\d+\.\d+) (?!<\.\.\.)\w+\(/gm)) {
    counts.push({ at: Number(at), calls: 1 });
  }
  return counts;
}

/** Calls in a stretch of time. */
export function callsBetween(counts: readonly CountedCalls[], from: number, to: number): number {
  return counts.reduce((sum, { at, calls }) => (at > from && at <= to ? sum + calls : sum), 0);
}
