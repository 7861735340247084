// DHCP message types: option 53 (RFC 2132 section 9.6 and later registrations).

import { getUint8 } from "../base/bytes.ts";
import { Offset } from "./layout.ts";
import { OptionCode } from "./options/option-code.ts";

/** Values of option 53 that the server knows; 0 stands for "no option 53", a BOOTP message. */
export const MessageType = {
  bootp: 0,
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
  /** RFC 4388. */
  leaseQuery: 10,
  leaseUnassigned: 11,
  leaseUnknown: 12,
  leaseActive: 13,
  /** RFC 6926. */
  bulkLeaseQuery: 14,
  leaseQueryDone: 15,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

const NAMES = [
  "BOOTREQUEST",
  "DHCPDISCOVER",
  "DHCPOFFER",
  "DHCPREQUEST",
  "DHCPDECLINE",
  "DHCPACK",
  "DHCPNAK",
  "DHCPRELEASE",
  "DHCPINFORM",
  "DHCPFORCERENEW",
  "DHCPLEASEQUERY",
  "DHCPLEASEUNASSIGNED",
  "DHCPLEASEUNKNOWN",
  "DHCPLEASEACTIVE",
  "DHCPBULKLEASEQUERY",
  "DHCPLEASEQUERYDONE",
] as const;

/**
 * The message type of the message of `length` octets at `offset`, at a look and before anything is decoded: 0 where
 * option 53 is not among the first `options` ones. Clients put it first, or nearly so; the filters of sockets
 * (backend/filter/filter.ts) look at the first option only.
 */
export function peekMessageType(bytes: Uint8Array, offset: number, length: number, options: number): number {
  const end = offset + length;
  let at = offset + Offset.options;
  for (let i = 0; i < options && at + 2 < end; i++) {
    if (getUint8(bytes, at) === OptionCode.messageType) return getUint8(bytes, at + 2);
    at += 2 + getUint8(bytes, at + 1);
  }
  return 0;
}

/** Whether a message answers a leasequery, and so speaks of a lease to a requestor that is not its client. */
export function isLeaseInformation(type: MessageType): boolean {
  return (
    type >= MessageType.leaseUnassigned && type <= MessageType.leaseQueryDone && type !== MessageType.bulkLeaseQuery
  );
}

/** The name used in the RFCs and in every log line; "message type N" for one that we do not know. */
export function messageTypeName(type: number): string {
  return NAMES[type] ?? `message type ${type}`;
}
