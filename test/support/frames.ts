// Ethernet frames for tests, written without the code under test: any header length, any field,
// with right checksums unless a test breaks them afterwards.

import { parseIpv4 } from "../../src/base/ipv4.ts";

/** The fields of a frame; a field that is left out has a plain default. */
export interface FrameFields {
  /** Words of the IP header, 5..15; options are no-operations. */
  readonly words?: number;
  readonly destinationMac?: readonly number[];
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly port?: number;
  readonly payload?: Uint8Array;
}

/** A whole frame with right checksums. */
export function buildFrame(fields: FrameFields): Uint8Array {
  const { words = 5, payload = new Uint8Array(300).fill(1, 0, 1), sourcePort = 68, port = 67 } = fields;
  const udp = 14 + words * 4;
  const octets = new Uint8Array(udp + 8 + payload.length);
  const view = new DataView(octets.buffer);
  octets.set(fields.destinationMac ?? [255, 255, 255, 255, 255, 255]);
  octets.set([2, 0, 0, 0, 0, 7, 8, 0, 0x40 | words], 6);
  view.setUint16(16, octets.length - 14);
  octets.set([0, 1, 0, 0, 64, 17], 18);
  view.setUint32(26, parseIpv4(fields.source ?? "0.0.0.0") ?? 0);
  view.setUint32(30, parseIpv4(fields.destination ?? "255.255.255.255") ?? 0);
  octets.fill(1, 34, udp);
  view.setUint16(udp, sourcePort);
  view.setUint16(udp + 2, port);
  view.setUint16(udp + 4, 8 + payload.length);
  octets.set(payload, udp + 8);
  putIpChecksum(octets);
  putUdpChecksum(octets);
  return octets;
}

/** Makes the IP checksum right. */
export function putIpChecksum(octets: Uint8Array): void {
  const end = 14 + ((octets[14] ?? 0) & 15) * 4;
  octets.set([0, 0], 24);
  octets.set(checksum([...octets.subarray(14, end)]), 24);
}

/** Makes the UDP checksum right. */
export function putUdpChecksum(octets: Uint8Array): void {
  const udp = 14 + ((octets[14] ?? 0) & 15) * 4;
  octets.set([0, 0], udp + 6);
  const size = [octets[udp + 4] ?? 0, octets[udp + 5] ?? 0];
  const datagram = octets.subarray(udp, udp + (size[0] ?? 0) * 256 + (size[1] ?? 0));
  octets.set(checksum([...octets.subarray(26, 34), 0, 17, ...size, ...datagram]), udp + 6);
}

/** RFC 1071, by long division: a number is its remainder modulo 65535. */
function checksum(octets: readonly number[]): [number, number] {
  const even = octets.length % 2 === 0 ? octets : [...octets, 0];
  const remainder = Number(BigInt(`0x${Buffer.from(even).toString("hex")}`) % 65535n);
  const result = 65535 - remainder;
  return [result >> 8, result & 255];
}
