// Three servers with one anycast address behind a router, and three members of etcd. BIRD on each server tells BIRD on the
// router whether clients may be sent to it, with the files of etc/anycast.
//
//     new clients   10.96.0.0/12  --- news   \            / to-a --- up0 a
//                                              router, etcd - to-b --- up0 b   all: lo 192.0.2.53/32
//     old clients   10.112.0.0/12 --- olds   /            \ to-c --- up0 c
//
// The router chooses a server by the last two bits of the address that a packet comes from: 0, 1 and 2 are a, b and c;
// 3 is another one for each packet, by chance. Where the chosen server has no route the others share its packets.

import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../../src/cli/control-client.ts";
import { Health } from "../../src/control/health-messages.ts";
import { debianProgram, ROOT } from "../programs.ts";
import { anydhcpdNode } from "../servers/anydhcpd-node.ts";
import { RunningServer } from "../servers/running-server.ts";
import type { ServedSubnet, Service } from "../servers/service.ts";
import { Lab, type LabNamespace } from "./lab.ts";
import type { LabProgram } from "./lab-program.ts";
import { familyOf } from "./processes.ts";

const ANYCAST_ADDRESS = "192.0.2.53";
const NAMES = ["a", "b", "c"] as const;
/** How long the cluster may take to be whole. */
const WHOLE_DEADLINE_MS = 60_000;
const LOOK_MS = 100;
const HEALTH_ANSWER_MS = 1000;
const CLIENT_PORT = 2379;
const PEER_PORT = 2380;

/** A server of the cluster. */
export type NodeName = (typeof NAMES)[number];

/** Clients with their relays, which the router sees as one network. */
export interface ClientSide {
  readonly namespace: LabNamespace;
  /** Four relays, whose packets go to a, b, c and to any of them. */
  readonly relays: readonly string[];
  readonly network: string;
  readonly prefixLength: 12;
  readonly gateway: string;
}

/** A lease as etcd has it. */
export interface StoredLease {
  readonly hardware: string;
  /** Unix second until which the address is its client's. */
  readonly until: number;
}

interface Node {
  readonly namespace: LabNamespace;
  readonly clockFile: string;
  running: RunningServer | undefined;
}

interface Tools {
  readonly etcd: string;
  readonly etcdctl: string;
  readonly bird: string;
  readonly birdc: string;
  readonly nft: string;
}

/** See the head of this file. */
export class Cluster {
  readonly lab: Lab;
  readonly #router: LabNamespace;
  readonly #tools: Tools;
  readonly #sides: ClientSide[] = [];
  readonly #nodes = new Map<NodeName, Node>();
  readonly #members: LabProgram[] = [];

  readonly #hasClocks: boolean;

  private constructor(lab: Lab, router: LabNamespace, tools: Tools, hasClocks: boolean) {
    this.lab = lab;
    this.#router = router;
    this.#tools = tools;
    this.#hasClocks = hasClocks;
  }

  /**
   * Makes it and starts everything; rejects where a program is missing. `directory`: on the disk that etcd is to use.
   * `hasClocks`: servers have clocks that can be set, which cost them more to read.
   */
  static async create({ directory, hasClocks }: { directory: string; hasClocks: boolean }): Promise<Cluster> {
    const tools: Tools = {
      etcd: debianProgram("etcd-server", "/usr/bin/etcd"),
      etcdctl: debianProgram("etcd-client", "/usr/bin/etcdctl"),
      bird: debianProgram("bird2", "/usr/sbin/bird"),
      birdc: debianProgram("bird2", "/usr/sbin/birdc"),
      nft: debianProgram("nftables", "/usr/sbin/nft"),
    };
    const lab = await Lab.create({ below: directory });
    try {
      const cluster = new Cluster(lab, await lab.namespace("router"), tools, hasClocks);
      await cluster.#build();
      await cluster.whole();
      return cluster;
    } catch (error) {
      await lab.dispose();
      throw error;
    }
  }

  /** The address of all servers. */
  get address(): string {
    return ANYCAST_ADDRESS;
  }

  /** Where new clients are. */
  get newClients(): ClientSide {
    return this.#side(0);
  }

