// The parts of the configuration that the daemon takes at its start only, and not at a reload.

import { isDeepStrictEqual } from "node:util";
import { DaemonError } from "../base/daemon-error.ts";
import type { Cluster } from "../config/model/cluster.ts";
import type { Config } from "../config/model/model.ts";

/** launcher/arguments.c has the same. */
const DEFAULT_LEASE_FILE = "/var/lib/anydhcpd/dhcpd.leases";

/** Throws a DaemonError where a daemon of that command line cannot be a server of the configuration's cluster. */
export function requireClusterStart({ cluster, file }: Config, leaseFile: string): void {
  if (cluster === undefined) return;
  const at = `${file}:${cluster.at.line}:${cluster.at.column}`;
  if (leaseFile !== DEFAULT_LEASE_FILE)
    throw new DaemonError(
      "usage",
      `-l ${leaseFile} is for a server that keeps its leases in a file, and the cluster at ${at} keeps them in etcd: ` +
        "leave out -l, or the cluster",
    );
}

/** What of a new configuration a server could only take when it starts; undefined: nothing. */
export function changeOfFixed(before: Config, after: Config): string | undefined {
  if (!isSameCluster(before.cluster, after.cluster)) return "cluster block";
  if (before.hostsFile !== after.hostsFile) return "hosts-file statement";
  // The system-call filter has let the daemon make sockets, or has not; it cannot be asked for more.
  if (before.zones === undefined && after.zones !== undefined) return "first zone to be updated";
  if (before.metrics !== after.metrics) return "metrics statement";
  if (before.statusPage !== after.statusPage) return "status-page statement";
  if (before.statusPageToken !== after.statusPageToken) return "status-page-token statement";
  const [script, newScript] = [before.eventScript, after.eventScript];
  const isSameScript = script?.path === newScript?.path && script?.user === newScript?.user;
  if (!isSameScript) return "event script";
  const known = new Set(before.firewallSets.map(({ name }) => name));
  // The launcher names the sets to the process that changes them.
  return after.firewallSets.every(({ name }) => known.has(name)) ? undefined : "list of firewall sets";
}

/** Whether a reload would change what a server takes from the block when it starts. */
function isSameCluster(before: Cluster | undefined, after: Cluster | undefined): boolean {
  const { at: _before, ...old } = before ?? { at: undefined };
  const { at: _after, ...new_ } = after ?? { at: undefined };
  return isDeepStrictEqual(old, new_);
}
