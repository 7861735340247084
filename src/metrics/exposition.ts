// The text that a scraper gets: the daemon reads everything when it asks, into metrics that live as long as its
// request.

import { Counter, Gauge, Registry } from "prom-client";
import { LATENCY_BOUNDS, type LatencyHistogram, type LatencyName } from "../base/latency.ts";
import { SUBNETS_PER_TURN } from "../base/limits/metrics.ts";
import { SET_CONDITIONS } from "../base/set-condition.ts";
import { COUNTER_METRICS, type CounterMetric, decisionMetric } from "./counter-metrics.ts";
import type { MetricsSource, MetricsStatus, SubnetStatus } from "./source.ts";

const MS_PER_SECOND = 1000;
/** The end of an OpenMetrics text. */
const END = "# EOF\n";
const US_PER_SECOND = 1_000_000;

const LATENCY_HELP: Readonly<Record<LatencyName, string>> = {
  decide:
    "Time from a query that was read to the decision about it, of one in each batch of queries that were read together.",
  commit: "Time that the lease store took for a commit.",
  helper: "Time that the helper took to answer for neighbour entries or frames.",
};

/** The formats that can be asked for, as Content-Type has them. */
export const ExpositionFormat = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openMetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const;
export type ExpositionFormat = (typeof ExpositionFormat)[keyof typeof ExpositionFormat];

/** All metrics as they are now. */
export async function exposition(source: MetricsSource, format: ExpositionFormat): Promise<string> {
  const registry = new Registry<ExpositionFormat>();
  registry.setContentType(format);
  const status = source.status();
  addDaemon(registry, status);
  addFirewallSets(registry, status);
  for (const metric of [decisionMetric(source.reasons), ...COUNTER_METRICS]) addCounter(registry, metric, status);
  for (const [name, help] of Object.entries(LATENCY_HELP) as [LatencyName, string][])
    registry.registerMetric(histogram(`anydhcpd_${name}_duration_seconds`, help, source.latencies[name]));
  const text = await registry.metrics();
  const rest = text.endsWith(END) ? END : "";
  return `${text.slice(0, text.length - rest.length).trimEnd()}\n${await subnetLines(status.subnets)}${rest}`;
}

function addDaemon(registry: Registry<ExpositionFormat>, status: MetricsStatus): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: number): void => new Gauge({ name, help, registers }).set(value);
  const info = { name: "anydhcpd_build_info", help: "Version and backend; the value is 1.", registers };
  const { version, backend } = status;
  new Gauge({ ...info, labelNames: ["version", "backend"] }).set({ version, backend }, 1);
  const { user, system } = process.cpuUsage();
  const cpu = { name: "process_cpu_seconds_total", help: "Processor time of the server's process.", registers };
  new Counter(cpu).inc((user + system) / US_PER_SECOND);
  gauge("process_resident_memory_bytes", "Memory of the server's process.", process.memoryUsage.rss());
  gauge("process_start_time_seconds", "When the server was started.", secondsOf(status.startedAt));
  const { lastReload } = status;
  gauge(
    "anydhcpd_config_last_reload_successful",
    "Whether the last reload succeeded; 1 before the first.",
    Number(lastReload?.ok ?? true),
  );
  gauge(
    "anydhcpd_config_last_reload_timestamp_seconds",
    "When the configuration was last read anew, or the server started.",
    secondsOf(lastReload?.at ?? status.startedAt),
  );
  gauge("anydhcpd_store_ready", "Whether leases can be stored.", Number(status.store === "ready"));
  gauge("anydhcpd_store_file_bytes", "Length of the lease file.", status.counters["store-file-octets"] ?? 0);
  const names = "Leases whose names are still to be looked at.";
  gauge("anydhcpd_names_waiting", names, status.counters["names-waiting"] ?? 0);
  const updates = "Changes of names that wait for the DNS.";
  gauge("anydhcpd_dns_updates_waiting", updates, status.counters["dns-updates-waiting"] ?? 0);
  const waiting = "Changes of leases that wait for the event script.";
  gauge("anydhcpd_event_script_waiting", waiting, status.counters["script-waiting"] ?? 0);
  const listeners = {
    name: "anydhcpd_listener_present",
    help: "Whether a listener's address is on this host.",
    registers,
  };
  const present = new Gauge({ ...listeners, labelNames: ["listener"] });
  for (const { description, present: isPresent } of status.listeners)
    present.set({ listener: description }, Number(isPresent));
}

