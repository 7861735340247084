// The udp backend's transport: ordinary UDP sockets on port 67, one for each address that is served and one for
// broadcasts. A socket is filtered before its first datagram is looked at. What listeners do when
// interfaces change is common to the backends: socket-backend.ts.

import { RECEIVE_BUFFER_OCTETS, RECEIVE_SLOT_OCTETS } from "../../base/limits/backend.ts";
import { SHED_WHOLE } from "../../base/limits/overload.ts";
import type { ListenRequest } from "../../helper/helper.ts";
import { UdpSocket } from "../../native/udp-socket.ts";
import type { ListenerStatus } from "../backend.ts";
import { prefilterProgram } from "../filter/filter.ts";
import type { ListenerSet } from "../listen/listener-set.ts";
import { type PlannedListener, planListeners } from "../listen/listeners.ts";
import { DATAGRAM_ADMISSION, type ReceiveBatch } from "../receive-batch.ts";
import type { RowSocket } from "../reply-sender.ts";
import { SocketBackend, type SocketBackendOptions } from "../socket-backend.ts";
import type { Transport } from "../transport.ts";

/** The backend on ordinary UDP sockets. */
export function udpBackend(options: SocketBackendOptions): SocketBackend<UdpSocket> {
  return new SocketBackend(options, new UdpTransport());
}

class UdpTransport implements Transport<UdpSocket> {
  readonly name = "udp";
  readonly takesEntries = true;
  readonly hearsItself = true;
  readonly admission = DATAGRAM_ADMISSION;
  readonly plan = planListeners;
  private share = SHED_WHOLE;

  request({ address, freebind }: PlannedListener): ListenRequest {
    return { kind: "udp", address, freebind, receiveBufferOctets: RECEIVE_BUFFER_OCTETS };
  }

  wrap(
    fd: number,
    _plan: PlannedListener,
    { arena, rows }: ReceiveBatch,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  ): UdpSocket {
    const socket = new UdpSocket(fd, arena, RECEIVE_SLOT_OCTETS, rows, onReadable, onError);
    return filtered(socket, prefilterProgram(this.share), false);
  }

  /** Each of the sockets can send from any address of ours. */
  sender(sockets: ListenerSet<UdpSocket>): RowSocket | undefined {
    return sockets.anySocket;
  }

  follow(): void {
    // The kernel knows its interfaces.
  }

  shed(share: number, sockets: ListenerSet<UdpSocket>): void {
    this.share = share;
    const program = prefilterProgram(share);
    for (const socket of sockets.all()) socket.attachFilter(program, false);
  }

  answeredAlso(): readonly ListenerStatus[] {
    return [];
  }
}

/** The socket with a filter on it, for good or to be replaced; closed if it will not have it. */
export function filtered(socket: UdpSocket, program: Uint8Array, isLocked: boolean): UdpSocket {
  try {
    socket.attachFilter(program, isLocked);
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}
