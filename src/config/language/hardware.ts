// `hardware TYPE ADDRESS;`: the types of hardware that have a name, and any other by its number.

import { NO_OCTETS } from "../../base/bytes.ts";
import type { Cursor } from "./cursor.ts";
import type { HardwareParameter } from "./syntax.ts";
import { readHexOctets } from "./values.ts";

/** An ARP hardware type (IANA) and the lengths of its addresses in octets. */
interface HardwareType {
  readonly htype: number;
  readonly least: number;
  readonly most: number;
}

const ETHERNET = 1;

/** Octets of the field chaddr (RFC 2131 section 2). */
const ADDRESS_OCTETS_MAX = 16;

const TYPES: ReadonlyMap<string, HardwareType> = new Map([
  ["ethernet", { htype: ETHERNET, least: 6, most: 6 }],
  ["token-ring", { htype: 6, least: 6, most: 6 }],
  ["fddi", { htype: 8, least: 6, most: 6 }],
  ["ipsec-tunnel", ofAnyLength(31)],
  ["infiniband", ofAnyLength(32)],
]);

function ofAnyLength(htype: number): HardwareType {
  return { htype, least: 1, most: ADDRESS_OCTETS_MAX };
}

/** Reads what follows `hardware`, which stands at `at`; undefined after a complaint. */
export function readHardware(cursor: Cursor, at: number): HardwareParameter | undefined {
  const token = cursor.peek();
  const type = token.kind === "word" ? typeOf(token.text.toLowerCase()) : undefined;
  if (type === undefined) return cursor.unexpected(`${[...TYPES.keys()].join(", ")}, or a number from 1 to 255`);
  cursor.next();
  const addressAt = cursor.peek().at;
  if (cursor.isMark(";")) {
    cursor.report.warning(addressAt, "there is no hardware address here: no client has it", {
      expected: "octets in hexadecimal joined by colons, like 0:1b:ff:0:2:a1",
    });
    return { kind: "hardware", htype: type.htype, address: NO_OCTETS, at };
  }
  const address = readHexOctets(cursor, type);
  if (address === undefined) return undefined;
  if (type.htype === ETHERNET && ((address[0] ?? 0) & 1) === 1)
    cursor.report.warning(addressAt, "this is a multicast address: no client has it as its own");
  return { kind: "hardware", htype: type.htype, address, at };
}

/** A type by its name, by its number, or as ISC's dhcpd writes one without a name: `unknown-32`. */
function typeOf(word: string): HardwareType | undefined {
  const named = TYPES.get(word);
  if (named !== undefined) return named;
  const number = Number(/^(?:unknown-)?([0-9]{1,3})$/.exec(word)?.[1] ?? 0);
  return (
    [...TYPES.values()].find(({ htype }) => htype === number) ??
    (number >= 1 && number <= 255 ? ofAnyLength(number) : undefined)
  );
}
