// The values of a lease in an answer to a leasequery (RFC 4388 section 6.4, RFC 6926 section 6.2):
// values and their absence. One preallocated object is filled anew for every answer.

import type { Ipv4 } from "../base/ipv4.ts";
import { ASSOCIATED_ADDRESSES_MAX } from "../base/limits/leasequery.ts";
import { ClientFacts } from "./client-facts.ts";

/** Values of the option dhcp-state (RFC 6926 section 6.2.7) that this server uses. */
export const DhcpState = { none: 0, available: 1, active: 2, expired: 3, released: 4, abandoned: 5 } as const;
export type DhcpState = (typeof DhcpState)[keyof typeof DhcpState];

/** Values of the option status-code (RFC 6926 section 6.2.2). */
export const StatusCode = { success: 0, queryTerminated: 2, malformedQuery: 3, notAllowed: 4 } as const;
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** A lease, or the absence of one, as the requestor gets it. Octets after the lengths mean nothing. */
export class LeaseInformation extends ClientFacts {
  /** ciaddr: the address that the answer is about; 0: none. */
  address: Ipv4 = 0;
  /** Option 51: the rest of the lease; Infinity: for ever; -1: none. The next two are alike. */
  leaseSeconds = -1;
  /** Option 58: until the client's next renewal. */
  renewalSeconds = -1;
  /** Option 59. */
  rebindingSeconds = -1;
  /** Option 91: since the client's last transaction; -1: not sent. */
  lastTransactionSeconds = -1;
  /** Option 92: further addresses of the client. */
  readonly associated = new Uint32Array(ASSOCIATED_ADDRESSES_MAX);
  associatedCount = 0;
  /** Option 152: when the answer was made, in seconds since 1970; -1: not sent. */
  baseTime = -1;
  /** Option 153: how long the address is in its state; -1: not sent. */
  stateSeconds = -1;
  /** Option 156 and, if 156 is sent, 157: the information is this server's own. */
  state: DhcpState = DhcpState.none;
  /** Option 151, unless it is success. */
  status: StatusCode = StatusCode.success;
  /** Its text in ASCII. */
  statusText = "";

  /** Back to the values above. */
  reset(): void {
    this.address = 0;
    this.forgetClient();
    this.leaseSeconds = -1;
    this.renewalSeconds = -1;
    this.rebindingSeconds = -1;
    this.lastTransactionSeconds = -1;
    this.associatedCount = 0;
    this.baseTime = -1;
    this.stateSeconds = -1;
    this.state = DhcpState.none;
    this.status = StatusCode.success;
    this.statusText = "";
  }
}
