// Node's own threads, which compile and collect garbage and which start.cts has made nicer than the main thread, are taken for batch work as
// well: niceness gives them less of the processor, and yet each of them, woken to compile, took it for 1.4 ms at a time while clients waited.

import { readdirSync } from "node:fs";
import { getPriority } from "node:os";
import { runAsBatch } from "../native/system-calls.ts";

/** Lets the nicer threads of this process run when the others do not, or when it is their turn. Does nothing where /proc is not to be had. */
export function runNicerThreadsAsBatch(): void {
  let threads: readonly string[];
  try {
    threads = readdirSync("/proc/self/task");
  } catch {
    return;
  }
  // Another namespace's /proc has other numbers.
  if (!threads.includes(String(process.pid))) return;
  const own = getPriority();
  // A service manager's filter of system calls may refuse it: clients wait longer while code is compiled, and are served.
  for (const thread of threads) if (niceness(Number(thread)) > own) runAsBatch(Number(thread));
}

/** Of a thread; -20 for one that has ended meanwhile. */
function niceness(thread: number): number {
  try {
    return getPriority(thread);
  } catch {
    return -20;
  }
}
