// Frames under arbitrary octets: what is written is read back, and nothing makes the reader throw
// or point outside of what it was given.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRAME_HEADER_OCTETS, Frame, parseFrame, putFrameHeader } from "../../src/wire/frame.ts";
import { buildFrame } from "../support/frames.ts";

const half = fc.integer({ min: 0, max: 0xffff });
const word = fc.integer({ min: 0, max: 0xffffffff });
const fields = fc.record({
  destinationHigh: half,
  destinationLow: word,
  sourceHigh: half,
  sourceLow: word,
  source: word,
  destination: word,
  sourcePort: half,
  destinationPort: half,
  identification: half,
});

function inside(frame: Frame, length: number): boolean {
  return frame.payloadStart >= FRAME_HEADER_OCTETS && frame.payloadLength <= length - frame.payloadStart;
}

describe("a frame", () => {
  it("is read as it was written, whatever is in it", () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 1472 }), fc.nat(9), (wanted, payload, at) => {
        const octets = new Uint8Array(at + FRAME_HEADER_OCTETS + payload.length);
        const written = Object.assign(new Frame(), wanted, { payloadLength: payload.length });
        putFrameHeader(octets, at, written, payload, 0);
        octets.set(payload, at + FRAME_HEADER_OCTETS);
        const read = new Frame();
        expect(parseFrame(octets, at, octets.length - at, true, read)).toBeUndefined();
        expect({ ...read }).toEqual({ ...written, payloadStart: FRAME_HEADER_OCTETS });
      }),
    );
  });

  it("never throws and never reaches beyond its end, whatever the octets", () => {
    const frame = new Frame();
    const base = [...buildFrame({ words: 7 })];
    const change = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(change, fc.nat(base.length), fc.boolean(), (changes, length, isWhole) => {
        const octets = Uint8Array.from(base);
        for (const [at, value] of changes) octets[at] = value;
        if (parseFrame(octets, 0, length, isWhole, frame) === undefined) expect(inside(frame, length)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        if (parseFrame(octets, 0, octets.length, true, frame) === undefined) {
          expect(inside(frame, octets.length)).toBe(true);
        }
      }),
    );
  });

  it("is dropped at every truncation", () => {
    for (const words of [5, 15]) {
      const whole = buildFrame({ words, payload: new Uint8Array(40).fill(3) });
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.slice(0, length);
        expect(parseFrame(cut, 0, length, true, new Frame())).toMatch(/^frame-(truncated|length)$/);
        expect(parseFrame(whole, 0, length, true, new Frame())).toMatch(/^frame-(truncated|length)$/);
      }
    }
  });

  it("is dropped when any one of its octets is changed, but for those that no checksum covers", () => {
    const good = buildFrame({ words: 5, payload: new Uint8Array(40).fill(3) });
    fc.assert(
      fc.property(fc.integer({ min: 14, max: good.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const octets = Uint8Array.from(good);
        octets[at] = (octets[at] ?? 0) ^ mask;
        // Two changes that make the UDP checksum zero would be let through; one octet cannot.
        expect(parseFrame(octets, 0, octets.length, true, new Frame())).toBeDefined();
      }),
    );
  });
});
