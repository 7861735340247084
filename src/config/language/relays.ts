// `relays`: which hosts may relay messages of clients.

import type { Network, Relays } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readDottedName, readNetwork } from "./values.ts";

/** Any source address, on any interface. */
const ANY: Relays = { networks: [{ network: 0, mask: 0 }], interfaces: [] };
const NONE: Relays = { networks: [], interfaces: [] };

/** `any`, `none`, or `ADDRESS[/LENGTH]` and `interface NAME` {, ...}. */
export function readRelays(cursor: Cursor, at: number): Parameter | undefined {
  const relays = cursor.takeWord("any") ? ANY : cursor.takeWord("none") ? NONE : readList(cursor);
  return relays && { kind: "setting", field: "relays", value: { relays }, at };
}

function readList(cursor: Cursor): Relays | undefined {
  const networks: Network[] = [];
  const interfaces: string[] = [];
  do {
    if (cursor.takeWord("interface")) {
      const name = readInterface(cursor);
      if (name === undefined) return undefined;
      interfaces.push(name);
    } else if (isName(cursor)) {
      return cursor.unexpected(
        `a network of relays, as in relays 192.0.2.0/24;, or relays interface ${cursor.peek().text};`,
      );
    } else {
      const network = readNetwork(cursor);
      if (network === undefined) return undefined;
      networks.push(network);
    }
  } while (cursor.takeMark(","));
  return { networks, interfaces };
}

/** Whether a word stands here that is no number. */
function isName(cursor: Cursor): boolean {
  const { kind, text } = cursor.peek();
  return kind === "word" && !/^(?:[0-9].*|any|none)$/i.test(text);
}

function readInterface(cursor: Cursor): string | undefined {
  return cursor.peek().kind === "string" ? cursor.next().text : readDottedName(cursor, "the name of an interface");
}
