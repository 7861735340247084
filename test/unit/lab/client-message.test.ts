// What the comparison's clients write is what it says it is, by the server's own strict eyes, and what they
// read is what a frame made by other code says.

import { describe, expect, it } from "vitest";
import {
  type ClientMessage,
  type Envelope,
  encodeFrame,
  encodeMessage,
  MessageCode,
  readReply,
} from "../../../lab/behaviours/client-message.ts";
import { parseIpv4 } from "../../../src/base/ipv4.ts";
import { Frame, parseFrame } from "../../../src/wire/frame.ts";
import { Query } from "../../../src/wire/query.ts";
import { buildFrame } from "../../support/frames.ts";

const ENVELOPE: Envelope = {
  destinationHardware: "ff:ff:ff:ff:ff:ff",
  sourceHardware: "02:00:00:00:00:07",
  source: "0.0.0.0",
  sourcePort: 68,
  destination: "255.255.255.255",
  destinationPort: 67,
};
const DISCOVER: ClientMessage = { type: MessageCode.discover, xid: 0xfedcba98, chaddr: "02:00:00:00:00:07" };

function faultOf(envelope: Partial<Envelope>): string | undefined {
  const octets = encodeFrame(encodeMessage(DISCOVER), { ...ENVELOPE, ...envelope });
  return parseFrame(octets, 0, octets.length, true, new Frame());
}

/** A reply as a server would send it. */
function reply(options: readonly number[]): Uint8Array {
  const message = new Uint8Array(300);
  message.set([2, 1, 6, 0, 0xfe, 0xdc, 0xba, 0x98]);
  message.set([10, 78, 1, 5], 16);
  message.set([99, 130, 83, 99, ...options, 255], 236);
  return message;
}

const FIELDS = { source: "10.78.0.1", destination: "10.78.1.5", sourcePort: 67, port: 68 } as const;

describe("a query of the comparison's", () => {
  it("is a whole frame with right checksums and the message that was asked for", () => {
    const octets = encodeFrame(
      encodeMessage({ ...DISCOVER, broadcast: true, giaddr: "10.76.0.1", requested: "10.76.1.9", server: "10.9.0.1" }),
      ENVELOPE,
    );
    const frame = new Frame();
    const query = new Query();
    expect(parseFrame(octets, 0, octets.length, true, frame)).toBeUndefined();
    expect(query.decode(octets, frame.payloadStart, frame.payloadLength)).toBeUndefined();
    expect(query).toMatchObject({
      messageType: MessageCode.discover,
      xid: 0xfedcba98,
      giaddr: parseIpv4("10.76.0.1"),
      requestedAddress: parseIpv4("10.76.1.9"),
      serverId: parseIpv4("10.9.0.1"),
    });
  });

  it("is damaged where that is asked for, and only there", () => {
    expect(faultOf({})).toBeUndefined();
    expect(faultOf({ udpChecksum: "wrong" })).toBe("frame-udp-checksum");
    expect(faultOf({ udpChecksum: "none" })).toBeUndefined();
    expect(faultOf({ headerChecksum: "wrong" })).toBe("frame-ip-checksum");
  });
});

describe("a reply to the comparison", () => {
  it("is read whole", () => {
    const octets = buildFrame({ ...FIELDS, payload: reply([53, 1, 2, 54, 4, 10, 78, 0, 1]) });
    expect(readReply(octets, false)).toEqual({
      destinationHardware: "ff:ff:ff:ff:ff:ff",
      source: "10.78.0.1",
      sourcePort: 67,
      destination: "10.78.1.5",
      destinationPort: 68,
      headerChecksum: "right",
      udpChecksum: "right",
      xid: 0xfedcba98,
      type: MessageCode.offer,
      yiaddr: "10.78.1.5",
      serverIdentifier: "10.78.0.1",
    });
  });

  it("may lack a server identifier, and may have padding before it", () => {
    expect(readReply(buildFrame({ ...FIELDS, payload: reply([53, 1, 2]) }), false)?.serverIdentifier).toBeUndefined();
    const padded = buildFrame({ ...FIELDS, payload: reply([0, 0, 53, 1, 5, 54, 4, 1, 2, 3, 4]) });
    expect(readReply(padded, false)).toMatchObject({ type: MessageCode.ack, serverIdentifier: "1.2.3.4" });
  });

  it("has a checksum that is right, wrong, absent, or unfinished if the kernel says so", () => {
    const octets = buildFrame({ ...FIELDS, payload: reply([53, 1, 2]) });
    octets.set([0x12, 0x34], 40);
    expect(readReply(octets, false)?.udpChecksum).toBe("wrong");
    expect(readReply(octets, true)?.udpChecksum).toBe("unfinished");
    octets.set([0, 0], 40);
    expect(readReply(octets, false)?.udpChecksum).toBe("none");
    octets.set([0, 0], 24);
    expect(readReply(octets, false)?.headerChecksum).toBe("wrong");
  });

  it("is none where it is a query, another protocol, or cut short", () => {
    expect(readReply(buildFrame({}), false)).toBeUndefined();
    const octets = buildFrame({ ...FIELDS, payload: reply([53, 1, 2]) });
    for (let length = 0; length < 280; length++) expect(readReply(octets.subarray(0, length), false)).toBeUndefined();
  });
});
