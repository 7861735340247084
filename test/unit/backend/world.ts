// Interfaces and wishes for the tests of the backend, by short names.

import type { WantedListeners } from "../../../src/backend/backend.ts";
import type { Interface } from "../../../src/base/interface.ts";
import { isInNetwork, lengthOfMask, maskOfLength, parseIpv4 } from "../../../src/base/ipv4.ts";

/** "10.0.0.1" as a number. */
export function ip(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

/** An Ethernet interface with addresses like "10.0.0.1/24"; "(10.0.0.2/24)" is a secondary one. */
export function ethernet(ifindex: number, name: string, addresses: string[], more: Partial<Interface> = {}): Interface {
  return {
    ifindex,
    name,
    up: true,
    running: true,
    loopback: false,
    pointToPoint: false,
    broadcast: true,
    virtual: false,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, ifindex),
    addresses: addresses.map((text) => {
      const [address = "", length = "32"] = text.replace(/[()]/g, "").split("/");
      return { address: ip(address), prefixLength: Number(length), primary: !text.startsWith("(") };
    }),
    ...more,
  };
}

/** The loopback interface, with more addresses than its own. */
export function loopback(addresses: string[] = []): Interface {
  return ethernet(1, "lo", ["127.0.0.1/8", ...addresses], { loopback: true, broadcast: false });
}

/** A wish list; `subnets` are the configured ones, like "10.0.0.0/24". */
export function wanted(
  wish: { interfaces?: string[]; addresses?: string[]; wildcard?: boolean; subnets?: string[] } = {},
): WantedListeners {
  const networks = (wish.subnets ?? []).map((text) => {
    const [network = "", length = "32"] = text.split("/");
    const mask = maskOfLength(Number(length));
    if (lengthOfMask(mask) === undefined) throw new Error(`not a network: ${text}`);
    return { network: ip(network), mask };
  });
  return {
    interfaces: wish.interfaces ?? [],
    addresses: (wish.addresses ?? []).map(ip),
    wildcard: wish.wildcard ?? false,
    networks: wish.subnets ?? [],
    isServed: (address) => networks.some(({ network, mask }) => isInNetwork(address, network, mask)),
  };
}
