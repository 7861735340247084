// Builds the octets of client and relay messages for tests.

import { parseIpv4 } from "../../src/base/ipv4.ts";

/** The parts of a message that a test cares about; everything else is what an ordinary client sends. */
export interface MessageParts {
  /** Option 53; 0: BOOTP. */
  readonly type: number;
  readonly op?: number;
  readonly chaddr?: string;
  readonly htype?: number;
  readonly hlen?: number;
  readonly hops?: number;
  readonly xid?: number;
  readonly secs?: number;
  readonly broadcast?: boolean;
  readonly ciaddr?: string;
  readonly giaddr?: string;
  /** Option 50. */
  readonly requested?: string;
  /** Option 54. */
  readonly serverId?: string;
  /** Option 51. */
  readonly leaseSeconds?: number;
  /** Option 61. */
  readonly clientId?: readonly number[];
  /** Option 55. */
  readonly requestList?: readonly number[];
  /** Option 82. */
  readonly agentInformation?: readonly number[];
  /** Further options, after the others. */
  readonly options?: readonly (readonly [number, readonly number[]])[];
  /** Leaves the magic cookie and all options out. */
  readonly withoutCookie?: boolean;
}

/** An address as a number; throws on anything else, for tests only. */
export function ip(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw new TypeError(`not an address: ${text}`);
  return address;
}

/** An address as four octets. */
export function octetsOf(text: string): number[] {
  return text.split(".").map(Number);
}

/** Colon-separated hexadecimal as octets. */
export function macOf(text: string): number[] {
  return text.split(":").map((part) => Number.parseInt(part, 16));
}

/** The octets of a message. */
export function buildMessage(parts: MessageParts): Uint8Array {
  const chaddr = macOf(parts.chaddr ?? "02:00:00:00:00:01");
  const header = new Uint8Array(236);
  header[0] = parts.op ?? 1;
  header[1] = parts.htype ?? 1;
  header[2] = parts.hlen ?? chaddr.length;
  header[3] = parts.hops ?? 0;
  new DataView(header.buffer).setUint32(4, parts.xid ?? 0x12345678);
  new DataView(header.buffer).setUint16(8, parts.secs ?? 0);
  if (parts.broadcast === true) header[10] = 0x80;
  header.set(octetsOf(parts.ciaddr ?? "0.0.0.0"), 12);
  header.set(octetsOf(parts.giaddr ?? "0.0.0.0"), 24);
  header.set(chaddr.slice(0, 16), 28);
  const options = parts.withoutCookie === true ? [] : optionsOf(parts);
  const optionOctets = options.reduce((sum, [, value]) => sum + 2 + value.length, 0);
  const octets = new Uint8Array(Math.max(300, header.length + 5 + optionOctets));
  octets.set(header);
  if (parts.withoutCookie === true) return octets;
  octets.set([99, 130, 83, 99], 236);
  let at = 240;
  for (const [code, value] of options) {
    octets.set([code, value.length], at);
    octets.set(value, at + 2);
    at += 2 + value.length;
  }
  octets[at] = 255;
  return octets;
}

function optionsOf(parts: MessageParts): (readonly [number, readonly number[]])[] {
  const options: (readonly [number, readonly number[]])[] = [];
  if (parts.type !== 0) options.push([53, [parts.type]]);
  if (parts.clientId !== undefined) options.push([61, parts.clientId]);
  if (parts.requested !== undefined) options.push([50, octetsOf(parts.requested)]);
  if (parts.serverId !== undefined) options.push([54, octetsOf(parts.serverId)]);
  if (parts.leaseSeconds !== undefined) options.push([51, uint32(parts.leaseSeconds)]);
  if (parts.requestList !== undefined) options.push([55, parts.requestList]);
  options.push(...(parts.options ?? []));
  if (parts.agentInformation !== undefined) options.push([82, parts.agentInformation]);
  return options;
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
