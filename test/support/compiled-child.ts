// A TypeScript file of the tests as a program of its own: compiled with all it imports into a folder
// below .cache, because Node 20 runs no TypeScript and vitest's processes cannot be killed alone.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** A compiled program; removed at the end of the scope. */
export class CompiledChild implements Disposable {
  /** The JavaScript file to run. */
  readonly main: string;
  private readonly folder: string;

  private constructor(folder: string, source: string) {
    this.folder = folder;
    this.main = join(folder, "out", source.replace(/\.ts$/, ".js"));
  }

  /** Compiles a file of the repository. */
  static async compile(file: URL): Promise<CompiledChild> {
    const source = relative(ROOT, fileURLToPath(file));
    mkdirSync(join(ROOT, ".cache"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, ".cache", "child-"));
    const options = { noEmit: false, rootDir: ROOT, outDir: join(folder, "out"), declaration: false };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(ROOT, "tsconfig.json"), compilerOptions: options, include: [join(ROOT, source)] }),
    );
    // src/native/addon.ts looks for the addon beside its own folder.
    mkdirSync(join(folder, "out"));
    symlinkSync(join(ROOT, "native"), join(folder, "out", "native"));
    await run(join(ROOT, "node_modules", ".bin", "tsc"), ["-p", folder]);
    return new CompiledChild(folder, source);
  }

  /** Starts it; `prefix` is a command that runs it, such as strace or unshare. */
  start(args: readonly string[], prefix: readonly string[] = []): ChildProcess {
    const [program = "", ...rest] = [...prefix, process.execPath, this.main, ...args];
    return spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
