// C programs that tests compile for themselves, with the compiler that has built the addon.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a program has done. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sources compiled into one program, under the sanitizers. */
export class CompiledC {
  readonly #directory = mkdtempSync(join(tmpdir(), "anydhcpd-c-"));
  readonly #program = join(this.#directory, "program");

  constructor(...sources: readonly URL[]) {
    const flags = ["-std=c11", "-D_GNU_SOURCE", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover"];
    execFileSync("cc", [...flags, "-o", this.#program, ...sources.map(({ pathname }) => pathname)]);
  }

  /** Runs the program to its end, with nothing in its environment. Memory that is left at the end is not looked at. */
  run(args: readonly string[] = []): Finished {
    const env = { ASAN_OPTIONS: "detect_leaks=0" };
    const { status, stdout, stderr } = spawnSync(this.#program, args, { encoding: "utf8", env });
    return { status, stdout, stderr };
  }

  dispose(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
