// The encoding of gRPC messages (Protocol Buffers), as far as etcd's messages need it. Reading has bounds: octets that
// are no such message, or that name a greater length than they have, throw a WireError and nothing else.

/** Octets that are not the message that they should be. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** How a field's value is written, by the lowest three bits of its tag. */
export const WireType = { varint: 0, fixed64: 1, octets: 2, fixed32: 5 } as const;

const TWO_28 = 0x1000_0000;
/** Octets of the longest varint. */
const VARINT_OCTETS_MAX = 10;
const MORE = 0x80;

/** Octets of a number from 0 to 2^53 - 1 as a varint. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < TWO_28) return 4;
  return 4 + varintSize(Math.floor(value / TWO_28));
}

/** Octets of a field of that many octets, with tag (numbers up to 15) and length. */
export function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

/** Writes a number from 0 to 2^53 - 1; returns where the octets behind it are. */
export function putVarint(target: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= TWO_28) {
    target[at++] = (rest & 0x7f) | MORE;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= MORE) {
    target[at++] = (rest & 0x7f) | MORE;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

/** Writes tag and length of a field of octets, for numbers up to 15; returns where the octets belong. */
export function putFieldHead(target: Uint8Array, at: number, field: number, length: number): number {
  target[at] = (field << 3) | WireType.octets;
  return putVarint(target, at + 1, length);
}

/** A field of octets, or of text. */
export function octetsField(field: number, value: Uint8Array | string): Buffer {
  const octets = typeof value === "string" ? Buffer.from(value) : value;
  const message = Buffer.alloc(fieldSize(octets.length));
  message.set(octets, putFieldHead(message, 0, field, octets.length));
  return message;
}

/** A field with a number from 0 to 2^53 - 1. */
export function numberField(field: number, value: number): Buffer {
  const message = Buffer.alloc(1 + varintSize(value));
  message[0] = (field << 3) | WireType.varint;
  putVarint(message, 1, value);
  return message;
}

/** Reads the fields of a message one after the other. `nextField` leads; then exactly one of the readers takes its value. */
export class MessageReader {
  octets: Uint8Array;
  /** Where the next octet is. */
  at: number;
  /** Where the message ends. */
  end: number;
  /** Number of the field that `nextField` has found. */
  field = 0;
  private wireType = 0;

  constructor(octets: Uint8Array, start = 0, end = octets.length) {
    this.octets = octets;
    this.at = start;
    this.end = end;
  }

  /** Whether there is one more field; its number is in `field` then. */
  nextField(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.readVarint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0 || this.field > 0x1fff_ffff) throw new WireError("a field has a number that no field has");
    return true;
  }

  /** The field's number. One above 2^53 is not exact. */
  number(): number {
    this.expect(WireType.varint);
    return this.readVarint();
  }

  /** The field's number in hexadecimal, exact up to 2^64. */
  identifier(): string {
    this.expect(WireType.varint);
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const octet = this.octet();
      value |= BigInt(octet & 0x7f) << shift;
      if (octet < MORE) return BigInt.asUintN(64, value).toString(16);
    }
    throw new WireError("a number is too long");
  }

  /** Steps over the field's octets; they end at `at` then. Returns where they start. */
  skipOctets(): number {
    this.expect(WireType.octets);
    const length = this.readVarint();
    const start = this.at;
    if (length > this.end - start) throw new WireError("a field is longer than its message");
    this.at = start + length;
    return start;
  }

  /** The message that the field is, to be read on its own. */
  message(): MessageReader {
    const start = this.skipOctets();
    return new MessageReader(this.octets, start, this.at);
  }

  /** The same with a reader that there is already: a million leases are a million messages. */
  messageInto(reader: MessageReader): void {
    const start = this.skipOctets();
    reader.octets = this.octets;
    reader.at = start;
    reader.end = this.at;
  }

  /** The field's octets as text. */
  text(): string {
    const start = this.skipOctets();
    return Buffer.from(this.octets.buffer, this.octets.byteOffset + start, this.at - start).toString();
  }

  /** A copy of the field's octets. */
  copy(): Uint8Array {
    const start = this.skipOctets();
    return Uint8Array.prototype.slice.call(this.octets, start, this.at);
  }

  /** Steps over the field, of any type. */
  skip(): void {
    const { wireType } = this;
    if (wireType === WireType.varint) this.readVarint();
    else if (wireType === WireType.octets) this.skipOctets();
    else if (wireType === WireType.fixed64) this.leap(8);
    else if (wireType === WireType.fixed32) this.leap(4);
    else throw new WireError("a field is of a type that is not used any more");
  }

  private leap(length: number): void {
    if (length > this.end - this.at) throw new WireError("a field is longer than its message");
    this.at += length;
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) throw new WireError(`field ${this.field} is not of its type`);
  }

  private octet(): number {
    if (this.at >= this.end) throw new WireError("a number ends behind its message");
    return this.octets[this.at++] ?? 0;
  }

  private readVarint(): number {
    let octet = this.octet();
    if (octet < MORE) return octet;
    let value = octet & 0x7f;
    let factor = 0x80;
    for (let i = 1; i < VARINT_OCTETS_MAX; i++) {
      octet = this.octet();
      value += (octet & 0x7f) * factor;
      if (octet < MORE) return value;
      factor *= 0x80;
    }
    throw new WireError("a number is too long");
  }
}
