// Real etcd of one or more members on the loopback interface, from Debian's package; members can be killed, stopped and
// started again.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Endpoints } from "../../src/store/etcd/endpoints.ts";
import { loadGrpc } from "../../src/store/etcd/grpc.ts";
import type { EtcdSettings } from "../../src/store/etcd/settings.ts";
import { TransactionWriter } from "../../src/store/etcd/transaction.ts";
import { Method } from "../../src/store/etcd/wire.ts";
import { withDeadline } from "./deadline.ts";
import { debianTool } from "./debian-packages.ts";
import { Program } from "./program.ts";

const run = promisify(execFile);
const HEALTHY_MS = 20_000;
const RETRY_MS = 50;
const PUT_MS = 2000;

/** The server; undefined if it is not available. */
export const etcdServer = await debianTool("etcd-server", "usr/bin/etcd");
/** Its client; undefined if it is not available. */
export const etcdClient = await debianTool("etcd-client", "usr/bin/etcdctl");
/** Why tests with etcd are skipped, for their titles. */
export const hasEtcd = etcdServer !== undefined && etcdClient !== undefined;

/** PEM files for members and clients. */
export interface EtcdTlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** How a cluster is to be. */
export interface EtcdOptions {
  readonly members?: number;
  /** Clients have to speak TLS and to have a certificate. */
  readonly tls?: EtcdTlsFiles;
  readonly flags?: readonly string[];
  /** Two clusters with the same token and ports have the same identifier. */
  readonly token?: string;
}

interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly directory: string;
  process: ChildProcess | undefined;
  program: Program | undefined;
}

/** A cluster; `dispose` ends it and removes its data. */
export class EtcdCluster {
  readonly directory = mkdtempSync(join(tmpdir(), "anydhcpd-etcd-"));
  readonly endpoints: readonly string[];
  private readonly members: readonly Member[];
  private readonly options: EtcdOptions;

  private constructor(options: EtcdOptions, ports: readonly number[]) {
    this.options = options;
    const count = options.members ?? 1;
    const scheme = options.tls === undefined ? "http" : "https";
    this.members = Array.from({ length: count }, (_, i) => ({
      name: `m${i}`,
      clientPort: ports[2 * i] ?? 0,
      peerPort: ports[2 * i + 1] ?? 0,
      directory: join(this.directory, `m${i}`),
      process: undefined,
      program: undefined,
    }));
    this.endpoints = this.members.map(({ clientPort }) => `${scheme}://127.0.0.1:${clientPort}`);
  }

  /** Starts one and waits until all members serve. */
  static async start(options: EtcdOptions = {}): Promise<EtcdCluster> {
    const cluster = new EtcdCluster(options, await freePorts(2 * (options.members ?? 1)));
    for (const index of cluster.members.keys()) cluster.startMember(index);
    await cluster.untilHealthy();
    return cluster;
  }

