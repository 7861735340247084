// The content of a reply, and its encoding (RFC 2131 section 2 and table 3).
//
// The target is an arena that is used again and again: every octet of the reply is written, and
// none outside it. Nothing is allocated.

import { putUint16, putUint32 } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { MESSAGE_OCTETS_MIN } from "../base/limits.ts";
import { BOOTREPLY, BROADCAST_FLAG, CHADDR_OCTETS, FILE_OCTETS, MAGIC_COOKIE, Offset, SNAME_OCTETS } from "./layout.ts";
import { LeaseInformation } from "./lease-information.ts";
import { encodeLeaseInformation } from "./leasequery-reply.ts";
import { isLeaseInformation, MessageType } from "./message-type.ts";
import { NO_OPTIONS, type OptionSet } from "./option-set.ts";
import type { Query } from "./query.ts";
import { encodeOptions, forgetLeftOut } from "./reply-options.ts";

const EMPTY = new Uint8Array(0);

/** What a reply says; one preallocated object is filled anew for every query. Everything not here is copied from the query. */
export class Reply {
  /** offer, ack, nak or an answer to a leasequery; `bootp` for an answer without option 53. */
  messageType: MessageType = MessageType.offer;
  ciaddr: Ipv4 = 0;
  yiaddr: Ipv4 = 0;
  siaddr: Ipv4 = 0;
  /** Sets the broadcast bit in `flags` (a NAK through a relay, RFC 2131 section 4.3.2). */
  forceBroadcastFlag = false;
  /** Option 54. */
  serverId: Ipv4 = 0;
  /** Option 51 in seconds, Infinity for 0xffffffff; -1: no 51, 58, 59 (NAK, INFORM). */
  leaseSeconds = -1;
  /** Option 80 (RFC 4039). */
  rapidCommit = false;
  /** Option 1 where none is configured; 0: none. */
  subnetMask: Ipv4 = 0;
  /** `use-lease-addr-for-default-route`: send yiaddr as option 3 where none is configured. */
  routerIsLease = false;
  /** Option 12 where none is configured; empty: none. */
  hostName: Uint8Array = EMPTY;
  /** Option 56; empty: none. */
  message: Uint8Array = EMPTY;
  /** Configured options in force for this client. A NAK sends none of them. */
  options: OptionSet = NO_OPTIONS;
  /** Copy the client's option 61 (RFC 6842). */
  echoClientId = true;
  /** Option 118 (RFC 3011): the client's, if it was heeded; 0: none. */
  subnetSelection: Ipv4 = 0;
  /** Header fields `file` and `sname`; empty: free for overload. A file name of more than 127 octets goes into option 67 instead. */
  fileName: Uint8Array = EMPTY;
  serverName: Uint8Array = EMPTY;

  /** What an answer to a leasequery tells, beside `options`; whoever sets such a message type fills it. */
  readonly lease = new LeaseInformation();

  /** Back to the values above. */
  reset(): void {
    this.messageType = MessageType.offer;
    this.ciaddr = 0;
    this.yiaddr = 0;
    this.siaddr = 0;
    this.forceBroadcastFlag = false;
    this.serverId = 0;
    this.leaseSeconds = -1;
    this.rapidCommit = false;
    this.subnetMask = 0;
    this.routerIsLease = false;
    this.hostName = EMPTY;
    this.message = EMPTY;
    this.options = NO_OPTIONS;
    this.echoClientId = true;
    this.subnetSelection = 0;
    this.fileName = EMPTY;
    this.serverName = EMPTY;
  }
}

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
