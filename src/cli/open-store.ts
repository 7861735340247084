// The store that a configuration asks for: a lease file, or the etcd of a cluster. Modules for a cluster are loaded
// only for one.

import { createHash } from "node:crypto";
import type { Cluster } from "../config/model/cluster.ts";
import { configurationHash } from "../config/model/configuration-hash.ts";
import type { Config } from "../config/model/model.ts";
import type { Logger } from "../log.ts";
import { systemClock } from "../server/clock.ts";
import type { ClusterParts } from "../server/cluster-parts.ts";
import type { EtcdSettings } from "../store/etcd/settings.ts";
import { JournalStore } from "../store/journal/journal.ts";
import type { LeaseStore } from "../store/store.ts";
import type { Launch } from "./launch.ts";

const UNSAFE = "dont-use-fsync: a power failure may take leases with it that clients were given";
/** Behind the name of the lease file that there would be: its directory is the daemon's. */
const STATE_SUFFIX = ".cluster";
const ORDER_KEY_OCTETS = 16;
const ORDER = "anydhcpd order of addresses\0";

/** A store, and the function by which it takes over another configuration. */
export interface ConfiguredStore {
  readonly store: LeaseStore;
  /** Where other servers use it too. */
  readonly cluster?: ClusterParts;
  readonly follow: (config: Config) => void;
}

/** Makes the store; it is not open yet. */
export async function makeStore(launch: Launch, config: Config, log: Logger): Promise<ConfiguredStore> {
  const { cluster } = config;
  if (cluster === undefined) return journalStore(launch, config, log);
  const { EtcdStore } = await import("../store/etcd/etcd-store.ts");
  const stateFile = `${launch.options.leaseFile}${STATE_SUFFIX}`;
  const store = new EtcdStore(etcdSettings(config, cluster, stateFile), systemClock);
  const { name, reserveSeconds, clockSkewSeconds } = cluster;
  return {
    store,
    cluster: {
      ...{ name, reserveSeconds, clockSkewSeconds },
      guard: () => store.reclaimGuard,
      mayAllocate: () => store.mayAllocate,
    },
    follow: (next) => store.useConfiguration(configurationHash(next)),
  };
}

function journalStore({ options, leaseFile, newLeaseFile }: Launch, config: Config, log: Logger): ConfiguredStore {
  const store = new JournalStore({
    path: options.leaseFile,
    strict: options.strict,
    leaseFd: leaseFile,
    leaseNewFd: newLeaseFile,
  });
  const follow = ({ globalScope }: Config): void => {
    store.isSynchronous = !globalScope.dontUseFsync;
    if (!store.isSynchronous) log.warn({ event: "store" }, UNSAFE);
  };
  follow(config);
  return { store, follow };
}

/** The settings of the store of a cluster. `stateFile`: see EtcdSettings. */
export function etcdSettings(config: Config, cluster: Cluster, stateFile: string): EtcdSettings {
  const { user, password } = cluster;
  return {
    endpoints: cluster.endpoints,
    prefix: cluster.prefix,
    name: cluster.name,
    reserve: cluster.reserveSeconds,
    guard: cluster.guardSeconds,
    clockSkew: cluster.clockSkewSeconds,
    leaseMax: config.longestLeaseSeconds,
    secret: cluster.secret?.octets ?? new Uint8Array(0),
    configurationHash: configurationHash(config),
    tls: {
      authority: cluster.authority?.octets,
      certificate: cluster.certificate?.octets,
      key: cluster.key?.octets,
    },
    login:
      user === undefined || password === undefined
        ? undefined
        : { user, password: Buffer.from(password.octets).toString() },
    stateFile,
  };
}

/** Keys the order in which free addresses are tried: the same on every server of a cluster and, with a secret, unknown elsewhere. */
export function orderKey(cluster: Cluster | undefined): Uint8Array {
  const octets = cluster?.secret?.octets;
  if (octets === undefined) return new Uint8Array(ORDER_KEY_OCTETS);
  return createHash("sha256").update(ORDER).update(octets).digest().subarray(0, ORDER_KEY_OCTETS);
}
