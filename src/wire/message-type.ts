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
] as const;

/** The name used in the RFCs and in every log line; "message type N" for one that we do not know. */
export function messageTypeName(type: number): string {
  return NAMES[type] ?? `message type ${type}`;
}
