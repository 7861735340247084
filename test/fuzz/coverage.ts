// Which code an input reaches, by V8's own counters: what steers mutation to inputs that reach more.

import { type Profiler, Session } from "node:inspector";

/** Whether a script is of the product. */
const PRODUCT = /\/src\/.+\.[jt]s$/;

/** What has run: of each script, by its address, a 1 for each character of its text. */
export type Reach = ReadonlyMap<string, Uint8Array>;

/** The code that has been reached so far. */
export class Coverage {
  private readonly session = new Session();
  private readonly reached = new Map<string, Uint8Array>();

  constructor() {
    this.session.connect();
    this.session.post("Profiler.enable");
    this.session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Characters of the product's scripts that have run. */
  get size(): number {
    let size = 0;
    for (const text of this.reached.values()) for (const mark of text) size += mark;
    return size;
  }

  /** What has run since the last call. */
  take(): Reach {
    let scripts: Profiler.ScriptCoverage[] = [];
    // Answered before `post` returns: the session is this thread's own.
    this.session.post("Profiler.takePreciseCoverage", (_error, answer) => {
      scripts = answer.result;
    });
    const product = scripts.filter(({ url }) => PRODUCT.test(url));
    return new Map(product.map(({ url, functions }) => [url, marksOf(functions)]));
  }

  /** Whether there is anything in it that was not reached before. */
  isNews(reach: Reach): boolean {
    for (const [url, marks] of reach) {
      const known = this.reached.get(url);
      if (known === undefined ? marks.includes(1) : marks.some((mark, at) => mark > (known[at] ?? 0))) return true;
    }
    return false;
  }

  /** Takes what has run for known. */
  add(reach: Reach): void {
    for (const [url, marks] of reach) {
      const known = this.reached.get(url) ?? new Uint8Array(0);
      const both = new Uint8Array(Math.max(known.length, marks.length));
      both.set(known);
      for (const [at, mark] of marks.entries()) if (mark === 1) both[at] = 1;
      this.reached.set(url, both);
    }
  }

  close(): void {
    this.session.post("Profiler.stopPreciseCoverage");
    this.session.disconnect();
  }
}

/** Ranges lie in one another: what is narrower counts, whichever function it is of. */
function marksOf(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const ranges = functions.flatMap((one) => one.ranges);
  ranges.sort((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset));
  const marks = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)));
  for (const { startOffset, endOffset, count } of ranges) marks.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return marks;
}
