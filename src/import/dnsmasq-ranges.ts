// `dhcp-range` of dnsmasq's.

import { type Ipv4, maskOfLength, parseIpv4 } from "../base/ipv4.ts";
import type { Seconds } from "../base/time.ts";
import type { DnsmasqLine } from "./dnsmasq-lines.ts";
import { dnsmasqSeconds } from "./dnsmasq-options.ts";
import { splitTags } from "./dnsmasq-tags.ts";
import type { Origin } from "./notice.ts";

const LEASE_SECONDS = 3600;
/** dnsmasq gives no shorter lease. */
export const LEAST_SECONDS = 120;

/** One range. */
export interface Range {
  readonly origin: Origin;
  readonly first: Ipv4;
  /** Undefined: addresses of hosts only. */
  readonly last: Ipv4 | undefined;
  readonly mask: Ipv4;
  /** Whether the line has the netmask; else it is the likeliest. */
  readonly hasMask: boolean;
  readonly seconds: Seconds;
  /** Tags that clients must have. */
  readonly asked: readonly string[];
  /** The tag that its clients get; empty if none. */
  readonly set: string;
  /** Further tags that they get. */
  readonly others: readonly string[];
}

/** Reads a line; or says why it is no range of IPv4. */
export function readRange({ values, origin }: DnsmasqLine): Range | { readonly problem: string } {
  const { tags: asked, rest: behind } = splitTags(values);
  const sets = behind.filter((value) => value.startsWith("set:")).map((value) => value.slice("set:".length));
  const rest = behind.filter((value) => !/^(?:set|interface|constructor):/.test(value));
  const [start = "", end = "", ...more] = rest;
  const first = parseIpv4(start);
  const last = parseIpv4(end);
  if (first === undefined) return { problem: "a first address of IPv4 was expected" };
  if (end === "proxy") return { problem: "this server is no proxy for another" };
  if (last === undefined && end !== "static") return { problem: "a last address was expected" };
  const masks = more.map(parseIpv4).filter((mask) => mask !== undefined);
  const seconds = more.map(dnsmasqSeconds).find((each) => each !== undefined) ?? LEASE_SECONDS;
  const [set = "", ...others] = sets;
  return {
    origin,
    first,
    last,
    mask: masks[0] ?? guessMask(first, last ?? first),
    hasMask: masks.length > 0,
    seconds: Math.max(LEAST_SECONDS, seconds),
    asked,
    set,
    others,
  };
}

/** The smallest network that has both addresses and is one of 256 at least, as in homes. */
function guessMask(first: Ipv4, last: Ipv4): Ipv4 {
  let length = 24;
  while (length > 0 && (first & maskOfLength(length)) >>> 0 !== (last & maskOfLength(length)) >>> 0) length--;
  return maskOfLength(length);
}
