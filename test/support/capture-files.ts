// Files as tcpdump and Wireshark write them, with given packets.

/** A UDP datagram in an IPv4 packet, without checksums. */
export function udpPacket({ from, to, port = 68, toPort = 67, payload }: UdpParts): Buffer {
  const packet = Buffer.alloc(28);
  packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17]);
  packet.writeUInt16BE(28 + payload.length, 2);
  packet.set([...from.split("."), ...to.split(".")].map(Number), 12);
  packet.writeUInt16BE(port, 20);
  packet.writeUInt16BE(toPort, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  return Buffer.concat([packet, payload]);
}

interface UdpParts {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly toPort?: number;
  readonly payload: Uint8Array;
}

const ETHERNET_HEADER = Buffer.from("ffffffffffff0200000000070800", "hex");

/** The packet in an Ethernet frame, tagged for a VLAN if asked. */
export function ethernet(packet: Uint8Array, isTagged = false): Buffer {
  const tag = isTagged ? Buffer.from("81000007", "hex") : Buffer.alloc(0);
  return Buffer.concat([ETHERNET_HEADER.subarray(0, 12), tag, ETHERNET_HEADER.subarray(12), packet]);
}

/** A Linux cooked packet, of the first or the second version. */
export function cooked(packet: Uint8Array, version: 1 | 2): Buffer {
  const header = version === 1 ? "0001000100060200000000070000" : "";
  const tail = version === 1 ? "0800" : "08000000000000020001010602000000000700 00".replace(" ", "");
  return Buffer.concat([Buffer.from(header + tail, "hex"), packet]);
}

/** A file in the classic format. */
export function pcap(
  linkType: number,
  packets: readonly Uint8Array[],
  { isLittle = true, magic = 0xa1b2c3d4 } = {},
): Buffer {
  const number = (value: number): Buffer => {
    const octets = Buffer.alloc(4);
    if (isLittle) octets.writeUInt32LE(value);
    else octets.writeUInt32BE(value);
    return octets;
  };
  const head = Buffer.concat([number(magic), Buffer.alloc(12), number(65_535), number(linkType)]);
  return Buffer.concat([
    head,
    ...packets.flatMap((packet) => [number(1), number(0), number(packet.length), number(packet.length), packet]),
  ]);
}

/** A file as Wireshark writes it, with one interface. */
export function pcapng(linkType: number, packets: readonly Uint8Array[]): Buffer {
  const block = (type: number, body: Uint8Array): Buffer => {
    const padded = Math.ceil(body.length / 4) * 4;
    const octets = Buffer.alloc(12 + padded);
    octets.writeUInt32LE(type);
    octets.writeUInt32LE(octets.length, 4);
    octets.set(body, 8);
    octets.writeUInt32LE(octets.length, 8 + padded);
    return octets;
  };
  const section = Buffer.from("4d3c2b1a01000000ffffffffffffffff", "hex");
  const link = Buffer.alloc(8);
  link.writeUInt16LE(linkType);
  return Buffer.concat([
    block(0x0a0d0d0a, section),
    block(1, link),
    ...packets.map((packet) => {
      const head = Buffer.alloc(20);
      head.writeUInt32LE(packet.length, 12);
      head.writeUInt32LE(packet.length, 16);
      return block(6, Buffer.concat([head, packet]));
    }),
  ]);
}
