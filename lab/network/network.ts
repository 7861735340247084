// The network that everything is measured in: a server with clients on one cable and a relay on another, and the services
// that are asked of every server in it.
//
//     client eth0 ---- lan0 server up0 ---- up0 relay (giaddr on its lo; clients behind it)
//                            lo: the anycast address

import type { Server } from "../servers/server.ts";
import type { ServedSubnet, Service } from "../servers/service.ts";
import { Lab, type LabNamespace } from "./lab.ts";
import type { LoadOrders } from "./load.ts";

/** Addresses of the network, by purpose. */
export const ADDRESSES = {
  lanPrimary: "10.80.0.1",
  lanSecondary: "10.80.0.3",
  client: "10.80.0.9",
  upPrimary: "10.9.0.1",
  upSecondary: "10.9.0.3",
  anycast: "192.0.2.53",
  relay: "10.9.0.2",
  /** Relays of the same clients' network: the usual one, and one for load beside the load. */
  giaddr: "10.96.0.1",
  secondGiaddr: "10.96.0.9",
} as const;

/** The destination of traffic that the server's machine forwards and no host receives (RFC 2544's test network). */
export const FORWARDED_TO = "198.18.0.1";

/** Links of the scene with many, the one of the direct scene among them. */
export const LINKS = 50;
/** Addresses of a server's range, and thus clients: enough for none to come twice in a measurement. */
export const RANGE_ADDRESSES = 1_000_000;
/** Addresses of each range where behaviours and background traffic are looked at. */
const PLAIN_ADDRESSES = 130_000;

const OPTIONS = { domainNameServers: ["10.96.0.2", "10.96.0.3"], domainName: "example.org" };
const UPLINK: ServedSubnet = { network: "10.9.0.0", prefixLength: 24, interface: "up0", ranges: [] };

/** The server's own network, with so many addresses to give out. */
function lan(addresses: number): ServedSubnet {
  const range = { first: "10.80.1.0", last: addressAfter("10.80.1.0", addresses - 1) };
  const routers = [ADDRESSES.lanPrimary];
  return { network: "10.80.0.0", prefixLength: 12, interface: "lan0", ranges: [range], routers, ...OPTIONS };
}

/** The network behind the relay. */
function relayed(addresses: number): ServedSubnet {
  const range = { first: "10.96.1.0", last: addressAfter("10.96.1.0", addresses - 1) };
  return { network: "10.96.0.0", prefixLength: 12, ranges: [range], routers: [ADDRESSES.giaddr], ...OPTIONS };
}

/** One more link of the server's: interfaces, the server's address and its subnet. */
function furtherLink(number: number): { server: string; client: string; address: string; subnet: ServedSubnet } {
  const prefix = `172.20.${number}`;
  const [server, client, address] = [`lan${number}`, `eth${number}`, `${prefix}.1`];
  const ranges = [{ first: `${prefix}.10`, last: `${prefix}.250` }];
  const place = { network: `${prefix}.0`, prefixLength: 24, interface: server };
  return { server, client, address, subnet: { ...place, ranges, routers: [address], ...OPTIONS } };
}

const FURTHER_LINKS = Array.from({ length: LINKS - 1 }, (_, i) => furtherLink(i + 1));

/** Where clients are: behind a relay, on the server's own network, or on 50 of them. */
export type Scene = "relayed" | "direct" | "links";

/** What a server is asked to serve in a scene, with so many addresses in its range. */
export function serviceOf(scene: Scene, addresses: number, conflictCheck = false): Service {
  const common = { addresses: [], leaseSeconds: 3600, conflictCheck };
  if (scene === "relayed") return { ...common, interfaces: ["up0"], subnets: [UPLINK, relayed(addresses)] };
  const links = scene === "links" ? FURTHER_LINKS : [];
  return {
    ...common,
    interfaces: ["lan0", ...links.map(({ server }) => server)],
    subnets: [lan(addresses), ...links.map(({ subnet }) => subnet)],
  };
}

