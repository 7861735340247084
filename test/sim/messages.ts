// The octets that simulated clients and relays send, and what they read of replies. Written for many messages a second;
// test/support has the builder for all other tests.

import { getUint32, putUint32 } from "../../src/base/bytes.ts";

/** What a client sends. Addresses are numbers, 0 where the field or option is absent. */
export interface Message {
  readonly type: number;
  readonly xid: number;
  readonly chaddr: Uint8Array;
  /** Option 61; empty: none. */
  readonly clientId: Uint8Array;
  readonly ciaddr: number;
  readonly giaddr: number;
  readonly requested: number;
  readonly serverId: number;
}

/** What is read of a reply, or of a query. Times are seconds, -1 where the reply has none. */
export interface Answer {
  readonly type: number;
  readonly xid: number;
  readonly yiaddr: number;
  readonly giaddr: number;
  readonly serverId: number;
  readonly leaseSeconds: number;
  readonly renewalSeconds: number;
  readonly rebindingSeconds: number;
  /** The last four octets of chaddr: simulated clients differ in them. */
  readonly hardware: number;
  /** Of a query: the address that it is about, option 50 or ciaddr; 0: none. */
  readonly about: number;
}

export const MessageKind = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7 } as const;

const NAMES = Object.entries(MessageKind).map(([name, kind]) => [kind as number, name.toUpperCase()] as const);
const NAMES_BY_KIND = new Map(NAMES);

/** A message type by its name. */
export function nameOfKind(kind: number): string {
  return NAMES_BY_KIND.get(kind) ?? String(kind);
}

/** RFC 2131: BOOTP's fields, the cookie, options. */
const OPTIONS = 240;
const SMALLEST = 300;
const COOKIE = 0x63825363;
/** Option 55: subnet mask, routers, lease time, times of renewing and rebinding. */
const REQUESTED_OPTIONS = [1, 3, 51, 58, 59];

/** The octets of a message of a client, as its relay forwards it where `giaddr` is set. */
export function encodeMessage(message: Message): Uint8Array {
  const bytes = new Uint8Array(SMALLEST);
  bytes[0] = 1;
  bytes[1] = 1;
  bytes[2] = message.chaddr.length;
  bytes[3] = message.giaddr === 0 ? 0 : 1;
  putUint32(bytes, 4, message.xid);
  putUint32(bytes, 12, message.ciaddr);
  putUint32(bytes, 24, message.giaddr);
  bytes.set(message.chaddr, 28);
  putUint32(bytes, 236, COOKIE);
  let at = OPTIONS;
  bytes[at++] = 53;
  bytes[at++] = 1;
  bytes[at++] = message.type;
  at = putAddress(bytes, at, 50, message.requested);
  at = putAddress(bytes, at, 54, message.serverId);
  if (message.clientId.length > 0) {
    bytes[at++] = 61;
    bytes[at++] = message.clientId.length;
    bytes.set(message.clientId, at);
    at += message.clientId.length;
  }
  bytes[at++] = 55;
  bytes[at++] = REQUESTED_OPTIONS.length;
  bytes.set(REQUESTED_OPTIONS, at);
  at += REQUESTED_OPTIONS.length;
  bytes[at] = 255;
  return bytes;
}

/** Reads the message of `length` octets at `offset`. */
export function decodeAnswer(bytes: Uint8Array, offset: number, length: number): Answer {
  let [type, serverId, leaseSeconds, renewalSeconds, rebindingSeconds, about] = [0, 0, -1, -1, -1, 0];
  for (let at = offset + OPTIONS; at < offset + length; ) {
    const code = bytes[at] ?? 255;
    if (code === 255) break;
    if (code === 0) {
      at += 1;
      continue;
    }
    const value = at + 2;
    if (code === 53) type = bytes[value] ?? 0;
    if (code === 50) about = getUint32(bytes, value);
    if (code === 54) serverId = getUint32(bytes, value);
    if (code === 51) leaseSeconds = getUint32(bytes, value);
    if (code === 58) renewalSeconds = getUint32(bytes, value);
    if (code === 59) rebindingSeconds = getUint32(bytes, value);
    at = value + (bytes[at + 1] ?? 0);
  }
  return {
    type,
    xid: getUint32(bytes, offset + 4),
    yiaddr: getUint32(bytes, offset + 16),
    giaddr: getUint32(bytes, offset + 24),
    serverId,
    leaseSeconds,
    renewalSeconds,
    rebindingSeconds,
    hardware: getUint32(bytes, offset + 30),
    about: about === 0 ? getUint32(bytes, offset + 12) : about,
  };
}

function putAddress(bytes: Uint8Array, at: number, code: number, address: number): number {
  if (address === 0) return at;
  bytes[at] = code;
  bytes[at + 1] = 4;
  putUint32(bytes, at + 2, address);
  return at + 6;
}
