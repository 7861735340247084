// `anydhcpctl fill` and `export`: leases from a lease file into the store of a cluster, and out of it.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DaemonError } from "../base/daemon-error.ts";
import type { Seconds } from "../base/time.ts";
import { describeLease } from "../control/lease-description.ts";
import { formatLeaseRecord } from "../lease/file/leases-file.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { poolsOf } from "../lease/pools.ts";
import { LeaseTable } from "../lease/table/table.ts";
import { systemClock } from "../server/clock.ts";
import type { LeaseStore } from "../store/store.ts";
import { exportedLeases, fillStore } from "./cluster-leases.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { readConfigFile } from "./config-file.ts";
import { latestRecords } from "./lease-records.ts";
import { etcdSettings, orderKey } from "./open-store.ts";

const DEFAULT_CONFIG = "/etc/dhcpd.conf";
const KEY_OCTETS = 16;
const OPTIONS = `  -c, --config file
          the configuration, which names the cluster (default ${DEFAULT_CONFIG})
`;

/** Puts the leases of a file into the store. */
export const FILL: Command = {
  usage: `usage: anydhcpctl fill [--json] [-c file] lease-file

${OPTIONS}  --json  how many were stored and how many were not, as a JSON object

Puts the leases of a lease file that still run into the store of the cluster. What
the store has already stays as it is. Exit status: 0 if all were stored.
`,
  async run(args) {
    const { values, positionals } = readArguments({
      args,
      allowPositionals: true,
      options: { config: { type: "string", short: "c", default: DEFAULT_CONFIG }, json: FLAG },
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw new DaemonError("usage", "name one lease file");
    const records = latestRecords(path);
    const filled = await withStore(values.config, "fill", (store, table, reserve) =>
      fillStore(store, table, records, reserve, systemClock.wall()),
    );
    const { stored, known, over, outside, failed } = filled;
    if (values.json) process.stdout.write(`${JSON.stringify(filled)}\n`);
    else process.stdout.write(`${stored} stored; ${known} known to the store already; ${over} over\n`);
    if (outside > 0)
      process.stderr.write(`${outside} not stored: in no range and no fixed-address of the configuration\n`);
    if (failed > 0) process.stderr.write(`${failed} not stored: the store did not take them; try again\n`);
    return outside + failed === 0 ? 0 : 1;
  },
};

/** Writes the leases of the store as a lease file. */
export const EXPORT: Command = {
  usage: `usage: anydhcpctl export [--json] [-c file]

${OPTIONS}  --json  one JSON object a line, as anydhcpctl leases has them

Writes the leases that are in the store of the cluster to standard output, as a
lease file.
`,
  async run(args) {
    const { values } = readArguments({
      args,
      options: { config: { type: "string", short: "c", default: DEFAULT_CONFIG }, json: FLAG },
    });
    const format = values.json
      ? (record: LeaseRecord): string => `${JSON.stringify(describeLease(record))}\n`
      : formatLeaseRecord;
    await withStore(values.config, "export", async (_store, table, reserve) => {
      for (const record of exportedLeases(table, reserve)) process.stdout.write(format(record));
    });
    return 0;
  },
};

/** Opens the store that the servers of a configuration share, under a name of its own, and closes it. */
async function withStore<T>(
  path: string,
  word: string,
  use: (store: LeaseStore, table: LeaseTable, reserve: Seconds) => Promise<T>,
): Promise<T> {
  const { config, text } = await readConfigFile(path);
  if (config === undefined) throw new DaemonError("config-invalid", `${path}: errors in the configuration\n${text}`);
  const { cluster } = config;
  if (cluster === undefined) throw new DaemonError("config-invalid", `${path}: the configuration has no cluster`);
  const { EtcdStore } = await import("../store/etcd/etcd-store.ts");
  const keys = { table: randomBytes(KEY_OCTETS), order: orderKey(cluster) };
  const directory = mkdtempSync(join(tmpdir(), "anydhcpctl-"));
  const settings = etcdSettings(config, cluster, join(directory, "cluster-state"));
  const store = new EtcdStore({ ...settings, name: `${cluster.name}-${word}` }, systemClock);
  store.onNotice = ({ message }) => process.stderr.write(`anydhcpctl: ${message}\n`);
  const table = new LeaseTable(poolsOf(config), keys, { findsHardware: false, isShared: true });
  try {
    await store.open(table);
    return await use(store, table, cluster.reserveSeconds);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
}