  /** Where clients with leases are. */
  get oldClients(): ClientSide {
    return this.#side(1);
  }

  /** The servers' names. */
  get names(): readonly NodeName[] {
    return NAMES;
  }

  /** Waits until everything runs, every server is healthy and the router has its route. */
  async whole(): Promise<void> {
    const deadline = Date.now() + WHOLE_DEADLINE_MS;
    let lacking = await this.#lacking();
    while (lacking !== "") {
      if (Date.now() > deadline) throw new Error(`the cluster is not whole: ${lacking}`);
      await sleep(LOOK_MS);
      lacking = await this.#lacking();
    }
  }

  /** Sends a signal to every process of a server. */
  signalNode(name: NodeName, signal: NodeJS.Signals): void {
    const { running } = this.#node(name);
    for (const pid of running === undefined ? [] : familyOf(running.program.pid)) process.kill(pid, signal);
    if (signal === "SIGCONT" && running !== undefined) continueParent(running.program);
  }

  /** Ends a server, with SIGTERM after it has been drained. */
  async stopNode(name: NodeName, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const node = this.#node(name);
    await node.running?.stop(signal);
    node.running = undefined;
  }

  /** Starts a server and waits until it serves. */
  async startNode(name: NodeName): Promise<void> {
    const node = this.#node(name);
    const { clockFile, namespace } = node;
    const endpoints = NAMES.map((_, member) => clientUrl(member));
    const server = anydhcpdNode({ name, endpoints, ...(this.#hasClocks && { clockFile }) });
    node.running = await RunningServer.start(server, namespace, this.#service(), { name: `node-${name}` });
  }

  /** Waits until a server says that clients may be sent to it. */
  async healthy(name: NodeName): Promise<void> {
    const deadline = Date.now() + WHOLE_DEADLINE_MS;
    while ((await this.#health(name)) !== "healthy") {
      if (Date.now() > deadline) throw new Error(`server ${name} is not healthy`);
      await sleep(LOOK_MS);
    }
  }

  /** Sets a server's clock so many seconds off the machine's. */
  stepClock(name: NodeName, seconds: number): void {
    writeStep(this.#node(name).clockFile, seconds);
  }

  /** Drops what goes between a server and etcd, or everything that goes to the server and comes from it; without a word. */
  async cut(name: NodeName, from: "etcd" | "all"): Promise<void> {
    const [toEtcd, toServer] = from === "etcd" ? [`tcp dport ${CLIENT_PORT}`, `tcp sport ${CLIENT_PORT}`] : ["", ""];
    const chain = (hook: string, what: string): string =>
      `chain ${hook} { type filter hook ${hook} priority 0; ${what} drop; }`;
    const rules = `table ip cut {
  ${chain("prerouting", `iifname "to-${name}" ${toEtcd}`)}
  ${chain("postrouting", `oifname "to-${name}" ${toServer}`)}
}
`;
    await this.#router.exec([this.#tools.nft, "-f", "-"], { input: rules });
  }

  /** Nothing is cut any more. */
  async mend(): Promise<void> {
    await this.#router.exec([this.#tools.nft, "delete table ip cut"]);
  }

  /** Number of the member of etcd that leads. */
  async leader(): Promise<number> {
    const status = await this.#status();
    const leader = status.findIndex((fields) => fields[4] === "true");
    if (leader === -1) throw new Error("etcd has no leader");
    return leader;
  }

  /** Sends a signal to a member of etcd. */
  signalMember(member: number, signal: NodeJS.Signals): void {
    const program = this.#member(member);
    process.kill(program.pid, signal);
    if (signal === "SIGCONT") continueParent(program);
  }

  /** Kills a member of etcd and resolves at its end. */
  async killMember(member: number): Promise<void> {
    await this.#member(member).stop("SIGKILL");
  }

  /** Starts a member of etcd, with what it has stored. */
  async startMember(member: number): Promise<void> {
    const all = NAMES.map((_, number) => `m${number}=${peerUrl(number)}`).join(",");
    const words = [
      ...["--name", `m${member}`, "--data-dir", join(this.lab.directory, `m${member}`), "--log-level", "error"],
      ...["--logger", "zap", "--listen-client-urls", clientUrl(member), "--advertise-client-urls", clientUrl(member)],
      ...["--listen-peer-urls", peerUrl(member), "--initial-advertise-peer-urls", peerUrl(member)],
      ...["--initial-cluster", all, "--auto-compaction-mode=revision", "--auto-compaction-retention=10000"],
      "--quota-backend-bytes=8589934592",
    ];
    this.#members[member] = await this.#router.spawn([this.#tools.etcd, ...words], { name: `etcd-${member}` });
  }

  /** The newest revision of etcd. */
  async revision(): Promise<number> {
    const found = /"revision":(\d+)/.exec(await this.#etcdctl("get", "none", "-w", "json"));
    if (found === null) throw new Error("etcd tells no revision");
    return Number(found[1]);
  }

  /**
   * The leases of new or of old clients that etcd had at a revision, by address; addresses without a client are left
   * out.
   */
  async stored(side: "news" | "olds", revision: number): Promise<ReadonlyMap<string, StoredLease>> {
    // Keys end with the octets of the address: 10.96, 10.112.
    const [first, end] = side === "news" ? ["\n`", "\np"] : ["\np", "\u007f"];
    const range = ["get", `anydhcpd/l/${first}`, `anydhcpd/l/${end}`];
    const text = await this.#etcdctl(...range, `--rev=${revision}`, "-w", "json");
    const { kvs = [] } = JSON.parse(text) as { kvs?: readonly { key: string; value: string }[] };
    const leases = kvs.map(({ key, value }) => {
      return [addressOf(Buffer.from(key, "base64")), readLease(Buffer.from(value, "base64"))] as const;
    });
    return new Map(leases.filter((entry): entry is readonly [string, StoredLease] => entry[1] !== undefined));
  }

  async dispose(): Promise<void> {
    // A stopped process does not end with its namespace's first one, but with SIGKILL it does.
    await this.lab.dispose();
  }

  #side(number: number): ClientSide {
    const side = this.#sides[number];
    if (side === undefined) throw new Error("there are no clients yet");
    return side;
  }

  #node(name: NodeName): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no server ${name}`);
    return node;
  }

  #member(number: number): LabProgram {
    const member = this.#members[number];
    if (member === undefined) throw new Error(`there is no member ${number}`);
    return member;
  }

  /** The faults of the cluster, in words; empty: all is well. */
  async #lacking(): Promise<string> {
    const status = await this.#status();
    if (status.length < NAMES.length) return "a member of etcd does not answer";
    for (const [i, name] of NAMES.entries()) {
      const health = await this.#health(name);
      if (health !== "healthy") return `server ${name} is ${health}`;
      const route = await this.#router.run(["ip", "route", "show", "table", String(i + 1)]);
      if (!route.stdout.includes(ANYCAST_ADDRESS)) return `the router has no route to server ${name}`;
    }
    return "";
  }

  async #health(name: NodeName): Promise<string> {
    const directory = this.#node(name).running?.directory;
    if (directory === undefined) return "not started";
    try {
      return (await ask(join(directory, "control.sock"), "health", Health, HEALTH_ANSWER_MS)).state;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** A line of etcdctl's for each member that answers, as its fields. */
  async #status(): Promise<readonly (readonly string[])[]> {
    const { stdout } = await this.#router.run(this.#etcdctlWords("endpoint", "status"));
    return stdout
      .split("\n")
      .filter((line) => line.includes(", "))
      .map((line) => line.split(", "));
  }

  #etcdctl(...words: readonly string[]): Promise<string> {
    return this.#router.exec(this.#etcdctlWords(...words));
  }

  #etcdctlWords(...words: readonly string[]): readonly string[] {
    const endpoints = NAMES.map((_, member) => clientUrl(member)).join(",");
    return ["env", "ETCDCTL_API=3", this.#tools.etcdctl, "--endpoints", endpoints, ...words];
  }

  async #build(): Promise<void> {
    const router = this.#router;
    await router.sysctl("net/ipv4/ip_forward", 1);
    for (const name of ["all", "default"]) await router.sysctl(`net/ipv4/conf/${name}/rp_filter`, 0);
    for (const member of NAMES.keys()) await router.ip(`addr add ${memberAddress(member)}/32 dev lo`);
    await Promise.all(NAMES.map((_, member) => this.startMember(member)));
    await this.#addSide("news", 1, "10.96");
    await this.#addSide("olds", 2, "10.112");
    for (const [i, name] of NAMES.entries()) await this.#addNode(name, i + 1);
    await this.#chooseServers();
    await this.#startBird(router, "router", routerConfig());
    for (const [i, name] of NAMES.entries()) {
      const namespace = this.#node(name).namespace;
      await this.#startBird(namespace, name, nodeConfig(i + 1));
    }
    await Promise.all(NAMES.map((name) => this.startNode(name)));
    for (const name of NAMES) await this.#announce(name);
  }

  async #addNode(name: NodeName, number: number): Promise<void> {
    const namespace = await this.lab.namespace(name);
    await this.lab.veth(this.#router, `to-${name}`, namespace, "up0");
    await this.#router.ip(`addr add 10.9.${number}.1/30 dev to-${name}`);
    await namespace.ip(`addr add 10.9.${number}.2/30 dev up0`);
    await namespace.ip(`route add default via 10.9.${number}.1`);
    await namespace.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
    await namespace.sysctl("net/ipv4/conf/all/arp_ignore", 1);
    await namespace.sysctl("net/ipv4/conf/all/arp_announce", 2);
    const clockFile = join(this.lab.directory, `clock-${name}`);
    writeStep(clockFile, 0);
    this.#nodes.set(name, { namespace, clockFile, running: undefined });
  }

  async #addSide(name: string, number: number, prefix: string): Promise<void> {
    const namespace = await this.lab.namespace(name);
    const [gateway, own] = [`10.8.${number}.1`, `10.8.${number}.2`];
    await this.lab.veth(this.#router, name, namespace, "up0");
    await this.#router.ip(`addr add ${gateway}/30 dev ${name}`);
    await this.#router.ip(`route add ${prefix}.0.0/12 via ${own}`);
    await namespace.ip(`addr add ${own}/30 dev up0`);
    await namespace.ip(`route add default via ${gateway}`);
    // Every client's address is its own: the load speaks for all of them.
    await namespace.ip(`route add local ${prefix}.0.0/12 dev lo`);
    const relays = [4, 5, 6, 7].map((last) => `${prefix}.0.${last}`);
    this.#sides.push({ namespace, relays, network: `${prefix}.0.0`, prefixLength: 12, gateway: `${prefix}.0.1` });
  }

  /** See the head of this file. */
  async #chooseServers(): Promise<void> {
    for (const number of [1, 2, 3]) await this.#router.ip(`rule add fwmark ${number} lookup ${number}`);
    const rules = `table ip choose {
  chain prerouting {
    type filter hook prerouting priority mangle;
    ip daddr ${ANYCAST_ADDRESS} meta mark set ip saddr & 0.0.0.3 map { 0.0.0.0 : 1, 0.0.0.1 : 2, 0.0.0.2 : 3, 0.0.0.3 : 4 }
    meta mark 4 meta mark set numgen random mod 3 map { 0 : 1, 1 : 2, 2 : 3 }
  }
}
`;
    await this.#router.exec([this.#tools.nft, "-f", "-"], { input: rules });
  }

