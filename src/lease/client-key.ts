// The hash by which the lease table finds clients: HalfSipHash-2-4 (Aumasson, Bernstein; 32-bit
// variant) over the client key, with a key of the process, so that nobody outside can choose
// clients that collide. The order of candidate addresses has a hash of its own (ClientIdentity).

import type { ClientDetails } from "./client-details.ts";

/** Hashes the client key of `client` (option 61, else htype and chaddr) with the first 8 octets of `secret`. */
export function hashClientKey(client: ClientDetails, secret: Uint8Array): number {
  return client.clientIdLength > 0
    ? halfSipHash(secret, client.clientId, client.clientIdLength, 0x100)
    : halfSipHash(secret, client.chaddr, client.hlen, client.htype);
}

/** `tweak` tells apart inputs of different kinds; it is mixed in as a first word. */
function halfSipHash(secret: Uint8Array, bytes: Uint8Array, length: number, tweak: number): number {
  const k0 = word(secret, 0);
  const k1 = word(secret, 4);
  let v0 = k0;
  let v1 = k1;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  const whole = length & ~3;
  for (let at = -4; at <= whole; at += 4) {
    let m = tweak;
    if (at >= 0) m = at < whole ? word(bytes, at) : lastWord(bytes, whole, length);
    v3 ^= m;
    // Two rounds a word.
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = rotate(v1, 5) ^ v0;
      v0 = rotate(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotate(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotate(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotate(v1, 13) ^ v2;
      v2 = rotate(v2, 16);
    }
    v0 ^= m;
  }
  v2 ^= 0xff;
  // Four rounds at the end.
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0;
    v1 = rotate(v1, 5) ^ v0;
    v0 = rotate(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = rotate(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotate(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotate(v1, 13) ^ v2;
    v2 = rotate(v2, 16);
  }
  return (v1 ^ v3) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The little-endian word at `at`. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** The remaining 0..3 octets, with the length on top. */
function lastWord(bytes: Uint8Array, at: number, length: number): number {
  let value = length << 24;
  for (let i = 0; at + i < length; i++) value |= (bytes[at + i] ?? 0) << (8 * i);
  return value;
}
