// A socket for whole messages between two processes, with descriptors. Descriptors as for UdpSocket.

import { addon, type NativeSeqpacketSocket } from "./addon.ts";
import { requireBytes, requireDescriptor, requireFunction } from "./checks.ts";

/** A connected SOCK_SEQPACKET socket. Owns the descriptor. */
export class SeqpacketSocket {
  readonly #socket: NativeSeqpacketSocket;

  /**
   * `onMessage(bytes, fd)`: `bytes` is valid during the call; `fd` is -1 or a received descriptor
   * that the callee now owns (more than one in a message: the others are closed). `onEnd(errno)`:
   * the peer is gone (0), or has sent more than 16384 octets at once (EMSGSIZE), or an error; the
   * socket is closed then.
   */
  constructor(fd: number, onMessage: (bytes: Uint8Array, fd: number) => void, onEnd: (errno: number) => void) {
    requireDescriptor(fd);
    requireFunction(onMessage, "onMessage");
    requireFunction(onEnd, "onEnd");
    this.#socket = new (addon().SeqpacketSocket)(fd, onMessage, onEnd);
  }

  /** Sends the first `length` octets as one message; errno or 0 (EAGAIN when the peer is slow, EPIPE once closed). */
  send(bytes: Uint8Array, length: number): number {
    requireBytes(bytes, length, "bytes");
    return this.#socket.send(bytes, length);
  }

  /**
   * Waits up to so many microseconds for a message, or the end, and calls `onMessage` or `onEnd` before it returns true. For
   * a peer that answers at once: the event loop's way to the answer costs more than the wait.
   */
  receive(microseconds: number): boolean {
    return this.#socket.receive(microseconds);
  }

  /** Closes the descriptor; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}