/** Orders for the load in a scene, on one of its links, from 0 on. */
export function ordersOf(scene: Scene, link = 0): LoadOrders {
  if (scene === "relayed") return { server: ADDRESSES.upPrimary, relay: ADDRESSES.giaddr };
  const further = FURTHER_LINKS[link - 1];
  return further === undefined
    ? { server: ADDRESSES.lanPrimary, interface: "eth0" }
    : { server: further.address, interface: further.client };
}

/** Direct and relayed clients, addresses of every kind; as much of it as the server can do. */
export function wholeServiceFor(server: Server): Service {
  const whole: Service = {
    interfaces: ["lan0", "up0"],
    addresses: [ADDRESSES.lanSecondary, ADDRESSES.upSecondary, ADDRESSES.anycast],
    loopbackAddresses: [ADDRESSES.anycast],
    subnets: [lan(PLAIN_ADDRESSES), UPLINK, relayed(PLAIN_ADDRESSES)],
    leaseSeconds: 3600,
    conflictCheck: false,
  };
  if (server.refusal(whole) === undefined) return whole;
  return { ...whole, interfaces: ["lan0"], subnets: [lan(PLAIN_ADDRESSES)] };
}

/** The same without addresses beside the primary ones. */
export function plainServiceFor(server: Server): Service {
  return { ...wholeServiceFor(server), addresses: [], loopbackAddresses: [] };
}

/** The namespaces of a network. */
export interface Network {
  readonly lab: Lab;
  readonly server: LabNamespace;
  readonly client: LabNamespace;
  readonly relay: LabNamespace;
}

/** What a network is made of. */
export interface NetworkOptions {
  /** A folder on the disk that lease files are to be on; default: the folder for temporary files. */
  readonly directory?: string | undefined;
  /** Whether the server has secondary addresses and an anycast address. */
  readonly manyAddresses?: boolean;
  /** Whether the links of the scene with many are there. */
  readonly manyLinks?: boolean;
}

/** Makes it, in a lab of its own; the caller disposes of the lab. */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const { directory, manyAddresses = false, manyLinks = false } = options;
  const lab = await Lab.create(directory === undefined ? {} : { below: directory });
  try {
    const server = await lab.namespace("server");
    const client = await lab.namespace("client");
    const relay = await lab.namespace("relay");
    await lab.veth(server, "lan0", client, "eth0");
    await lab.veth(server, "up0", relay, "up0");
    await server.ip(`addr add ${ADDRESSES.lanPrimary}/12 dev lan0`);
    await server.ip(`addr add ${ADDRESSES.upPrimary}/24 dev up0`);
    if (manyAddresses) {
      await server.ip(`addr add ${ADDRESSES.lanSecondary}/12 dev lan0`);
      await server.ip(`addr add ${ADDRESSES.upSecondary}/24 dev up0`);
      await server.ip(`addr add ${ADDRESSES.anycast}/32 dev lo`);
    }
    for (const link of manyLinks ? FURTHER_LINKS : []) {
      await lab.veth(server, link.server, client, link.client);
      await server.ip(`addr add ${link.address}/24 dev ${link.server}`);
    }
    await relay.ip(`addr add ${ADDRESSES.relay}/24 dev up0`);
    for (const address of [ADDRESSES.giaddr, ADDRESSES.secondGiaddr]) await relay.ip(`addr add ${address}/32 dev lo`);
    await relay.ip(`route add ${ADDRESSES.anycast}/32 via ${ADDRESSES.upPrimary}`);
    // Bunches of datagrams are cut up before the wire, as a network card does it.
    await relay.ip("link set up0 gso_max_segs 1");
    await server.ip(`route add 10.96.0.0/12 via ${ADDRESSES.relay}`);
    // What a kernel broadcasts without an address of its own.
    await client.ip("route add default dev eth0");
    await client.ip(`addr add ${ADDRESSES.client}/12 dev eth0`);
    await server.ip(`route add 198.18.0.0/15 via ${ADDRESSES.relay}`);
    await relay.ip("route add blackhole 198.18.0.0/15");
    await server.sysctl("net/ipv4/ip_forward", 1);
    return { lab, server, client, relay };
  } catch (error) {
    await lab.dispose();
    throw error;
  }
}

function addressAfter(address: string, distance: number): string {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) + distance;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}
