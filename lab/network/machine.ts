// What measurements depend on besides the programs: the machine and its system.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { gunzipSync } from "node:zlib";
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

/**
 * Whether this kernel counts what it does in soft interrupts apart from the process that it interrupts, or that has caused
 * it; false where it does not say how it was built.
 */
export function countsInterruptsApart(): boolean {
  const sources = [
    () => gunzipSync(readFileSync("/proc/config.gz")).toString("latin1"),
    () => readFileSync(`/boot/config-${release()}`, "latin1"),
  ];
  for (const read of sources) {
    try {
      return /^CONFIG_IRQ_TIME_ACCOUNTING=y$/m.test(read());
    } catch {
      // It is not there: the other one may be.
    }
  }
  return false;
}
