// The text that a scraper gets: everything is read when it asks, into metrics that live as long as its request.

import { Counter, Gauge, Registry } from "prom-client";
import { LATENCY_BOUNDS, type Latencies, type LatencyHistogram } from "../base/latency.ts";
import { COUNTER_METRICS, type CounterMetric, decisionMetric } from "./counter-metrics.ts";
import type { MetricsSource, MetricsStatus, SubnetStatus } from "./source.ts";

const MS_PER_SECOND = 1000;
const US_PER_SECOND = 1_000_000;

const LATENCY_HELP: Readonly<Record<keyof Latencies, string>> = {
  decide: "Time from a query that was read to the decision about it, without what it waits for.",
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
export function exposition(source: MetricsSource, format: ExpositionFormat): Promise<string> {
  const registry = new Registry<ExpositionFormat>();
  registry.setContentType(format);
  const status = source.status();
  addDaemon(registry, status);
  for (const metric of [decisionMetric(source.reasons), ...COUNTER_METRICS]) addCounter(registry, metric, status);
  addSubnets(registry, status.subnets);
  for (const [name, help] of Object.entries(LATENCY_HELP) as [keyof Latencies, string][])
    registry.registerMetric(histogram(`anydhcpd_${name}_duration_seconds`, help, source.latencies[name]));
  return registry.metrics();
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
  const listeners = {
    name: "anydhcpd_listener_present",
    help: "Whether a listener's address is on this host.",
    registers,
  };
  const present = new Gauge({ ...listeners, labelNames: ["listener"] });
  for (const { description, present: isPresent } of status.listeners)
    present.set({ listener: description }, Number(isPresent));
}

function secondsOf(isoTime: string): number {
  return Date.parse(isoTime) / MS_PER_SECOND;
}

function addCounter(registry: Registry<ExpositionFormat>, metric: CounterMetric, { counters }: MetricsStatus): void {
  const { name, help, label, series } = metric;
  const counter = new Counter({ name, help, labelNames: label === "" ? [] : [label], registers: [registry] });
  for (const [value, from] of series) counter.inc(label === "" ? {} : { [label]: value }, counters[from] ?? 0);
}

function addSubnets(registry: Registry<ExpositionFormat>, subnets: readonly SubnetStatus[]): void {
  const labels = ["subnet", "shared_network"] as const;
  const registers = [registry];
  const size = new Gauge({
    name: "anydhcpd_subnet_size_addresses",
    help: "Addresses in the ranges of a subnet.",
    labelNames: labels,
    registers,
  });
  const addresses = new Gauge({
    name: "anydhcpd_subnet_addresses",
    help: "Addresses in the ranges of a subnet by what they are now.",
    labelNames: [...labels, "state"],
    registers,
  });
  const reserved = new Gauge({
    name: "anydhcpd_subnet_reserved_addresses",
    help: "Addresses of a subnet that only their host gets, by whether it has them.",
    labelNames: [...labels, "state"],
    registers,
  });
  for (const of of subnets) {
    const at = { subnet: of.subnet, shared_network: of.sharedNetwork ?? "" };
    size.set(at, of.size);
    for (const state of ["bound", "offered", "abandoned", "free"] as const) addresses.set({ ...at, state }, of[state]);
    reserved.set({ ...at, state: "bound" }, of.reservedBound);
    reserved.set({ ...at, state: "free" }, of.reserved - of.reservedBound);
  }
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
