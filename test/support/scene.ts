// The network most end-to-end tests play in: a server with a link of its own and one to a relay,
// a client on each side, an anycast address on the server's `lo`.
//
//     client eth0 ------------------------ lan0 192.168.77.1/24 \
//                                                                 server, lo 192.0.2.53/32
//     routed eth0 --- down0 relay up0 ----- up0 10.9.0.1/29     /
//                 10.77.0.1   10.9.0.2

import { type Namespace, Network } from "./network.ts";
import { eventually } from "./program.ts";

export const LAN_ADDRESS = "192.168.77.1";
export const UPLINK_ADDRESS = "10.9.0.1";
export const ANYCAST_ADDRESS = "192.0.2.53";
export const GIADDR = "10.77.0.1";

/** Both subnets of the scene, nothing else, with room for statements before and inside them. */
export function sceneConfig({ global = "", lan = "", routed = "" } = {}): string {
  return `authoritative;
ping-check false;
default-lease-time 3600;
max-lease-time 7200;
${global}
subnet 192.168.77.0 netmask 255.255.255.0 {
  range 192.168.77.100 192.168.77.199;
  ${lan}
}
subnet 10.77.0.0 netmask 255.255.255.0 {
  range 10.77.0.100 10.77.0.199;
  ${routed}
}
`;
}

/** The statement that makes the server listen on the anycast address. */
export const LISTEN_ON_ANYCAST = `listen on ${ANYCAST_ADDRESS};`;

/** The namespaces of the scene. */
export class Scene implements AsyncDisposable {
  readonly network: Network;
  readonly server: Namespace;
  readonly client: Namespace;
  readonly relay: Namespace;
  readonly routed: Namespace;

  private constructor(network: Network, namespaces: readonly [Namespace, Namespace, Namespace, Namespace]) {
    this.network = network;
    [this.server, this.client, this.relay, this.routed] = namespaces;
  }

  static async create(): Promise<Scene> {
    const network = await Network.create();
    try {
      const server = await network.namespace("server");
      const client = await network.namespace("client");
      const relay = await network.namespace("relay");
      const routed = await network.namespace("routed");
      const scene = new Scene(network, [server, client, relay, routed]);
      await scene.#wire();
      return scene;
    } catch (error) {
      await network.dispose();
      throw error;
    }
  }

  async #wire(): Promise<void> {
    const { network, server, client, relay, routed } = this;
    await network.veth(server, "lan0", client, "eth0");
    await network.veth(server, "up0", relay, "up0");
    await network.veth(relay, "down0", routed, "eth0");
    await server.sysctl("net/ipv4/conf/all/arp_ignore", 1);
    await server.sysctl("net/ipv4/conf/all/arp_announce", 2);
    await server.ip(`addr add ${LAN_ADDRESS}/24 dev lan0`);
    await server.ip(`addr add ${UPLINK_ADDRESS}/29 dev up0`);
    await server.ip(`addr add ${ANYCAST_ADDRESS}/32 dev lo`);
    await server.ip("route add 10.77.0.0/24 via 10.9.0.2");
    await relay.ip("addr add 10.9.0.2/29 dev up0");
    await relay.ip(`addr add ${GIADDR}/24 dev down0`);
    await relay.ip("route add default via 10.9.0.1");
    await relay.sysctl("net/ipv4/ip_forward", 1);
  }

  /** Hardware address of an interface of the server. */
  async mac(interfaceName: string): Promise<string> {
    const text = await this.server.ip(`-o link show dev ${interfaceName}`);
    return /link\/ether (\S+)/.exec(text)?.[1] ?? "";
  }

  /** What the kernel's neighbour table of the server says about an address, without failed entries. */
  async neighbour(address: string): Promise<string> {
    const text = await this.server.ip(`neighbour show ${address} nud all`);
    return text
      .split("\n")
      .filter((line) => line.includes("lladdr"))
      .join("\n");
  }

  /** Follows the server's neighbour table; resolves with a function that returns what `ip monitor neigh` has said since. */
  async watchNeighbours(): Promise<() => readonly string[]> {
    const monitor = this.server.spawn(["ip", "monitor", "neigh"]);
    // It does not say when it listens: it does once it tells of an entry of ours.
    const probe = async (address: string): Promise<void> => {
      await this.server.ip(`neighbour add ${address} lladdr 02:00:00:00:00:fa nud stale dev lan0`);
      await this.server.ip(`neighbour delete ${address} dev lan0`);
    };
    await eventually("ip monitor listens", async () => {
      await probe("192.168.77.250");
      return monitor.lines.length > 0;
    });
    await probe("192.168.77.251");
    await monitor.waitForLine((line) => line.startsWith("Deleted 192.168.77.251"));
    const mark = monitor.lines.length;
    return () => monitor.lines.slice(mark);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network.dispose();
  }
}
