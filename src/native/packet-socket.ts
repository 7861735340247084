// A packet socket: whole Ethernet frames in, headers and payloads out. Descriptors as for UdpSocket.

import { addon, type NativePacketSocket, type SocketStatistics } from "./addon.ts";
import { requireBytes, requireInteger, requireReceiver, requireRows } from "./checks.ts";
import type { ReceiveRows, ReplyRows } from "./rows.ts";

/**
 * A packet socket made from a descriptor that the helper has filtered and bound to an interface. Owns the descriptor.
 */
export class PacketSocket {
  readonly #socket: NativePacketSocket;

  /** As for UdpSocket; slots are filled with whole frames, rows with length, flags, ifindex and lost, the others with 0. */
  constructor(
    fd: number,
    arena: Uint8Array,
    slotOctets: number,
    rows: ReceiveRows,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  ) {
    requireReceiver(fd, arena, slotOctets, rows, onReadable, onError);
    this.#socket = new (addon().PacketSocket)(fd, arena, slotOctets, rows.columns, onReadable, onError);
  }

  /**
   * Sends rows first .. first+count-1 as frames: the octets of row first+i in `arena` behind the
   * `headerOctets` at i * headerOctets of `headers`. Results as for UdpSocket.send.
   */
  send(
    headers: Uint8Array,
    headerOctets: number,
    arena: Uint8Array,
    rows: ReplyRows,
    first: number,
    count: number,
  ): number {
    requireBytes(arena, 0, "arena");
    requireRows(rows, first, count);
    requireInteger(headerOctets, headers.length, "octets of a header");
    requireBytes(headers, count * headerOctets, "headers");
    return this.#socket.send(headers, headerOctets, arena, rows.columns, first, count);
  }

  /** As for UdpSocket; frames that the filter has rejected are not among the lost. */
  statistics(): SocketStatistics {
    return this.#socket.statistics();
  }

  /** Closes the descriptor; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}
