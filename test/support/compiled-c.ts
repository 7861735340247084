// C programs that tests compile for themselves, with the compiler that has built the addon.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Compiles C files into one program, under the sanitizers, and returns what it prints when `run` by the caller. */
export class CompiledC {
  readonly program: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "anydhcpd-c-"));

  constructor(sources: readonly string[]) {
    this.program = join(this.#directory, "program");
    const flags = ["-std=c11", "-D_GNU_SOURCE", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover"];
    execFileSync("cc", [...flags, "-o", this.program, ...sources]);
  }

  /** Runs the program to its end; what it prints. */
  run(args: readonly string[] = []): string {
    return execFileSync(this.program, args, { encoding: "utf8" });
  }

  dispose(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
