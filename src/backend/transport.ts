// The difference between the backends: one transport for UDP sockets (backend/udp/udp.ts), one for frames
// (backend/frames/bpf.ts). Everything else is SocketBackend's.

import type { Interface } from "../base/interface.ts";
import type { ListenRequest } from "../helper/helper.ts";
import type { Backend, ListenerStatus, WantedListeners } from "./backend.ts";
import type { ListenerSet, ListenerSocket } from "./listen/listener-set.ts";
import type { ListenerPlan, PlannedListener } from "./listen/listeners.ts";
import type { Admission, ReceiveBatch } from "./receive-batch.ts";
import type { RowSocket } from "./reply-sender.ts";

/** Opens, reads and writes the sockets of one kind of backend. */
export interface Transport<Socket extends ListenerSocket> {
  readonly name: Backend["name"];
  /** Whether a `neighbour` delivery takes an entry in the kernel's table, and so the helper. */
  readonly takesEntries: boolean;
  /** Whether what this host sends to its own addresses comes in by the sockets. */
  readonly hearsItself: boolean;
  /** Which of the received datagrams the server gets to see. */
  readonly admission: Admission;
  /** Which listeners are wanted. The notes are the same as long as the interfaces are. */
  plan(interfaces: readonly Interface[], wanted: WantedListeners): ListenerPlan;
  /** What to ask the helper for. */
  request(plan: PlannedListener): ListenRequest;
  /**
   * Makes the socket from the descriptor, which it owns from then on, so that it receives into `batch`; what it throws
   * is why it failed. `onReadable(count)`: the first `count` slots are filled.
   */
  wrap(
    fd: number,
    plan: PlannedListener,
    batch: ReceiveBatch,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  ): Socket;
  /** What replies leave by; undefined if nothing is open. */
  sender(sockets: ListenerSet<Socket>): RowSocket | undefined;
  /** A new picture of the interfaces is in force. */
  follow(interfaces: readonly Interface[]): void;
  /** See Pressure.shed. */
  shed(share: number, sockets: ListenerSet<Socket>): void;
  /** Addresses that the server answers at beside the sockets' own, for status. */
  answeredAlso(wanted: WantedListeners): readonly ListenerStatus[];
}
