// What measurements depend on besides the programs: the machine and its system.

import { spawnSync } from "node:child_process";
import { cpus, release } from "node:os";

/** The machine that was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  /** Of the lease files. */
  readonly fileSystem: string;
  readonly node: string;
}

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
  };
}
