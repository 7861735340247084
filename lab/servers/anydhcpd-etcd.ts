// Our own server as the only one of a cluster: leases in an etcd whose members run beside it, on the same processors.

import { join } from "node:path";
import { anydhcpd } from "./anydhcpd.ts";
import { dhcpdConf } from "./dhcpd-conf.ts";
import type { Server } from "./server.ts";

const FIRST_PORT = 2379;
/** Between the ports of members, each of which has two. */
const PORTS = 10;

/** anydhcpd with an etcd of so many members. */
export function anydhcpdEtcd(members: 1 | 3): Server {
  const alone = anydhcpd();
  return {
    ...alone,
    id: `anydhcpd-etcd-${members}`,
    title: `anydhcpd, udp, etcd of ${members === 1 ? "1 member" : `${members} members`}`,
    package: "etcd-server",
    program: "/usr/bin/etcd",
    prepare(service, { directory }) {
      const config = join(directory, "etc", "dhcpd.conf");
      const start = join(directory, "etc", "start.sh");
      const numbers = Array.from({ length: members }, (_, number) => number);
      const urls = numbers.map((number) => `"${clientUrl(number)}"`).join(", ");
      const statements = [
        `cluster { etcd ${urls}; name "a"; }`,
        "drain-time 0;",
        ...service.addresses.map((address) => `listen on ${address};`),
      ];
      const flags = ["-c", config, `--control=${join(directory, "control.sock")}`, ...service.interfaces];
      return {
        files: {
          [config]: dhcpdConf(service, statements),
          [start]: startScript(numbers, join(directory, "db"), [alone.program, ...flags]),
        },
        // What the server remembers of its cluster is below /var/lib.
        argv: ["unshare", "--mount", "sh", start],
        environment: {},
        readyLine: /"msg":"ready"/,
      };
    },
  };
}

/** Starts the members and the server, and ends them together. */
function startScript(members: readonly number[], folder: string, server: readonly string[]): string {
  const all = members.map((number) => `m${number}=${peerUrl(number)}`).join(",");
  const etcd = (number: number): string =>
    `/usr/bin/etcd --name m${number} --data-dir ${folder}/m${number} --log-level error --logger zap` +
    ` --listen-client-urls ${clientUrl(number)} --advertise-client-urls ${clientUrl(number)}` +
    ` --listen-peer-urls ${peerUrl(number)} --initial-advertise-peer-urls ${peerUrl(number)} --initial-cluster ${all}` +
    " --auto-compaction-mode=revision --auto-compaction-retention=10000 --quota-backend-bytes=8589934592 &";
  return [
    "mount -t tmpfs -o mode=755 tmpfs /var/lib",
    "mkdir /var/lib/anydhcpd",
    "pids=",
    "trap 'kill $pids' TERM",
    ...[...members.map(etcd), `${server.join(" ")} &`].flatMap((start) => [start, 'pids="$pids $!"']),
    "wait",
    "wait",
    "",
  ].join("\n");
}

function clientUrl(member: number): string {
  return `http://127.0.0.1:${FIRST_PORT + PORTS * member}`;
}

function peerUrl(member: number): string {
  return `http://127.0.0.1:${FIRST_PORT + PORTS * member + 1}`;
}
