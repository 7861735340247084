// The messages between the daemon and the process that holds the kernel shield: shield/protocol.h in TypeScript (a test
// compares the two). One SOCK_SEQPACKET message a request, in the machine's own byte order but for keys.

import { putUint32 } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { SHIELD_BATCH } from "../../base/limits/shield.ts";
import type { ShieldRates } from "../../base/shield-rates.ts";
import { LimitKind, SHIELD_COUNTS } from "./program/maps.ts";

/** First octet of every message; the process ends when it differs. */
export const SHIELD_VERSION = 1;

/** Second octet of every message. */
export const ShieldVerb = { ready: 1, limit: 2, attach: 3, detach: 4, count: 5, keys: 6 } as const;

/** What became of a request about an interface. */
export const ShieldResult = { ok: 0, native: 1, generic: 2, failed: 3, lost: 4 } as const;

/** Tables of keys: addresses that DISCOVERs are limited to; clients with a lease. */
export const ShieldTable = { destinations: 1, clients: 2 } as const;
export type ShieldTable = (typeof ShieldTable)[keyof typeof ShieldTable];

/** What a request does with keys. */
export const KeyAction = { put: 1, remove: 2 } as const;
export type KeyAction = (typeof KeyAction)[keyof typeof KeyAction];

/** Octets of the messages, and where their fields are. */
export const Layout = {
  header: { octets: 8, version: 0, verb: 1, count: 2, sequence: 4 },
  limitRequest: { octets: 72, limits: 8 },
  limit: { octets: 16, interval: 0, tolerance: 8 },
  interfaceRequest: { octets: 12, ifindex: 8 },
  keyRequest: { octets: 16, table: 8, action: 12 },
  key: { octets: 8 },
  reply: { octets: 64, result: 8, error: 12, counts: 16 },
} as const;

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const NANOSECONDS = 1e9;

function request(octets: number, verb: number, sequence: number, count = 0): DataView {
  const view = new DataView(new ArrayBuffer(octets));
  view.setUint8(Layout.header.version, SHIELD_VERSION);
  view.setUint8(Layout.header.verb, verb);
  view.setUint16(Layout.header.count, count, isLittleEndian);
  view.setUint32(Layout.header.sequence, sequence, isLittleEndian);
  return view;
}

function octetsOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer);
}

/** Sets all limits. */
export function limitRequest(rates: ShieldRates, sequence: number): Uint8Array {
  const view = request(Layout.limitRequest.octets, ShieldVerb.limit, sequence);
  for (const [name, kind] of Object.entries(LimitKind) as [keyof ShieldRates, number][]) {
    const { perSecond, burst } = rates[name];
    const interval = perSecond === 0 ? 0 : Math.round(NANOSECONDS / perSecond);
    const at = Layout.limitRequest.limits + kind * Layout.limit.octets;
    view.setBigUint64(at + Layout.limit.interval, BigInt(interval), isLittleEndian);
    view.setBigUint64(at + Layout.limit.tolerance, BigInt(interval) * BigInt(Math.max(0, burst - 1)), isLittleEndian);
  }
  return octetsOf(view);
}

/** Attaches to an interface, detaches from it, or asks for its counts. */
export function interfaceRequest(verb: number, ifindex: number, sequence: number): Uint8Array {
  const view = request(Layout.interfaceRequest.octets, verb, sequence);
  view.setUint32(Layout.interfaceRequest.ifindex, ifindex, isLittleEndian);
  return octetsOf(view);
}

/** Up to SHIELD_BATCH keys, whose octets follow one another: puts them into a table, or takes them out. */
export function keyRequest(table: ShieldTable, action: KeyAction, keys: Uint8Array, sequence: number): Uint8Array {
  const count = Math.min(SHIELD_BATCH, keys.length / Layout.key.octets);
  const length = Layout.keyRequest.octets + count * Layout.key.octets;
  const view = request(length, ShieldVerb.keys, sequence, count);
  view.setUint32(Layout.keyRequest.table, table, isLittleEndian);
  view.setUint32(Layout.keyRequest.action, action, isLittleEndian);
  const octets = octetsOf(view);
  octets.set(keys.subarray(0, count * Layout.key.octets), Layout.keyRequest.octets);
  return octets;
}

/** Keys of the table of destinations. */
export function destinationKeys(addresses: readonly Ipv4[]): Uint8Array {
  const keys = new Uint8Array(addresses.length * Layout.key.octets);
  for (const [i, address] of addresses.entries()) putUint32(keys, i * Layout.key.octets, address);
  return keys;
}

/** A message of the process; undefined if it is none of this version. */
export interface ShieldReply {
  readonly verb: number;
  readonly sequence: number;
  readonly result: number;
  readonly errno: number;
  /** By place: ShieldCount. */
  readonly counts: readonly number[];
}

/** Reads a message, of which nothing is kept. */
export function readReply(message: Uint8Array): ShieldReply | undefined {
  if (message.length !== Layout.reply.octets || message[Layout.header.version] !== SHIELD_VERSION) return undefined;
  const view = new DataView(message.slice().buffer);
  const at = Layout.reply;
  return {
    verb: view.getUint8(Layout.header.verb),
    sequence: view.getUint32(Layout.header.sequence, isLittleEndian),
    result: view.getUint32(at.result, isLittleEndian),
    errno: view.getUint32(at.error, isLittleEndian),
    counts: Array.from({ length: SHIELD_COUNTS }, (_, i) =>
      Number(view.getBigUint64(at.counts + i * 8, isLittleEndian)),
    ),
  };
}
