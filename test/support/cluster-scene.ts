// Three servers with one anycast address on lo, behind a router that sends each packet to another one of them; two
// relays with a client each, one of them ISC's dhcrelay; an etcd of three members that all servers reach.
//
//     client eth0 --- down0 relay up0 --- site1 \            / to-a --- up0 a
//       10.71.0.0/16          10.8.1.2           router, etcd - to-b --- up0 b   all: lo 192.0.2.53/32
//     client eth0 --- down0 relay up0 --- site2 /            \ to-c --- up0 c

import { Daemon } from "./daemon.ts";
import { debianTool } from "./debian-packages.ts";
import { type Namespace, Network } from "./network.ts";
import { eventually, type Program } from "./program.ts";
import { RawClient, startRelay } from "./wire-tools.ts";

const ANYCAST_ADDRESS = "192.0.2.53";
/** Of the router, where etcd is. */
export const ETCD_ADDRESS = "10.9.0.1";
const NAMES = ["a", "b", "c"] as const;
export type NodeName = (typeof NAMES)[number];

/** A server of the cluster. */
export interface ClusterNode {
  readonly namespace: Namespace;
  readonly daemon: Daemon;
}

/** A relay with a client behind it. */
export interface Site {
  readonly relay: Namespace;
  readonly client: RawClient;
  /** Hardware address that the client renews through. */
  readonly gateway: string;
}

/** The programs that are needed; undefined if one is not available. */
export async function clusterTools(): Promise<
  { etcd: string; etcdctl: string; dhcrelay: string; nft: string } | undefined
> {
  const etcd = await debianTool("etcd-server", "usr/bin/etcd");
  const etcdctl = await debianTool("etcd-client", "usr/bin/etcdctl");
  const dhcrelay = await debianTool("isc-dhcp-relay", "usr/sbin/dhcrelay");
  const nft = await debianTool("nftables", "usr/sbin/nft");
  if (etcd === undefined || etcdctl === undefined || dhcrelay === undefined || nft === undefined) return undefined;
  return { etcd, etcdctl, dhcrelay, nft };
}

type Tools = NonNullable<Awaited<ReturnType<typeof clusterTools>>>;

/** The whole of it. */
export class ClusterScene {
  readonly network: Network;
  readonly router: Namespace;
  readonly nodes = new Map<NodeName, ClusterNode>();
  readonly sites: Site[] = [];
  readonly members: Program[] = [];
  private readonly tools: Tools;

  private constructor(network: Network, router: Namespace, tools: Tools) {
    this.network = network;
    this.router = router;
    this.tools = tools;
  }

  /** Builds it and starts everything. `global`: statements for all servers. */
  static async create(tools: Tools, global = ""): Promise<ClusterScene> {
    const network = await Network.create();
    try {
      const scene = new ClusterScene(network, await network.namespace("router"), tools);
      await scene.#start(global);
      return scene;
    } catch (error) {
      await network.dispose();
      throw error;
    }
  }

