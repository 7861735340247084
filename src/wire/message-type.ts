// DHCP message types: option 53 (RFC 2132 section 9.6 and later registrations).

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

/** Whether a message answers a leasequery, and so speaks of a lease to somebody who is not its client. */
export function isLeaseInformation(type: MessageType): boolean {
  return (
    type >= MessageType.leaseUnassigned && type <= MessageType.leaseQueryDone && type !== MessageType.bulkLeaseQuery
  );
}

/** The name used in the RFCs and in every log line; "message type N" for one that we do not know. */
export function messageTypeName(type: number): string {
  return NAMES[type] ?? `message type ${type}`;
}
