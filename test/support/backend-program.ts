// Runs test/support/backend-stub.ts, the real udp backend under a server of a few lines, in a
// namespace: compiled on its own, so that it needs no build of the whole program.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { StubWish } from "./backend-stub.ts";
import type { Namespace, Network } from "./network.ts";
import type { Program } from "./program.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DOUBLE = fileURLToPath(new URL("helper-double.py", import.meta.url));

/** Something the stub has said. */
export interface StubLine {
  readonly event: "arrival" | "sent" | "interfaces" | "notice" | "fatal" | "refused" | "ready" | "mode";
  readonly interface?: string;
  readonly to?: string;
  readonly from?: string;
  readonly delivery?: string;
  readonly result?: number;
  readonly counters?: Readonly<Record<string, number>>;
  readonly listeners?: readonly string[];
  readonly level?: string;
  readonly message?: string;
  readonly code?: string;
  readonly pid?: number;
}

/** A running stub with the helper's double as its parent. */
export class BackendProgram {
  readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
  }

  /** Starts it without waiting. */
  static launch(network: Network, namespace: Namespace, wish: StubWish): BackendProgram {
    const stub = compileStub(network.directory);
    const command = ["python3", "-B", DOUBLE, process.execPath, stub, JSON.stringify(wish)];
    return new BackendProgram(namespace.spawn(command));
  }

  /** Starts it and waits until it serves. */
  static async start(network: Network, namespace: Namespace, wish: StubWish): Promise<BackendProgram> {
    const started = BackendProgram.launch(network, namespace, wish);
    await started.waitFor("that it is ready", (line) => line.event === "ready");
    return started;
  }

  /** Number of lines so far: a mark for the others. */
  get mark(): number {
    return this.program.lines.length;
  }

  /** What it has said since the mark. */
  said(event: StubLine["event"], from = 0): readonly StubLine[] {
    return this.program.lines
      .slice(from)
      .map(parse)
      .filter((line) => line?.event === event) as StubLine[];
  }

  /** The first thing said since the mark that matches. */
  async waitFor(_what: string, matches: (line: StubLine) => boolean, from = 0): Promise<StubLine> {
    const isIt = (text: string): boolean => {
      const line = parse(text);
      return line !== undefined && matches(line);
    };
    return parse(await this.program.waitForLine(isIt, { from })) as StubLine;
  }

  /** Makes it want what `reloaded` of its wish says. */
  reload(): void {
    const pid = this.said("ready")[0]?.pid;
    if (pid !== undefined) process.kill(pid, "SIGHUP");
  }

  /** Makes the helper behave otherwise. */
  async setHelper(mode: "normal" | "silent" | "refuse"): Promise<void> {
    const from = this.mark;
    this.program.write(`${mode}\n`);
    await this.waitFor(`mode ${mode}`, (line) => line.event === "mode", from);
  }
}

function parse(text: string): StubLine | undefined {
  return text.startsWith("{") ? (JSON.parse(text) as StubLine) : undefined;
}

function compileStub(directory: string): string {
  const target = join(directory, "stub");
  const stub = join(target, "test/support/backend-stub.js");
  if (existsSync(stub)) return stub;
  mkdirSync(target);
  symlinkSync(join(ROOT, "native"), join(target, "native"));
  writeFileSync(join(target, "package.json"), '{ "type": "module" }');
  const options = { noEmit: false, noCheck: true, types: [], rootDir: ROOT, outDir: target };
  const project = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: options,
    include: [],
    files: [join(ROOT, "test/support/backend-stub.ts")],
  };
  writeFileSync(join(target, "tsconfig.json"), JSON.stringify(project));
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", join(target, "tsconfig.json")]);
  return stub;
}
