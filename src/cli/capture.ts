// Captured packets: the DHCP queries in a file of tcpdump or Wireshark, in the classic format (libpcap) or as pcapng, of
// Ethernet, of Linux cooked packets (SLL, SLL2) and of plain IP. It comes to an end without failing for any octets.

import { DaemonError } from "../base/daemon-error.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { CAPTURE_QUERIES_MAX, EXPLAINED_QUERY_OCTETS_MAX } from "../base/limits/control.ts";
import { SERVER_PORT } from "../wire/layout.ts";

/** A message to port 67. */
export interface CapturedQuery {
  /** Number of its packet in the file, from 1. */
  readonly packet: number;
  /** The datagram's content. */
  readonly octets: Uint8Array;
  readonly from: Ipv4;
  readonly to: Ipv4;
  readonly port: number;
}

/** The content of a file. */
export interface Capture {
  readonly queries: readonly CapturedQuery[];
  /** Queries behind the first CAPTURE_QUERIES_MAX. */
  readonly leftOut: number;
}

/** A packet of a file. */
interface Packet {
  readonly linkType: number;
  readonly octets: Uint8Array;
}

const CLASSIC_MAGICS: readonly number[] = [0xa1b2c3d4, 0xa1b23c4d];
const CLASSIC_HEADER_OCTETS = 24;
const CLASSIC_RECORD_OCTETS = 16;
const SECTION_BLOCK = 0x0a0d0d0a;
const SECTION_MAGIC = 0x1a2b3c4d;
const INTERFACE_BLOCK = 1;
const PACKET_BLOCK = 6;
const PACKET_BLOCK_OCTETS = 28;
const BLOCK_OCTETS_MIN = 12;

const BOOTREQUEST = 1;
const ETHERTYPE_IPV4 = 0x0800;
const VLAN_TYPES: readonly number[] = [0x8100, 0x88a8];
const PROTOCOL_UDP = 17;
const IP_OCTETS_MIN = 20;
const UDP_OCTETS = 8;
const FRAGMENT_BITS = 0x3fff;

/** Where in a packet of a link type its EtherType is; -1: it begins with the IP header. The IP header follows `after` octets behind. */
const LINK_TYPES: ReadonlyMap<number, { readonly typeAt: number; readonly after: number }> = new Map([
  [1, { typeAt: 12, after: 2 }], // Ethernet
  [101, { typeAt: -1, after: 0 }], // raw IP
  [113, { typeAt: 14, after: 2 }], // Linux cooked
  [228, { typeAt: -1, after: 0 }], // IPv4
  [276, { typeAt: 0, after: 20 }], // Linux cooked, version 2
]);

/** The queries of a file. Throws DaemonError "control" if the file is no capture. */
export function queriesIn(file: Uint8Array): Capture {
  const queries: CapturedQuery[] = [];
  let leftOut = 0;
  let packet = 0;
  for (const { linkType, octets } of packetsIn(file)) {
    packet += 1;
    const query = queryIn(linkType, octets);
    if (query === undefined) continue;
    if (queries.length < CAPTURE_QUERIES_MAX) queries.push({ packet, ...query });
    else leftOut += 1;
  }
  return { queries, leftOut };
}

function packetsIn(file: Uint8Array): Iterable<Packet> {
  const view = viewOf(file);
  const first = file.length < CLASSIC_HEADER_OCTETS ? 0 : view.getUint32(0, true);
  if (first === SECTION_BLOCK) return blocksIn(file);
  for (const isLittle of [true, false])
    if (file.length >= CLASSIC_HEADER_OCTETS && CLASSIC_MAGICS.includes(view.getUint32(0, isLittle)))
      return recordsIn(file, isLittle);
  throw new DaemonError("control", "the file is no capture: write one with tcpdump -w FILE");
}

