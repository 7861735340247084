// The content of a reply, and its encoding. STUB: signatures only.

import type { Ipv4 } from "../base/ipv4.ts";
import { MessageType } from "./message-type.ts";
import { NO_OPTIONS, type OptionSet } from "./option-set.ts";
import type { Query } from "./query.ts";

const EMPTY = new Uint8Array(0);

/** What a reply says; one preallocated object is filled anew for every query. Everything not here is copied from the query. */
export class Reply {
  /** offer, ack or nak; `bootp` for an answer without option 53. */
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
  /** Header fields `file` and `sname`, at most 127 and 63 octets; empty: free for overload. */
  fileName: Uint8Array = EMPTY;
  serverName: Uint8Array = EMPTY;

  /** Back to the values above. */
  reset(): void {
    this.messageType = MessageType.offer;
    this.ciaddr = 0;
    this.yiaddr = 0;
    this.siaddr = 0;
    this.forceBroadcastFlag = false;
    this.serverId = 0;
    this.leaseSeconds = -1;
    this.subnetMask = 0;
    this.routerIsLease = false;
    this.hostName = EMPTY;
    this.message = EMPTY;
    this.options = NO_OPTIONS;
    this.echoClientId = true;
    this.fileName = EMPTY;
    this.serverName = EMPTY;
  }
}

/**
 * Encodes the reply to `query` at `at` in `target` and returns its length in octets (300 ..
 * REPLY_OCTETS_MAX). `target` must have REPLY_OCTETS_MAX octets from `at` on.
 */
export declare function encodeReply(query: Query, reply: Reply, target: Uint8Array, at: number): number;
