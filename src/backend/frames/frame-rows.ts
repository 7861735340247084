// Sends rows of a reply batch for the bpf backend. Broadcasts and replies to a hardware address leave as frames by the
// arrival interface's packet socket; routed replies (relays, clients that have their address) leave by the UDP socket
// that holds the port, because routes and ARP are the kernel's business.
//
// Guarantees: nothing is allocated per row; headers are written here, payloads leave from where they
// lie. Each row's `result` is set. A hardware address that is no client's (zero, multicast, our own)
// gets no frame of its own: that reply is broadcast and counted.

import { constants } from "node:os";
import type { Interface } from "../../base/interface.ts";
import type { PacketSocket } from "../../native/packet-socket.ts";
import type { ReplyRows } from "../../native/rows.ts";
import type { UdpSocket } from "../../native/udp-socket.ts";
import { Delivery } from "../../wire/delivery.ts";
import { FRAME_HEADER_OCTETS, Frame, putFrameHeader } from "../../wire/frame.ts";
import { SERVER_PORT } from "../../wire/layout.ts";
import { type BackendCounters, Count } from "../backend-counters.ts";
import { broadcastInstead } from "../reply-row.ts";
import type { RowSocket } from "../reply-sender.ts";

const { EBADF, ENODEV } = constants.errno;

/** Frames handed to the socket at once; the addon's own runs are of this length. */
const FRAMES_PER_CALL = 64;
const MULTICAST_BIT = 0x0100;

/** A hardware address as two numbers: first two and last four octets. */
interface HardwareAddress {
  readonly high: number;
  readonly low: number;
}

/** What FrameRows works with. */
export interface FrameRowsParts {
  readonly counters: BackendCounters;
  /** The UDP socket; undefined while it is not open. */
  routed(): Pick<UdpSocket, "send"> | undefined;
  /** The packet socket of an interface; undefined if there is none. */
  link(ifindex: number): Pick<PacketSocket, "send"> | undefined;
}

/** Rows in, frames and datagrams out. */
export class FrameRows implements RowSocket {
  private readonly parts: FrameRowsParts;
  private readonly headers = new Uint8Array(FRAMES_PER_CALL * FRAME_HEADER_OCTETS);
  private readonly frame = new Frame();
  private hardware: ReadonlyMap<number, HardwareAddress> = new Map();
  /** Identification of the next datagram (RFC 791): only has to differ from those just before. */
  private identification = 0;

  constructor(parts: FrameRowsParts) {
    this.parts = parts;
    this.frame.sourcePort = SERVER_PORT;
  }

  /** Takes in a new picture of the interfaces. */
  setInterfaces(interfaces: readonly Interface[]): void {
    this.hardware = new Map(
      interfaces.map(({ ifindex, hardwareAddress: octets }) => {
        const view = new DataView(Uint8Array.from({ length: 6 }, (_, i) => octets[i] ?? 0).buffer);
        return [ifindex, { high: view.getUint16(0), low: view.getUint32(2) }];
      }),
    );
  }

  /** See UdpSocket.send. Rows with an ifindex leave as frames (see reply-row.ts). */
  send(arena: Uint8Array, rows: ReplyRows, first: number, count: number): number {
    let taken = 0;
    let row = first;
    while (row < first + count) {
      const ifindex = rows.ifindex(row);
      let run = 1;
      while (row + run < first + count && run < FRAMES_PER_CALL && rows.ifindex(row + run) === ifindex) run++;
      taken += ifindex === 0 ? this.sendRouted(arena, rows, row, run) : this.sendFrames(arena, rows, row, run);
      row += run;
    }
    return taken;
  }

  private sendRouted(arena: Uint8Array, rows: ReplyRows, first: number, count: number): number {
    const socket = this.parts.routed();
    return socket === undefined ? fail(rows, first, count, EBADF) : socket.send(arena, rows, first, count);
  }

  private sendFrames(arena: Uint8Array, rows: ReplyRows, first: number, count: number): number {
    const ifindex = rows.ifindex(first);
    const socket = this.parts.link(ifindex);
    const own = this.hardware.get(ifindex);
    if (socket === undefined || own === undefined) return fail(rows, first, count, ENODEV);
    for (let i = 0; i < count; i++) {
      this.address(rows, first + i, own);
      putFrameHeader(this.headers, i * FRAME_HEADER_OCTETS, this.frame, arena, rows.offset(first + i));
    }
    return socket.send(this.headers, FRAME_HEADER_OCTETS, arena, rows, first, count);
  }

  /** Fills `frame` for a row. */
  private address(rows: ReplyRows, row: number, own: HardwareAddress): void {
    const { frame } = this;
    const high = rows.hardwareHigh(row);
    const low = rows.hardwareLow(row);
    if (rows.delivery(row) === Delivery.neighbour && !isClients(high, low, own)) {
      broadcastInstead(rows, row);
      this.parts.counters.count(Count.neighbourRefused);
    }
    const isBroadcast = rows.delivery(row) !== Delivery.neighbour;
    frame.destinationHigh = isBroadcast ? 0xffff : high;
    frame.destinationLow = isBroadcast ? 0xffffffff : low;
    frame.sourceHigh = own.high;
    frame.sourceLow = own.low;
    frame.source = rows.source(row);
    frame.destination = rows.destination(row);
    frame.destinationPort = rows.port(row);
    frame.payloadLength = rows.length(row);
    this.identification = (this.identification + 1) & 0xffff;
    frame.identification = this.identification;
  }
}

function isClients(high: number, low: number, own: HardwareAddress): boolean {
  if ((high & MULTICAST_BIT) !== 0 || (high === 0 && low === 0)) return false;
  return high !== own.high || low !== own.low;
}

function fail(rows: ReplyRows, first: number, count: number, errno: number): number {
  for (let row = first; row < first + count; row++) rows.setResult(row, errno);
  return 0;
}