  async #startBird(namespace: LabNamespace, name: string, config: string): Promise<void> {
    const file = join(this.lab.directory, `bird-${name}.conf`);
    writeFileSync(file, config);
    const place = (ending: string): string => join(this.lab.directory, `bird-${name}.${ending}`);
    const words = ["-f", "-c", file, "-s", place("ctl"), "-P", place("pid")];
    const program = await namespace.spawn([this.#tools.bird, ...words], { name: `bird-${name}` });
    for (let look = 0; look < 100; look++) {
      if (program.end !== undefined) throw new Error(`BIRD has ended: ${program.output}`);
      const { code } = await namespace.run([this.#tools.birdc, "-s", place("ctl"), "show", "status"]);
      if (code === 0) return;
      await sleep(LOOK_MS);
    }
    throw new Error("BIRD does not answer");
  }

  async #announce(name: NodeName): Promise<void> {
    const { namespace, running } = this.#node(name);
    await namespace.spawn([join(ROOT, "etc", "anycast", "anydhcpd-announce"), "bird"], {
      environment: {
        ANYDHCPCTL: join(ROOT, "bin", "anydhcpctl"),
        ANYDHCPD_CONTROL: join(running?.directory ?? "", "control.sock"),
        BIRDC: `${this.#tools.birdc} -s ${join(this.lab.directory, `bird-${name}.ctl`)}`,
      },
    });
  }

  #service(): Service {
    const subnets = this.#sides.map(({ network, prefixLength, gateway }): ServedSubnet => {
      const start = network.replace(/\.0\.0$/, "");
      const [first, second] = start.split(".").map(Number);
      const range = { first: `${start}.1.0`, last: `${first}.${(second ?? 0) + 15}.250.255` };
      return { network, prefixLength, ranges: [range], routers: [gateway] };
    });
    return { interfaces: [], addresses: [ANYCAST_ADDRESS], subnets, leaseSeconds: 3600, conflictCheck: false };
  }
}

