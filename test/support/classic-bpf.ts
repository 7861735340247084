// An interpreter of classic BPF in the words of the kernel's documentation, for trying filters
// without a kernel. Knows the instructions and ancillary loads that filters of ours use; any other is
// an error. As in the kernel, a load beyond the packet drops it.

/** What the kernel knows of a packet besides its octets. */
export interface PacketFacts {
  /** PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3, PACKET_OUTGOING 4. */
  readonly packetType?: number;
  readonly isVlanTagged?: boolean;
  readonly protocol?: number;
  /** What the kernel's random number is. */
  readonly random?: number;
}

/** How many octets the program keeps of a packet; 0 for dropped. */
export function runFilter(program: Uint8Array, packet: Uint8Array, facts: PacketFacts = {}): number {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  let accumulator = 0;
  let index = 0;
  for (let at = 0; at < program.length; at += 8) {
    const k = code.getUint32(at + 4, isLittle);
    const jump = (isTrue: boolean): void => {
      at += 8 * code.getUint8(at + (isTrue ? 2 : 3));
    };
    const operation = code.getUint16(at, isLittle);
    if ((operation & 7) === 0) {
      const loaded = operation === 0x80 ? packet.length : loadFrom(operation, k, index, packet, facts);
      if (loaded === undefined) return 0;
      accumulator = loaded;
      continue;
    }
    switch (operation) {
      case 0xb1: {
        const octet = packet[k];
        if (octet === undefined) return 0;
        index = 4 * (octet & 15);
        break;
      }
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x15:
        jump(accumulator === k);
        break;
      case 0x25:
        jump(accumulator > k);
        break;
      case 0x35:
        jump(accumulator >= k);
        break;
      case 0x45:
        jump((accumulator & k) !== 0);
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`unknown instruction 0x${operation.toString(16)}`);
    }
  }
  throw new Error("the program has no end");
}

function loadFrom(
  operation: number,
  k: number,
  index: number,
  packet: Uint8Array,
  facts: PacketFacts,
): number | undefined {
  if (k === 0xfffff000) return facts.protocol ?? 0x0800;
  if (k === 0xfffff004) return facts.packetType ?? 1;
  if (k === 0xfffff038) return facts.random ?? 0;
  if (k === 0xfffff030) return facts.isVlanTagged === true ? 1 : 0;
  const sizes: Readonly<Record<number, number>> = { 0: 4, 8: 2, 16: 1 };
  const size = sizes[operation & 0x18];
  const modes: Readonly<Record<number, number>> = { 32: k, 64: k + index };
  const start = modes[operation & 0xe0];
  if (size === undefined || start === undefined) throw new Error(`unknown load 0x${operation.toString(16)}`);
  if (start > packet.length - size) return undefined;
  return packet.subarray(start, start + size).reduce((value, octet) => value * 256 + octet, 0);
}
