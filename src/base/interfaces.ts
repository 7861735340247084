// This host's interfaces and addresses at one moment. All parts judge by the same picture: the backend hands it to the
// server in the call in which it begins to use it, so that every reply's source address is one that the sending
// listener has.

import type { Interface } from "./interface.ts";
import { broadcastOf, IPV4_BROADCAST, IPV4_NONE, type Ipv4, maskOfLength } from "./ipv4.ts";
import { NumberSet } from "./number-set.ts";

const POINT_TO_POINT_PREFIX = 31;

/** One picture of the interfaces; never changed. */
export class Interfaces {
  /** Pictures of one backend count up from 1; 0 is the empty one before them. */
  readonly number: number;
  /** In the kernel's order. */
  readonly list: readonly Interface[];
  /** Every address on an interface. */
  readonly own: NumberSet;
  /** 255.255.255.255, 0.0.0.0 (the old style, which the kernel passes on) and every network's broadcast address. */
  readonly broadcasts: NumberSet;
  /** Interfaces made by software, whose receivers may see partial UDP checksums. */
  readonly virtual: NumberSet;
  /** Network and mask of each network on a virtual interface, in pairs. */
  private readonly virtualNetworks: Uint32Array;

  constructor(number: number, list: readonly Interface[]) {
    const addresses = list.flatMap((entry) => entry.addresses);
    const virtual = list.filter((entry) => entry.virtual);
    const directed = addresses
      .filter((entry) => entry.prefixLength < POINT_TO_POINT_PREFIX)
      .map((entry) => broadcastOf(entry.address, maskOfLength(entry.prefixLength)));
    this.number = number;
    this.list = list;
    this.own = new NumberSet(addresses.map((entry) => entry.address));
    this.broadcasts = new NumberSet([IPV4_BROADCAST, IPV4_NONE, ...directed]);
    this.virtual = new NumberSet(virtual.map((entry) => entry.ifindex));
    this.virtualNetworks = Uint32Array.from(
      virtual
        .flatMap((entry) => entry.addresses)
        .flatMap(({ address, prefixLength }) => [
          (address & maskOfLength(prefixLength)) >>> 0,
          maskOfLength(prefixLength),
        ]),
    );
  }

  /** The interface with this number; undefined if it is gone. */
  find(ifindex: number): Interface | undefined {
    return this.list.find((entry) => entry.ifindex === ifindex);
  }

  /** Whether `address` lies in a network on a virtual interface. */
  isOnVirtualNetwork(address: Ipv4): boolean {
    const networks = this.virtualNetworks;
    for (let i = 0; i < networks.length; i += 2) {
      if ((address & (networks[i + 1] ?? 0)) >>> 0 === networks[i]) return true;
    }
    return false;
  }
}
