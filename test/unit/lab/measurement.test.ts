// How the rounds of a run become figures, verdicts and comparisons with a baseline.

import { describe, expect, it } from "vitest";
import { baselineOf, compareWithBaseline, WATCHED } from "../../../lab/report/baseline.ts";
import { besideMarkdown } from "../../../lab/report/beside.ts";
import { CLAIMS, judge } from "../../../lab/report/claims.ts";
import { type Point, ratioOf, spreadOf, totalOf, valuesOf } from "../../../lab/report/measurements.ts";
import type { Results, Round } from "../../../lab/results.ts";

const at = (server: string, figure: Point["figure"] = "perSecond", measurement = "dora"): Point => ({
  server,
  measurement,
  figure,
});

/** Rounds in which a machine gets slower and slower, and both servers with it. */
const ROUNDS: readonly Round[] = [
  { ours: { dora: { perSecond: 80, invalidReplies: 1 } }, c: { dora: { perSecond: 100 } } },
  { ours: { dora: { perSecond: 45, invalidReplies: 2 } }, c: { dora: { perSecond: 50 } } },
  { ours: { dora: { perSecond: 7 } }, c: { dora: { perSecond: 10 } } },
];

describe("figures of a run", () => {
  it("lie where the rounds have them", () => {
    expect(valuesOf(ROUNDS, at("ours"))).toEqual([80, 45, 7]);
    expect(spreadOf(ROUNDS, at("ours"))).toEqual({ median: 45, min: 7, max: 80 });
    expect(spreadOf(ROUNDS, at("ours", "p99"))).toBeNull();
    expect(spreadOf(ROUNDS, at("theirs"))).toBeNull();
  });

  it("are compared within each round, so that a slower machine changes nothing", () => {
    expect(ratioOf(ROUNDS, at("ours"), at("c"))).toEqual({ median: 0.8, min: 0.7, max: 0.9 });
  });

  it("leave out rounds that lack one side", () => {
    const rounds: readonly Round[] = [
      ...ROUNDS.slice(0, 1),
      { ours: { dora: { perSecond: 1 } } },
      { ours: { dora: { perSecond: 1 } }, c: { dora: { perSecond: 0 } } },
    ];
    expect(ratioOf(rounds, at("ours"), at("c"))).toEqual({ median: 0.8, min: 0.8, max: 0.8 });
    expect(ratioOf(rounds, at("ours"), at("theirs"))).toBeNull();
  });

  it("are summed where they are counts", () => {
    expect(totalOf(ROUNDS, "ours", "dora", "invalidReplies")).toBe(3);
    expect(totalOf(ROUNDS, "theirs", "dora", "invalidReplies")).toBe(0);
  });
});

describe("claims", () => {
  const verdictOn = (text: string, rounds: readonly Round[]) => judge(rounds).find(({ claim }) => claim.text === text);

  it("hold from their limit on where more is better", () => {
    const text = "anydhcpd / kea: new leases a second";
    const round = (ours: number): Round => ({
      anydhcpd: { dora: { perSecond: ours } },
      kea: { dora: { perSecond: 10 } },
    });
    expect(verdictOn(text, [round(50)])?.holds).toBe(true);
    expect(verdictOn(text, [round(49)])?.holds).toBe(false);
    expect(verdictOn(text, [round(70), round(40), round(55)])).toMatchObject({ ratio: { median: 5.5 }, holds: true });
  });

  it("hold up to their limit where less is better", () => {
    const text = "anydhcpd-unsynced / baseline-echo: p99 at half load";
    const round = (ours: number): Round => ({
      "anydhcpd-unsynced": { "half-load": { p99: ours } },
      "baseline-echo": { "half-load": { p99: 100 } },
    });
    expect(verdictOn(text, [round(150)])?.holds).toBe(true);
    expect(verdictOn(text, [round(151)])?.holds).toBe(false);
  });

  it("are undecided where a side was not measured", () => {
    expect(judge([]).every(({ holds, ratio }) => holds === null && ratio === null)).toBe(true);
    expect(new Set(CLAIMS.map(({ text }) => text)).size).toBe(CLAIMS.length);
  });
});

describe("a baseline", () => {
  const FAST = "anydhcpd / baseline-echo-journal: dora a second";
  const CHEAP = "anydhcpd / baseline-echo-journal: dora processor time";
  const round = (perSecond: number, processorMicroseconds: number): Round => ({
    anydhcpd: { dora: { perSecond, processorMicroseconds } },
    "baseline-echo-journal": { dora: { perSecond: 100, processorMicroseconds: 10 } },
  });
  const about = { date: "2026-01-01T00:00:00.000Z", machine: "a machine", version: "1" };
  const baseline = baselineOf([round(80, 20)], about);

  it("has the ratios that were measured", () => {
    expect(baseline).toEqual({ ...about, ratios: { [FAST]: 0.8, [CHEAP]: 2 } });
    expect(new Set(WATCHED.map(({ name }) => name)).size).toBe(WATCHED.length);
  });

  it("takes no run for a regression that is as good, better, or worse within the tolerance", () => {
    for (const run of [round(80, 20), round(95, 15), round(73, 21.9)]) {
      const { changes } = compareWithBaseline(baseline, [run], 0.1);
      expect(changes.map(({ isRegression }) => isRegression)).toEqual([false, false]);
    }
  });

  it("tells which ratio is worse than the tolerance", () => {
    const { changes } = compareWithBaseline(baseline, [round(72, 22.5)], 0.1);
    expect(changes.map(({ name, isRegression }) => [name, isRegression])).toEqual([
      [FAST, true],
      [CHEAP, true],
    ]);
    expect(changes[0]?.worseBy).toBeCloseTo(0.111, 3);
    expect(changes[1]?.worseBy).toBeCloseTo(0.125, 3);
  });

  it("accuses no run of which a round was as good as ever", () => {
    const { changes } = compareWithBaseline(baseline, [round(40, 30), round(60, 25), round(81, 19)], 0.1);
    expect(changes.map(({ isRegression }) => isRegression)).toEqual([false, false]);
  });

  it("tells what a run has not measured", () => {
    expect(compareWithBaseline(baseline, [], 0.1)).toEqual({ changes: [], missing: [FAST, CHEAP] });
    expect(compareWithBaseline({ ...about, ratios: { "long gone": 1 } }, [round(1, 1)], 0.1).missing).toEqual([
      "long gone",
    ]);
  });
});

describe("a run beside another tree", () => {
  it("tells ratios of this tree's figures to the other's, round by round, of what both have measured", () => {
    const rounds = [
      { anydhcpd: { dora: { perSecond: 90, p99: 20 } }, "other-anydhcpd": { dora: { perSecond: 100, p99: 10 } } },
      { anydhcpd: { dora: { perSecond: 12 }, renew: { perSecond: 9 } }, "other-anydhcpd": { dora: { perSecond: 10 } } },
    ];
    const results: Results = {
      ...{ format: 2, kind: "bench", date: "", settings: {}, failures: [], plans: [], rounds },
      machine: { cpu: "", cores: 2, kernel: "", fileSystem: "", node: "" },
      servers: ["anydhcpd", "other-anydhcpd"].map((id) => ({ id, title: id, version: "", durability: "ack" as const })),
    };
    expect(besideMarkdown(results).split("\n").slice(2)).toEqual([
      "| anydhcpd | dora | 1.05 (0.9 to 1.2) | – | 2 (2 to 2) | – |",
    ]);
  });
});
