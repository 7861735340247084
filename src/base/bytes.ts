// Big-endian access to octets, and hexadecimal text. Bounds are the caller's duty: every caller in
// wire/ has compared offset and length first; reading outside yields 0, never an exception.

/** No octets at all. */
export const NO_OCTETS: Uint8Array = new Uint8Array(0);

/** The octet at `at`; 0 outside the array. */
export function getUint8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** The big-endian 16-bit number at `at`. */
export function getUint16(bytes: Uint8Array, at: number): number {
  return (getUint8(bytes, at) << 8) | getUint8(bytes, at + 1);
}

/** The big-endian unsigned 32-bit number at `at`. */
export function getUint32(bytes: Uint8Array, at: number): number {
  return (
    ((getUint8(bytes, at) << 24) |
      (getUint8(bytes, at + 1) << 16) |
      (getUint8(bytes, at + 2) << 8) |
      getUint8(bytes, at + 3)) >>>
    0
  );
}

/** Writes a 16-bit number, big-endian. */
export function putUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes a 32-bit number, big-endian. */
export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The four octets of a 32-bit number, big-endian. */
export function octetsOfUint32(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  putUint32(octets, 0, value);
  return octets;
}

/** Whether two octet strings are equal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lower-case hexadecimal text, octets joined by `separator` (default none). */
export function formatHex(bytes: Uint8Array, separator = ""): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    if (i > 0) text += separator;
    text += getUint8(bytes, i).toString(16).padStart(2, "0");
  }
  return text;
}
