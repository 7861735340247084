// IPv6 addresses as they stand in options of DHCPv4 (6rd, DHCP 4o6): text to 16 octets.

import { parseIpv4 } from "./ipv4.ts";

const GROUPS = 8;
/** Octets of an IPv6 address. */
export const IPV6_OCTETS = 2 * GROUPS;

/** The 16 octets of an address in the forms of RFC 4291 section 2.2 (groups, `::`, a dotted quad at the end); undefined if the text is none. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "");
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  // A dotted quad is the end of an address and nothing else.
  if (halves.length === 2 && (halves[0] ?? "").includes(".")) return undefined;
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 255]));
}

/** The groups of one side of `::`; undefined if one of them is none. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const quad = parseIpv4(part);
    if (quad === undefined || i !== parts.length - 1) return undefined;
    groups.push(quad >>> 16, quad & 0xffff);
  }
  return groups;
}
