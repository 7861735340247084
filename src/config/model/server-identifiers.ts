// Which addresses clients of a link may know this server by: the `server-identifier` statements that can be in force
// there, in any block. An OFFER names one of them, so the client's next message may name it too.

import type { Ipv4 } from "../../base/ipv4.ts";
import { type Level, lexicalChain } from "../resolve/levels.ts";

/** By position of the link; of no link, at -1, those that hold everywhere. */
export type ServerIdentifiers = ReadonlyMap<number, readonly Ipv4[]>;

/** Collects them. `links` has the position of every link, by the level of its shared network or of its subnets. */
export function serverIdentifiersOf(levels: readonly Level[], links: ReadonlyMap<Level, number>): ServerIdentifiers {
  const found = new Map<number, Set<Ipv4>>([-1, ...links.values()].map((link) => [link, new Set()]));
  for (const level of levels) {
    const { serverIdentifier } = level.values;
    if (serverIdentifier === undefined) continue;
    const link = linkOf(level, links);
    if (link >= 0) found.get(link)?.add(serverIdentifier);
    else for (const identifiers of found.values()) identifiers.add(serverIdentifier);
  }
  return new Map([...found].map(([link, identifiers]) => [link, [...identifiers]]));
}

/** The link that a block's values are confined to; -1 if they can hold on any. Hosts and classes hold on every link. */
function linkOf(level: Level, links: ReadonlyMap<Level, number>): number {
  for (const around of lexicalChain(level)) {
    const { kind } = around.block.header;
    if (kind === "host" || kind === "class" || kind === "subclass") return -1;
    const link = links.get(around);
    if (link !== undefined) return link;
  }
  return -1;
}
