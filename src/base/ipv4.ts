// IPv4 addresses as unsigned 32-bit numbers in host order.
//
// Every address in the core is a number in 0 .. 0xffffffff; 10.0.0.1 is 0x0a000001. Text
// exists only at the edges. All bit operations end in `>>> 0`, because JavaScript's are signed.

import type { Branded } from "./branded.ts";

/** An IPv4 address: an integer in 0 .. 0xffffffff, host order. */
export type Ipv4 = Branded<"IPv4 address">;

/** 0.0.0.0, "no address". */
export const IPV4_NONE: Ipv4 = 0;

/** 255.255.255.255, the limited broadcast address. */
export const IPV4_BROADCAST: Ipv4 = 0xffffffff;

/** Parses strict dotted-quad text (four decimal numbers 0..255, no leading zeros); undefined if it is anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    address = address * 256 + octet;
  }
  return address;
}

/** Formats an address as a dotted quad. */
export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The netmask of a prefix length (0..32). */
export function maskOfLength(prefixLength: number): Ipv4 {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/** The prefix length of a netmask, or undefined if its ones are not contiguous. */
export function lengthOfMask(mask: Ipv4): number | undefined {
  const inverse = ~mask >>> 0;
  if ((inverse & (inverse + 1)) !== 0) return undefined;
  return Math.clz32(inverse);
}

/** Whether `address` lies in the network `network`/`mask`. */
export function isInNetwork(address: Ipv4, network: Ipv4, mask: Ipv4): boolean {
  return (address & mask) >>> 0 === network;
}

/** The directed broadcast address of `network`/`mask`. */
export function broadcastOf(network: Ipv4, mask: Ipv4): Ipv4 {
  return (network | ~mask) >>> 0;
}

/** Whether `address` can belong to a host: not 0/8, 127/8, multicast, reserved or broadcast. */
export function isUnicastHost(address: Ipv4): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}
