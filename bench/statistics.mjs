// Middle, least and most of a few measurements, and what a machine says of itself.

import { execFileSync } from "node:child_process";
import { cpus, release } from "node:os";

/** Median, least and most of numbers; null if there are none. */
export function spread(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** The smallest value that at least `share` of the values do not exceed. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
}

/** What the figures depend on; `directory` is where lease files are. */
export function describeMachine(directory) {
  const processors = cpus();
  const fileSystem = execFileSync("stat", ["--file-system", "--format=%T", directory], { encoding: "utf8" }).trim();
  return {
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
    kernel: release(),
    fileSystem,
    node: process.version,
  };
}

/** A number with as many digits as mean something, thousands apart. */
export function figure(value) {
  if (value === null || value === undefined) return "-";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: digits });
}

/** "median (min to max)". */
export function range(spreadOf) {
  if (spreadOf === null) return "-";
  return `${figure(spreadOf.median)} (${figure(spreadOf.min)} to ${figure(spreadOf.max)})`;
}
