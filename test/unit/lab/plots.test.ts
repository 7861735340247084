// The plots of a comparison: whole numbers only, nothing beyond their edges, told by shape and not by colour,
// and axes that hold what is on them.

import { describe, expect, it } from "vitest";
import { latencyPlot, throughputPlot, trafficPlot } from "../../../lab/report/figures.ts";
import { drawFile, drawLegend, drawPlot, NARROW, type Plot, WIDE } from "../../../lab/report/plots.ts";
import { linearScale, logScale, position, ticks } from "../../../lab/report/scale.ts";
import type { LoadPlanRecord, Results } from "../../../lab/results.ts";
import { SAMPLE } from "../../support/comparison-sample.ts";

/** Roughly: letters of 13 pixels are seldom wider than this. */
const LETTER_WIDTH = 7.4;

const [plan] = SAMPLE.plans;
const { backgroundTraffic: traffic } = SAMPLE;
if (plan === undefined || traffic === undefined) throw new Error("the sample is not whole");

const plots: readonly (readonly [string, Plot])[] = [
  ["exchanges per second", throughputPlot(SAMPLE, plan)],
  ["latency", latencyPlot(SAMPLE, plan)],
  ["bare sockets", trafficPlot(traffic, "socket")],
  ["servers", trafficPlot(traffic, "server")],
];

describe.each(plots)("the plot of %s", (_name, plot) => {
  const drawings = drawPlot(plot).split("</svg>").filter(Boolean);

  it("is drawn for wide and for narrow windows, with a text for those who do not see it", () => {
    expect(drawings.map((svg) => /viewBox="0 0 (\d+) /.exec(svg)?.[1])).toEqual([String(WIDE), String(NARROW)]);
    for (const svg of drawings) expect(svg).toMatch(/role="img" aria-label="[^"]{20,}"/);
  });

  it("has finite numbers only", () => {
    expect(drawPlot(plot) + drawLegend(plot)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("keeps its words and marks inside its edges", () => {
    for (const svg of drawings) {
      const [width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.slice(1).map(Number) ?? [];
      for (const [, x = "", y = "", style = "", text = ""] of svg.matchAll(
        /<text x="([\d.-]+)" y="([\d.-]+)" class="([^"]+)">([^<]*)</g,
      )) {
        const length = text.replace(/&#\d+;/g, "x").length * LETTER_WIDTH;
        const share = style.includes("value") ? 1 : /tick|axis/.test(style) ? 0.5 : 0;
        expect(Number(x) - share * length, `${text} at the left`).toBeGreaterThanOrEqual(-6);
        expect(Number(x) + (1 - share) * length, `${text} at the right`).toBeLessThanOrEqual(width + 6);
        expect(Number(y)).toBeLessThan(height);
      }
      for (const [, x = ""] of svg.matchAll(/ (?:c?x|d)="M?(-?[\d.]+)/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(width);
      }
    }
  });

  it("explains each of its marks", () => {
    const told = new Set(plot.legend.map(({ mark }) => `${mark.kind}${"pattern" in mark ? mark.pattern : ""}`));
    for (const { marks } of plot.rows) {
      for (const mark of marks) {
        // The line behind single runs only joins them.
        if (mark.kind === "range" && !told.has("range")) continue;
        expect(told).toContain(`${mark.kind}${"pattern" in mark ? mark.pattern : ""}`);
      }
    }
  });

  it("uses no colour of its own", () => {
    expect(drawPlot(plot)).not.toMatch(/fill="|stroke="|#[0-9a-f]{3}|rgb/);
  });
});

describe("a plot in a file of its own", () => {
  it("is one drawing with its style, its title and the lines above and below it", () => {
    const file = drawFile(throughputPlot(SAMPLE, plan), ["Leases & more", "what is what", "where and when"]);
    expect(file).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    expect(file.match(/class="plot wide"/g)).toHaveLength(1);
    expect(file).toContain("<title>Leases &#38; more</title>");
    for (const line of ["what is what", "where and when"]) expect(file).toContain(`>${line}</text>`);
    for (const [, name] of file.matchAll(/var\((--\w+)\)/g)) expect(file).toContain(`${name}: #`);
    expect(file).not.toMatch(/NaN|undefined/);
  });
});

describe("a plot of incomplete figures", () => {
  it("leaves out what was not measured", () => {
    const bare: LoadPlanRecord = { id: "x", title: "x", description: "x", measure: "speed", names: ["x"] };
    const rounds = [{ anydhcpd: { x: { perSecond: 0, exchanges: 0, lost: 1 } } }];
    const results: Results = { ...SAMPLE, plans: [bare], rounds };
    for (const plot of [throughputPlot(results, bare), latencyPlot(results, bare)]) {
      expect(drawPlot(plot)).not.toMatch(/NaN|Infinity/);
      expect(plot.rows.flatMap(({ marks }) => marks)).toEqual([]);
    }
  });
});

describe("an axis", () => {
  it("holds all values and ends at a round number", () => {
    expect(linearScale([0.3, 0.71])).toEqual({ kind: "linear", low: 0, high: 0.8 });
    expect(logScale([170, 52_000])).toEqual({ kind: "log", low: 100, high: 100_000 });
    expect(logScale([100])).toEqual({ kind: "log", low: 100, high: 1000 });
  });

  it("is there without values too", () => {
    expect(linearScale([])).toEqual({ kind: "linear", low: 0, high: 1 });
    expect(logScale([0, Number.NaN])).toEqual({ kind: "log", low: 1, high: 10 });
  });

  it("has its marks at both ends and between them", () => {
    expect(ticks({ kind: "linear", low: 0, high: 0.8 })).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    expect(ticks({ kind: "log", low: 1, high: 1000 })).toEqual([1, 10, 100, 1000]);
  });

  it("puts what lies outside at its nearer end", () => {
    const scale = { kind: "log", low: 10, high: 1000 } as const;
    expect([1, 10, 100, 1e9, Number.NaN].map((value) => position(scale, value))).toEqual([0, 0, 0.5, 1, 0]);
  });
});
