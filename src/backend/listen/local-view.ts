// What the hot path knows of our own interfaces: which addresses are ours, which interfaces are
// served, where checksums must be whole. Made anew when interfaces or the wish list change, never
// changed afterwards.

import type { Interface } from "../../base/interface.ts";
import { broadcastOf, IPV4_BROADCAST, IPV4_NONE, type Ipv4, maskOfLength } from "../../base/ipv4.ts";
import { NumberSet } from "../number-set.ts";

const POINT_TO_POINT_PREFIX = 31;

/** Our own addresses and interfaces, as one immutable picture. */
export class LocalView {
  /** Every address on an interface of ours at present. */
  readonly own: NumberSet;
  /** Own addresses and those we are told to listen on, present or not. */
  readonly local: NumberSet;
  /** Interfaces whose broadcasts are answered. */
  readonly served: NumberSet;
  /** Own addresses that are answered whichever interface they are asked at. */
  readonly answered: NumberSet;
  /** 255.255.255.255, 0.0.0.0 (the old style, which the kernel passes on) and every network's broadcast address. */
  readonly broadcasts: NumberSet;
  /** Interfaces made by software, whose receivers may see partial UDP checksums. */
  readonly virtual: NumberSet;
  /** Network and mask of each network on a virtual interface, in pairs. */
  private readonly virtualNetworks: Uint32Array;

  constructor(
    interfaces: readonly Interface[],
    served: readonly Interface[],
    configured: readonly Ipv4[],
    answered: readonly Ipv4[] = configured,
  ) {
    const addresses = interfaces.flatMap((entry) => entry.addresses);
    const virtual = interfaces.filter((entry) => entry.virtual);
    this.own = new NumberSet(addresses.map((entry) => entry.address));
    this.local = new NumberSet([...addresses.map((entry) => entry.address), ...configured]);
    this.served = new NumberSet(served.map((entry) => entry.ifindex));
    this.answered = new NumberSet(answered);
    this.virtual = new NumberSet(virtual.map((entry) => entry.ifindex));
    const directed = addresses
      .filter((entry) => entry.prefixLength < POINT_TO_POINT_PREFIX)
      .map((entry) => broadcastOf(entry.address, maskOfLength(entry.prefixLength)));
    this.broadcasts = new NumberSet([IPV4_BROADCAST, IPV4_NONE, ...directed]);
    this.virtualNetworks = Uint32Array.from(
      virtual
        .flatMap((entry) => entry.addresses)
        .flatMap(({ address, prefixLength }) => [
          (address & maskOfLength(prefixLength)) >>> 0,
          maskOfLength(prefixLength),
        ]),
    );
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