/** nsenter(1), which waits for a program, stops itself when the program is stopped. */
function continueParent({ pid }: LabProgram): void {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  if (parent > 1) process.kill(parent, "SIGCONT");
}

function writeStep(file: string, seconds: number): void {
  const octets = Buffer.alloc(8);
  octets.writeBigInt64LE(BigInt(seconds));
  // Not truncated: it is mapped.
  const fd = openSync(file, constants.O_CREAT | constants.O_WRONLY, 0o644);
  writeSync(fd, octets);
  closeSync(fd);
}

function memberAddress(member: number): string {
  return `10.9.9.${member + 1}`;
}

function clientUrl(member: number): string {
  return `http://${memberAddress(member)}:${CLIENT_PORT}`;
}

function peerUrl(member: number): string {
  return `http://${memberAddress(member)}:${PEER_PORT}`;
}

/** bird.conf of etc/anycast with the addresses and the number of a server. */
function nodeConfig(number: number): string {
  return readFileSync(join(ROOT, "etc", "anycast", "bird.conf"), "utf8")
    .replaceAll("10.9.0.1", `10.9.${number}.2`)
    .replaceAll("10.9.0.2", `10.9.${number}.1`)
    .replaceAll("65001", `6500${number}`);
}

/** As bird-router.conf of etc/anycast, with a table for each server beside the one that all share. */
function routerConfig(): string {
  const servers = NAMES.map((name, i) => {
    const number = i + 1;
    return `ipv4 table only_${name};
protocol bgp server_${name} from server {
	local 10.9.${number}.1 as 65000;
	neighbor 10.9.${number}.2 as 6500${number};
	ipv4 { table only_${name}; import where net = ${ANYCAST_ADDRESS}/32; export none; };
}
protocol pipe pipe_${name} { table only_${name}; peer table master4; import none; export all; }
# Not as the second choice.
protocol kernel kernel_${name} {
	kernel table ${number};
	ipv4 { table only_${name}; import none; export where bgp_path.len = 1; };
}
`;
  });
  return `router id 10.9.9.1;
protocol device { }
protocol kernel {
	merge paths on;
	ipv4 { import none; export all; };
}
template bgp server {
	graceful restart off;
	hold time 3;
	connect delay time 1;
	error wait time 1, 5;
}
${servers.join("")}`;
}

/** The address in the last four octets of a key. */
function addressOf(key: Buffer): string {
  return [...key.subarray(-4)].join(".");
}

/** A lease from its value (docs/cluster-store.md); undefined if no client has the address. */
function readLease(value: Buffer): StoredLease | undefined {
  const HARDWARE_AT = 25;
  const isBound = value[1] === 1;
  const hardware = value.subarray(HARDWARE_AT, HARDWARE_AT + (value[19] ?? 0));
  return isBound
    ? { hardware: hardware.toString("hex").replace(/..(?=.)/g, "$&:"), until: value.readUInt32BE(6) }
    : undefined;
}
