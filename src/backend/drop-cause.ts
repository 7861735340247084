// Why a query that was on the wire, with good checksums and for us, did not come out of a UDP socket, as far as that is
// known without asking the kernel. Pure: data in, data out.
//
// Certain causes come first: no socket is bound to its destination; the kernel takes nothing from such a source. Likely
// causes follow: a reverse-path filter if the source is not on the link, else a packet filter's rule. Without privilege
// nothing tells a prerouting chain's rule from an input chain's. A rule at a device's ingress hook stays unseen: it
// drops the query before a packet socket for IPv4 sees it.

import type { Interface } from "../base/interface.ts";
import type { Interfaces } from "../base/interfaces.ts";
import { formatIpv4, IPV4_BROADCAST, IPV4_NONE, type Ipv4, isInNetwork, maskOfLength } from "../base/ipv4.ts";
import { effectiveSetting, type SettingReader } from "./startup-warnings.ts";

/** The causes; the names are counters. */
export type DropCause = "no-listener" | "bad-source" | "rp-filter" | "firewall";

const LOOPBACK_NETWORK = 127;
const STRICT = 1;

/** The facts that the causes are judged by: the interfaces and the listeners at one moment. */
export interface DropPicture {
  readonly interfaces: Interfaces;
  /** Addresses that a socket is bound to. */
  readonly bound: ReadonlySet<Ipv4>;
  readonly read: SettingReader;
}

/** The likeliest cause for a query from `source` to `destination` that came in by interface `ifindex`. */
export function dropCause(picture: DropPicture, source: Ipv4, destination: Ipv4, ifindex: number): DropCause {
  if (!picture.bound.has(IPV4_NONE) && !picture.bound.has(destination)) return "no-listener";
  if (!isTakenFrom(picture, source, destination)) return "bad-source";
  const entry = picture.interfaces.find(ifindex);
  const isStrict = entry !== undefined && effectiveSetting(entry.name, "rp_filter", picture.read) === STRICT;
  return isStrict && source !== IPV4_NONE && !isOnLink(entry, source) ? "rp-filter" : "firewall";
}

/** The text for the user: cause and remedy. `name`: of the interface. */
export function describeCause(cause: DropCause, destination: Ipv4, name: string): string {
  const address = formatIpv4(destination);
  switch (cause) {
    case "no-listener":
      return `nobody listens at ${address}: -u${address} makes us listen at an address of ours, -u at every address and each network's broadcast address`;
    case "bad-source":
      return "the kernel takes nothing from such a source address: --backend=bpf does";
    case "rp-filter":
      return `probably the reverse-path filter (rp_filter is ${STRICT} on ${name}): set net.ipv4.conf.{all,${name}}.rp_filter to 0 or 2, or have a route back to that address through ${name}`;
    case "firewall":
      return "probably a firewall's rule, in a prerouting or an input chain: it must let UDP to port 67 through (etc/nftables-*.conf)";
  }
}

/** Whether the kernel delivers from this source at all: no martian, and 0.0.0.0 only with the limited broadcast. */
function isTakenFrom({ interfaces }: DropPicture, source: Ipv4, destination: Ipv4): boolean {
  if (source === IPV4_NONE) return destination === IPV4_BROADCAST || destination === IPV4_NONE;
  const first = source >>> 24;
  return first !== 0 && first !== LOOPBACK_NETWORK && first < 224 && !interfaces.own.has(source);
}

function isOnLink(entry: Interface, source: Ipv4): boolean {
  return entry.addresses.some(({ address, prefixLength }) => {
    const mask = maskOfLength(prefixLength);
    return isInNetwork(source, (address & mask) >>> 0, mask);
  });
}
