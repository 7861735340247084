// Counts, from outside, the calls by which a server waits for the disk, and its instructions where the processor counts
// them: in a run of its own, because counting slows the server down. With perf where it is and may, else with strace.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { callsBetween, readPerfCounts, readStraceCounts } from "./sync-counts.ts";

/** System calls that wait for the disk. */
const SYNC_CALLS = ["fsync", "fdatasync", "syncfs", "sync_file_range", "msync"];
const INTERVAL_MS = 50;
const START_TIMEOUT_MS = 5000;
const POLL_MS = 10;

/** Calls and instructions between two times of performance.now(); instructions are null where none are counted. */
export type Between = (from: number, to: number) => { readonly calls: number; readonly instructions: number | null };

interface Counter {
  stop(): Promise<Between>;
}

/**
 * Counts while `use` runs; `use` tells the times of its phases by performance.now(). Resolves with the result of `use`,
 * and with the counts; undefined if no counter is available.
 */
export async function counting<T>(
  pids: readonly number[],
  directory: string,
  use: () => Promise<T>,
): Promise<{ readonly result: T; readonly between: Between | undefined }> {
  const output = join(directory, "counting");
  const counter = (await startPerf(pids, output)) ?? (await startStrace(pids, output));
  if (counter === undefined) return { result: await use(), between: undefined };
  try {
    const result = await use();
    return { result, between: await counter.stop() };
  } finally {
    rmSync(output, { force: true });
  }
}

async function startPerf(pids: readonly number[], output: string): Promise<Counter | undefined> {
  const events = [...SYNC_CALLS.map((call) => `syscalls:sys_enter_${call}`), "instructions:u"].join(",");
  const flags = ["stat", "-x,", "-I", String(INTERVAL_MS), "-e", events, "-o", output, "-p", pids.join(",")];
  const perf = await start("perf", flags, output, (text) => text.includes("sys_enter_"));
  if (perf === undefined) return undefined;
  // Its clock began to run about then; what it tells is to an interval's length.
  const began = perf.readyAt / 1000 - INTERVAL_MS / 1000;
  return {
    async stop() {
      const text = await perf.stop();
      const calls = readPerfCounts(text, "syscalls:sys_enter_");
      const instructions = readPerfCounts(text, "instructions:u");
      return (from, to) => {
        const [first, last] = [from / 1000 - began, to / 1000 - began];
        return {
          calls: callsBetween(calls, first, last),
          instructions: instructions.length === 0 ? null : callsBetween(instructions, first, last),
        };
      };
    },
  };
}

async function startStrace(pids: readonly number[], output: string): Promise<Counter | undefined> {
  const processes = pids.flatMap((pid) => ["-p", String(pid)]);
  const flags = ["-f", "-ttt", "-e", `trace=${SYNC_CALLS.join(",")}`, "-o", output, ...processes];
  const strace = await start("strace", flags, output, () => true);
  if (strace === undefined) return undefined;
  const toEpoch = (at: number): number => (performance.timeOrigin + at) / 1000;
  return {
    async stop() {
      const calls = readStraceCounts(await strace.stop());
      return (from, to) => ({ calls: callsBetween(calls, toEpoch(from), toEpoch(to)), instructions: null });
    },
  };
}

/** Starts a counter and waits for its file; undefined where it is not installed or may not. */
async function start(
  command: string,
  flags: readonly string[],
  output: string,
  isReady: (text: string) => boolean,
): Promise<{ readonly readyAt: number; stop(): Promise<string> } | undefined> {
  const child = spawn(command, flags, { stdio: ["ignore", "ignore", "ignore"] });
  let isOver = false;
  const ended = once(child, "exit")
    .catch(() => undefined)
    .then(() => {
      isOver = true;
    });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!isOver && performance.now() < deadline) {
    if (existsSync(output) && isReady(readFileSync(output, "utf8"))) {
      return {
        readyAt: performance.now(),
        async stop() {
          child.kill("SIGINT");
          await ended;
          return readFileSync(output, "utf8");
        },
      };
    }
    await sleep(POLL_MS);
  }
  child.kill("SIGKILL");
  await ended;
  return undefined;
}
