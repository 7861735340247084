// The counters of a backend, each declared once: its name is a metric label; the hot path uses its position.

/** Position of a counter in BackendCounters. */
export type Count = number & { readonly isCount: true };

const DATAGRAM_NAMES: string[] = [];
const FRAME_NAMES: string[] = [];

/** The next counter of every backend, under this name. */
function datagram(name: string): Count {
  return (DATAGRAM_NAMES.push(name) - 1) as Count;
}

/** The next counter of a backend that reads frames. */
function frame(name: string): Count {
  return (DATAGRAM_NAMES.length + FRAME_NAMES.push(name) - 1) as Count;
}

/** The counters. Counters of frames follow those of datagrams. */
export const Count = {
  /** Longer than a receive slot. */
  receiveTruncated: datagram("receive-truncated"),
  /** The kernel cut the control data: interface and destination are not known. */
  receiveControlCut: datagram("receive-control-cut"),
  /** Sent from one of our own addresses. */
  receiveOwnSource: datagram("receive-own-source"),
  /** A source that no reply can reach: multicast, reserved, loopback, port 0. */
  receiveBadSource: datagram("receive-bad-source"),
  /** A broadcast from an interface that is not served. */
  receiveInterfaceNotServed: datagram("receive-interface-not-served"),
  /** Sent to an address that is neither ours nor a broadcast. */
  receiveDestinationUnknown: datagram("receive-destination-unknown"),
  /** Lost by the sockets' queues, or rejected by the prefilter: the kernel does not tell them apart. */
  receiveLost: datagram("receive-lost"),
  sent: datagram("sent"),
  neighbourRefused: datagram("neighbour-refused"),
  neighbourFull: datagram("neighbour-full"),
  neighbourFailed: datagram("neighbour-failed"),
  neighbourUnanswered: datagram("neighbour-unanswered"),
  neighbourNoHelper: datagram("neighbour-no-helper"),
  /** Not sent: the source address is not on this host any more. */
  sourceGone: datagram("source-gone"),
  /** EPERM: a firewall's output rules. */
  blockedByFirewall: datagram("blocked-by-firewall"),
  /** ENETUNREACH, EHOSTUNREACH. */
  sendNoRoute: datagram("send-no-route"),
  /** ENODEV, ENXIO, ENETDOWN: the interface is gone or down. */
  sendNoDevice: datagram("send-no-device"),
  /** ENOBUFS, EAGAIN: the queues stayed full. */
  sendQueueFull: datagram("send-queue-full"),
  sendFailed: datagram("send-failed"),
  echoFailed: datagram("echo-failed"),
  listenerFailed: datagram("listener-failed"),
  // From here on the bpf backend's alone: frames with wrong lengths or checksums (wire/frame.ts).
  frameTruncated: frame("frame-truncated"),
  frameNotIpv4: frame("frame-not-ipv4"),
  frameNotUdp: frame("frame-not-udp"),
  frameFragment: frame("frame-fragment"),
  frameLength: frame("frame-length"),
  frameIpChecksum: frame("frame-ip-checksum"),
  frameUdpChecksum: frame("frame-udp-checksum"),
  /** Heard here, but another interface's: a VLAN's on the one below it, a bond's on one of its own. */
  frameOtherInterface: frame("frame-other-interface"),
  /** A new client's, dropped unseen while there are too many (Backend.shed). */
  frameShed: frame("frame-shed"),
} as const;

/** The counters of one backend, from its making on. */
export class BackendCounters {
  private readonly names: readonly string[];
  private readonly values: Float64Array;

  /** `readsFrames`: with the counters of a backend that reads frames. */
  constructor(readsFrames = false) {
    this.names = readsFrames ? [...DATAGRAM_NAMES, ...FRAME_NAMES] : DATAGRAM_NAMES;
    this.values = new Float64Array(this.names.length);
  }

  /** Adds one, or `by`. */
  count(which: Count, by = 1): void {
    this.values[which] = (this.values[which] ?? 0) + by;
  }

  /** All counters by name, those that are still 0 included; `lost` comes from the sockets. */
  toMap(lost: number): Map<string, number> {
    this.values[Count.receiveLost] = lost;
    return new Map(this.names.map((name, i) => [name, this.values[i] ?? 0]));
  }
}
