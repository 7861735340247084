// A UDP socket: batches in, batches out. A constructor that throws a TypeError or DaemonError has not touched the
// descriptor; one that throws a SystemError has closed it.

import { addon, type NativeUdpSocket, type SocketStatistics } from "./addon.ts";
import { requireBytes, requireReceiver, requireRows } from "./checks.ts";
import type { ReceiveRows, ReplyRows } from "./rows.ts";

/** A UDP socket made from a descriptor that the helper has bound. Owns the descriptor. */
export class UdpSocket {
  readonly #socket: NativeUdpSocket;

  /**
   * `onReadable(count)` is called with `count` filled slots of `slotOctets` each, valid until it
   * returns; `onError(errno)` for socket errors that are not one datagram's: nothing more is
   * received then, close it. Both may close the socket. Neither buffer may be transferred.
   */
  constructor(
    fd: number,
    arena: Uint8Array,
    slotOctets: number,
    rows: ReceiveRows,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  ) {
    requireReceiver(fd, arena, slotOctets, rows, onReadable, onError);
    this.#socket = new (addon().UdpSocket)(fd, arena, slotOctets, rows.columns, onReadable, onError);
  }

  /**
   * Attaches a classic BPF program (struct sock_filter as 8 octets each, native order) in the place of
   * the one before; with `isLocked` for good. Throws SystemError.
   */
  attachFilter(program: Uint8Array, isLocked: boolean): void {
    requireBytes(program, 0, "program");
    if (program.length === 0 || program.length % 8 !== 0 || program.length > 4096 * 8) {
      throw new TypeError(`program: not of 1 to 4096 instructions of 8 octets: ${program.length}`);
    }
    this.#socket.attachFilter(program, isLocked);
  }

  /**
   * Sends rows first .. first+count-1; each row's `result` is set; returns how many the kernel took.
   * Never blocks and never throws for an error of the kernel: a full send buffer is EAGAIN in `result`,
   * a row that does not lie in the arena EINVAL, a closed socket EBADF.
   */
  send(arena: Uint8Array, rows: ReplyRows, first: number, count: number): number {
    requireBytes(arena, 0, "arena");
    requireRows(rows, first, count);
    return this.#socket.send(arena, rows.columns, first, count);
  }

  /** How full its queue is, and how many datagrams it has lost. */
  statistics(): SocketStatistics {
    return this.#socket.statistics();
  }

  /** Closes the descriptor; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}
