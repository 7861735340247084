// `dhcp-host` of dnsmasq's: a machine by hardware address or client identifier, with an address, a name and
// a lease time.

import { parseIpv4 } from "../base/ipv4.ts";
import { dnsmasqSeconds } from "./dnsmasq-options.ts";
import { hexOctets, isName, parseOctets, quote } from "./written.ts";

/** A line's facts about a machine. */
export interface DnsmasqHost {
  /** Empty where it has none. */
  readonly name: string;
  /** The condition for being that machine. */
  readonly condition: string;
  /** Tags that it sets. */
  readonly tags: readonly string[];
  readonly statements: readonly string[];
  /** What of the line is not carried over. */
  readonly lost: readonly string[];
}

const CARD = /^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i;

/** Reads the parts of a line; or says why there is no host. */
export function readHost(values: readonly string[]): DnsmasqHost | { readonly problem: string } {
  const conditions: string[] = [];
  const statements: string[] = [];
  const tags: string[] = [];
  const lost: string[] = [];
  let name = "";
  for (const value of values) {
    const [, kind = "", behind = ""] = /^(id|set|net|tag):(.*)$/.exec(value) ?? [];
    const seconds = dnsmasqSeconds(value);
    if (kind === "id" && behind === "*") lost.push("id:* is not told of one machine: see ignore-client-uids");
    else if (kind === "id") {
      const octets = behind.includes(":") ? parseOctets(behind) : undefined;
      const id = octets === undefined ? quote(behind) : hexOctets(octets);
      conditions.push(`option dhcp-client-identifier = ${id}`);
      statements.push(`option dhcp-client-identifier ${octets === undefined ? "" : "= "}${id};`);
    } else if (kind === "set" || kind === "net") tags.push(behind);
    else if (kind === "tag") lost.push(`${value}: a host does not depend on tags`);
    else if (CARD.test(value)) {
      const octets = value.replaceAll("-", ":");
      conditions.push(`substring(hardware, 1, 6) = ${octets}`);
      statements.push(`hardware ethernet ${octets};`);
    } else if (/[*:[]/.test(value)) lost.push(`${value} is neither a hardware address nor an address of IPv4`);
    else if (parseIpv4(value) !== undefined) statements.push(`fixed-address ${value};`);
    else if (value === "ignore") statements.push("deny booting;");
    else if (seconds !== undefined) statements.push(`default-lease-time ${seconds};`, `max-lease-time ${seconds};`);
    else if (value !== "") {
      name = value;
      statements.push(`option host-name ${quote(value)};`);
    }
  }
  if (conditions.length === 0)
    return { problem: lost[0] ?? "a host is known by its hardware address or client identifier, not by its name" };
  return { name: isName(name) ? name : "", condition: conditions.join(" or "), tags, statements, lost };
}
