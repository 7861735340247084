// An ICMP socket for pings. Descriptors as for UdpSocket.

import type { Ipv4 } from "../base/ipv4.ts";
import { addon, type NativeEchoSocket } from "./addon.ts";
import { requireDescriptor, requireFunction, requireInteger } from "./checks.ts";

/** An ICMP echo socket made from a raw or datagram ICMP descriptor. Owns the descriptor. */
export class EchoSocket {
  readonly #socket: NativeEchoSocket;

  /** `onReply` is called for each well-formed echo reply; a raw socket also hears replies to other processes. */
  constructor(fd: number, onReply: (source: Ipv4, identifier: number, sequence: number) => void) {
    requireDescriptor(fd);
    requireFunction(onReply, "onReply");
    this.#socket = new (addon().EchoSocket)(fd, onReply);
  }

  /**
   * Sends an echo request with a fixed payload; errno or 0. `source` 0 and `ifindex` 0: the kernel's
   * choice. A datagram ICMP socket replaces the identifier: match its replies by source and sequence.
   */
  send(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): number {
    requireInteger(destination, 0xffffffff, "destination");
    requireInteger(source, 0xffffffff, "source");
    requireInteger(ifindex, 0x7fffffff, "ifindex");
    requireInteger(identifier, 0xffff, "identifier");
    requireInteger(sequence, 0xffff, "sequence");
    return this.#socket.send(destination, source, ifindex, identifier, sequence);
  }

  /** Closes the descriptor; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}
