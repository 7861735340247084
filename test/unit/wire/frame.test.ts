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

  it.each<[string, number, number[], string]>([
    ["another protocol", 13, [6], "frame-not-ipv4"],
    ["a VLAN tag", 12, [0x81, 0], "frame-not-ipv4"],
    ["IP version 6", 14, [0x66], "frame-not-ipv4"],
    ["a header of four words", 14, [0x44], "frame-length"],
    ["a header longer than the packet", 14, [0x4f, 0, 0, 40], "frame-length"],
    ["a total length beyond the frame", 16, [255, 255], "frame-length"],
    ["a total length below the header", 16, [0, 23], "frame-length"],
    ["more fragments to come", 20, [0x20], "frame-fragment"],
    ["an offset", 21, [1], "frame-fragment"],
    ["TCP", 23, [6], "frame-not-udp"],
    ["no room for a UDP header", 16, [0, 31], "frame-length"],
    ["a datagram below its header", 14 + 24 + 4, [0, 7], "frame-length"],
    ["a datagram beyond the packet", 14 + 24 + 4, [255, 255], "frame-length"],
    ["a wrong UDP checksum", 60, [0], "frame-udp-checksum"],
  ])("is dropped with %s", (_what, at, values, fault) => {
    const octets = buildFrame({ words: 6, payload: new Uint8Array(50).fill(1) });
    octets.set(values, at);
    putIpChecksum(octets);
    expect(whole(octets)).toBe(fault);
  });

  it("is dropped with a wrong IP checksum", () => {
    const octets = buildFrame({});
    octets.set([0x12, 0x34], 24);
    expect(whole(octets)).toBe("frame-ip-checksum");
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