  /** Starts a member again, with the data that it has. */
  startMember(index: number, token = this.options.token ?? "test"): void {
    const member = this.member(index);
    const { name, clientPort, peerPort, directory } = member;
    const { tls, flags = [] } = this.options;
    const [clientUrl, peerUrl] = [this.endpoints[index] ?? "", `http://127.0.0.1:${peerPort}`];
    const process = spawn(
      etcdServer ?? "",
      [
        ...["--name", name, "--data-dir", directory, "--log-level", "error", "--logger", "zap"],
        ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
        ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
        ...["--initial-cluster", this.members.map((of) => `${of.name}=http://127.0.0.1:${of.peerPort}`).join(",")],
        ...["--initial-cluster-token", token],
        ...(tls === undefined ? [] : ["--cert-file", tls.certificate, "--key-file", tls.key]),
        ...(tls === undefined ? [] : ["--trusted-ca-file", tls.ca, "--client-cert-auth"]),
        ...flags,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    member.process = process;
    member.program = new Program(`etcd ${name} at ${clientPort}`, process);
  }

  /** Runs etcdctl against all members, or one; its output. */
  async ctl(args: readonly string[], member?: number): Promise<string> {
    const { tls } = this.options;
    const endpoints = member === undefined ? this.endpoints.join(",") : (this.endpoints[member] ?? "");
    const flags = tls === undefined ? [] : ["--cacert", tls.ca, "--cert", tls.certificate, "--key", tls.key];
    const { stdout } = await run(etcdClient ?? "", ["--endpoints", endpoints, ...flags, ...args], {
      env: { ...process.env, ETCDCTL_API: "3" },
    });
    return stdout;
  }

  /** Number of the member that leads. */
  async leader(): Promise<number> {
    const text = await this.ctl(["endpoint", "status", "--write-out", "json"]);
    const status = JSON.parse(text) as {
      Endpoint: string;
      Status: { leader: number; header: { member_id: number } };
    }[];
    const found = status.find(({ Status }) => Status.leader === Status.header.member_id);
    return this.endpoints.indexOf(found?.Endpoint ?? "");
  }

  /** The store's revision. */
  async revision(): Promise<number> {
    const text = await this.ctl(["get", "none", "--write-out", "json"]);
    return (JSON.parse(text) as { header: { revision: number } }).header.revision;
  }

  /** Ends a member without warning. */
  async kill(index: number): Promise<void> {
    const { process, program } = this.member(index);
    process?.kill("SIGKILL");
    await program?.ended;
  }

  /** Stops a member: it answers nothing until `resume`. */
  stop(index: number): void {
    this.member(index).process?.kill("SIGSTOP");
  }

  /** Lets a stopped member go on. */
  resume(index: number): void {
    this.member(index).process?.kill("SIGCONT");
  }

  /** Ends the only member and has it start again with a snapshot that `ctl` has saved, or with nothing; under another token it is another cluster. */
  async restore(snapshot: string | undefined, token = this.options.token ?? "test"): Promise<void> {
    const { name, peerPort, directory } = this.member(0);
    await this.kill(0);
    rmSync(directory, { recursive: true, force: true });
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    if (snapshot !== undefined) {
      await this.ctl([
        ...["snapshot", "restore", snapshot, "--name", name, "--data-dir", directory],
        ...["--initial-cluster", `${name}=${peerUrl}`, "--initial-advertise-peer-urls", peerUrl],
        ...["--initial-cluster-token", token],
      ]);
    }
    this.startMember(0, token);
    await this.untilHealthy();
  }

  /** Waits until the cluster takes writes and every member answers. */
  async untilHealthy(): Promise<void> {
    const until = Date.now() + HEALTHY_MS;
    for (;;) {
      try {
        await this.ctl(["endpoint", "health", "--command-timeout", "2s"]);
        return;
      } catch (error) {
        if (Date.now() > until) {
          throw new Error(this.members.map(({ program }) => program?.output).join("\n"), { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Ends all members and removes their data. */
  async dispose(): Promise<void> {
    for (const { process } of this.members) process?.kill("SIGKILL");
    await withDeadline(Promise.all(this.members.map(({ program }) => program?.ended)), "the end of etcd");
    rmSync(this.directory, { recursive: true, force: true });
  }

  private member(index: number): Member {
    const member = this.members[index];
    if (member === undefined) throw new Error(`no member ${index}`);
    return member;
  }
}

/** Settings of a node of a test's cluster. */
export function settingsOf(cluster: EtcdCluster, more: Partial<EtcdSettings> = {}): EtcdSettings {
  return {
    endpoints: cluster.endpoints,
    prefix: "/anydhcpd",
    name: "a",
    reserve: 600,
    guard: 70,
    clockSkew: 30,
    leaseMax: 3600,
    secret: new Uint8Array(16).fill(1),
    configurationHash: "c",
    tls: { authority: undefined, certificate: undefined, key: undefined },
    login: undefined,
    stateFile: join(cluster.directory, `state-${more.name ?? "a"}`),
    ...more,
  };
}

/** Puts a key that is not there, of any octets. */
export async function putRaw(cluster: EtcdCluster, key: Uint8Array, value: Uint8Array): Promise<void> {
  const grpc = await loadGrpc();
  const endpoints = new Endpoints(grpc, cluster.endpoints, grpc.credentials.createInsecure(), undefined);
  const transaction = new TransactionWriter();
  transaction.add(key, 0, value, value.length);
  await new Promise<void>((resolve, reject) => {
    endpoints.call(Method.transaction, transaction.take(), PUT_MS, (failure) => {
      if (failure === undefined) resolve();
      else reject(new Error(failure.message));
    });
  });
  endpoints.close();
}

/** Has the cluster ask for users: `dhcp` with the password `secret` may read and write below `/anydhcpd/`. */
export async function enableAuth(cluster: EtcdCluster): Promise<void> {
  await cluster.ctl(["user", "add", "root:r"]);
  await cluster.ctl(["role", "add", "root"]);
  await cluster.ctl(["user", "grant-role", "root", "root"]);
  await cluster.ctl(["user", "add", "dhcp:secret"]);
  await cluster.ctl(["role", "add", "leases"]);
  await cluster.ctl(["role", "grant-permission", "leases", "readwrite", "--prefix=true", "/anydhcpd/"]);
  await cluster.ctl(["user", "grant-role", "dhcp", "leases"]);
  await cluster.ctl(["auth", "enable"]);
}

/** Free ports of the loopback interface. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
