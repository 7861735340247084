// Counts, from outside, the calls by which a server waits for the disk, and its instructions where the processor counts
// them: in a run of its own, because counting slows the server down. With perf where it is and may, else with strace.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { callsBetween, readPerfCounts, readStraceCounts } from "./build/js/lab/sync-counts.js";

/** System calls that wait for the disk. */
const SYNC_CALLS = ["fsync", "fdatasync", "syncfs", "sync_file_range", "msync"];
const INTERVAL_MS = 50;
const START_TIMEOUT_MS = 5000;
const POLL_MS = 10;

/**
 * Counts while `use` runs; `use` tells the times of its phases by performance.now(). Resolves with what it resolves
 * with, and a function from such times to calls and instructions between them; undefined where nothing can count.
 */
export async function counting(pids, directory, use) {
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

async function startPerf(pids, output) {
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
      return (from, to) => ({
        calls: callsBetween(calls, from / 1000 - began, to / 1000 - began),
        instructions:
          instructions.length === 0 ? null : callsBetween(instructions, from / 1000 - began, to / 1000 - began),
      });
    },
  };
}

async function startStrace(pids, output) {
  const flags = [
    "-f",
    "-ttt",
    "-e",
    `trace=${SYNC_CALLS.join(",")}`,
    "-o",
    output,
    ...pids.flatMap((pid) => ["-p", pid]),
  ];
  const strace = await start("strace", flags.map(String), output, () => true);
  if (strace === undefined) return undefined;
  const toEpoch = (at) => (performance.timeOrigin + at) / 1000;
  return {
    async stop() {
      const calls = readStraceCounts(await strace.stop());
      return (from, to) => ({ calls: callsBetween(calls, toEpoch(from), toEpoch(to)), instructions: null });
    },
  };
}

/** Starts a counter and waits for its file; undefined where it is not installed or may not. */
async function start(command, flags, output, isReady) {
  const child = spawn(command, flags, { stdio: ["ignore", "ignore", "ignore"] });
  const ended = once(child, "exit").catch(() => undefined);
  let isOver = false;
  ended.finally(() => {
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
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  child.kill("SIGKILL");
  await ended;
  return undefined;
}
