// The only importer of the addon: its typed surface, and the column numbers that C++ shares
// (native/columns.h says the same; a test compares). STUB: signatures only.

/** Columns of a received datagram: `columns[slot * RECEIVE_COLUMNS + ReceiveColumn.x]`. Addresses and ports in host order. */
export const ReceiveColumn = {
  length: 0,
  /** Bit 0: the datagram was longer than its slot; bit 1: the control data was cut. */
  flags: 1,
  ifindex: 2,
  /** ipi_addr: destination address in the IP header. */
  destination: 3,
  source: 4,
  sourcePort: 5,
  /** SO_RXQ_OVFL: datagrams this socket has lost since it was opened; 0 where the kernel said nothing. */
  lost: 6,
} as const;
export const RECEIVE_COLUMNS = 8;

/** Columns of a datagram to send. The addon reads the first seven and writes `result`; the rest is the backend's. */
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

/** A UDP socket made from a descriptor that somebody else has bound. Owns the descriptor. */
export declare class UdpSocket {
  /** `onReadable(count)` is called with `count` filled slots; `onError(errno)` for socket errors that are not one datagram's. */
  constructor(
    fd: number,
    arena: Uint8Array,
    slotOctets: number,
    columns: Uint32Array,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  );
  /** Attaches a classic BPF program (struct sock_filter as 8 octets each, native order) and locks it. Throws with errno. */
  attachFilter(program: Uint8Array): void;
  /** Sends rows first .. first+count-1; each row's `result` is set; returns how many the kernel took. Never throws. */
  send(arena: Uint8Array, columns: Uint32Array, first: number, count: number): number;
  /** { receiveBuffer, receiveQueue, lost } from SO_MEMINFO. */
  statistics(): { receiveBuffer: number; receiveQueue: number; lost: number };
  close(): void;
}

/** An ICMP echo socket made from a raw or datagram ICMP descriptor. Owns the descriptor. */
export declare class EchoSocket {
  constructor(fd: number, onReply: (source: number, identifier: number, sequence: number) => void);
  /** Sends an echo request with a fixed payload; errno or 0. `source` 0 and `ifindex` 0: the kernel's choice. A datagram ICMP socket replaces the identifier. */
  send(destination: number, source: number, ifindex: number, identifier: number, sequence: number): number;
  close(): void;
}

/** One-hop durable append: write and fdatasync on a worker thread. Owns the descriptor. One append at a time. */
export declare class AppendFile {
  constructor(fd: number);
  /** Appends `length` octets of `buffer` (do not touch until done); `sync` false leaves out fdatasync. */
  append(buffer: Uint8Array, length: number, sync: boolean, done: (errno: number, written: number) => void): void;
  close(): void;
}

/** A connected SOCK_SEQPACKET socket. Owns the descriptor. */
export declare class SeqpacketSocket {
  /** `onMessage(bytes, fd)`: `bytes` is valid during the call; `fd` is -1 or a received descriptor that the callee now owns. `onEnd(errno)`: the peer is gone. */
  constructor(fd: number, onMessage: (bytes: Uint8Array, fd: number) => void, onEnd: (errno: number) => void);
  /** Sends one message; errno or 0 (EAGAIN when the peer is slow). */
  send(bytes: Uint8Array, length: number): number;
  close(): void;
}

/** Tells of changes of links and IPv4 addresses, without content: ask listInterfaces(). */
export declare class InterfaceWatch {
  constructor(onChange: () => void);
  close(): void;
}

/** One interface of the kernel's dump. */
export interface NativeInterface {
  ifindex: number;
  name: string;
  /** IFF_* flags. */
  flags: number;
  /** ARPHRD_* type. */
  type: number;
  mtu: number;
  /** IFLA_INFO_KIND ("veth", "bridge" ...), empty for hardware. */
  kind: string;
  hardwareAddress: Uint8Array;
  addresses: { address: number; prefixLength: number; secondary: boolean }[];
}

/** All interfaces of this network namespace with their IPv4 addresses, by a netlink dump. Throws with errno. */
export declare function listInterfaces(): NativeInterface[];

/** Sends one datagram to a unix socket path (leading "@": abstract): readiness notification. errno or 0. */
export declare function notifyUnix(path: string, text: string): number;

/** Takes the whole-file write lock that dies with the descriptor (F_OFD_SETLK); errno or 0. */
export declare function lockFile(fd: number): number;
