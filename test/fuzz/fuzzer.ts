// Runs one target: first with V8's coverage as a guide, by which the pool of inputs grows, then without, which is faster.

import { Random } from "../sim/random.ts";
import { Coverage } from "./coverage.ts";
import { Mutator } from "./mutator.ts";
import type { Target } from "./target.ts";

/** How long, and with what. */
export interface Plan {
  readonly seed: number;
  /** Inputs, or units of work if `countsUnits`. */
  readonly executions: number;
  readonly countsUnits: boolean;
  /** Seconds after which it ends, whatever has been run. */
  readonly seconds: number;
  /** Milliseconds that one input may take: the shortest of several runs counts. */
  readonly limitMs: number;
  /** The share that is guided. */
  readonly guided: number;
  /** Inputs of earlier runs. */
  readonly corpus: readonly Uint8Array[];
  /** Told of each input before it is run. */
  readonly onInput?: (octets: Uint8Array) => void;
}

/** An input with which something is wrong. */
export interface Failure {
  readonly octets: Uint8Array;
  readonly error: Error;
}

/** What a run has come to. */
export interface Result {
  readonly executions: number;
  /** Units of work in them. */
  readonly units: number;
  readonly seconds: number;
  /** Of the slowest input, the shortest of several runs. */
  readonly slowestMs: number;
  /** Characters of the product's scripts that ran while it was guided. */
  readonly reached: number;
  /** What the pool has grown by. */
  readonly found: readonly Uint8Array[];
  readonly failure: Failure | undefined;
}

/** Inputs between two looks at the coverage, and between two looks at the clock: as many as are run in that time. */
const BATCH_MIN = 8;
const BATCH_MAX = 1024;
const BATCH_MS = 50;
/** Times that a slow input is run again: the machine has other things to do as well. */
const REPEATS = 6;
/** Milliseconds in which a failing input is made smaller. */
const SHRINK_MS = 8000;

/** Runs `target` as planned, up to the first failure. */
export function fuzz(target: Target, plan: Plan): Result {
  return new Fuzzer(target, plan).run();
}

class Fuzzer {
  private readonly target: Target;
  private readonly plan: Plan;
  private readonly pool: Uint8Array[];
  private readonly found: Uint8Array[] = [];
  private readonly mutator: Mutator;
  private executions = 0;
  private units = 0;
  private slowestMs = 0;

  constructor(target: Target, plan: Plan) {
    this.target = target;
    this.plan = plan;
    this.pool = [...target.seeds, ...plan.corpus];
    this.mutator = new Mutator(new Random(plan.seed), target.words, target.octetsMax);
  }

  run(): Result {
    const startedAt = performance.now();
    const endsAt = startedAt + this.plan.seconds * 1000;
    let reached = 0;
    let failure: Failure | undefined;
    try {
      for (const octets of [...this.pool]) this.execute(octets);
      if (this.plan.guided > 0) reached = this.runGuided(startedAt + this.plan.seconds * 1000 * this.plan.guided);
      while (!this.isOver(1) && performance.now() < endsAt)
        for (let i = 0; i < BATCH_MIN; i++) this.execute(this.mutator.next(this.pool));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      failure = { octets: this.shrink(error), error: error.reason };
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const { executions, units, slowestMs, found } = this;
    return { executions, units, seconds, slowestMs, reached, found, failure };
  }

  /** Whether this share of what is planned has been run. */
  private isOver(share: number): boolean {
    const { countsUnits, executions } = this.plan;
    return (countsUnits ? this.units : this.executions) >= executions * share;
  }

  private runGuided(endsAt: number): number {
    const coverage = new Coverage();
    try {
      for (const octets of this.pool) this.execute(octets);
      coverage.add(coverage.take());
      while (!this.isOver(this.plan.guided) && performance.now() < endsAt) {
        const batch: Uint8Array[] = [];
        for (const endsAt = performance.now() + BATCH_MS; batch.length < BATCH_MAX; ) {
          const octets = this.mutator.next(this.pool).slice();
          batch.push(octets);
          this.execute(octets);
          if (batch.length % BATCH_MIN === 0 && performance.now() > endsAt) break;
        }
        const reach = coverage.take();
        if (coverage.isNews(reach)) this.keep(batch, coverage);
        coverage.add(reach);
      }
      return coverage.size;
    } finally {
      coverage.close();
    }
  }

  /** Finds those of a batch that reach something new, by halves. */
  private keep(batch: readonly Uint8Array[], coverage: Coverage): void {
    for (const octets of batch) {
      this.plan.onInput?.(octets);
      this.target.run(octets);
    }
    const reach = coverage.take();
    if (!coverage.isNews(reach)) return;
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) {
      this.pool.push(first);
      this.found.push(first);
      coverage.add(reach);
      return;
    }
    const half = batch.length >>> 1;
    this.keep(batch.slice(0, half), coverage);
    this.keep(batch.slice(half), coverage);
  }

  private execute(octets: Uint8Array): void {
    this.plan.onInput?.(octets);
    const before = performance.now();
    try {
      this.units += this.target.run(octets);
    } catch (error) {
      throw new InputError(octets.slice(), error instanceof Error ? error : new Error(String(error)));
    }
    this.executions += 1;
    const took = performance.now() - before;
    if (took > this.slowestMs) this.look(octets, took);
  }

  /** Whether the input is slow itself, or the machine was. */
  private look(octets: Uint8Array, once: number): void {
    let least = once;
    for (let i = 0; i < REPEATS && least > this.slowestMs; i++) {
      const before = performance.now();
      this.target.run(octets);
      least = Math.min(least, performance.now() - before);
    }
    if (least > this.plan.limitMs) throw new InputError(octets.slice(), new TooSlow(`it takes ${least.toFixed(1)} ms`));
    this.slowestMs = Math.max(this.slowestMs, least);
  }

  /** A smaller input with the same fault. */
  private shrink({ octets, reason }: InputError): Uint8Array {
    let smallest = octets;
    const endsAt = performance.now() + SHRINK_MS;
    for (let size = octets.length >>> 1; size > 0; size >>>= 1) {
      for (let at = 0; at + size <= smallest.length && performance.now() < endsAt; ) {
        const smaller = Uint8Array.from([...smallest.subarray(0, at), ...smallest.subarray(at + size)]);
        if (this.isSame(smaller, reason)) smallest = smaller;
        else at += size;
      }
    }
    return smallest;
  }

  private isSame(octets: Uint8Array, reason: Error): boolean {
    const before = performance.now();
    try {
      this.target.run(octets);
    } catch (error) {
      return error instanceof Error && placeOf(error) === placeOf(reason);
    }
    return reason instanceof TooSlow && performance.now() - before > this.plan.limitMs;
  }
}

/** Where an error comes from: its kind, and the line that threw it. */
function placeOf(error: Error): string {
  return `${error.name} ${error.stack?.split("\n").find((line) => /^\s+at /.test(line)) ?? ""}`;
}

/** An input takes longer than one may. */
class TooSlow extends Error {}

/** Carries an input with which something is wrong out of the loops. */
class InputError extends Error {
  readonly octets: Uint8Array;
  readonly reason: Error;

  constructor(octets: Uint8Array, reason: Error) {
    super(reason.message);
    this.octets = octets;
    this.reason = reason;
  }
}
