// The data of a query that conditions can look at, and the names of the options among them.

import { RelaySubOption } from "../../wire/options/relay-agent.ts";
import { FqdnPart, type QueryData, type QueryOperand } from "../model/query-condition.ts";
import type { Cursor } from "./cursor.ts";
import { readAnyOption } from "./option-place.ts";
import { didYouMean, nearestWord } from "./suggest.ts";

/** The sub-options of relay agent information that have names. */
export const AGENT_NAMES: ReadonlyMap<string, number> = new Map<string, number>([
  ["circuit-id", RelaySubOption.circuitId],
  ["remote-id", RelaySubOption.remoteId],
  ["link-selection", RelaySubOption.linkSelection],
  ["subscriber-id", 6],
  ["DOCSIS-device-class", 4],
]);

/** Reads what follows `option` or `exists`. */
export function readOptionData(cursor: Cursor): QueryOperand | undefined {
  if (cursor.isWord("agent") && cursor.isMark(".", 1)) {
    const code = readAgentName(cursor);
    return code === undefined ? undefined : whole("relay", code, "");
  }
  const { at } = cursor.peek();
  if (cursor.isWord("fqdn") && cursor.isMark(".", 1) && cursor.optionNames.findSpace("fqdn") === undefined) {
    return readFqdnPart(cursor);
  }
  const found = readAnyOption(cursor);
  if (found === undefined) return undefined;
  const { definition, space } = found;
  if (space === undefined) return whole("option", definition.code, definition.format);
  const [carrier] = space.carriers;
  if (carrier !== undefined) return whole("inner", definition.code, definition.format, carrier);
  return cursor.report.error(at, `no option of a query carries the space ${space.name}`, {
    expected: `option NAME code N = encapsulate ${space.name}; in front of it, or an option of DHCP itself`,
  });
}

/** Reads `fqdn.NAME`, a part of the name in option 81. */
function readFqdnPart(cursor: Cursor): QueryOperand | undefined {
  cursor.next();
  cursor.next();
  const token = cursor.peek();
  const found = Object.entries(FqdnPart).find(([name]) => name === token.text.toLowerCase());
  if (found === undefined) return cursor.unexpected(Object.keys(FqdnPart).join(", "));
  cursor.next();
  return whole("fqdn", found[1], "");
}

/** Reads `agent.NAME`, the code of a sub-option of the relay agent's information; undefined after a complaint. */
export function readAgentName(cursor: Cursor): number | undefined {
  const names = [...AGENT_NAMES.keys()].map((name) => `agent.${name}`).join(", ");
  if (!cursor.isWord("agent") || !cursor.isMark(".", 1)) return cursor.unexpected(names);
  cursor.next();
  cursor.next();
  const token = cursor.peek();
  const code = AGENT_NAMES.get(token.text);
  if (code === undefined) {
    const meant = nearestWord(token.text, AGENT_NAMES.keys());
    return cursor.unexpected(meant === undefined ? names : didYouMean(meant));
  }
  cursor.next();
  return code;
}

/** The operand of data that are compared as they are; `format` is the option's. */
export function whole(
  kind: QueryData["kind"],
  code: number,
  format: string,
  carrier = 0,
  { from, length } = { from: 0, length: Number.POSITIVE_INFINITY },
): QueryOperand {
  return {
    kind: "query",
    data: { kind, code, carrier, from, length, isSuffix: false },
    format,
    written: undefined,
    cased: undefined,
    otherwise: undefined,
  };
}
