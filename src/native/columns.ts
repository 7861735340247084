// The column numbers that C++ shares (native/columns.h says the same; loading compares), and those of our own
// rows. They are this folder's own: all other code reads and writes rows by name (rows.ts).

/** Columns of a received datagram (ReceiveRows). Addresses and ports in host order. */
export const ReceiveColumn = {
  length: 0,
  /** ReceiveFlag bits. */
  flags: 1,
  /** 0 for a datagram that came in before IP_PKTINFO was set: by us, or better by the opener ahead of its bind. */
  ifindex: 2,
  /** ipi_addr: destination address in the IP header. */
  destination: 3,
  source: 4,
  sourcePort: 5,
  /** SO_RXQ_OVFL: datagrams this socket has lost since it was opened; 0 where the kernel said nothing. */
  lost: 6,
  /** Octets from the start of the slot to the payload: the backend's, never written by the addon. */
  payload: 7,
} as const;
export const RECEIVE_COLUMNS = 8;

export const ReceiveFlag = {
  /** The datagram was longer than its slot. */
  datagramCut: 1,
  /** The control data was cut. */
  controlCut: 2,
  /** A frame whose UDP checksum its sender, on this machine, has left to hardware (TP_STATUS_CSUMNOTREADY). */
  checksumUnfinished: 4,
} as const;

/** Columns of a datagram to send (ReplyRows). The addon reads the first seven and writes `result`; the rest is the backend's. */
export const ReplyColumn = {
  /** Octets from the start of the arena. */
  offset: 0,
  length: 1,
  destination: 2,
  port: 3,
  /** ipi_spec_dst: source address. */
  source: 4,
  /** ipi_ifindex; 0: by the routing table. */
  ifindex: 5,
  /** SendFlag bits. */
  flags: 6,
  /** errno of this datagram, 0 if the kernel took it. */
  result: 7,
  /** A wire/delivery.ts Delivery. */
  delivery: 8,
  /** chaddr of a `neighbour` delivery: the first two octets, then the last four. */
  hardwareHigh: 9,
  hardwareLow: 10,
  /** Free for the server: ties a row to its query in the log. */
  tag: 11,
} as const;
export const REPLY_COLUMNS = 12;

export const SendFlag = {
  /** MSG_DONTROUTE. */
  dontRoute: 1,
  /** A full UDP checksum in the datagram (MSG_MORE, then an empty send), for receivers that see partial ones. */
  fullChecksum: 2,
} as const;

/** Columns of a row of the kernel's neighbour table (NeighbourTable); columns.h has no names for them. */
export const NeighbourColumn = { address: 0, ifindex: 1, state: 2 } as const;
export const NEIGHBOUR_LIST_COLUMNS = 3;

/** Columns of a neighbour entry for the helper (NeighbourRows): helper/protocol.h says the same. */
export const EntryColumn = { ifindex: 0, address: 1, hardwareHigh: 2, hardwareLow: 3 } as const;
export const ENTRY_COLUMNS = 4;
