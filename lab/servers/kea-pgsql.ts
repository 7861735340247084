// Kea with a PostgreSQL of its own beside it, which runs as nobody and with its defaults: each lease is one transaction,
// synced before the ACK leaves. The database is made with syncs off, which saves most of the time that it takes.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { KEA, keaConfig, keaDhcp4 } from "./kea-dhcp4.ts";
import type { Server } from "./server.ts";
import { inBackground, startScript } from "./start-script.ts";

const KEA_ADMIN = "/usr/sbin/kea-admin";
const POSTGRESQL = "/usr/lib/postgresql";
const NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups";
/** Name of the database and of its user. */
const NAME = "kea";

/** kea-dhcp4-server of Debian with so many threads, UDP sockets, and Debian's PostgreSQL. */
export function keaPgsql(threads: number): Server {
  const options = { threads, sockets: "udp" } as const;
  const programs = binaries();
  return {
    ...keaDhcp4(options),
    id: `kea-pgsql-${threads}`,
    title: `Kea, ${threads === 1 ? "1 thread" : `${threads} threads`}, PostgreSQL`,
    durability: "ack",
    ...whatIsMissing(join(programs, "postgres")),
    prepare(service, { directory, memoryDirectory }) {
      const config = join(directory, "kea-dhcp4.conf");
      const start = join(directory, "start.sh");
      const data = join(directory, "db", "data");
      const database = { type: "postgresql", name: NAME, user: NAME, password: "", host: memoryDirectory };
      const connection = `-h ${memoryDirectory} -U ${NAME}`;
      const postgres = `${NOBODY} ${programs}/postgres -D ${data} -k ${memoryDirectory} -c listen_addresses=`;
      const untilReady = `until ${programs}/pg_isready -q ${connection}; do sleep 0.05; done`;
      const steps = [
        "set -e",
        `${NOBODY} ${programs}/initdb -D ${data} -U ${NAME} --auth=trust --no-locale -E UTF8 >/dev/null`,
        `${postgres} -F &`,
        "making=$!",
        untilReady,
        `${programs}/createdb ${connection} ${NAME}`,
        `${KEA_ADMIN} db-init pgsql -h ${memoryDirectory} -u ${NAME} -n ${NAME} >/dev/null 2>&1`,
        "kill -INT $making",
        "wait $making",
        "set +e",
        ...inBackground(postgres),
        untilReady,
        ...inBackground(`${KEA} -c ${config}`),
      ];
      return {
        files: {
          [config]: `${JSON.stringify(keaConfig(service, { ...options, database }), null, 2)}\n`,
          [start]: startScript(steps),
        },
        argv: ["sh", start],
        environment: { KEA_PIDFILE_DIR: memoryDirectory, KEA_LOCKFILE_DIR: "none" },
        readyLine: /DHCP4_STARTED/,
      };
    },
  };
}

/** The folder of PostgreSQL's programs, the newest where there are several. */
function binaries(): string {
  const versions = existsSync(POSTGRESQL) ? readdirSync(POSTGRESQL).map(Number).filter(Number.isFinite) : [];
  return join(POSTGRESQL, String(Math.max(0, ...versions)), "bin");
}

/** The first program that is not there, with its package; the database's where all are. */
function whatIsMissing(postgres: string): Pick<Server, "package" | "program"> {
  const needed = [
    { package: "kea-dhcp4-server", program: KEA },
    { package: "kea-admin", program: KEA_ADMIN },
    { package: "postgresql", program: postgres },
  ];
  const missing = needed.find(({ program }) => !existsSync(program));
  return missing ?? { package: "postgresql", program: postgres };
}
