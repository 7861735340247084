// A disk that is slow, stalls or fails when a test says so: lab/load/slow_disk.c between the daemon and the kernel.

import { copyFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtProgram } from "../../lab/programs.ts";

/** Number of the error, as Linux has it. */
export const EIO = 5;

/** One such disk. Its files have to be where the daemon may read: beside the configuration file. */
export class SlowDisk {
  /** What the daemon is to be started with. */
  readonly wrapper: readonly string[];
  readonly #control: string;
  #tokens = 0;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    const library = join(directory, "slow-disk.so");
    this.#control = join(directory, "slow-disk.control");
    copyFileSync(builtProgram("slow-disk.so"), library);
    this.wrapper = ["env", `LD_PRELOAD=${library}`, `SLOW_DISK_CONTROL=${this.#control}`];
    this.heal();
  }

  /** Nothing is wrong with it. */
  heal(): void {
    this.#order("well");
  }

  /** Every sync takes so much longer. */
  delay(milliseconds: number): void {
    this.#order(`delay ${milliseconds}`);
  }

  /** The next sync takes so long. */
  stall(milliseconds: number): void {
    this.#order(`stall ${milliseconds} ${++this.#tokens}`);
  }

  /** Every such call fails. */
  fail(call: "sync" | "write", error: number): void {
    this.#order(`fail ${call} ${error}`);
  }

  /** The next such call fails. */
  failOnce(call: "sync" | "write", error: number): void {
    this.#order(`fail ${call} ${error} ${++this.#tokens}`);
  }

  #order(line: string): void {
    writeFileSync(`${this.#control}.new`, `${line}\n`, { mode: 0o644 });
    renameSync(`${this.#control}.new`, this.#control);
  }
}
