// Settings of this host that will make queries or replies disappear: warnings at start, with what to do. Pure: the
// caller reads /proc/sys/net/ipv4/conf.
//
// Not seen here: firewall rules and address translation (reading them takes a privilege). A
// masquerading rule rewrites the anycast source of replies; the documentation gives the rule that
// prevents it (udp sport 67 notrack).

import type { Interface } from "../base/interface.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { ListenerPlan } from "./listen/listeners.ts";

/** Reads one setting of /proc/sys/net/ipv4/conf, "eth0/rp_filter"; undefined if it cannot be read. */
export type SettingReader = (name: string) => string | undefined;

/** The warnings, each a sentence with its remedy; none if the settings cannot be read. */
export function startupWarnings(
  interfaces: readonly Interface[],
  plan: ListenerPlan,
  configured: readonly Ipv4[],
  read: SettingReader,
): readonly string[] {
  const links = interfaces.filter((entry) => entry.up && !entry.loopback && entry.addresses.length > 0);
  const takesRelayed = plan.listeners.some((listener) => listener.kind === "address" || listener.kind === "wildcard");
  const anycast = configured.filter((address) =>
    interfaces.some((entry) => entry.loopback && entry.addresses.some((own) => own.address === address)),
  );
  return [
    ...(takesRelayed ? reversePathWarnings(links, read) : []),
    ...(anycast.length > 0 ? anycastWarnings(links, anycast, read) : []),
  ];
}

/** rp_filter = 1 drops a relay's messages from an address that is routed elsewhere, or nowhere. */
function reversePathWarnings(links: readonly Interface[], read: SettingReader): string[] {
  const strict = namesWhere(links, (name) => effectiveSetting(name, "rp_filter", read) === 1);
  if (strict === "") return [];
  return [
    `rp_filter is 1 on ${strict}: the kernel drops queries of relays and renewing clients to whom this host has no route through the interface that they come in by. If their packets may come another way than yours go, set it to 2 (sysctl -w net.ipv4.conf.INTERFACE.rp_filter=2), else see that each has a route back`,
  ];
}

/** The kernel answers and announces an address on `lo` by ARP on every link, unless settings forbid it. */
function anycastWarnings(links: readonly Interface[], anycast: readonly Ipv4[], read: SettingReader): string[] {
  const broadcastLinks = links.filter((entry) => entry.broadcast && !entry.pointToPoint);
  const addresses = anycast.map(formatIpv4).join(", ");
  const answering = namesWhere(broadcastLinks, (name) => effectiveSetting(name, "arp_ignore", read) === 0);
  const announcing = namesWhere(broadcastLinks, (name) => effectiveSetting(name, "arp_announce", read) === 0);
  const warnings: string[] = [];
  if (answering !== "") {
    warnings.push(
      `arp_ignore is 0 on ${answering}: this host answers ARP for ${addresses} there, as would every other server of that address: set net.ipv4.conf.INTERFACE.arp_ignore to 1`,
    );
  }
  if (announcing !== "") {
    warnings.push(
      `arp_announce is 0 on ${announcing}: ARP requests there may carry ${addresses} as their sender and mislead neighbours: set net.ipv4.conf.INTERFACE.arp_announce to 2`,
    );
  }
  return warnings;
}

function namesWhere(links: readonly Interface[], isMeant: (name: string) => boolean): string {
  return links
    .map((entry) => entry.name)
    .filter(isMeant)
    .join(", ");
}

/** A setting of an interface as it counts: the larger of its own value and that of `all`; -1 if neither can be read. */
export function effectiveSetting(name: string, setting: string, read: SettingReader): number {
  return Math.max(numberOf(read(`all/${setting}`)), numberOf(read(`${name}/${setting}`)));
}

function numberOf(text: string | undefined): number {
  return text === undefined || !/^\s*[0-9]+\s*$/.test(text) ? -1 : Number(text);
}