  node(name: NodeName): ClusterNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no server ${name}`);
    return node;
  }

  /** Has the router send packets to the anycast address to these servers, one after the other. */
  async sendTo(...names: readonly NodeName[]): Promise<void> {
    const marks = names.map((name, i) => `${i} : ${NAMES.indexOf(name) + 1}`).join(", ");
    const rules = `table ip flip
delete table ip flip
table ip flip {
  chain prerouting {
    type filter hook prerouting priority mangle;
    ip daddr ${ANYCAST_ADDRESS} meta mark set numgen inc mod ${names.length} map { ${marks} }
  }
}
`;
    await this.router.exec([this.tools.nft, "-f", "-"], { input: rules });
  }

  dispose(): Promise<void> {
    return this.network.dispose();
  }

  async #start(global: string): Promise<void> {
    const { router } = this;
    await router.ip(`addr add ${ETCD_ADDRESS}/32 dev lo`);
    await router.sysctl("net/ipv4/ip_forward", 1);
    for (const name of ["all", "default"]) await router.sysctl(`net/ipv4/conf/${name}/rp_filter`, 0);
    await this.#startMembers();
    for (const [i, name] of NAMES.entries()) await this.#addNode(name, i + 1, global);
    await this.#addSite(1, async (relay) => {
      await startRelay(relay, { clientInterface: "down0", giaddr: "10.71.0.1", server: ANYCAST_ADDRESS });
    });
    await this.#addSite(2, async (relay) => {
      const words = ["-4", "-d", "-a", "-pf", `${this.network.directory}/dhcrelay.pid`, "-id", "down0", "-iu", "up0"];
      const program = relay.spawn([this.tools.dhcrelay, ...words, ANYCAST_ADDRESS]);
      await program.waitForLine((line) => line.includes("Sending on   Socket/fallback"));
    });
    await this.sendTo(...NAMES);
  }

  async #startMembers(): Promise<void> {
    const url = (member: number, port: number): string => `http://${ETCD_ADDRESS}:${port + 100 * member}`;
    const peers = NAMES.map((_, member) => `m${member}=${url(member, 2380)}`).join(",");
    for (const member of NAMES.keys()) {
      const [client, peer] = [url(member, 2379), url(member, 2380)];
      const words = [
        ...["--name", `m${member}`, "--data-dir", `${this.network.directory}/m${member}`, "--log-level", "error"],
        ...["--listen-client-urls", client, "--advertise-client-urls", client],
        ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", peers],
      ];
      this.members.push(this.router.spawn([this.tools.etcd, ...words]));
    }
    const endpoints = this.endpoints.join(",");
    const ask = ["env", "ETCDCTL_API=3", this.tools.etcdctl, "--endpoints", endpoints, "endpoint", "health"];
    await eventually("etcd is healthy", async () => (await this.router.run(ask)).code === 0, 20_000);
  }

  private get endpoints(): readonly string[] {
    return NAMES.map((_, member) => `http://${ETCD_ADDRESS}:${2379 + 100 * member}`);
  }

  async #addNode(name: NodeName, number: number, global: string): Promise<void> {
    const namespace = await this.network.namespace(name);
    await this.network.veth(this.router, `to-${name}`, namespace, "up0");
    await this.router.ip(`addr add 10.9.${number}.1/30 dev to-${name}`);
    await namespace.ip(`addr add 10.9.${number}.2/30 dev up0`);
    await namespace.ip(`route add default via 10.9.${number}.1`);
    await namespace.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
    await namespace.sysctl("net/ipv4/conf/all/arp_ignore", 1);
    await namespace.sysctl("net/ipv4/conf/all/arp_announce", 2);
    await this.router.ip(`route add ${ANYCAST_ADDRESS}/32 via 10.9.${number}.2 table ${number}`);
    await this.router.ip(`rule add fwmark ${number} lookup ${number}`);
    // A directory of its own for its state, as on a machine of its own.
    await namespace.exec(["sh", "-c", "mount -t tmpfs -o mode=755 tmpfs /var/lib && mkdir /var/lib/anydhcpd"]);
    const config = `${this.#config(name)}${global}`;
    const daemon = new Daemon(this.network, namespace, { config, name, sharesLeases: true });
    this.nodes.set(name, { namespace, daemon });
    await daemon.start();
  }

  #config(name: NodeName): string {
    const etcd = this.endpoints.map((endpoint) => `"${endpoint}"`).join(", ");
    const subnets = [1, 2].map(
      // Offers are not shared: in a small range two servers may offer one address to two clients.
      (site) => `subnet 10.7${site}.0.0 netmask 255.255.0.0 { range 10.7${site}.1.0 10.7${site}.250.255; }\n`,
    );
    return `authoritative; ping-check false; default-lease-time 3600; max-lease-time 7200;
listen on ${ANYCAST_ADDRESS};
cluster { etcd ${etcd}; name "${name}"; }
${subnets.join("")}`;
  }

  async #addSite(number: number, start: (relay: Namespace) => Promise<void>): Promise<void> {
    const relay = await this.network.namespace(`relay${number}`);
    const client = await this.network.namespace(`client${number}`);
    await this.network.veth(this.router, `site${number}`, relay, "up0");
    await this.network.veth(relay, "down0", client, "eth0");
    await this.router.ip(`addr add 10.8.${number}.1/30 dev site${number}`);
    await this.router.ip(`route add 10.7${number}.0.0/16 via 10.8.${number}.2`);
    await relay.ip(`addr add 10.8.${number}.2/30 dev up0`);
    await relay.ip(`addr add 10.7${number}.0.1/16 dev down0`);
    await relay.ip(`route add default via 10.8.${number}.1`);
    await relay.sysctl("net/ipv4/ip_forward", 1);
    await start(relay);
    const gateway = /link\/ether (\S+)/.exec(await relay.ip("-o link show dev down0"))?.[1] ?? "";
    this.sites.push({ relay, client: await RawClient.start(client, "eth0"), gateway });
  }
}
