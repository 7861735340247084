// From `cluster { ... }` to the model: missing settings, contradictions, and the files that it names.

import {
  CLOCK_DRIFT_SECONDS,
  CLUSTER_DRAIN_SECONDS,
  MESSAGE_AGE_SECONDS,
  SECRET_OCTETS_MIN,
} from "../../base/limits/cluster.ts";
import type { Seconds } from "../../base/time.ts";
import type { FileReader } from "../language/include.ts";
import { octetsOf } from "../language/lexer.ts";
import type { Report } from "../language/source.ts";
import type { ClusterParameter } from "../language/syntax.ts";
import {
  CLUSTER_DEFAULTS,
  CLUSTER_SETTINGS,
  type Cluster,
  type ClusterField,
  type ClusterFile,
} from "../model/cluster.ts";
import { SETTINGS } from "../model/settings.ts";
import type { Level } from "./levels.ts";

const PEM_FIELDS: readonly ClusterField[] = ["authority", "certificate", "key"];

/** The cluster of a configuration; undefined if it has none, or none that could be read. `addresses`: how many it listens on. */
export function resolveCluster(
  global: Level,
  addresses: number,
  readFile: FileReader,
  report: Report,
): Cluster | undefined {
  const blocks = global.block.parameters.filter((parameter) => parameter.kind === "cluster");
  const [block, ...others] = blocks;
  if (block === undefined) return undefined;
  for (const other of others)
    report.error(other.at, "there is a second cluster block", {
      expected: "one for all of the configuration",
      related: { at: block.at, message: "the first one" },
    });
  const values: [ClusterField, unknown][] = [];
  for (const { field, value, valueAt } of block.entries) {
    const isFile = CLUSTER_SETTINGS[field].kind === "file";
    values.push([field, isFile ? contentOf(field, String(value), valueAt, readFile, report) : value]);
  }
  const cluster: Cluster = { ...CLUSTER_DEFAULTS, ...Object.fromEntries(values), at: report.source.place(block.at) };
  checkMissing(block, report);
  checkTimes(cluster, block, report);
  checkSecurity(cluster, block, report);
  if (global.values.serverIdentifier === undefined) checkAddresses(addresses, block, report);
  return cluster;
}

/** The longest lease that anything in the configuration allows; the first of the levels is the top one. */
export function longestLeaseOf(levels: readonly Level[]): Seconds {
  const longest = levels.map(({ values }, i) => {
    const most = values.maxLeaseSeconds ?? (i === 0 ? SETTINGS.maxLeaseSeconds.byDefault : 0);
    const isForBootp = values.allowDynamicBootp === true;
    return isForBootp ? Math.max(most, values.dynamicBootpLeaseSeconds ?? Number.POSITIVE_INFINITY) : most;
  });
  return Math.max(...longest);
}

/** `drain-time`; where other servers have the same address it is by default as long as routers take to follow a route that is withdrawn. */
export function drainSecondsOf({ values }: Level, hasOthers: boolean): Seconds {
  return values.drainSeconds ?? (hasOthers ? CLUSTER_DRAIN_SECONDS : SETTINGS.drainSeconds.byDefault);
}

/** The content of the file at `path`, which stands at `at`; undefined after a complaint. */
function contentOf(
  field: ClusterField,
  path: string,
  at: number,
  readFile: FileReader,
  report: Report,
): ClusterFile | undefined {
  const { name, most } = CLUSTER_SETTINGS[field];
  const content = readFile(path);
  if ("problem" in content)
    return report.error(at, `${path} cannot be read: ${content.problem}`, { expected: `a file for ${name}` });
  const isPem = PEM_FIELDS.includes(field);
  const text = isPem ? content.text : content.text.replace(/\r?\n$/, "");
  const least = field === "secret" ? SECRET_OCTETS_MIN : 1;
  if (text.length < least || text.length > most)
    return report.error(at, `${path} has ${text.length} octets`, { expected: `from ${least} to ${most} octets` });
  if (isPem && !text.includes("-----BEGIN "))
    return report.error(at, `${path} is no PEM file`, { expected: "-----BEGIN in it" });
  return { path, octets: octetsOf(text) };
}

