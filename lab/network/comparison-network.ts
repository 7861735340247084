// The network of a comparison: a server with clients on one cable and a relay on another, addresses of
// every kind, and the service that is asked of every server in it.
//
//     client eth0 ---- lan0 server up0 ---- up0 relay (giaddr on its lo; clients behind it)
//                            lo: the anycast address

import type { Server } from "../servers/server.ts";
import type { ServedSubnet, Service } from "../servers/service.ts";
import { Lab, type LabNamespace } from "./lab.ts";

/** Addresses of the network, by what they are for. */
export const ADDRESSES = {
  lanPrimary: "10.78.0.1",
  lanSecondary: "10.78.0.3",
  upPrimary: "10.9.0.1",
  upSecondary: "10.9.0.3",
  anycast: "192.0.2.53",
  relay: "10.9.0.2",
  giaddr: "10.76.0.1",
} as const;

/** Where traffic goes that the server's machine forwards and nobody receives (RFC 2544's test network). */
export const FORWARDED_TO = "198.18.0.1";

const LAN: ServedSubnet = {
  network: "10.78.0.0",
  prefixLength: 15,
  interface: "lan0",
  ranges: [{ first: "10.78.1.0", last: "10.79.255.250" }],
  routers: [ADDRESSES.lanPrimary],
};
const RELAYED: ServedSubnet = {
  network: "10.76.0.0",
  prefixLength: 15,
  ranges: [{ first: "10.76.1.0", last: "10.77.255.250" }],
  routers: [ADDRESSES.giaddr],
};

/** Direct and relayed clients. */
const WHOLE_SERVICE: Service = {
  interfaces: ["lan0", "up0"],
  addresses: [ADDRESSES.lanSecondary, ADDRESSES.upSecondary, ADDRESSES.anycast],
  loopbackAddresses: [ADDRESSES.anycast],
  subnets: [LAN, { network: "10.9.0.0", prefixLength: 24, interface: "up0", ranges: [] }, RELAYED],
  leaseSeconds: 3600,
  conflictCheck: false,
};

/** For servers that can do no more: direct clients. */
const LAN_SERVICE: Service = { ...WHOLE_SERVICE, interfaces: ["lan0"], subnets: [LAN] };

/** Addresses in each of the two pools. */
export const POOL_ADDRESSES = 130_000;

/** The same service without addresses beside the primary ones; what the server can do of it. */
export function plainServiceFor(server: Server): Service {
  return { ...wholeServiceFor(server), addresses: [], loopbackAddresses: [] };
}

/** As much of the whole service as the server can do. */
export function wholeServiceFor(server: Server): Service {
  return server.refusal(WHOLE_SERVICE) === undefined ? WHOLE_SERVICE : LAN_SERVICE;
}

/** The namespaces of a comparison. */
export interface ComparisonNetwork {
  readonly lab: Lab;
  readonly server: LabNamespace;
  readonly client: LabNamespace;
  readonly relay: LabNamespace;
}

/**
 * Makes it, in a lab of its own whose folder is below `directory`; who asked disposes of the lab. Without
 * `manyAddresses` the server has its primary addresses only.
 */
export async function createNetwork({
  directory,
  manyAddresses,
}: {
  directory?: string | undefined;
  manyAddresses: boolean;
}): Promise<ComparisonNetwork> {
  const lab = await Lab.create(directory === undefined ? {} : { below: directory });
  try {
    const server = await lab.namespace("server");
    const client = await lab.namespace("client");
    const relay = await lab.namespace("relay");
    await lab.veth(server, "lan0", client, "eth0");
    await lab.veth(server, "up0", relay, "up0");
    await server.ip(`addr add ${ADDRESSES.lanPrimary}/15 dev lan0`);
    await server.ip(`addr add ${ADDRESSES.upPrimary}/24 dev up0`);
    if (manyAddresses) {
      await server.ip(`addr add ${ADDRESSES.lanSecondary}/15 dev lan0`);
      await server.ip(`addr add ${ADDRESSES.upSecondary}/24 dev up0`);
      await server.ip(`addr add ${ADDRESSES.anycast}/32 dev lo`);
    }
    await relay.ip(`addr add ${ADDRESSES.relay}/24 dev up0`);
    await relay.ip(`addr add ${ADDRESSES.giaddr}/32 dev lo`);
    await relay.ip(`route add ${ADDRESSES.anycast}/32 via ${ADDRESSES.upPrimary}`);
    await server.ip(`route add 10.76.0.0/15 via ${ADDRESSES.relay}`);
    // What a kernel broadcasts without an address of its own.
    await client.ip("route add default dev eth0");
    await client.ip("addr add 10.78.0.9/15 dev eth0");
    await server.ip(`route add 198.18.0.0/15 via ${ADDRESSES.relay}`);
    await relay.ip("route add blackhole 198.18.0.0/15");
    await server.sysctl("net/ipv4/ip_forward", 1);
    return { lab, server, client, relay };
  } catch (error) {
    await lab.dispose();
    throw error;
  }
}
