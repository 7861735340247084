// Frames: what is read must be whole, what is written must be read by anybody. The expected
// checksums of the known frame were made by another implementation.

import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { parseIpv4 } from "../../../src/base/ipv4.ts";
import { FRAME_HEADER_OCTETS, Frame, parseFrame, putFrameHeader } from "../../../src/wire/frame.ts";
import { buildFrame, putIpChecksum, putUdpChecksum } from "../../support/frames.ts";

const whole = (octets: Uint8Array, frame = new Frame()) => parseFrame(octets, 0, octets.length, true, frame);

describe("a frame that is read", () => {
  it("says where its payload is and between whom it goes", () => {
    const frame = new Frame();
    const octets = buildFrame({ payload: Uint8Array.of(1, 2, 3), source: "10.0.0.9", destination: "10.0.0.1" });
    expect(whole(octets, frame)).toBeUndefined();
    expect(frame).toMatchObject({
      destinationHigh: 0xffff,
      destinationLow: 0xffffffff,
      sourceHigh: 0x0200,
      sourceLow: 7,
      source: parseIpv4("10.0.0.9"),
      destination: parseIpv4("10.0.0.1"),
      sourcePort: 68,
      destinationPort: 67,
      payloadStart: FRAME_HEADER_OCTETS,
      payloadLength: 3,
    });
  });

  it("lies anywhere in its buffer", () => {
    const octets = buildFrame({ payload: Uint8Array.of(9, 8) });
    const buffer = new Uint8Array(octets.length + 20).fill(0xee);
    buffer.set(octets, 7);
    const frame = new Frame();
    expect(parseFrame(buffer, 7, octets.length, true, frame)).toBeUndefined();
    expect([buffer[7 + frame.payloadStart], buffer[7 + frame.payloadStart + 1]]).toEqual([9, 8]);
    expect(parseFrame(buffer, 7, buffer.length, true, frame)).toBe("frame-truncated");
    expect(parseFrame(buffer, -1, 60, true, frame)).toBe("frame-truncated");
  });

  it.each([5, 6, 10, 15])("may have a header of %i words", (words) => {
    const frame = new Frame();
    expect(whole(buildFrame({ words }), frame)).toBeUndefined();
    expect(frame.payloadStart).toBe(14 + words * 4 + 8);
  });

  it("may be followed by the padding of a short Ethernet frame", () => {
    const octets = buildFrame({ payload: Uint8Array.of(1) });
    const padded = new Uint8Array(60);
    padded.set(octets);
    const frame = new Frame();
    expect(whole(padded, frame)).toBeUndefined();
    expect(frame.payloadLength).toBe(1);
  });

  it("may hold more than its datagram says: that is left out", () => {
    const octets = buildFrame({ payload: new Uint8Array(10) });
    octets[14 + 20 + 5] = 8 + 6;
    putUdpChecksum(octets);
    const frame = new Frame();
    expect(whole(octets, frame)).toBeUndefined();
    expect(frame.payloadLength).toBe(6);
  });

  it.each<[string, (octets: Uint8Array) => void, string]>([
    ["another protocol", (octets) => void (octets[13] = 6), "frame-not-ipv4"],
    ["a VLAN tag", (octets) => octets.set([0x81, 0], 12), "frame-not-ipv4"],
    ["IP version 6", (octets) => void (octets[14] = 0x65), "frame-not-ipv4"],
    ["a header of four words", (octets) => void (octets[14] = 0x44), "frame-length"],
    ["a header longer than the packet", (octets) => octets.set([0, 40], 16), "frame-length"],
    ["a total length beyond the frame", (octets) => octets.set([255, 255], 16), "frame-length"],
    ["a total length below the header", (octets) => octets.set([0, 19], 16), "frame-length"],
    ["a wrong IP checksum", (octets) => void (octets[24] = (octets[24] ?? 0) ^ 1), "frame-ip-checksum"],
    ["more fragments to come", (octets) => void (octets[20] = 0x20), "frame-fragment"],
    ["an offset", (octets) => void (octets[21] = 1), "frame-fragment"],
    ["TCP", (octets) => void (octets[23] = 6), "frame-not-udp"],
    ["a datagram below its header", (octets) => octets.set([0, 7], 14 + 24 + 4), "frame-length"],
    ["a datagram beyond the packet", (octets) => octets.set([255, 255], 14 + 24 + 4), "frame-length"],
    ["a wrong UDP checksum", (octets) => void (octets[60] = (octets[60] ?? 0) ^ 1), "frame-udp-checksum"],
  ])("is dropped with %s", (what, change, fault) => {
    const octets = buildFrame({ words: 6, payload: new Uint8Array(50).fill(1) });
    change(octets);
    if (what === "a header longer than the packet") octets[14] = 0x4f;
    if (what !== "a wrong IP checksum") putIpChecksum(octets);
    expect(whole(octets)).toBe(fault);
  });

  it("need not have a UDP checksum, and an unfinished one is not looked at", () => {
    const octets = buildFrame({ payload: new Uint8Array(50).fill(1) });
    octets.set([0x12, 0x34], 14 + 20 + 6);
    expect(whole(octets)).toBe("frame-udp-checksum");
    expect(parseFrame(octets, 0, octets.length, false, new Frame())).toBeUndefined();
    octets.set([0, 0], 14 + 20 + 6);
    expect(whole(octets)).toBeUndefined();
  });

  it("may ask not to be fragmented", () => {
    const octets = buildFrame({});
    octets[20] = 0x40;
    putIpChecksum(octets);
    expect(whole(octets)).toBeUndefined();
  });
});

describe("a frame that is written", () => {
  const header = (payload: Uint8Array, fields: Partial<Frame>): Uint8Array => {
    const target = new Uint8Array(FRAME_HEADER_OCTETS + 4);
    const frame = Object.assign(new Frame(), { payloadLength: payload.length, ...fields });
    putFrameHeader(target, 2, frame, payload, 0);
    return target.subarray(2, 2 + FRAME_HEADER_OCTETS);
  };

  it("is the known one, octet by octet", () => {
    const octets = header(new TextEncoder().encode("hello"), {
      destinationHigh: 0x0200,
      destinationLow: 7,
      sourceHigh: 0x0200,
      sourceLow: 1,
      source: parseIpv4("192.168.77.1") ?? 0,
      destination: parseIpv4("192.168.77.100") ?? 0,
      sourcePort: 67,
      destinationPort: 68,
      identification: 0x1234,
    });
    const ethernet = "0200000000070200000000010800";
    const ip = "4500002112340000" + "40114ce2c0a84d01c0a84d64";
    expect(formatHex(octets)).toBe(`${ethernet}${ip}00430044000d9fc4`);
  });

  it("never carries a UDP checksum of zero, which would say that there is none", () => {
    // Chosen so that the sum is zero: the complement of what everything else adds up to.
    const none = header(Uint8Array.of(0, 0), {});
    const complement = Uint8Array.of(none[40] ?? 0, none[41] ?? 0);
    expect(formatHex(header(complement, {}).subarray(40))).toBe("ffff");
  });
});