function checkMissing(block: ClusterParameter, report: Report): void {
  if (block.isIncomplete) return;
  if (placeOf(block, "endpoints") === undefined)
    report.error(block.at, "the cluster has no etcd", { expected: 'etcd "https://10.0.0.1:2379"; with every member' });
  if (placeOf(block, "name") === undefined)
    report.error(block.at, "the cluster has no name for this server", {
      expected: 'name "a"; with another name on each server',
    });
}

/** The guard has to outlast everything that lets a client count its lease longer than we do. */
function checkTimes({ guardSeconds, clockSkewSeconds }: Cluster, block: ClusterParameter, report: Report): void {
  const least = clockSkewSeconds + CLOCK_DRIFT_SECONDS + MESSAGE_AGE_SECONDS;
  if (guardSeconds > least) return;
  const skewAt = placeOf(block, "clockSkewSeconds");
  const guardAt = placeOf(block, "guardSeconds");
  const sum = `${clockSkewSeconds} seconds of clock-skew, ${CLOCK_DRIFT_SECONDS} of drift, ${MESSAGE_AGE_SECONDS} of a late message`;
  report.error(guardAt ?? skewAt ?? block.at, `the guard of ${guardSeconds} seconds is too short: ${sum}`, {
    expected: `guard of more than ${least} seconds`,
    ...(guardAt !== undefined && skewAt !== undefined && { related: { at: skewAt, message: "the clock-skew" } }),
  });
}

function checkSecurity(cluster: Cluster, block: ClusterParameter, report: Report): void {
  requireBoth(block, "certificate", "key", report);
  requireBoth(block, "user", "password", report);
  const etcdAt = placeOf(block, "endpoints");
  if (etcdAt === undefined) return;
  const plain = cluster.endpoints.filter((url) => url.startsWith("http://"));
  if (plain.length === 0) return;
  if (plain.length < cluster.endpoints.length)
    report.error(etcdAt, "some addresses of etcd are http and some https", { expected: "the same for all members" });
  else {
    const fileAt = placeOf(block, "authority") ?? placeOf(block, "certificate");
    if (fileAt !== undefined)
      report.warning(fileAt, "certificates have no effect: etcd is reached by http", {
        expected: "https:// in the addresses of etcd",
        related: { at: etcdAt, message: "the addresses" },
        hasNoEffect: true,
      });
  }
  const userAt = placeOf(block, "user");
  if (userAt !== undefined)
    report.warning(userAt, "the password goes over the network as it is: etcd is reached by http", {
      expected: "https:// in the addresses of etcd",
    });
}

function requireBoth(block: ClusterParameter, one: ClusterField, other: ClusterField, report: Report): void {
  if (block.isIncomplete) return;
  for (const [here, absent] of [
    [one, other],
    [other, one],
  ] as const) {
    const at = placeOf(block, here);
    if (at !== undefined && placeOf(block, absent) === undefined)
      report.error(at, `${CLUSTER_SETTINGS[here].name} needs ${CLUSTER_SETTINGS[absent].name} too`, {
        expected: "both of them",
      });
  }
}

/** All servers must be known to clients by one address, else a client's REQUEST is for one of them and no other answers it. */
function checkAddresses(addresses: number, block: ClusterParameter, report: Report): void {
  if (addresses === 1) return;
  const listens = addresses === 0 ? "on the addresses of its interfaces" : `on ${addresses} addresses`;
  report.warning(block.at, `the cluster has no server-identifier, and this server listens ${listens}`, {
    expected: "server-identifier with the address that all servers share; or listen on that address alone",
  });
}

/** Where an entry stands; undefined if there is none. */
function placeOf(block: ClusterParameter, field: ClusterField): number | undefined {
  return block.entries.find((entry) => entry.field === field)?.at;
}
