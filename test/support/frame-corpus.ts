// Frames that a filter of DHCP requests must take and must not take, each with what the kernel knows
// of it when it comes in by an ordinary interface (02:00:00:00:00:01). Used by the interpreter and by
// a real socket.

import type { PacketFacts } from "./classic-bpf.ts";
import { buildFrame, putIpChecksum } from "./frames.ts";

/** A frame, and whether the filter takes it. */
export interface CorpusFrame {
  readonly what: string;
  readonly octets: Uint8Array;
  readonly isTaken: boolean;
  /** Whether the filter of the sockets that only look on takes it. */
  readonly isObserved: boolean;
  readonly facts: PacketFacts;
}

const OURS = [2, 0, 0, 0, 0, 1];
const OTHERS = [2, 0, 0, 0, 0, 0x99];
const BROADCAST: PacketFacts = { packetType: 1 };

function entry(what: string, isTaken: boolean, octets: Uint8Array, facts = BROADCAST): CorpusFrame {
  return { what, octets, isTaken, isObserved: isTaken, facts };
}

/** A frame that is only looked at. */
function observed(what: string, octets: Uint8Array, facts = BROADCAST): CorpusFrame {
  return { ...entry(what, false, octets, facts), isObserved: true };
}

function changed(octets: Uint8Array, at: number, ...values: number[]): Uint8Array {
  octets.set(values, at);
  if (at >= 14 && at < 34) putIpChecksum(octets);
  return octets;
}

function request(length: number, op = 1): Uint8Array {
  return new Uint8Array(length).fill(op, 0, 1);
}

function tagged(id: number): Uint8Array {
  const octets = buildFrame({});
  return Uint8Array.from([...octets.subarray(0, 12), 0x81, 0, id >> 8, id & 255, ...octets.subarray(12)]);
}

/** A frame whose IP options are what a UDP header to the other port would be, and op, had the header no options. */
function disguised(words: number, port: number): Uint8Array {
  const octets = buildFrame({ words, port });
  const other = port === 67 ? 68 : 67;
  const options = Array.from({ length: words - 5 }, (_, i) => (i === 0 ? [0, other, 0, other] : [1, 44, 1, 44])).flat();
  octets.set(options, 34);
  putIpChecksum(octets);
  return octets;
}

/** A header length below the least: the ports lie in the destination address then, the UDP length in the source port. */
function tooShort(): Uint8Array {
  const octets = buildFrame({ destination: "10.0.0.67", sourcePort: 300 });
  octets[14] = 0x44;
  return octets;
}

/** The frames. */
export const FRAME_CORPUS: readonly CorpusFrame[] = [
  ...Array.from({ length: 11 }, (_, i) => entry(`an IP header of ${5 + i} words`, true, buildFrame({ words: 5 + i }))),
  entry("to our own hardware address", true, buildFrame({ destinationMac: OURS, destination: "10.0.0.1" }), {
    packetType: 0,
  }),
  entry("from a relay", true, buildFrame({ sourcePort: 67, source: "10.9.0.2", destinationMac: OURS }), {
    packetType: 0,
  }),
  entry("with a don't-fragment flag", true, changed(buildFrame({}), 20, 0x40)),
  entry("plain BOOTP without a cookie", true, buildFrame({ payload: request(300) })),
  entry("the shortest BOOTP header", true, buildFrame({ payload: request(236) })),
  entry("an unfinished UDP checksum", true, changed(buildFrame({}), 40, 0x12, 0x34)),
  entry("one octet less than a BOOTP header", false, buildFrame({ payload: request(235) })),
  entry("a UDP length below a BOOTP header", false, changed(buildFrame({}), 38, 0, 243)),
  entry("a reply", false, buildFrame({ payload: request(300, 2) })),
  entry("op 0", false, buildFrame({ payload: request(300, 0) })),
  entry("port 68", false, buildFrame({ port: 68 })),
  entry("port 323, whose lower octet is 67", false, buildFrame({ port: 323 })),
  entry("port 17152, whose upper octet is 67", false, buildFrame({ port: 17152 })),
  entry("from port 67 to another", false, buildFrame({ sourcePort: 67, port: 68 })),
  entry("port 68 behind options", false, buildFrame({ words: 7, port: 68 })),
  ...Array.from({ length: 10 }, (_, i) =>
    entry(`port 68 behind ${i + 1} words of options that look like port 67`, false, disguised(6 + i, 68)),
  ),
  ...Array.from({ length: 10 }, (_, i) =>
    entry(`port 67 behind ${i + 1} words of options that look like port 68`, true, disguised(6 + i, 67)),
  ),
  // No validation: wire/frame.ts drops it.
  entry("a header of 4 words, arranged to look right", true, tooShort()),
  entry("a first fragment", false, changed(buildFrame({}), 20, 0x20)),
  entry("a later fragment", false, changed(buildFrame({}), 20, 0, 100)),
  entry("a last fragment with a long offset", false, changed(buildFrame({}), 20, 0x1f, 0xff)),
  entry("TCP", false, changed(buildFrame({}), 23, 6)),
  entry("ICMP", false, changed(buildFrame({}), 23, 1)),
  entry("IP version 6 under IPv4's EtherType", false, changed(buildFrame({}), 14, 0x65)),
  entry("IPv6", false, changed(buildFrame({}), 12, 0x86, 0xdd), { ...BROADCAST, protocol: 0x86dd }),
  entry("ARP", false, changed(buildFrame({}), 12, 0x08, 0x06), { ...BROADCAST, protocol: 0x0806 }),
  entry("to another host", false, buildFrame({ destinationMac: OTHERS }), { packetType: 3 }),
  entry("in a VLAN", false, tagged(5), { packetType: 3, isVlanTagged: true }),
  observed("a server's reply to everybody", buildFrame({ sourcePort: 67, port: 68, payload: request(300, 2) })),
  observed(
    "a server's reply to another host",
    buildFrame({ sourcePort: 67, port: 68, payload: request(300, 2), destinationMac: OTHERS, words: 6 }),
    { packetType: 3 },
  ),
  observed("a server's reply to a relay", buildFrame({ sourcePort: 67, payload: request(300, 2) })),
  entry("a reply that no server has sent", false, buildFrame({ port: 68, payload: request(300, 2) })),
  entry("a reply to another port", false, buildFrame({ sourcePort: 67, port: 69, payload: request(300, 2) })),
  entry("cut inside the IP header", false, buildFrame({}).slice(0, 30)),
  entry("cut inside the UDP header", false, buildFrame({}).slice(0, 37)),
  entry("cut before op", false, buildFrame({}).slice(0, 42)),
  entry("cut by options that are not there", false, changed(buildFrame({}).slice(0, 60), 14, 0x4f)),
];
