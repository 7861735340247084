// Ethernet frames that carry IPv4 and UDP, read and written in place: for the bpf backend, which
// sees what the kernel's own IP code has not looked at yet.
//
// Guarantees: a frame that parses is whole, unfragmented and what its checksums say; any octets give
// a fault or a frame, never an exception; lengths are compared by subtraction, so no sum of hostile
// numbers decides; nothing is allocated. Read: any header length (options are skipped). Written: no
// options, time to live 64, type of service 0 and no don't-fragment flag, as the udp backend's replies
// have it, both checksums in full. RFC 791, RFC 768, RFC 894, checksum RFC 1071.

import { getUint8, getUint16, getUint32, putUint16, putUint32 } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";

/** Why a frame is dropped; the names are counters. */
export type FrameFault =
  | "frame-truncated"
  | "frame-not-ipv4"
  | "frame-not-udp"
  | "frame-fragment"
  | "frame-length"
  | "frame-ip-checksum"
  | "frame-udp-checksum";

/** Octets of the three headers as they are written. */
export const FRAME_HEADER_OCTETS = 42;

const ETHERNET_OCTETS = 14;
const IP_OCTETS_MIN = 20;
const UDP_OCTETS = 8;

const ETHERTYPE_IPV4 = 0x0800;
const VERSION_4 = 4;
const PROTOCOL_UDP = 17;
/** More fragments, or an offset. */
const FRAGMENT_BITS = 0x3fff;
const TIME_TO_LIVE = 64;

/** One frame's addresses, ports and where its payload is. Filled anew for each frame; hardware addresses as first two and last four octets. */
export class Frame {
  destinationHigh = 0;
  destinationLow = 0;
  sourceHigh = 0;
  sourceLow = 0;
  source: Ipv4 = 0;
  destination: Ipv4 = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Identification of the datagram, 0..0xffff: what a fragmenting router needs (RFC 6864). */
  identification = 0;
  /** Octets from the start of the frame to the payload. */
  payloadStart = 0;
  payloadLength = 0;
}

/**
 * Reads the `length` octets at `start`; fills `frame` and returns undefined, or returns the fault and leaves `frame`
 * undefined in content. `isWhole` false: the UDP checksum is unfinished, because the sender is on this machine (the
 * kernel says so), and is ignored; so is a checksum of zero.
 */
export function parseFrame(
  bytes: Uint8Array,
  start: number,
  length: number,
  isWhole: boolean,
  frame: Frame,
): FrameFault | undefined {
  if (start < 0 || length > bytes.length - start) return "frame-truncated";
  if (length < ETHERNET_OCTETS + IP_OCTETS_MIN) return "frame-truncated";
  if (getUint16(bytes, start + 12) !== ETHERTYPE_IPV4) return "frame-not-ipv4";
  frame.destinationHigh = getUint16(bytes, start);
  frame.destinationLow = getUint32(bytes, start + 2);
  frame.sourceHigh = getUint16(bytes, start + 6);
  frame.sourceLow = getUint32(bytes, start + 8);
  frame.payloadStart = ETHERNET_OCTETS;
  return parsePacket(bytes, start + ETHERNET_OCTETS, length - ETHERNET_OCTETS, isWhole, frame);
}

function parsePacket(
  bytes: Uint8Array,
  start: number,
  length: number,
  isWhole: boolean,
  frame: Frame,
): FrameFault | undefined {
  const first = getUint8(bytes, start);
  if (first >>> 4 !== VERSION_4) return "frame-not-ipv4";
  const header = (first & 0x0f) * 4;
  if (header < IP_OCTETS_MIN || header > length) return "frame-length";
  // Behind the packet there may be the padding of a short Ethernet frame.
  const total = getUint16(bytes, start + 2);
  if (total > length || total < header) return "frame-length";
  if (fold(sumWords(bytes, start, header)) !== 0xffff) return "frame-ip-checksum";
  if ((getUint16(bytes, start + 6) & FRAGMENT_BITS) !== 0) return "frame-fragment";
  if (getUint8(bytes, start + 9) !== PROTOCOL_UDP) return "frame-not-udp";
  if (total - header < UDP_OCTETS) return "frame-length";
  frame.identification = getUint16(bytes, start + 4);
  frame.source = getUint32(bytes, start + 12);
  frame.destination = getUint32(bytes, start + 16);
  frame.payloadStart += header;
  return parseDatagram(bytes, start + header, total - header, isWhole, frame);
}

