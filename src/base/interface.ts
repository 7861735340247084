// A network interface, as the core knows it: a snapshot of the kernel's view, keyed by ifindex.
// Names change and come back; an ifindex does not mean the same device twice.

import type { Ipv4 } from "./ipv4.ts";

/** One IPv4 address of an interface. */
export interface InterfaceAddress {
  readonly address: Ipv4;
  readonly prefixLength: number;
  /** False for what Linux calls a secondary address (a later one inside the same prefix). */
  readonly primary: boolean;
}

/** A network interface as the kernel shows it. */
export interface Interface {
  readonly ifindex: number;
  readonly name: string;
  /** Administratively up. */
  readonly up: boolean;
  /** Up and with a carrier: frames leave and arrive. */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly pointToPoint: boolean;
  readonly broadcast: boolean;
  /** A device made by software (veth, bridge, tun ...), whose receivers may see partial UDP checksums. */
  readonly virtual: boolean;
  /** Empty where the link has no hardware address. */
  readonly hardwareAddress: Uint8Array;
  /** In the kernel's order: the first primary one is "the interface's address". */
  readonly addresses: readonly InterfaceAddress[];
}
