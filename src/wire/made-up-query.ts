// A query that no client has sent: the server's own to itself, and those that an operator asks about.

import { putUint16, putUint32 } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { MESSAGE_OCTETS_MIN } from "../base/limits/wire.ts";
import { BOOTREQUEST, BROADCAST_FLAG, HEADER_OCTETS, MAGIC_COOKIE, Offset } from "./layout.ts";
import type { MessageType } from "./message-type.ts";
import { OptionCode } from "./options/option-code.ts";

/** What it is made of. Addresses that are left out are 0.0.0.0. */
export interface QueryParts {
  readonly type: MessageType;
  readonly htype: number;
  /** At most CHADDR_OCTETS. */
  readonly chaddr: Uint8Array;
  readonly xid: number;
  readonly ciaddr?: Ipv4;
  readonly giaddr?: Ipv4;
  readonly isBroadcast?: boolean;
  /** Behind the message type, in this order; values of at most 255 octets. */
  readonly options?: readonly { readonly code: number; readonly value: Uint8Array }[];
}

const COOKIE_OCTETS = 4;

/** Its octets. */
export function makeQuery(parts: QueryParts): Uint8Array {
  const { type, htype, chaddr, xid, ciaddr = 0, giaddr = 0, isBroadcast = false, options = [] } = parts;
  const all = [{ code: OptionCode.messageType, value: Uint8Array.of(type) }, ...options];
  const length = all.reduce((sum, { value }) => sum + 2 + value.length, HEADER_OCTETS + COOKIE_OCTETS + 1);
  const octets = new Uint8Array(Math.max(MESSAGE_OCTETS_MIN, length));
  octets.set([BOOTREQUEST, htype, chaddr.length, giaddr === 0 ? 0 : 1]);
  putUint32(octets, Offset.xid, xid);
  if (isBroadcast) putUint16(octets, Offset.flags, BROADCAST_FLAG);
  putUint32(octets, Offset.ciaddr, ciaddr);
  putUint32(octets, Offset.giaddr, giaddr);
  octets.set(chaddr, Offset.chaddr);
  putUint32(octets, Offset.cookie, MAGIC_COOKIE);
  let at: number = Offset.options;
  for (const { code, value } of all) {
    octets.set([code, value.length], at);
    octets.set(value, at + 2);
    at += 2 + value.length;
  }
  octets[at] = OptionCode.end;
  return octets;
}
