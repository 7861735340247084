// The journal's trailers: checksum, text and how they are read back.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/native/system-calls.ts";
import {
  isBatchWhole,
  isTrailerBeginning,
  parseTrailer,
  TRAILER_OCTETS_MAX,
  writeTrailer,
} from "../../../src/store/journal/journal-format.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The definition, bit by bit. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const octet of bytes) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe("crc32c", () => {
  it("computes the examples of RFC 3720 appendix B.4", () => {
    const check = (bytes: Uint8Array): string => crc32c(bytes, 0, bytes.length).toString(16);
    expect(check(ascii("123456789"))).toBe("e3069283");
    // The RFC prints octets in the order they are sent: aa 36 91 8a.
    expect(check(new Uint8Array(32))).toBe("8a9136aa");
    expect(check(new Uint8Array(32).fill(0xff))).toBe("62a8ab43");
    expect(check(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe("46dd794e");
  });

  it("agrees with its definition at every length and offset", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const start = Math.min(cut, bytes.length);
        expect(crc32c(bytes, start, bytes.length)).toBe(slowCrc32c(bytes.subarray(start)));
        expect(crc32c(bytes, start, bytes.length, 0, true)).toBe(slowCrc32c(bytes.subarray(start)));
      }),
    );
  });

  it("goes on from the checksum of what lies before", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 0xff);
    for (let cut = 0; cut <= 100; cut++) {
      expect(crc32c(bytes, cut, 100, crc32c(bytes, 0, cut))).toBe(crc32c(bytes, 0, 100));
      expect(crc32c(bytes, cut, 100, crc32c(bytes, 0, cut, 0, true), true)).toBe(crc32c(bytes, 0, 100));
    }
  });

  it("reads no octet that is not there", () => {
    const bytes = new Uint8Array(16);
    expect(() => crc32c(bytes, 0, 17)).toThrow(TypeError);
    expect(() => crc32c(bytes, 9, 8)).toThrow(TypeError);
    expect(() => crc32c(bytes, -1, 8)).toThrow(TypeError);
  });
});

describe("a trailer", () => {
  function batch(text: string, sequence: number): { bytes: Uint8Array; start: number; line: number } {
    const before = ascii("before");
    const target = new Uint8Array(before.length + text.length + TRAILER_OCTETS_MAX);
    target.set(before);
    target.set(ascii(text), before.length);
    const line = before.length + text.length;
    const end = writeTrailer(target, before.length, line, sequence);
    return { bytes: target.subarray(0, end), start: before.length, line };
  }

  it("is a comment line with sequence, octets and checksum", () => {
    const { bytes, line } = batch("lease 10.0.0.1 {\n}\n", 7);
    expect(new TextDecoder().decode(bytes.subarray(line))).toMatch(/^#= 7 19 [0-9a-f]{8}\n$/);
  });

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        (text, sequence) => {
          const plain = text.replace(/[^ -~]/g, "?");
          const { bytes, start, line } = batch(plain, sequence);
          const trailer = parseTrailer(bytes, line, bytes.length);
          expect(trailer).toMatchObject({ sequence, octets: plain.length });
          expect(trailer !== undefined && isBatchWhole(bytes, start, trailer)).toBe(true);
        },
      ),
    );
  });

  it("does not survive the change of any bit of the batch or of itself", () => {
    const { bytes, start, line } = batch("lease 10.0.0.1 {\n  starts never;\n}\n", 1234);
    for (let bit = start * 8; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const trailer = parseTrailer(flipped, line, flipped.length);
      const isGood = trailer !== undefined && trailer.octets === line - start && isBatchWhole(flipped, start, trailer);
      expect(isGood, `bit ${bit}`).toBe(false);
    }
  });

  it("is recognised by each of its beginnings", () => {
    const { bytes, line } = batch("x", 1002);
    const text = new TextDecoder().decode(bytes.subarray(line));
    for (let length = 1; length < text.length; length++) {
      expect(isTrailerBeginning(text.slice(0, length)), text.slice(0, length)).toBe(true);
    }
    for (const other of ["#comment", "#= x", "#= 0", "#= 1 2 0123456g", `${text.trimEnd()}\v`]) {
      expect(isTrailerBeginning(other), other).toBe(false);
    }
  });
});
