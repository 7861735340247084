// Our own server as the only one of a cluster: leases in an etcd whose members run beside it, on the same processors.

import { join } from "node:path";
import { anydhcpd } from "./anydhcpd.ts";
import { dhcpdConf } from "./dhcpd-conf.ts";
import type { Server } from "./server.ts";
import { inBackground, startScript } from "./start-script.ts";

/** The members' program: Debian's package etcd-server. */
export const ETCD = "/usr/bin/etcd";
const FIRST_PORT = 2379;
/** Between the ports of members, each of which has two. */
const PORTS = 10;
/** Where a server remembers its cluster, for a shell in a mount namespace of its own. */
export const OWN_STATE: readonly string[] = ["mount -t tmpfs -o mode=755 tmpfs /var/lib", "mkdir /var/lib/anydhcpd"];

/** anydhcpd with an etcd of so many members. */
export function anydhcpdEtcd(members: 1 | 3): Server {
  const alone = anydhcpd();
  return {
    ...alone,
    id: `anydhcpd-etcd-${members}`,
    title: `anydhcpd, udp, etcd of ${members === 1 ? "1 member" : `${members} members`}`,
    package: "etcd-server",
    program: ETCD,
    prepare(service, { directory }) {
      const config = join(directory, "etc", "dhcpd.conf");
      const start = join(directory, "etc", "start.sh");
      const statements = [
        clusterStatement(members, { name: "a" }),
        "drain-time 0;",
        ...service.addresses.map((address) => `listen on ${address};`),
      ];
      const flags = ["-c", config, `--control=${join(directory, "control.sock")}`, ...service.interfaces];
      const server = [alone.program, ...flags].join(" ");
      const steps = [...OWN_STATE, ...etcdMembers(members, join(directory, "db")), ...inBackground(server)];
      return {
        files: { [config]: dhcpdConf(service, statements), [start]: startScript(steps) },
        argv: ["unshare", "--mount", "sh", start],
        environment: {},
        readyLine: /"msg":"ready"/,
      };
    },
  };
}

/** Where clients reach the members. */
export function etcdEndpoints(members: number): readonly string[] {
  return Array.from({ length: members }, (_, member) => clientUrl(member));
}

/** The statement of a server of the cluster. `prefix`: of its keys, if not the default. */
export function clusterStatement(members: number, { name, prefix }: { name: string; prefix?: string }): string {
  const urls = etcdEndpoints(members).map((url) => `"${url}"`);
  const keys = prefix === undefined ? "" : `prefix "${prefix}"; `;
  return `cluster { etcd ${urls.join(", ")}; ${keys}name "${name}"; }`;
}

/** Lines of a start script that start the members; their data are below `folder`. */
export function etcdMembers(members: number, folder: string): readonly string[] {
  const numbers = Array.from({ length: members }, (_, member) => member);
  const all = numbers.map((member) => `m${member}=${peerUrl(member)}`).join(",");
  return numbers.flatMap((member) =>
    inBackground(
      `${ETCD} --name m${member} --data-dir ${folder}/m${member} --log-level error --logger zap` +
        ` --listen-client-urls ${clientUrl(member)} --advertise-client-urls ${clientUrl(member)}` +
        ` --listen-peer-urls ${peerUrl(member)} --initial-advertise-peer-urls ${peerUrl(member)} --initial-cluster ${all}` +
        " --auto-compaction-mode=revision --auto-compaction-retention=10000 --quota-backend-bytes=8589934592",
    ),
  );
}

function clientUrl(member: number): string {
  return `http://127.0.0.1:${FIRST_PORT + PORTS * member}`;
}

function peerUrl(member: number): string {
  return `http://127.0.0.1:${FIRST_PORT + PORTS * member + 1}`;
}
