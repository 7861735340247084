// Names, units and completeness of the metrics, both formats, and that the dashboard asks for series that there are.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Latencies } from "../../../src/base/latency.ts";
import type { SetCondition } from "../../../src/base/set-condition.ts";
import { COUNTER_METRICS } from "../../../src/metrics/counter-metrics.ts";
import { ExpositionFormat, exposition } from "../../../src/metrics/exposition.ts";
import type { MetricsSource, MetricsStatus } from "../../../src/metrics/source.ts";
import { REASON_TEXTS } from "../../../src/server/log/reason-texts.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PAGE = readFileSync(join(ROOT, "docs/man/anydhcpd.8"), "utf8");

const STATUS: MetricsStatus = {
  version: "0.1.0",
  backend: "udp",
  startedAt: "2026-11-30T07:00:00Z",
  listeners: [{ description: "192.0.2.53 port 67", present: false }],
  store: "ready",
  subnets: [
    {
      ...{ subnet: "192.0.2.0/24", sharedNetwork: 'a "b"\\', size: 100, bound: 7, offered: 1, abandoned: 2 },
      ...{ inUse: 3, free: 87, reserved: 3, reservedBound: 1 },
    },
  ],
  counters: { "offer-new": 12, "receive-lost": 5, sent: 30, "store-file-octets": 4096 },
  firewallSets: [{ name: "inet dhcp guests", condition: "full", elements: 9 }],
};
/** All that a set may be in. */
const CONDITIONS: readonly SetCondition[] = ["ok", "missing", "unsuitable", "full", "failed", "unreachable"];

function sourceOf(latencies = new Latencies(), status = STATUS): MetricsSource {
  return { reasons: Object.keys(REASON_TEXTS), latencies, status: () => status };
}

const textOf = (source = sourceOf(), format: ExpositionFormat = ExpositionFormat.prometheus): Promise<string> =>
  exposition(source, format);