/** Records of the classic format (pcap-savefile(5)). A record that is cut off is the last. */
function* recordsIn(file: Uint8Array, isLittle: boolean): Generator<Packet> {
  const view = viewOf(file);
  const linkType = view.getUint32(20, isLittle) & 0xffff;
  for (let at = CLASSIC_HEADER_OCTETS; at + CLASSIC_RECORD_OCTETS <= file.length; ) {
    const length = view.getUint32(at + 8, isLittle);
    const start = at + CLASSIC_RECORD_OCTETS;
    if (length > file.length - start) return;
    yield { linkType, octets: file.subarray(start, start + length) };
    at = start + length;
  }
}

/** Packets of pcapng (draft-ietf-opsawg-pcapng): enhanced packet blocks, by the link types of their interfaces. */
function* blocksIn(file: Uint8Array): Generator<Packet> {
  const view = viewOf(file);
  let linkTypes: number[] = [];
  let isLittle = true;
  for (let at = 0; at + BLOCK_OCTETS_MIN <= file.length; ) {
    const isSection = view.getUint32(at, true) === SECTION_BLOCK;
    if (isSection) {
      isLittle = view.getUint32(at + 8, true) === SECTION_MAGIC;
      linkTypes = [];
    }
    const type = view.getUint32(at, isLittle);
    const length = view.getUint32(at + 4, isLittle);
    if (length < BLOCK_OCTETS_MIN || length > file.length - at) return;
    if (type === INTERFACE_BLOCK) linkTypes.push(view.getUint16(at + 8, isLittle));
    if (type === PACKET_BLOCK && length >= PACKET_BLOCK_OCTETS + 4) {
      const linkType = linkTypes[view.getUint32(at + 8, isLittle)] ?? -1;
      const start = at + PACKET_BLOCK_OCTETS;
      const octets = Math.min(view.getUint32(at + 20, isLittle), length - PACKET_BLOCK_OCTETS - 4);
      yield { linkType, octets: file.subarray(start, start + octets) };
    }
    // Blocks are padded to 32 bits.
    at += length + ((4 - (length % 4)) % 4);
  }
}

/** The query that a packet carries whole; undefined if it is anything else. */
function queryIn(linkType: number, packet: Uint8Array): Omit<CapturedQuery, "packet"> | undefined {
  const at = startOfIp(linkType, packet);
  if (at < 0 || packet.length - at < IP_OCTETS_MIN) return undefined;
  const view = viewOf(packet);
  const header = (view.getUint8(at) & 15) * 4;
  const isIp = view.getUint8(at) >>> 4 === 4 && header >= IP_OCTETS_MIN;
  if (!isIp || view.getUint8(at + 9) !== PROTOCOL_UDP || (view.getUint16(at + 6) & FRAGMENT_BITS) !== 0)
    return undefined;
  const udp = at + header;
  if (packet.length - udp < UDP_OCTETS || view.getUint16(udp + 2) !== SERVER_PORT) return undefined;
  const length = view.getUint16(udp + 4) - UDP_OCTETS;
  const start = udp + UDP_OCTETS;
  if (length < 1 || length > packet.length - start || length > EXPLAINED_QUERY_OCTETS_MAX) return undefined;
  const octets = packet.subarray(start, start + length);
  if (octets[0] !== BOOTREQUEST) return undefined;
  return { octets, from: view.getUint32(at + 12), to: view.getUint32(at + 16), port: view.getUint16(udp) };
}

/** Where a packet's IPv4 header begins, behind VLAN tags; -1 if it has none. */
function startOfIp(linkType: number, packet: Uint8Array): number {
  const link = LINK_TYPES.get(linkType);
  if (link === undefined) return -1;
  if (link.typeAt < 0) return 0;
  const view = viewOf(packet);
  for (let at = link.typeAt; at + 2 <= packet.length; at += 4) {
    const type = view.getUint16(at);
    if (!VLAN_TYPES.includes(type)) return type === ETHERTYPE_IPV4 ? at + link.after : -1;
  }
  return -1;
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
