// What a client or a relay says and hears, octet by octet: DHCP messages in UDP, IPv4 and Ethernet. Written
// without the server's own code, which it is there to judge. RFC 2131, RFC 2132, RFC 768, RFC 791. Pure.

/** Message types of option 53. */
export const MessageCode = { discover: 1, offer: 2, request: 3, ack: 5, nak: 6 } as const;

const MAGIC_COOKIE = [99, 130, 83, 99];
const BOOTP_OCTETS = 236;
const MESSAGE_OCTETS = 300;
const IP_AT = 14;
const ETHERTYPE_IPV4 = 0x0800;
const PROTOCOL_UDP = 17;
/** Option codes of RFC 2132. */
const REQUESTED_ADDRESS = 50;
const MESSAGE_TYPE = 53;
const SERVER_IDENTIFIER = 54;
const PARAMETERS = 55;
const END = 255;

/** A query's fields. Addresses are text; left out is 0.0.0.0. */
export interface ClientMessage {
  readonly type: number;
  readonly xid: number;
  readonly chaddr: string;
  readonly broadcast?: boolean;
  readonly ciaddr?: string;
  readonly giaddr?: string;
  readonly requested?: string;
  readonly server?: string;
}

/** What a datagram is wrapped in. */
export interface Envelope {
  readonly destinationHardware: string;
  readonly sourceHardware: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** The UDP checksum to write instead of the right one: "none" is zero, "wrong" is off by one. */
  readonly udpChecksum?: "right" | "none" | "wrong";
  /** The same for the header's checksum. */
  readonly headerChecksum?: "right" | "wrong";
}

/** How a checksum was found: right, wrong, not sent (zero), or left to hardware that is not there. */
export type ChecksumState = "right" | "wrong" | "none" | "unfinished";

/** A server's message as it came by. */
export interface SeenReply {
  readonly destinationHardware: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly headerChecksum: ChecksumState;
  readonly udpChecksum: ChecksumState;
  readonly xid: number;
  readonly type: number;
  readonly yiaddr: string;
  /** Option 54; undefined if it is missing. */
  readonly serverIdentifier: string | undefined;
}

/** A DHCP message of at least 300 octets. */
export function encodeMessage(message: ClientMessage): Uint8Array {
  const options = [MESSAGE_TYPE, 1, message.type];
  if (message.requested !== undefined) options.push(REQUESTED_ADDRESS, 4, ...addressOctets(message.requested));
  if (message.server !== undefined) options.push(SERVER_IDENTIFIER, 4, ...addressOctets(message.server));
  options.push(PARAMETERS, 3, 1, 3, 51, END);
  const octets = new Uint8Array(Math.max(MESSAGE_OCTETS, BOOTP_OCTETS + MAGIC_COOKIE.length + options.length));
  const view = new DataView(octets.buffer);
  octets.set([1, 1, 6, message.giaddr === undefined ? 0 : 1]);
  view.setUint32(4, message.xid);
  view.setUint16(10, message.broadcast === true ? 0x8000 : 0);
  octets.set(addressOctets(message.ciaddr ?? "0.0.0.0"), 12);
  octets.set(addressOctets(message.giaddr ?? "0.0.0.0"), 24);
  octets.set(hardwareOctets(message.chaddr), 28);
  octets.set([...MAGIC_COOKIE, ...options], BOOTP_OCTETS);
  return octets;
}

/** A whole frame around a UDP payload. */
export function encodeFrame(payload: Uint8Array, envelope: Envelope): Uint8Array {
  const octets = new Uint8Array(IP_AT + 28 + payload.length);
  const view = new DataView(octets.buffer);
  octets.set([...hardwareOctets(envelope.destinationHardware), ...hardwareOctets(envelope.sourceHardware)]);
  view.setUint16(12, ETHERTYPE_IPV4);
  octets[IP_AT] = 0x45;
  view.setUint16(IP_AT + 2, 28 + payload.length);
  octets.set([64, PROTOCOL_UDP], IP_AT + 8);
  octets.set([...addressOctets(envelope.source), ...addressOctets(envelope.destination)], IP_AT + 12);
  const header = checksum(octets.subarray(IP_AT, IP_AT + 20), 0);
  view.setUint16(IP_AT + 10, envelope.headerChecksum === "wrong" ? header ^ 1 : header);
  const udp = IP_AT + 20;
  view.setUint16(udp, envelope.sourcePort);
  view.setUint16(udp + 2, envelope.destinationPort);
  view.setUint16(udp + 4, 8 + payload.length);
  octets.set(payload, udp + 8);
  if (envelope.udpChecksum === "none") return octets;
  const right = udpChecksum(octets, udp) || 0xffff;
  view.setUint16(udp + 6, envelope.udpChecksum === "wrong" ? right ^ 1 : right);
  return octets;
}

