// The engine's view of our own addresses: the interfaces (base/interfaces.ts, the same picture that the backend judges
// by), the link that each stands on, the address that it has in a subnet. Made anew when interfaces or the
// configuration change; never changed afterwards.

import type { Interfaces } from "../../base/interfaces.ts";
import { type Ipv4, isInNetwork } from "../../base/ipv4.ts";
import type { Config, Subnet } from "../../config/model/model.ts";

/** Where a subnet is on a link of ours. */
export interface SubnetPlace {
  readonly ifindex: number;
  /** Our address there. */
  readonly address: Ipv4;
  /** Whether the link has a carrier. */
  readonly running: boolean;
}

/** Our own addresses and links, as one immutable picture. */
export class ServedLinks {
  private readonly addressesOf = new Map<number, readonly Ipv4[]>();
  private readonly sharedNetworks = new Map<number, number>();
  private readonly firstSubnets = new Map<number, Subnet>();
  private readonly running = new Set<number>();
  private readonly runningNetworks = new Set<number>();
  private readonly clientNetworks: ReadonlySet<number>;
  private readonly interfaces: Interfaces;

  /** What the configuration makes of a picture of the interfaces. */
  constructor(interfaces: Interfaces, config: Config) {
    this.interfaces = interfaces;
    this.clientNetworks = new Set(config.pools.map(({ subnet }) => config.subnets[subnet]?.sharedNetwork ?? -1));
    for (const entry of interfaces.list) {
      const addresses = [...entry.addresses]
        .sort((a, b) => Number(b.primary) - Number(a.primary))
        .map((a) => a.address);
      this.addressesOf.set(entry.ifindex, addresses);
      if (entry.running) this.running.add(entry.ifindex);
      const first = config.findSubnet(addresses[0] ?? 0);
      if (first !== undefined) this.firstSubnets.set(entry.ifindex, first);
      if (entry.loopback || entry.pointToPoint) continue;
      const subnet = addresses.map((address) => config.findSubnet(address)).find((found) => found !== undefined);
      if (subnet === undefined) continue;
      this.sharedNetworks.set(entry.ifindex, subnet.sharedNetwork);
      if (entry.running) this.runningNetworks.add(subnet.sharedNetwork);
    }
  }

  /** The shared network (Config.sharedNetworks position) an interface stands on, by its first address in a configured subnet; -1 if none. */
  sharedNetworkOf(ifindex: number): number {
    return this.sharedNetworks.get(ifindex) ?? -1;
  }

  /** The same interfaces as another configuration has them. */
  under(config: Config): ServedLinks {
    return new ServedLinks(this.interfaces, config);
  }

  /** The shared networks (Config.sharedNetworks positions) that interfaces stand on, with or without a carrier. */
  get nearNetworks(): ReadonlySet<number> {
    return new Set(this.sharedNetworks.values());
  }

  /** Whether an interface with a carrier stands on a shared network (Config.sharedNetworks position). */
  isOn(sharedNetwork: number): boolean {
    return this.runningNetworks.has(sharedNetwork);
  }

  /** Whether an interface stands on a shared network that has ranges; a link to relays and servers has none. */
  isForClients(ifindex: number): boolean {
    return this.clientNetworks.has(this.sharedNetworkOf(ifindex));
  }

  /** The name of an interface; empty if it is gone. */
  nameOf(ifindex: number): string {
    return this.interfaces.find(ifindex)?.name ?? "";
  }

  /** The configured subnet that the interface's first address is in; undefined if it is in none. */
  firstSubnetOf(ifindex: number): Subnet | undefined {
    return this.firstSubnets.get(ifindex);
  }

  /** The interface's address inside a subnet, primary ones first; 0 if it has none there. */
  addressIn(ifindex: number, subnet: Subnet): Ipv4 {
    const addresses = this.addressesOf.get(ifindex);
    if (addresses === undefined) return 0;
    for (const address of addresses) if (isInNetwork(address, subnet.network, subnet.mask)) return address;
    return 0;
  }

  /** Where we have an address inside a subnet, links with a carrier first; undefined if nowhere. */
  placeIn(subnet: Subnet): SubnetPlace | undefined {
    let found: SubnetPlace | undefined;
    for (const ifindex of this.addressesOf.keys()) {
      const address = this.addressIn(ifindex, subnet);
      if (address === 0) continue;
      const running = this.running.has(ifindex);
      if (running) return { ifindex, address, running };
      found ??= { ifindex, address, running };
    }
    return found;
  }

  /** The interface's first address; 0 if it has none. */
  primaryAddress(ifindex: number): Ipv4 {
    return this.addressesOf.get(ifindex)?.[0] ?? 0;
  }

  /** Every address of every interface. */
  ownAddresses(): Iterable<Ipv4> {
    return this.interfaces.list.flatMap((entry) => entry.addresses.map(({ address }) => address));
  }

  /** Whether an address is on one of our interfaces at present. */
  isOwn(address: Ipv4): boolean {
    return this.interfaces.own.has(address);
  }
}
