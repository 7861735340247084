// What a backend counts: names are metric labels, positions are what the hot path uses.

/** Positions of the counters. */
export const Count = {
  /** Longer than a receive slot. */
  receiveTruncated: 0,
  /** The kernel cut the control data: interface and destination are not known. */
  receiveControlCut: 1,
  /** Sent from one of our own addresses. */
  receiveOwnSource: 2,
  /** A source nobody can be answered at: multicast, reserved, loopback, port 0. */
  receiveBadSource: 3,
  /** A broadcast from an interface that is not served. */
  receiveInterfaceNotServed: 4,
  /** Sent to an address that is neither ours nor a broadcast. */
  receiveDestinationUnknown: 5,
  /** Lost by the sockets' queues, or rejected by the prefilter: the kernel does not tell them apart. */
  receiveLost: 6,
  sent: 7,
  neighbourRefused: 8,
  neighbourFull: 9,
  neighbourFailed: 10,
  neighbourUnanswered: 11,
  neighbourNoHelper: 12,
  /** Not sent: the source address is not on this host any more. */
  sourceGone: 13,
  /** EPERM: a firewall's output rules. */
  blockedByFirewall: 14,
  /** ENETUNREACH, EHOSTUNREACH. */
  sendNoRoute: 15,
  /** ENODEV, ENXIO, ENETDOWN: the interface is gone or down. */
  sendNoDevice: 16,
  /** ENOBUFS, EAGAIN: the queues stayed full. */
  sendQueueFull: 17,
  sendFailed: 18,
  echoFailed: 19,
  listenerFailed: 20,
  // From here on the bpf backend's alone: frames that are not what they say (wire/frame.ts).
  frameTruncated: 21,
  frameNotIpv4: 22,
  frameNotUdp: 23,
  frameFragment: 24,
  frameLength: 25,
  frameIpChecksum: 26,
  frameUdpChecksum: 27,
  /** Heard here, but another interface's: a VLAN's on the one below it, a bond's on one of its own. */
  frameOtherInterface: 28,
  /** A new client's, dropped unseen while there are too many (Backend.shed). */
  frameShed: 29,
} as const;
export type Count = (typeof Count)[keyof typeof Count];

const DATAGRAM_NAMES: readonly string[] = [
  "receive-truncated",
  "receive-control-cut",
  "receive-own-source",
  "receive-bad-source",
  "receive-interface-not-served",
  "receive-destination-unknown",
  "receive-lost",
  "sent",
  "neighbour-refused",
  "neighbour-full",
  "neighbour-failed",
  "neighbour-unanswered",
  "neighbour-no-helper",
  "source-gone",
  "blocked-by-firewall",
  "send-no-route",
  "send-no-device",
  "send-queue-full",
  "send-failed",
  "echo-failed",
  "listener-failed",
];

const FRAME_NAMES: readonly string[] = [
  "frame-truncated",
  "frame-not-ipv4",
  "frame-not-udp",
  "frame-fragment",
  "frame-length",
  "frame-ip-checksum",
  "frame-udp-checksum",
  "frame-other-interface",
  "frame-shed",
];

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
