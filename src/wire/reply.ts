// The content of a reply, as a value; encode-reply.ts writes it.

import { NO_OCTETS } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { DOUBLE_ZERO } from "../base/shapes.ts";
import { LeaseInformation } from "./lease-information.ts";
import { MessageType } from "./message-type.ts";
import { NO_OPTIONS, type OptionSet } from "./options/option-set.ts";

/** What a reply says; one preallocated object is filled anew for every query. Everything not here is copied from the query. */
export class Reply {
  /** offer, ack, nak or an answer to a leasequery; `bootp` for an answer without option 53. */
  messageType: MessageType = MessageType.offer;
  ciaddr: Ipv4 = 0;
  yiaddr: Ipv4 = DOUBLE_ZERO;
  siaddr: Ipv4 = 0;
  /** Sets the broadcast bit in `flags` (a NAK through a relay, RFC 2131 section 4.3.2). */
  forceBroadcastFlag = false;
  /** Option 54. */
  serverId: Ipv4 = DOUBLE_ZERO;
  /** Option 51 in seconds, Infinity for 0xffffffff; -1: no 51, 58, 59 (NAK, INFORM). */
  leaseSeconds = -1;
  /** Option 80 (RFC 4039). */
  rapidCommit = false;
  /** Option 1 where none is configured; 0: none. */
  subnetMask: Ipv4 = DOUBLE_ZERO;
  /** `use-lease-addr-for-default-route`: send yiaddr as option 3 where none is configured. */
  routerIsLease = false;
  /** Option 12 where none is configured; empty: none. */
  hostName: Uint8Array = NO_OCTETS;
  /** Option 81, an answer to the client's; empty: none. */
  clientName: Uint8Array = NO_OCTETS;
  /** Option 56; empty: none. */
  message: Uint8Array = NO_OCTETS;
  /** Configured options in force for this client. A NAK sends none of them. */
  options: OptionSet = NO_OPTIONS;
  /** Copy the client's option 61 (RFC 6842). */
  echoClientId = true;
  /** Option 118 (RFC 3011): the client's, if it was heeded; 0: none. */
  subnetSelection: Ipv4 = 0;
  /** Header fields `file` and `sname`; empty: free for overload. A file name of more than 127 octets goes into option 67 instead. */
  fileName: Uint8Array = NO_OCTETS;
  serverName: Uint8Array = NO_OCTETS;

  /** What an answer to a leasequery tells, beside `options`; the code that sets such a message type fills it. */
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
    this.hostName = NO_OCTETS;
    this.clientName = NO_OCTETS;
    this.message = NO_OCTETS;
    this.options = NO_OPTIONS;
    this.echoClientId = true;
    this.subnetSelection = 0;
    this.fileName = NO_OCTETS;
    this.serverName = NO_OCTETS;
  }
}
