// Reads messages for tests, written apart from src/wire so that one mistake is not made twice:
// plain RFC 2131, strict about what a server must send, and it throws.

import { formatIpv4 } from "../../src/base/ipv4.ts";

/** A message as plain values. */
export interface DecodedMessage {
  readonly length: number;
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  /** The first hlen octets, in hexadecimal with colons. */
  readonly chaddr: string;
  /** Text up to the first zero; "" where the field holds options. */
  readonly sname: string;
  readonly file: string;
  readonly hasCookie: boolean;
  /** Option 53; 0 if there is none. */
  readonly messageType: number;
  /** Values by code, split ones joined. */
  readonly options: ReadonlyMap<number, readonly number[]>;
  /** Codes as they stand, pieces singly: options field, file, sname. */
  readonly order: readonly number[];
}

/** Decodes a reply (or query); throws TypeError where a field starts with a pad, is not closed by END, or an option leaves it. */
export function decodeMessage(bytes: Uint8Array): DecodedMessage {
  if (bytes.length < 240) throw new TypeError(`a message of ${bytes.length} octets`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasCookie = view.getUint32(236) === 0x63825363;
  const options = new Map<number, number[]>();
  const order: number[] = [];
  if (hasCookie) readField(bytes, 240, bytes.length, options, order);
  const overload = options.get(52)?.[0] ?? 0;
  if ((overload & 1) !== 0) readField(bytes, 108, 236, options, order);
  if ((overload & 2) !== 0) readField(bytes, 44, 108, options, order);
  return {
    length: bytes.length,
    op: view.getUint8(0),
    htype: view.getUint8(1),
    hlen: view.getUint8(2),
    hops: view.getUint8(3),
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    flags: view.getUint16(10),
    ciaddr: formatIpv4(view.getUint32(12)),
    yiaddr: formatIpv4(view.getUint32(16)),
    siaddr: formatIpv4(view.getUint32(20)),
    giaddr: formatIpv4(view.getUint32(24)),
    chaddr: [...bytes.subarray(28, 28 + view.getUint8(2))]
      .map((octet) => octet.toString(16).padStart(2, "0"))
      .join(":"),
    sname: (overload & 2) === 0 ? textOf(bytes.subarray(44, 108)) : "",
    file: (overload & 1) === 0 ? textOf(bytes.subarray(108, 236)) : "",
    hasCookie,
    messageType: options.get(53)?.[0] ?? 0,
    options,
    order,
  };
}

/** A 4-octet option as a number; -1 if it is absent or has another length. */
export function numberOption(message: DecodedMessage, code: number): number {
  const value = message.options.get(code);
  return value?.length === 4 ? value.reduce((sum, octet) => sum * 256 + octet, 0) : -1;
}

/** An option with one address as text; "" if it is absent or has another length. */
export function addressOption(message: DecodedMessage, code: number): string {
  const value = message.options.get(code);
  return value?.length === 4 ? value.join(".") : "";
}

function readField(
  bytes: Uint8Array,
  from: number,
  end: number,
  options: Map<number, number[]>,
  order: number[],
): void {
  let at = from;
  if (bytes[at] === 0) throw new TypeError(`the field at ${from} starts with a pad`);
  for (;;) {
    if (at >= end) throw new TypeError(`the field at ${from} has no END`);
    const code = bytes[at] ?? 0;
    if (code === 255) break;
    at += 1;
    if (code === 0) continue;
    const length = bytes[at] ?? 0;
    if (at + 1 + length > end) throw new TypeError(`option ${code} leaves the field at ${from}`);
    options.set(code, [...(options.get(code) ?? []), ...bytes.subarray(at + 1, at + 1 + length)]);
    order.push(code);
    at += 1 + length;
  }
  const rest = bytes.subarray(at + 1, end);
  if (rest.some((octet) => octet !== 0)) throw new TypeError(`octets after the END of the field at ${from}`);
}

function textOf(field: Uint8Array): string {
  const zero = field.indexOf(0);
  return String.fromCharCode(...(zero < 0 ? field : field.subarray(0, zero)));
}
