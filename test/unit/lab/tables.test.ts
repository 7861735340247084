// The tables of a comparison, and the two texts they are shown in: Markdown and a page.

import { describe, expect, it } from "vitest";
import { withDrops } from "../../../lab/commands/compare.ts";
import { renderMarkdown } from "../../../lab/report/comparison-markdown.ts";
import { renderPage } from "../../../lab/report/comparison-page.ts";
import {
  formatCount,
  formatMilliseconds,
  formatNumber,
  formatRatio,
  formatShare,
} from "../../../lab/report/numbers.ts";
import {
  behavioursTable,
  dropsTable,
  latencyAt,
  loadTable,
  runsOf,
  serversTable,
  trafficTable,
} from "../../../lab/report/tables.ts";
import type { LoadPlanRecord, Results } from "../../../lab/results.ts";
import { SAMPLE } from "../../support/comparison-sample.ts";

const plan = SAMPLE.plans[0] as LoadPlanRecord;
const behaviours = SAMPLE.behaviours ?? [];
const text = (html: string): string => html.replace(/<[^>]*>/g, " ");

describe("the table of behaviours", () => {
  it("has a column for each server that took part, and says what was not observed", () => {
    const table = behavioursTable(SAMPLE);
    expect(table?.columns).toEqual(["Behaviour", ...SAMPLE.servers.slice(0, 6).map(({ title }) => title)]);
    expect(table?.rows[0]?.map(({ sign }) => sign)).toEqual([undefined, "✓", "✓", "✗", "✗", "?", ""]);
  });

  it("has a heading where another group of questions begins", () => {
    expect(behavioursTable(SAMPLE)?.groups).toEqual({ 0: "Addresses of replies", 1: "Privileges" });
    expect(renderPage(SAMPLE)).toMatch(/colspan="7">Privileges</);
    expect(renderMarkdown(SAMPLE)).toContain("| **Privileges** |  |");
  });

  it("is none where nothing was observed", () => {
    expect(behavioursTable({ ...SAMPLE, behaviours: [] })).toBeUndefined();
  });
});

describe("the table of a load", () => {
  it("has the ratio to the reference where the rounds are apart, and the spread of the rounds [U14]", () => {
    const rows = loadTable(SAMPLE, plan).rows;
    expect(rows[0]?.[2]?.text).toBe("×1");
    expect(rows[1]?.[1]).toEqual({ text: "48\u202f000", note: "(44\u202f600–50\u202f900)" });
    expect(rows[1]?.[2]?.text).toBe("no clear difference");
    expect(rows[3]?.[2]?.text).toBe("×0.196");
  });

  it("says of each server when a lease is on the disk [U14]", () => {
    const servers = SAMPLE.servers.map((one) =>
      one.id === "kea-raw" ? { ...one, durability: "later" as const } : one,
    );
    for (const load of SAMPLE.plans) {
      const { columns, rows } = loadTable({ ...SAMPLE, servers }, load);
      expect(columns.at(-1)).toBe("Lease on disk");
      expect(rows.slice(0, 4).map((row) => row.at(-1)?.text)).toEqual([
        "before its ACK",
        "before its ACK",
        "before its ACK",
        "some time after its ACK",
      ]);
    }
  });

  it("tells the time of a share only where every run has it", () => {
    const runs = runsOf(SAMPLE, plan, "anydhcpd");
    expect(latencyAt(runs, "p50")).toBeGreaterThan(1);
    expect(latencyAt([...runs, { perSecond: 1 }], "p50")).toBeNaN();
  });
});

describe("the other tables", () => {
  it("say who was absent and why", () => {
    expect(
      serversTable(SAMPLE)
        .rows.at(-1)
        ?.map((cell) => cell.text),
    ).toEqual(["udhcpd", "unknown", "some time after its ACK", "no: not installed (Debian's package udhcpd)"]);
  });

  it("have a dash for traffic that a listener was not measured under", () => {
    const traffic = SAMPLE.backgroundTraffic;
    if (traffic === undefined) throw new Error("the sample has no background traffic");
    const table = trafficTable(traffic, "server");
    expect(table.columns).toEqual(["Server", "silence", "100\u202f000/s to other ports", "100\u202f000/s forwarded"]);
    expect(table.rows.find(([first]) => first?.text === "ISC dhcpd")?.at(-1)?.text).toBe("–");
    expect(table.rows[0]?.[2]).toEqual({ text: "0.2\u202f%", note: "(0.19\u202f%–0.2\u202f%) 5 wake-ups/s" });
    expect(JSON.stringify([table, trafficTable(traffic, "socket")])).not.toMatch(/NaN|null/);
  });
});

describe("the part about dropped packets", () => {
  const { droppedPackets } = SAMPLE;
  if (droppedPackets === undefined) throw new Error("the sample has no dropped packets");

  it("has what a packet costs at each place, and what that is beyond receiving it", () => {
    const { rows } = dropsTable(droppedPackets);
    expect(rows.map((row) => row.slice(2).map(({ text: figure, note }) => [figure, note]))).toEqual([
      [
        ["500", "(480–520)"],
        ["–", undefined],
      ],
      [
        ["900", "(890–940)"],
        ["400", "(390–440)"],
      ],
      [
        ["4\u202f500", "(4\u202f400–4\u202f600)"],
        ["4\u202f000", "(3\u202f900–4\u202f100)"],
      ],
    ]);
  });

  it("is not there where none were measured, and says when and where it was measured apart", () => {
    const { droppedPackets: _none, ...others } = SAMPLE;
    for (const render of [renderPage, renderMarkdown]) {
      expect(render(SAMPLE)).toContain("What a dropped packet costs");
      expect(render(SAMPLE)).not.toContain("Measured apart");
      expect(render(others)).not.toContain("What a dropped packet costs");
      const drops = { date: "2026-02-03T04:05:06.000Z", commit: "abc1234", machine: SAMPLE.machine, rounds: 5 };
      expect(render({ ...SAMPLE, apart: { drops } })).toContain(
        "Measured apart from the rest: 2026-02-03, anydhcpd abc1234, 5 rounds.",
      );
    }
  });
});

