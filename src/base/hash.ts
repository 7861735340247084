// HalfSipHash-2-4 with 32 bits of result (J.-P. Aumasson, D. J. Bernstein): a keyed hash whose collisions cannot be
// found without the key. Plain 32-bit arithmetic, no allocation.

/** The eight octets of key that the hash takes, as two numbers. */
export const HASH_KEY_OCTETS = 8;

/** Hashes the `length` octets at `start` with the 8 octets at the head of `key`; an unsigned 32-bit number. */
export function halfSipHash(key: Uint8Array, bytes: Uint8Array, start: number, length: number): number {
  const k0 = wholeWord(key, 0);
  const k1 = wholeWord(key, 4);
  let v0 = k0;
  let v1 = k1;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  const words = length >> 2;
  // Two rounds a word, the last of which holds the remaining octets and the length; then four more.
  for (let word = 0; word <= words + 2; word++) {
    let m = 0;
    if (word < words) m = wholeWord(bytes, start + 4 * word);
    else if (word === words) m = lastOctets(bytes, start + 4 * words, length & 3) | (length << 24);
    else if (word === words + 1) v2 ^= 0xff;
    v3 ^= m;
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= m;
  }
  return (v1 ^ v3) >>> 0;
}

/** The little-endian word at `at`. */
function wholeWord(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** The little-endian number of the last `count` (0..3) octets. */
function lastOctets(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value |= (bytes[at + i] ?? 0) << (8 * i);
  return value;
}