function parseDatagram(
  bytes: Uint8Array,
  start: number,
  length: number,
  isWhole: boolean,
  frame: Frame,
): FrameFault | undefined {
  const size = getUint16(bytes, start + 4);
  if (size < UDP_OCTETS || size > length) return "frame-length";
  frame.sourcePort = getUint16(bytes, start);
  frame.destinationPort = getUint16(bytes, start + 2);
  frame.payloadStart += UDP_OCTETS;
  frame.payloadLength = size - UDP_OCTETS;
  if (!isWhole || getUint16(bytes, start + 6) === 0) return undefined;
  const sum = sumWords(bytes, start, size) + pseudoHeaderSum(frame, size);
  return fold(sum) === 0xffff ? undefined : "frame-udp-checksum";
}

/**
 * Writes the FRAME_HEADER_OCTETS in front of the `frame.payloadLength` octets at `payloadAt` of
 * `payload` to `at` of `target`; the two need not lie together. The caller has seen to it that
 * the length fits into a datagram and the headers into `target`.
 */
export function putFrameHeader(
  target: Uint8Array,
  at: number,
  frame: Frame,
  payload: Uint8Array,
  payloadAt: number,
): void {
  putUint16(target, at, frame.destinationHigh);
  putUint32(target, at + 2, frame.destinationLow);
  putUint16(target, at + 6, frame.sourceHigh);
  putUint32(target, at + 8, frame.sourceLow);
  putUint16(target, at + 12, ETHERTYPE_IPV4);
  const ip = at + ETHERNET_OCTETS;
  const size = UDP_OCTETS + frame.payloadLength;
  target[ip] = (VERSION_4 << 4) | (IP_OCTETS_MIN / 4);
  target[ip + 1] = 0;
  putUint16(target, ip + 2, IP_OCTETS_MIN + size);
  putUint16(target, ip + 4, frame.identification);
  putUint16(target, ip + 6, 0);
  target[ip + 8] = TIME_TO_LIVE;
  target[ip + 9] = PROTOCOL_UDP;
  putUint16(target, ip + 10, 0);
  putUint32(target, ip + 12, frame.source);
  putUint32(target, ip + 16, frame.destination);
  putUint16(target, ip + 10, ~fold(sumWords(target, ip, IP_OCTETS_MIN)));
  const udp = ip + IP_OCTETS_MIN;
  putUint16(target, udp, frame.sourcePort);
  putUint16(target, udp + 2, frame.destinationPort);
  putUint16(target, udp + 4, size);
  putUint16(target, udp + 6, 0);
  const sum = sumWords(target, udp, UDP_OCTETS) + sumWords(payload, payloadAt, frame.payloadLength);
  const checksum = ~fold(sum + pseudoHeaderSum(frame, size)) & 0xffff;
  // Zero would say that there is none (RFC 768).
  putUint16(target, udp + 6, checksum === 0 ? 0xffff : checksum);
}

function pseudoHeaderSum(frame: Frame, size: number): number {
  const { source, destination } = frame;
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + PROTOCOL_UDP + size;
}

/** The sum of the big-endian 16-bit words; an odd octet counts as if a zero followed. Below 2^32 for any IP packet. */
function sumWords(bytes: Uint8Array, start: number, length: number): number {
  let sum = 0;
  const even = start + (length & ~1);
  for (let at = start; at < even; at += 2) sum += getUint16(bytes, at);
  return (length & 1) === 0 ? sum : sum + (getUint8(bytes, even) << 8);
}

/** The ones' complement sum: what has left the 16 bits comes back at the other end. */
function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}
