// A bounded run of every target, with what earlier runs have found. More: `npm run fuzz -- --help`, docs/fuzzing.md.

import { describe, expect, it } from "vitest";
import { CASES } from "./cases.ts";
import { corpusOf } from "./corpus.ts";
import { fuzz } from "./fuzzer.ts";
import { octetsOfText } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** Seconds of one target: all of them together take about half a minute. */
const SECONDS = 2;
const SEED = 1;
/** Milliseconds after which an input counts as one without end: the machine may be slow. */
const LIMIT_MS = 10_000;

describe("what hostile peers and broken files may say", () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))("is taken by the target %s", (_name, target) => {
    const plan = { seed: SEED, executions: Number.POSITIVE_INFINITY, countsUnits: false, seconds: SECONDS };
    const result = fuzz(target, { ...plan, limitMs: LIMIT_MS, guided: 0.5, corpus: corpusOf(target.name) });
    const { failure } = result;
    const input = failure === undefined ? "" : Buffer.from(failure.octets).toString("base64");
    expect(`${failure?.error.stack ?? ""}${input}`).toBe("");
    expect(result.executions).toBeGreaterThan(target.seeds.length);
  });

  it.each(CASES.map((one) => [one.title, one] as const))(
    "is taken where it once was not: %s",
    (_title, { target, octets }) => {
      const found = TARGETS.find(({ name }) => name === target);
      expect(found?.run(octets)).toBeGreaterThan(0);
    },
  );
});

describe("the fuzzer", () => {
  const TWO_LETTERS = {
    ...{ name: "letters", unit: "inputs", seeds: [octetsOfText("aaaaaaaaaaaaaaaaaaaa")], words: [], octetsMax: 40 },
    run: (octets: Uint8Array) => {
      if (octets.includes(1) && octets.includes(2)) throw new TypeError("both letters");
      return 1;
    },
  };
  const PLAN = { seed: 3, executions: 100_000, countsUnits: false, seconds: 60, limitMs: 1000, guided: 0, corpus: [] };

  it("finds an input that breaks a target, makes it small, and finds the same by the same seed", () => {
    const first = fuzz(TWO_LETTERS, PLAN);
    expect(first.failure?.error.message).toBe("both letters");
    expect(first.failure?.octets.length).toBe(2);
    expect(fuzz(TWO_LETTERS, PLAN)).toMatchObject({
      executions: first.executions,
      failure: { octets: first.failure?.octets },
    });
  });

  it("tells of an input that takes too long, and of none that takes long once", () => {
    let runs = 0;
    const wait = (ms: number): void => {
      for (const end = performance.now() + ms; performance.now() < end; );
    };
    const once = {
      ...TWO_LETTERS,
      run: () => {
        if (runs++ === 0) wait(150);
        return 1;
      },
    };
    const plan = { ...PLAN, executions: 20, limitMs: 100 };
    expect(fuzz(once, plan).failure).toBeUndefined();
    const always = {
      ...TWO_LETTERS,
      run: () => {
        wait(150);
        return 1;
      },
    };
    expect(fuzz(always, plan).failure?.error.message).toMatch(/^it takes \d/);
  });
});
