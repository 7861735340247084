// The udp backend: ordinary UDP sockets on port 67, one for each address that is served and one for
// broadcasts. A socket is filtered before its first datagram is looked at. What listeners do when
// interfaces change is common to the backends: socket-backend.ts.

import type { Interface } from "../../base/interface.ts";
import { RECEIVE_BUFFER_OCTETS, RECEIVE_SLOT_OCTETS, SHED_WHOLE } from "../../base/limits.ts";
import { UdpSocket } from "../../native/udp-socket.ts";
import type { WantedListeners } from "../backend.ts";
import { BackendCounters } from "../backend-counters.ts";
import { prefilterProgram } from "../filter/filter.ts";
import { ListenerSet } from "../listen/listener-set.ts";
import { type ListenerPlan, planListeners } from "../listen/listeners.ts";
import { ReceiveBatch } from "../receive-batch.ts";
import { ReplySender } from "../reply-sender.ts";
import { SocketBackend, type SocketBackendOptions } from "../socket-backend.ts";

/** The backend on ordinary UDP sockets. */
export class UdpBackend extends SocketBackend {
  readonly name = "udp";
  protected readonly tally = new BackendCounters();
  protected readonly received = new ReceiveBatch(this.tally, () => this.lookAgain());
  protected readonly sockets: ListenerSet<UdpSocket>;
  protected readonly sender: ReplySender;
  private share = SHED_WHOLE;

  constructor(options: SocketBackendOptions) {
    super(options);
    this.sockets = new ListenerSet({
      helper: options.helper,
      request: ({ address, freebind }) => ({
        kind: "udp",
        address,
        freebind,
        receiveBufferOctets: RECEIVE_BUFFER_OCTETS,
      }),
      wrap: (fd, _plan, number, onError) => this.wrap(fd, number, onError),
      onLost: (plan, errno) => this.lose(plan, errno),
    });
    this.sender = new ReplySender({
      ...this.senderParts(),
      counters: this.tally,
      takesEntries: true,
      // Each of the sockets can send from any address of ours.
      socket: () => this.sockets.anySocket,
    });
  }

  shed(share: number): void {
    this.share = share;
    const program = prefilterProgram(share);
    for (const socket of this.sockets.all()) socket.attachFilter(program, false);
  }

  protected planOf(interfaces: readonly Interface[], wanted: WantedListeners): ListenerPlan {
    return planListeners(interfaces, wanted);
  }

  private wrap(fd: number, number: number, onError: (errno: number) => void): UdpSocket {
    const { arena, rows } = this.received;
    const onReadable = (count: number): void => this.receive(number, count);
    const socket = new UdpSocket(fd, arena, RECEIVE_SLOT_OCTETS, rows, onReadable, onError);
    return filtered(socket, prefilterProgram(this.share), false);
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