/**
 * Reads a frame with a server's reply in it; undefined for every other frame. `isPartial`: the kernel
 * says that the UDP checksum is not finished.
 */
export function readReply(octets: Uint8Array, isPartial: boolean): SeenReply | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length < IP_AT + 20 || view.getUint16(12) !== ETHERTYPE_IPV4) return undefined;
  const udp = IP_AT + ((octets[IP_AT] ?? 0) & 15) * 4;
  const message = udp + 8;
  if (octets[IP_AT + 9] !== PROTOCOL_UDP || octets.length < message + BOOTP_OCTETS + MAGIC_COOKIE.length)
    return undefined;
  if (view.getUint16(udp) !== 67 || octets[message] !== 2) return undefined;
  const sent = view.getUint16(udp + 6);
  const isRight = sent === (udpChecksum(octets, udp) || 0xffff);
  return {
    destinationHardware: formatHardware(octets, 0),
    source: formatAddress(octets, IP_AT + 12),
    sourcePort: view.getUint16(udp),
    destination: formatAddress(octets, IP_AT + 16),
    destinationPort: view.getUint16(udp + 2),
    headerChecksum: checksum(octets.subarray(IP_AT, udp), 0) === 0 ? "right" : "wrong",
    udpChecksum: sent === 0 ? "none" : isRight ? "right" : isPartial ? "unfinished" : "wrong",
    xid: view.getUint32(message + 4),
    type: octets[optionAt(octets, message, MESSAGE_TYPE)] ?? 0,
    yiaddr: formatAddress(octets, message + 16),
    serverIdentifier: serverIdentifierOf(octets, message),
  };
}

function serverIdentifierOf(octets: Uint8Array, message: number): string | undefined {
  const at = optionAt(octets, message, SERVER_IDENTIFIER);
  return at === -1 ? undefined : formatAddress(octets, at);
}

/** Where an option's content begins, or -1. */
function optionAt(octets: Uint8Array, message: number, wanted: number): number {
  let at = message + BOOTP_OCTETS + MAGIC_COOKIE.length;
  while (at + 1 < octets.length && octets[at] !== END) {
    if (octets[at] === wanted) return at + 2;
    at += octets[at] === 0 ? 1 : 2 + (octets[at + 1] ?? 0);
  }
  return -1;
}

/** The checksum that a datagram at `udp` should have, over the pseudo header and all but the checksum itself. */
function udpChecksum(octets: Uint8Array, udp: number): number {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const length = Math.min(view.getUint16(udp + 4), octets.length - udp);
  const covered = octets.slice(udp, udp + length);
  covered.set([0, 0], 6);
  const addresses = checksum(octets.subarray(IP_AT + 12, IP_AT + 20), PROTOCOL_UDP + length) ^ 0xffff;
  return checksum(covered, addresses);
}

/** RFC 1071, continuing from a sum. */
function checksum(octets: Uint8Array, start: number): number {
  let sum = start;
  for (const [index, octet] of octets.entries()) sum += index % 2 === 0 ? octet * 256 : octet;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65_536);
  return sum ^ 0xffff;
}

function addressOctets(text: string): number[] {
  return text.split(".").map(Number);
}

function hardwareOctets(text: string): number[] {
  return text.split(":").map((octet) => Number.parseInt(octet, 16));
}

function formatAddress(octets: Uint8Array, at: number): string {
  return octets.subarray(at, at + 4).join(".");
}

function formatHardware(octets: Uint8Array, at: number): string {
  return Array.from(octets.subarray(at, at + 6), (octet) => octet.toString(16).padStart(2, "0")).join(":");
}