/** Names of the series in a text, with their labels' names. */
function seriesIn(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const series = new Map<string, Set<string>>();
  for (const line of text.split("\n").filter((each) => !each.startsWith("#") && each !== "")) {
    const [, name = "", labels = ""] = /^([a-z0-9_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const known = series.get(name) ?? new Set();
    for (const [, label = ""] of labels.matchAll(/(?:^|,)([a-z_]+)=/g)) known.add(label);
    series.set(name, known);
  }
  return series;
}

describe("metrics", () => {
  it("have a series for each reason and for each counter of the manual, from the start", async () => {
    const none = { ...STATUS, counters: {} };
    const text = await textOf(sourceOf(new Latencies(), none));
    for (const reason of Object.keys(REASON_TEXTS))
      expect(text).toContain(`\nanydhcpd_decisions_total{reason="${reason}"} 0\n`);
    const told = COUNTER_METRICS.flatMap(({ series }) => series.map(([, counter]) => counter));
    expect(new Set(told).size).toBe(told.length);
    const [, counters = ""] = /^\.\\" counters\n(.*?)^\.\\" end$/ms.exec(PAGE) ?? [];
    const documented = [...counters.matchAll(/^\.It Li (.*)$/gm)].flatMap(([, head = ""]) => head.split(" , "));
    expect(documented.length).toBeGreaterThan(50);
    const asGauge = ["store-file-octets", "script-waiting", "dns-updates-waiting", "names-waiting"];
    expect(documented.filter((name) => !told.includes(name) && !asGauge.includes(name))).toEqual([]);
    for (const { name, label, series } of COUNTER_METRICS)
      for (const [value] of series)
        expect(text).toContain(`\n${name}${label === "" ? "" : `{${label}="${value}"}`} 0\n`);
  });

  it("are those of the manual, no more and no fewer, where everything is turned on", async () => {
    const [, section = ""] = /^\.Sh METRICS\n(.*?)^\.Sh /ms.exec(PAGE) ?? [];
    const documented = [...section.matchAll(/^\.It Li (.*)$/gm)].flatMap(([, head = ""]) => head.split(" , "));
    const told = [...(await textOf()).matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
    expect(documented.toSorted()).toEqual(told.toSorted());
    expect(told.length).toBeGreaterThan(40);
  });

  it("tell the condition of each firewall set, one of all that a set may be in, and its elements", async () => {
    const text = await textOf();
    const at = 'anydhcpd_firewall_set_condition{set="inet dhcp guests"';
    const values = [
      ...text.matchAll(/^anydhcpd_firewall_set_condition\{set="inet dhcp guests",condition="(.*)"\} (\d)$/gm),
    ];
    expect(values.map(([, condition]) => condition)).toEqual([...CONDITIONS]);
    expect(text).toContain(`\n${at},condition="full"} 1\n`);
    expect(values.filter(([, , value]) => value === "1")).toHaveLength(1);
    expect(text).toContain('\nanydhcpd_firewall_set_elements{set="inet dhcp guests"} 9\n');
  });

  it("are named as Prometheus has it: a prefix, a unit, _total where it only grows", async () => {
    const text = await textOf();
    for (const [, name = "", type = ""] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      expect(name).toMatch(/^(anydhcpd|process)_[a-z_]+$/);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      if (type === "histogram") expect(name).toMatch(/_seconds$/);
    }
  });

  it("tell what the daemon counts, subnet by subnet, with labels that are escaped", async () => {
    const text = await textOf();
    expect(text).toContain('\nanydhcpd_decisions_total{reason="offer-new"} 12\n');
    expect(text).toContain('\nanydhcpd_receive_dropped_total{cause="lost"} 5\n');
    expect(text).toContain("\nanydhcpd_replies_sent_total 30\n");
    expect(text).toContain("\nanydhcpd_store_file_bytes 4096\n");
    const at = 'subnet="192.0.2.0/24",shared_network="a \\"b\\"\\\\"';
    expect(text).toContain(`\nanydhcpd_subnet_size_addresses{${at}} 100\n`);
    expect(text).toContain(`\nanydhcpd_subnet_addresses{${at},state="free"} 87\n`);
    expect(text).toContain(`\nanydhcpd_subnet_reserved_addresses{${at},state="free"} 2\n`);
    expect(text).toContain('\nanydhcpd_listener_present{listener="192.0.2.53 port 67"} 0\n');
    expect(text).toContain("\nprocess_start_time_seconds 1796022000\n");
  });

  it("count durations by powers of two of a microsecond", async () => {
    const latencies = new Latencies();
    for (const ms of [0, 0.001, 0.0011, 0.002, 0.003, 1048.576, 1049, -1]) latencies.decide.observe(ms);
    const text = await textOf(sourceOf(latencies));
    const counts = [...text.matchAll(/^anydhcpd_decide_duration_seconds_bucket\{le="(.*?)"\} (\d+)$/gm)];
    const byBound = new Map(counts.map(([, bound = "", count]) => [bound, Number(count)]));
    expect([...byBound.keys()].slice(0, 3)).toEqual(["0.000001", "0.000002", "0.000004"]);
    expect([..."0.000001 0.000002 0.000004 0.524288 1.048576 +Inf".split(" ")].map((le) => byBound.get(le))).toEqual([
      3, 5, 6, 6, 7, 8,
    ]);
    expect(text).toMatch(/^anydhcpd_decide_duration_seconds_count 8$/m);
    expect(Number(/^anydhcpd_decide_duration_seconds_sum (.*)$/m.exec(text)?.[1])).toBeCloseTo(2.0976, 3);
  });

  it("of many subnets are put together in many turns of the event loop, in whole families", async () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({
      ...STATUS.subnets[0],
      subnet: `10.${i >> 8}.${i & 255}.0/24`,
    }));
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const text = await textOf(sourceOf(new Latencies(), { ...STATUS, subnets: many as MetricsStatus["subnets"] }));
    isOver = true;
    expect(turns).toBeGreaterThan(20);
    expect(text.match(/^# TYPE anydhcpd_subnet_addresses gauge$/gm)).toHaveLength(1);
    expect(text.match(/^anydhcpd_subnet_addresses\{.*,state="bound"\} 7$/gm)).toHaveLength(2000);
  });

  it("come as OpenMetrics too, with the end marked and counters under the names that they have there", async () => {
    const text = await textOf(sourceOf(), ExpositionFormat.openMetrics);
    expect(text).toMatch(/\n# EOF\n$/);
    expect(text).toContain("# TYPE anydhcpd_decisions counter\n");
    expect(text).toContain('\nanydhcpd_decisions_total{reason="offer-new"} 12\n');
    expect(text).not.toContain("_total_total");
  });
});

describe("etc/prometheus", () => {
  /** Names of metrics in an expression, with the labels that it uses of each. */
  function selectorsIn(expression: string): [name: string, labels: string[]][] {
    return [...expression.matchAll(/\b((?:anydhcpd|process)_[a-z_]+)(?:\{([^}]*)\})?/g)].map(
      ([, name = "", labels = ""]) => [
        name,
        [...labels.matchAll(/([a-z_]+)\s*[=!]/g)]
          .map(([, label = ""]) => label)
          .filter((label) => label !== "job" && label !== "instance"),
      ],
    );
  }

  async function unknownIn(expressions: readonly string[]): Promise<unknown[]> {
    const series = seriesIn(await textOf());
    expect(expressions.length).toBeGreaterThan(5);
    return expressions.flatMap(selectorsIn).filter(([name, labels]) => {
      const known = series.get(name);
      return known === undefined || labels.some((label) => !known.has(label));
    });
  }

  it("has a dashboard that asks for series and labels that there are", async () => {
    const dashboard = JSON.parse(readFileSync(join(ROOT, "etc/prometheus/grafana-dashboard.json"), "utf8")) as {
      readonly panels: readonly { title: string; type: string; targets?: readonly { expr: string }[] }[];
      readonly schemaVersion: number;
      readonly uid: string;
    };
    expect(dashboard.schemaVersion).toBeGreaterThan(30);
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(await unknownIn(queries)).toEqual([]);
    expect(dashboard.panels.every(({ title, targets = [] }) => title !== "" && targets.length > 0)).toBe(true);
  });

  it("counts reserved clients among those who have an address", async () => {
    const dashboard = readFileSync(join(ROOT, "etc/prometheus/grafana-dashboard.json"), "utf8");
    const { panels } = JSON.parse(dashboard) as { panels: { title: string; targets: { expr: string }[] }[] };
    const { targets = [] } = panels.find(({ title }) => title === "Addresses bound") ?? {};
    expect(targets.flatMap(({ expr }) => selectorsIn(expr)).map(([name]) => name)).toEqual([
      ...["anydhcpd_subnet_addresses", "anydhcpd_subnet_reserved_addresses"],
    ]);
  });

  it.each(["firewall_set_condition", "hosts_file_failures_total", "dns_update_failures_total"])(
    "has an alert rule and a panel about %s",
    (name) => {
      for (const file of ["alerts.yml", "grafana-dashboard.json"])
        expect(readFileSync(join(ROOT, "etc/prometheus", file), "utf8")).toContain(
          `anydhcpd_${name}{`.replace(/\{$/, ""),
        );
    },
  );

  it("has alert rules about series and labels that there are", async () => {
    const rules = readFileSync(join(ROOT, "etc/prometheus/alerts.yml"), "utf8");
    const expressions = [...rules.matchAll(/^ +expr: (.*)$/gm)].map(([, expression = ""]) => expression);
    expect(await unknownIn(expressions)).toEqual([]);
    // A value that no series has would keep an alert silent for ever.
    const text = await textOf();
    const wanted = expressions.flatMap((one) => [...one.matchAll(/([a-z_]+)(?:\{[^}]*?)\b([a-z]+="[^"]*")/g)]);
    const ours = wanted.filter(([, name = ""]) => name.startsWith("anydhcpd_"));
    expect(ours.length).toBeGreaterThan(5);
    const absent = ours.filter(([, name, label]) => !new RegExp(`^${name}\\{.*${label}.*\\} `, "m").test(text));
    expect(absent.map(([selector]) => selector)).toEqual([]);
  });
});