describe("stored results that get the part about dropped packets from another run", () => {
  const place = { id: "udp-filter", title: "filter", frames: "replies", nanoseconds: [1, 2, 3] };
  const run: Results = {
    ...{ format: 2, kind: "comparison", date: "2026-02-03T04:05:06.000Z", commit: "abc1234", servers: [], plans: [] },
    ...{ machine: { ...SAMPLE.machine, kernel: "7.0" }, settings: { rounds: 5 }, rounds: [] },
    failures: ["Left out, drops: xdp-native: no"],
    droppedPackets: { seconds: 1, rate: 10, places: [place] },
  };

  it("keep all else, and say what was left out of that run", () => {
    const stored = { ...SAMPLE, failures: ["Left out, noise: x"], method: ["How.", "Left out, drops: old"] };
    const joined = withDrops(stored, run);
    expect(joined.droppedPackets?.places).toEqual([place]);
    expect(joined.apart?.drops).toMatchObject({ commit: "abc1234", rounds: 5, machine: { kernel: "7.0" } });
    expect(joined.failures).toEqual(["Left out, noise: x", "Left out, drops: xdp-native: no"]);
    expect(joined.method).toEqual(["How.", "Left out, drops: xdp-native: no"]);
    for (const key of ["date", "machine", "servers", "rounds", "behaviours", "backgroundTraffic"] as const)
      expect(joined[key]).toBe(stored[key]);
    expect(joined.findings?.at(-1)?.figures).toContain("a UDP socket's filter 2 ns");
  });

  it("stay as they are where that run has none", () => {
    const { droppedPackets: _none, ...empty } = run;
    const joined = withDrops(SAMPLE, empty);
    expect([joined.droppedPackets, joined.apart]).toEqual([SAMPLE.droppedPackets, undefined]);
  });
});

describe("numbers", () => {
  it("have three digits that mean something and a unit that fits", () => {
    expect([52_345, 3.1234, 0.04213, 0, Number.NaN].map(formatNumber)).toEqual([
      "52\u202f300",
      "3.12",
      "0.0421",
      "0",
      "–",
    ]);
    expect([0.0853, 1.23, 2034].map(formatMilliseconds)).toEqual(["85.3\u202fµs", "1.23\u202fms", "2.03\u202fs"]);
    expect([0.48, 0.0002, 0.000001, 0].map(formatShare)).toEqual([
      "48\u202f%",
      "0.02\u202f%",
      "<\u202f0.01\u202f%",
      "0\u202f%",
    ]);
    expect(formatCount(100_000)).toBe("100\u202f000");
    expect(formatRatio(Number.NaN)).toBe("–");
  });
});

describe.each([
  ["Markdown", renderMarkdown],
  ["page", (results: Results) => text(renderPage(results))],
])("the %s", (name, render) => {
  it("has every server, every question, every finding and how it was measured", () => {
    const rendered = render(SAMPLE);
    for (const { title } of SAMPLE.servers) expect(rendered).toContain(title);
    for (const { question } of behaviours) expect(rendered).toContain(question);
    for (const { figures } of SAMPLE.findings ?? []) expect(rendered).toContain(figures);
    for (const sentence of SAMPLE.method ?? []) expect(rendered).toContain(sentence);
    expect(rendered).not.toMatch(/NaN|undefined|\[object/);
  });

  it("says so first where the run was quick", () => {
    const says = (quick: boolean): boolean =>
      render({ ...SAMPLE, settings: { quick } }).includes("no measurement to quote");
    expect([says(true), says(false)]).toEqual([true, false]);
  });

  it("warns first of a machine that was busy with something else [U14]", () => {
    const says = (loadAverage: number): boolean =>
      render({ ...SAMPLE, machine: { ...SAMPLE.machine, cores: 2, loadAverage } }).includes(
        "The machine was busy with something else: its load average was 2.34 on 2 processors",
      );
    expect([says(2.34), says(0.5)]).toEqual([true, false]);
  });

  it("leaves out the parts that were not run", () => {
    const { backgroundTraffic: _, ...rest } = SAMPLE;
    const bare = render({ ...rest, behaviours: [], plans: [], findings: [] });
    expect(bare).not.toMatch(/Behaviour on the wire|Cost of unrelated|In short/);
    expect(bare).toContain("How it was measured");
  });

  it("shows what servers say as text", () => {
    expect(renderPage(SAMPLE)).not.toContain("<b>");
    if (name === "Markdown") expect(render(SAMPLE)).toContain("<b>&\"'\\|");
  });
});

describe("the page", () => {
  it("needs nothing from elsewhere and runs nothing", () => {
    expect(renderPage(SAMPLE)).not.toMatch(/<script|<link|<img|@import|url\((?!#)|https?:/);
  });

  it("names its sections and its tables", () => {
    const page = renderPage(SAMPLE);
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption/g)?.length);
  });
});
