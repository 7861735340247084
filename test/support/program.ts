// A program under test: its output by lines, waiting for a line with a deadline, and its end.

import type { ChildProcess } from "node:child_process";

/** Milliseconds that the streams of a program that has ended may stay open. */
const STREAMS_DEADLINE_MS = 2000;

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program. Lines of standard output and standard error are kept, in the order they came. */
export class Program {
  readonly name: string;
  readonly lines: string[] = [];
  /** Resolves when the program has ended and its output is complete. */
  readonly ended: Promise<Exit>;
  exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<() => void>();

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.stdin?.on("error", () => {});
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream?.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop() ?? "";
        this.lines.push(...parts);
        this.#wake();
      });
      stream?.on("end", () => {
        if (rest !== "") this.lines.push(rest);
        rest = "";
      });
    }
    child.once("exit", () => {
      // A helper of its own that has outlived it (dhcpcd's, at times) holds its streams: they are not waited for.
      const late = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, STREAMS_DEADLINE_MS);
      child.once("close", () => clearTimeout(late));
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.exit = { code, signal };
        this.#wake();
        resolve(this.exit);
      });
      child.once("error", (error) => {
        this.lines.push(String(error));
      });
    });
  }

  /** Process id; nsenter execs, so that it is the program's own. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The lines in one text, for messages of failed tests. */
  get output(): string {
    return this.lines.join("\n");
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The first line from number `from` on that matches; rejects with all output at the deadline or at the program's end. */
  async waitForLine(matches: (line: string) => boolean, { timeoutMs = 15_000, from = 0 } = {}): Promise<string> {
    let next = from;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      for (; next < this.lines.length; next++) {
        const line = this.lines[next] ?? "";
        if (matches(line)) return line;
      }
      if (this.exit !== undefined) {
        throw new Error(
          `${this.name} ended (${this.exit.code ?? this.exit.signal}) before the line came:\n${this.output}`,
        );
      }
      if (Date.now() >= deadline) throw new Error(`${this.name}: no such line within ${timeoutMs} ms:\n${this.output}`);
      await this.#change(deadline - Date.now());
    }
  }

  /** Sends a signal and resolves when the program has ended; SIGKILL follows after `timeoutMs`. */
  async stop(signal: NodeJS.Signals = "SIGTERM", timeoutMs = 10_000): Promise<Exit> {
    if (this.exit === undefined) this.signal(signal);
    const late = setTimeout(() => this.signal("SIGKILL"), timeoutMs);
    const exit = await this.ended;
    clearTimeout(late);
    return exit;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it now; for clean-up. */
  async kill(): Promise<void> {
    await this.stop("SIGKILL");
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiters.add(done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiters]) done();
  }
}

/** Resolves when `condition` holds, asking again every 20 ms; rejects at the deadline with `what`. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() >= deadline) throw new Error(`within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
