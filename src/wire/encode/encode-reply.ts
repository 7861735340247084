// The encoding of a reply (RFC 2131 section 2 and table 3).
//
// The target is an arena that is used again and again: every octet of the reply is written, and
// none outside it. Nothing is allocated.

import { putUint16, putUint32 } from "../../base/bytes.ts";
import { MESSAGE_OCTETS_MIN } from "../../base/limits/wire.ts";
import {
  BOOTREPLY,
  BROADCAST_FLAG,
  CHADDR_OCTETS,
  FILE_OCTETS,
  MAGIC_COOKIE,
  Offset,
  SNAME_OCTETS,
} from "../layout.ts";
import { isLeaseInformation, MessageType } from "../message-type.ts";
import type { Query } from "../query.ts";
import type { Reply } from "../reply.ts";
import { encodeLeaseInformation } from "./leasequery-reply.ts";
import { forgetLeftOut } from "./reply-option-values.ts";
import { encodeOptions } from "./reply-options.ts";

/**
 * Encodes the reply to `query` at `at` in `target` and returns its length in octets (300 ..
 * REPLY_OCTETS_MAX). `target` must have REPLY_OCTETS_MAX octets from `at` on.
 */
export function encodeReply(query: Query, reply: Reply, target: Uint8Array, at: number): number {
  forgetLeftOut();
  if (isLeaseInformation(reply.messageType)) return encodeLeaseInformation(query, reply, target, at);
  target.fill(0, at, at + MESSAGE_OCTETS_MIN);
  encodeHeader(query, reply, target, at);
  // A BOOTP client that sent no cookie may know another vendor area than ours (RFC 1048).
  if (!query.hasCookie && reply.messageType === MessageType.bootp && reply.options.codes.length === 0) {
    return MESSAGE_OCTETS_MIN;
  }
  putUint32(target, at + Offset.cookie, MAGIC_COOKIE);
  const end = encodeOptions(query, reply, target, at);
  // A second attempt at the options may have ended before the first.
  if (end < at + MESSAGE_OCTETS_MIN) target.fill(0, end, at + MESSAGE_OCTETS_MIN);
  return Math.max(end - at, MESSAGE_OCTETS_MIN);
}

/** All but the options; `hops` stays 0, and so does `secs` of a DHCP message (RFC 2131 table 3). */
function encodeHeader(query: Query, reply: Reply, target: Uint8Array, at: number): void {
  target[at + Offset.op] = BOOTREPLY;
  target[at + Offset.htype] = query.htype;
  target[at + Offset.hlen] = query.hlen;
  putUint32(target, at + Offset.xid, query.xid);
  if (reply.messageType === MessageType.bootp) putUint16(target, at + Offset.secs, query.secs);
  putUint16(target, at + Offset.flags, reply.forceBroadcastFlag ? query.flags | BROADCAST_FLAG : query.flags);
  putUint32(target, at + Offset.ciaddr, reply.ciaddr);
  putUint32(target, at + Offset.yiaddr, reply.yiaddr);
  putUint32(target, at + Offset.siaddr, reply.siaddr);
  putUint32(target, at + Offset.giaddr, query.giaddr);
  for (let i = 0; i < CHADDR_OCTETS; i++) target[at + Offset.chaddr + i] = query.chaddr[i] ?? 0;
  putName(reply.serverName, SNAME_OCTETS, target, at + Offset.sname);
  // The beginning of a longer one is no name.
  if (reply.fileName.length < FILE_OCTETS) putName(reply.fileName, FILE_OCTETS, target, at + Offset.file);
}

/** Writes a name that leaves at least one zero octet in its field, which is zero already. */
function putName(name: Uint8Array, fieldOctets: number, target: Uint8Array, at: number): void {
  const length = Math.min(name.length, fieldOctets - 1);
  for (let i = 0; i < length; i++) target[at + i] = name[i] ?? 0;
}