/** Each set has a series for each condition, of which one is 1. */
function addFirewallSets(registry: Registry<ExpositionFormat>, { firewallSets = [] }: MetricsStatus): void {
  const registers = [registry];
  const conditionHelp = "Whether this is the condition of a firewall set.";
  const condition = new Gauge({
    ...{ name: "anydhcpd_firewall_set_condition", help: conditionHelp, registers },
    labelNames: ["set", "condition"],
  });
  const elementsHelp = "Elements of leases in a firewall set, as far as the server knows.";
  const elements = new Gauge({
    ...{ name: "anydhcpd_firewall_set_elements", help: elementsHelp, registers },
    labelNames: ["set"],
  });
  for (const { name: set, condition: present, elements: count } of firewallSets) {
    for (const each of SET_CONDITIONS) condition.set({ set, condition: each }, Number(each === present));
    elements.set({ set }, count);
  }
}

function secondsOf(isoTime: string): number {
  return Date.parse(isoTime) / MS_PER_SECOND;
}

function addCounter(registry: Registry<ExpositionFormat>, metric: CounterMetric, { counters }: MetricsStatus): void {
  const { name, help, label, series } = metric;
  const counter = new Counter({ name, help, labelNames: label === "" ? [] : [label], registers: [registry] });
  for (const [value, from] of series) counter.inc(label === "" ? {} : { [label]: value }, counters[from] ?? 0);
}

/** A metric of each subnet: its values of one, with the label that tells them apart. */
interface SubnetMetric {
  readonly name: string;
  readonly help: string;
  values(subnet: SubnetStatus): readonly (readonly [label: string, value: number])[];
}

const SUBNET_METRICS: readonly SubnetMetric[] = [
  {
    name: "anydhcpd_subnet_size_addresses",
    help: "Addresses in the ranges of a subnet.",
    values: ({ size }) => [["", size]],
  },
  {
    name: "anydhcpd_subnet_addresses",
    help: "Addresses in the ranges of a subnet by what they are now.",
    values: (subnet) =>
      (["bound", "offered", "abandoned", "inUse", "free"] as const).map((state) => [
        `,state="${state === "inUse" ? "in-use" : state}"`,
        subnet[state],
      ]),
  },
  {
    name: "anydhcpd_subnet_reserved_addresses",
    help: "Addresses of a subnet that only their host gets, by whether it has them.",
    values: ({ reserved, reservedBound }) => [
      [',state="bound"', reservedBound],
      [',state="free"', reserved - reservedBound],
    ],
  },
];

/**
 * The series of all subnets, the same in both formats. There can be many thousand: they are written here, some of them
 * in each turn of the event loop, because clients wait meanwhile.
 */
async function subnetLines(subnets: readonly SubnetStatus[]): Promise<string> {
  const labels = subnets.map(({ subnet, sharedNetwork = "" }) => {
    return `subnet="${escaped(subnet)}",shared_network="${escaped(sharedNetwork)}"`;
  });
  const lines: string[] = [];
  for (const { name, help, values } of SUBNET_METRICS) {
    lines.push(`# HELP ${name} ${help}\n# TYPE ${name} gauge\n`);
    for (const [index, subnet] of subnets.entries()) {
      for (const [label, value] of values(subnet)) lines.push(`${name}{${labels[index]}${label}} ${value}\n`);
      if (index % SUBNETS_PER_TURN === SUBNETS_PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return lines.join("");
}

/** A label's value, as the text format has it. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

/** A histogram that is counted elsewhere; prom-client's own counts by itself. */
function histogram(name: string, help: string, { counts, sumSeconds }: LatencyHistogram): Gauge {
  let sum = 0;
  const buckets = Array.from(counts, (count, i) => {
    sum += count;
    return { metricName: `${name}_bucket`, labels: { le: LATENCY_BOUNDS[i] ?? "+Inf" }, value: sum };
  });
  const totals = [
    { metricName: `${name}_sum`, labels: {}, value: sumSeconds },
    { metricName: `${name}_count`, labels: {}, value: sum },
  ];
  const told = { name, help, type: "histogram", aggregator: "sum", values: [...buckets, ...totals] };
  return { name, get: () => Promise.resolve(told) } as unknown as Gauge;
}
