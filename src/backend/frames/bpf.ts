// The bpf backend's transport: whole Ethernet frames from a packet socket on each interface, behind a classic BPF
// filter that the helper has attached and locked before the socket could receive anything.
//
// It hears what a firewall's input rules, rp_filter and the kernel's own checks would drop, and does
// itself what the kernel does for the udp backend: lengths, checksums, whether a frame is for us.
// The destination of a query is kept, and the reply comes from there if it is ours.
//
// Replies that are broadcast or go to a hardware address leave as frames by the packet socket of the arrival interface:
// no neighbour entry, no helper, no output rules of a firewall. Replies to relays and to clients that have their
// address are routed, so they leave by a UDP socket, with the source address chosen as the udp backend does, subject to
// output rules; answering to the hardware address that a query came from would keep state for each query and misdirect
// where routes are asymmetric. The same UDP socket holds port 67 and reads nothing: no second server can start beside
// us, and the kernel sends no client "port unreachable".
//
// The holder of a packet socket can send any frame on its interface. This process has one for each,
// and the helper opens none unless the launcher was given --backend=bpf.

import type { Interface } from "../../base/interface.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import { RECEIVE_BUFFER_OCTETS, RECEIVE_SLOT_OCTETS } from "../../base/limits/backend.ts";
import type { ListenRequest } from "../../helper/helper.ts";
import { PacketSocket } from "../../native/packet-socket.ts";
import { ReceiveRows } from "../../native/rows.ts";
import { UdpSocket } from "../../native/udp-socket.ts";
import type { ListenerStatus, WantedListeners } from "../backend.ts";
import { BackendCounters } from "../backend-counters.ts";
import { dropAllProgram } from "../filter/filter.ts";
import type { ListenerSet } from "../listen/listener-set.ts";
import type { PlannedListener } from "../listen/listeners.ts";
import type { ReceiveBatch } from "../receive-batch.ts";
import type { RowSocket } from "../reply-sender.ts";
import { SocketBackend, type SocketBackendOptions } from "../socket-backend.ts";
import type { Transport } from "../transport.ts";
import { filtered } from "../udp/udp.ts";
import { FrameAdmission } from "./frame-admission.ts";
import { planFrames } from "./frame-plan.ts";
import { FrameRows } from "./frame-rows.ts";

const PORT_KEY = 0;

type FrameSocket = UdpSocket | PacketSocket;

/** The backend on packet sockets. */
export function bpfBackend(options: SocketBackendOptions): SocketBackend<FrameSocket> {
  const counters = new BackendCounters(true);
  return new SocketBackend({ ...options, counters }, new FrameTransport(counters));
}

class FrameTransport implements Transport<FrameSocket> {
  readonly name = "bpf";
  readonly takesEntries = false;
  readonly hearsItself = false;
  readonly admission = new FrameAdmission();
  readonly plan = planFrames;
  private sockets: ListenerSet<FrameSocket> | undefined;
  private readonly rows: FrameRows;

  constructor(counters: BackendCounters) {
    this.rows = new FrameRows({
      counters,
      routed: () => {
        const socket = this.sockets?.socketOf(PORT_KEY);
        return socket instanceof UdpSocket ? socket : undefined;
      },
      link: (ifindex) => {
        const socket = this.sockets?.socketOf(ifindex);
        return socket instanceof PacketSocket ? socket : undefined;
      },
    });
  }

  request(plan: PlannedListener): ListenRequest {
    return plan.kind === "port"
      ? { kind: "udp", address: plan.address, freebind: false, receiveBufferOctets: 0 }
      : { kind: "packet", ifindex: plan.key, receiveBufferOctets: RECEIVE_BUFFER_OCTETS };
  }

  wrap(
    fd: number,
    plan: PlannedListener,
    { arena, rows }: ReceiveBatch,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  ): FrameSocket {
    if (plan.kind === "port") return holdPort(fd, onError);
    return new PacketSocket(fd, arena, RECEIVE_SLOT_OCTETS, rows, onReadable, onError);
  }

  sender(sockets: ListenerSet<FrameSocket>): RowSocket {
    this.sockets = sockets;
    return this.rows;
  }

  follow(interfaces: readonly Interface[]): void {
    this.rows.setInterfaces(interfaces);
  }

  /** A packet socket's filter is locked, so frames are dropped here, before anything is computed over them. */
  shed(share: number): void {
    this.admission.share = share;
  }

  /** All of the sockets answer at configured addresses. */
  answeredAlso(wanted: WantedListeners): readonly ListenerStatus[] {
    return wanted.addresses.map((address) => ({
      description: `${formatIpv4(address)} port 67 (by frames)`,
      address,
      interface: "",
    }));
  }
}

/** A UDP socket that drops every datagram. Datagrams that came before its filter are never read. */
function holdPort(fd: number, onError: (errno: number) => void): UdpSocket {
  const nothing = (): void => undefined;
  const socket = new UdpSocket(fd, new Uint8Array(1), 1, new ReceiveRows(1), nothing, onError);
  return filtered(socket, dropAllProgram(), true);
}
