// Captures of tcpdump and Wireshark: the DHCP queries in them are found, whatever the link, and nothing else is.

import { describe, expect, it } from "vitest";
import { parseIpv4 } from "../../../src/base/ipv4.ts";
import { CAPTURE_QUERIES_MAX } from "../../../src/base/limits/control.ts";
import { queriesIn } from "../../../src/cli/capture.ts";
import { cooked, ethernet, pcap, pcapng, udpPacket } from "../../support/capture-files.ts";
import { buildMessage } from "../../support/message-builder.ts";

const QUERY = Buffer.from(buildMessage({ type: 1, chaddr: "02:00:00:00:00:07" }));
const PACKET = udpPacket({ from: "0.0.0.0", to: "255.255.255.255", payload: QUERY });
const FOUND = { octets: QUERY, from: 0, to: parseIpv4("255.255.255.255"), port: 68 };

describe("a capture", () => {
  it.each([
    ["Ethernet", pcap(1, [ethernet(PACKET)])],
    ["a VLAN", pcap(1, [ethernet(PACKET, true)])],
    ["big-endian, nanoseconds", pcap(1, [ethernet(PACKET)], { isLittle: false, magic: 0xa1b23c4d })],
    ["Linux cooked packets", pcap(113, [cooked(PACKET, 1)])],
    ["Linux cooked packets, version 2", pcap(276, [cooked(PACKET, 2)])],
    ["plain IP", pcap(101, [PACKET])],
    ["pcapng", pcapng(1, [ethernet(PACKET)])],
  ])("has its query found: %s", (_, file) => {
    const { queries, leftOut } = queriesIn(file);
    expect(queries.map(({ octets, ...rest }) => ({ ...rest, octets: Buffer.from(octets) }))).toEqual([
      { packet: 1, ...FOUND },
    ]);
    expect(leftOut).toBe(0);
  });

  it("has replies, other ports, fragments and packets that are cut off left out, and the numbers stay those of the file", () => {
    const reply = Buffer.from(QUERY);
    reply[0] = 2;
    const fragment = Buffer.from(PACKET);
    fragment[6] = 0x20;
    const others = [
      udpPacket({ from: "10.0.0.1", to: "10.0.0.2", payload: reply }),
      udpPacket({ from: "10.0.0.1", to: "10.0.0.2", toPort: 53, payload: QUERY }),
      fragment,
      PACKET.subarray(0, 100),
    ];
    expect(queriesIn(pcap(101, [...others, PACKET])).queries.map(({ packet }) => packet)).toEqual([5]);
    expect(queriesIn(pcap(147, [PACKET])).queries).toEqual([]);
  });

  it("has no more queries explained than the limit, and the others counted", () => {
    const { queries, leftOut } = queriesIn(pcap(101, Array(CAPTURE_QUERIES_MAX + 3).fill(PACKET)));
    expect([queries.length, leftOut]).toEqual([CAPTURE_QUERIES_MAX, 3]);
  });

  it("that is cut off anywhere has the queries before that found", () => {
    for (const file of [pcap(1, [ethernet(PACKET)]), pcapng(1, [ethernet(PACKET)])])
      for (let length = 24; length < file.length; length++)
        expect(queriesIn(file.subarray(0, length)).queries).toEqual([]);
  });

  it("is refused if it is none", () => {
    for (const file of ["", "subnet 10.0.0.0 netmask 255.0.0.0 { }"])
      expect(() => queriesIn(Buffer.from(file))).toThrow("no capture");
  });
});
