// `allow leasequery`, ISC's statement, with an addition: the addresses of the requestors. And `allow bulk-leasequery`,
// the same for RFC 6926.

import { type BlockKind, type Network, SETTINGS } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readNetwork } from "./values.ts";

const EVERYBODY: readonly Network[] = [{ network: 0, mask: 0 }];

/** `leasequery` or `bulk-leasequery [from ADDRESS[/LENGTH] {, ...}]` behind `allow`; behind `deny` the word alone. */
export function readRequestors(
  cursor: Cursor,
  at: number,
  isAllowed: boolean,
  block: BlockKind,
): Parameter | undefined {
  const word = cursor.next();
  const name = word.text.toLowerCase();
  const field = name === SETTINGS.leasequeryRequestors.name ? "leasequeryRequestors" : "bulkLeasequeryRequestors";
  if (!SETTINGS[field].blocks.includes(block))
    return cursor.report.error(word.at, `${name} is not allowed in a ${block}`, {
      expected: `${isAllowed ? "allow" : "deny"} ${name} at the top level, in a shared-network, in a subnet or in a group`,
    });
  const requestors = isAllowed ? readFrom(cursor) : [];
  if (requestors === undefined) return undefined;
  return { kind: "setting", field, value: { [field]: requestors }, at };
}

function readFrom(cursor: Cursor): readonly Network[] | undefined {
  if (!cursor.takeWord("from")) return EVERYBODY;
  const networks: Network[] = [];
  do {
    const network = readNetwork(cursor);
    if (network === undefined) return undefined;
    networks.push(network);
  } while (cursor.takeMark(","));
  return networks;
}
