// The query that a server sends to itself, to see whether its sockets hear, its parser works and its replies leave: a
// DHCPINFORM of an invented client, as a relay would pass it on. Its transaction identifier is a fixed one, by which
// the sockets' filter lets the reply in; sixteen random octets as its hardware address tell it from any other query.

import { getUint8 } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { CHADDR_OCTETS, HEADER_OCTETS, Offset } from "./layout.ts";
import { makeQuery } from "./made-up-query.ts";
import { MessageType } from "./message-type.ts";

/** Transaction identifier of a query to oneself and of its reply. */
export const SELF_XID = 0x73656c66;

/** The query. `token`: CHADDR_OCTETS octets of chance; `client`: an address of the subnet that it is to come from. */
export function makeSelfQuery(token: Uint8Array, client: Ipv4): Uint8Array {
  const parts = { type: MessageType.inform, htype: 1, chaddr: token, xid: SELF_XID };
  return makeQuery({ ...parts, ciaddr: client, giaddr: client });
}

/** `op` of a message if it has this token, which the query and its reply have; -1 of any other. */
export function selfOperation(octets: Uint8Array, start: number, length: number, token: Uint8Array): number {
  if (length < HEADER_OCTETS) return -1;
  for (let i = 0; i < CHADDR_OCTETS; i++) if (getUint8(octets, start + Offset.chaddr + i) !== token[i]) return -1;
  return getUint8(octets, start + Offset.op);
}
