// What measurements depend on besides the programs: the machine and its system.

import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import type { Machine } from "../results.ts";

/** This machine; `directory` is where lease files are. */
export function describeMachine(directory: string): Machine {
  const processors = cpus();
  const { stdout } = spawnSync("stat", ["--file-system", "--format=%T", directory], { encoding: "utf8" });
  return {
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
    kernel: release(),
    fileSystem: stdout?.trim() || "unknown",
    node: process.version,
    memoryMegabytes: Math.round(totalmem() / 2 ** 20),
    loadAverage: loadavg()[0] ?? 0,
  };
}
