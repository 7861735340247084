// The only importer of the addon: its typed surface, and the column numbers that C++ shares
// (native/columns.h says the same; loading compares).
//
// Guarantees: what reaches C++ is of the right type and in range; checks cost per batch, never per
// datagram. The addon is loaded at its first use, so importing the column numbers needs no build.
// A constructor that throws a TypeError or DaemonError has not touched the descriptor; one that
// throws a SystemError has closed it.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { DaemonError } from "../base/daemon-error.ts";

/** Columns of a received datagram: `columns[slot * RECEIVE_COLUMNS + ReceiveColumn.x]`. Addresses and ports in host order. */
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

/** What the kernel refused: `errno` is positive, `code` its name ("EPERM"). */
export interface SystemError extends Error {
  readonly errno: number;
  readonly code: string;
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
  /** In the kernel's order. */
  addresses: { address: number; prefixLength: number; secondary: boolean }[];
}

/** The addon as C++ exports it. */
interface Addon {
  readonly columns: {
    readonly ReceiveColumn: Readonly<Record<string, number>>;
    readonly ReplyColumn: Readonly<Record<string, number>>;
    readonly ReceiveFlag: Readonly<Record<string, number>>;
    readonly SendFlag: Readonly<Record<string, number>>;
    readonly sizes: { readonly receive: number; readonly reply: number };
  };
  readonly UdpSocket: new (
    ...rest: ConstructorParameters<typeof UdpSocket>
  ) => Pick<UdpSocket, "attachFilter" | "send" | "statistics" | "close">;
  readonly PacketSocket: new (
    ...rest: ConstructorParameters<typeof PacketSocket>
  ) => Pick<PacketSocket, "send" | "statistics" | "close">;
  readonly EchoSocket: new (...rest: ConstructorParameters<typeof EchoSocket>) => Pick<EchoSocket, "send" | "close">;
  readonly AppendFile: new (...rest: ConstructorParameters<typeof AppendFile>) => Pick<AppendFile, "append" | "close">;
  readonly SeqpacketSocket: new (
    ...rest: ConstructorParameters<typeof SeqpacketSocket>
  ) => Pick<SeqpacketSocket, "send" | "close">;
  readonly InterfaceWatch: new (...rest: ConstructorParameters<typeof InterfaceWatch>) => Pick<InterfaceWatch, "close">;
  readonly listInterfaces: () => NativeInterface[];
  readonly listNeighbours: () => Uint32Array;
  readonly notifyUnix: (path: string, text: string) => number;
  readonly lockFile: (fd: number) => number;
  readonly peerUid: (fd: number) => number;
  readonly setProcessName: (name: string) => void;
  readonly sizeIfNamed: (path: string, fd: number) => number;
  readonly crc32c: (octets: Uint8Array, start: number, end: number, previous: number, byTables: boolean) => number;
}

// One level below the package root, as src/ and as dist/ alike.
const ADDON_PATH = fileURLToPath(new URL("../../native/build/Release/anydhcpd.node", import.meta.url));

let loaded: Addon | undefined;

function addon(): Addon {
  loaded ??= loadAddon();
  return loaded;
}

function loadAddon(): Addon {
  let result: Addon;
  try {
    result = createRequire(import.meta.url)(ADDON_PATH) as Addon;
  } catch (cause) {
    throw new DaemonError(
      "not-built",
      `${ADDON_PATH}: cannot load the native addon: run "node scripts/build-native.mjs" in the package`,
      {
        cause,
      },
    );
  }
  if (!columnsAgree(result.columns)) {
    throw new DaemonError(
      "not-built",
      `${ADDON_PATH}: built from other sources than this program: run "node scripts/build-native.mjs" in the package`,
    );
  }
  return result;
}

function columnsAgree(columns: Addon["columns"]): boolean {
  const agree = (ours: Readonly<Record<string, number>>, theirs: Readonly<Record<string, number>>) =>
    Object.entries(theirs).every(([name, number]) => ours[name] === number);
  return (
    agree(ReceiveColumn, columns.ReceiveColumn) &&
    agree(ReplyColumn, columns.ReplyColumn) &&
    agree(ReceiveFlag, columns.ReceiveFlag) &&
    agree(SendFlag, columns.SendFlag) &&
    columns.sizes.receive === RECEIVE_COLUMNS &&
    columns.sizes.reply === REPLY_COLUMNS
  );
}

function requireInteger(value: number, highest: number, what: string): void {
  if (!Number.isInteger(value) || value < 0 || value > highest) {
    throw new TypeError(`${what}: not an integer from 0 to ${highest}: ${value}`);
  }
}

function requireDescriptor(fd: number): void {
  requireInteger(fd, 0x7fffffff, "descriptor");
}

function requireBytes(value: Uint8Array, length: number, what: string): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what}: not a Uint8Array`);
  requireInteger(length, value.length, `length of ${what}`);
}

function requireFunction(value: unknown, what: string): void {
  if (typeof value !== "function") throw new TypeError(`${what}: not a function`);
}

/** Longest batch of one receive call (the kernel takes no more). */
const SLOTS_MAX = 1024;

function requireSlots(arena: Uint8Array, slotOctets: number, columns: Uint32Array): void {
  requireBytes(arena, slotOctets, "arena");
  const slots = slotOctets === 0 ? 0 : Math.floor(arena.length / slotOctets);
  if (slots < 1 || slots > SLOTS_MAX) throw new TypeError(`arena: not of 1 to ${SLOTS_MAX} slots: ${slots}`);
  if (!(columns instanceof Uint32Array) || columns.length < slots * RECEIVE_COLUMNS) {
    throw new TypeError(`columns: not a Uint32Array for ${slots} slots`);
  }
}

function requireRows(columns: Uint32Array, first: number, count: number): void {
  if (!(columns instanceof Uint32Array)) throw new TypeError("columns: not a Uint32Array");
  const rows = Math.floor(columns.length / REPLY_COLUMNS);
  requireInteger(first, rows, "first row");
  requireInteger(count, rows - first, "number of rows");
}

/** A UDP socket made from a descriptor that somebody else has bound. Owns the descriptor. */
export class UdpSocket {
  readonly #socket: InstanceType<Addon["UdpSocket"]>;

  /**
   * `onReadable(count)` is called with `count` filled slots of `slotOctets` each, valid until it
   * returns; `onError(errno)` for socket errors that are not one datagram's: nothing more is
   * received then, close it. Both may close the socket. Neither buffer may be transferred.
   */
  constructor(
    fd: number,
    arena: Uint8Array,
    slotOctets: number,
    columns: Uint32Array,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  ) {
    requireDescriptor(fd);
    requireSlots(arena, slotOctets, columns);
    requireFunction(onReadable, "onReadable");
    requireFunction(onError, "onError");
    this.#socket = new (addon().UdpSocket)(fd, arena, slotOctets, columns, onReadable, onError);
  }

  /**
   * Attaches a classic BPF program (struct sock_filter as 8 octets each, native order) in the place of
   * the one before; with `isLocked` for good. Throws SystemError.
   */
  attachFilter(program: Uint8Array, isLocked: boolean): void {
    requireBytes(program, 0, "program");
    if (program.length === 0 || program.length % 8 !== 0 || program.length > 4096 * 8) {
      throw new TypeError(`program: not of 1 to 4096 instructions of 8 octets: ${program.length}`);
    }
    this.#socket.attachFilter(program, isLocked);
  }

  /**
   * Sends rows first .. first+count-1; each row's `result` is set; returns how many the kernel took.
   * Never blocks and never throws for what the kernel says: a full send buffer is EAGAIN in `result`,
   * a row that does not lie in the arena EINVAL, a closed socket EBADF.
   */
  send(arena: Uint8Array, columns: Uint32Array, first: number, count: number): number {
    requireBytes(arena, 0, "arena");
    requireRows(columns, first, count);
    return this.#socket.send(arena, columns, first, count);
  }

  /** { receiveBuffer, receiveQueue, lost } from SO_MEMINFO: octets, octets, datagrams; zeros once closed. */
  statistics(): { receiveBuffer: number; receiveQueue: number; lost: number } {
    return this.#socket.statistics();
  }

  /** Closes the descriptor; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}

/** A packet socket made from a descriptor that somebody else has filtered and bound to an interface. Owns the descriptor. */
export class PacketSocket {
  readonly #socket: InstanceType<Addon["PacketSocket"]>;

  /** As for UdpSocket; slots are filled with whole frames, rows with length, flags, ifindex and lost, the others with 0. */
  constructor(
    fd: number,
    arena: Uint8Array,
    slotOctets: number,
    columns: Uint32Array,
    onReadable: (count: number) => void,
    onError: (errno: number) => void,
  ) {
    requireDescriptor(fd);
    requireSlots(arena, slotOctets, columns);
    requireFunction(onReadable, "onReadable");
    requireFunction(onError, "onError");
    this.#socket = new (addon().PacketSocket)(fd, arena, slotOctets, columns, onReadable, onError);
  }

  /**
   * Sends rows first .. first+count-1 as frames: the octets of row first+i in `arena` behind the
   * `headerOctets` at i * headerOctets of `headers`. Results as for UdpSocket.send.
   */
  send(
    headers: Uint8Array,
    headerOctets: number,
    arena: Uint8Array,
    columns: Uint32Array,
    first: number,
    count: number,
  ): number {
    requireBytes(arena, 0, "arena");
    requireRows(columns, first, count);
    requireInteger(headerOctets, headers.length, "octets of a header");
    requireBytes(headers, count * headerOctets, "headers");
    return this.#socket.send(headers, headerOctets, arena, columns, first, count);
  }

  /** As for UdpSocket; what the filter has rejected is not among the lost. */
  statistics(): { receiveBuffer: number; receiveQueue: number; lost: number } {
    return this.#socket.statistics();
  }

  /** Closes the descriptor; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}

/** An ICMP echo socket made from a raw or datagram ICMP descriptor. Owns the descriptor. */
export class EchoSocket {
  readonly #socket: InstanceType<Addon["EchoSocket"]>;

  /** `onReply` is called for each well-formed echo reply; a raw socket hears those of others too. */
  constructor(fd: number, onReply: (source: number, identifier: number, sequence: number) => void) {
    requireDescriptor(fd);
    requireFunction(onReply, "onReply");
    this.#socket = new (addon().EchoSocket)(fd, onReply);
  }

  /**
   * Sends an echo request with a fixed payload; errno or 0. `source` 0 and `ifindex` 0: the kernel's
   * choice. A datagram ICMP socket replaces the identifier: match its replies by source and sequence.
   */
  send(destination: number, source: number, ifindex: number, identifier: number, sequence: number): number {
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

/** One-hop durable append: write and fdatasync on a worker thread. Owns the descriptor. One append at a time. */
export class AppendFile {
  readonly #file: InstanceType<Addon["AppendFile"]>;

  constructor(fd: number) {
    requireDescriptor(fd);
    this.#file = new (addon().AppendFile)(fd);
  }

  /**
   * Appends `length` octets of `buffer` (do not touch until done). `sync` false leaves out fdatasync and the
   * worker thread: `done` is called before this returns. `done(errno, written)`: errno 0 means that all of it is written and, with `sync`, durable; else
   * `written` octets are in the file and nothing is known of their durability. Throws TypeError
   * while another append is under way or once closed.
   */
  append(buffer: Uint8Array, length: number, sync: boolean, done: (errno: number, written: number) => void): void {
    requireBytes(buffer, length, "buffer");
    if (typeof sync !== "boolean") throw new TypeError("sync: not a boolean");
    requireFunction(done, "done");
    this.#file.append(buffer, length, sync, done);
  }

  /** Closes the descriptor, after the append that is under way (whose `done` is still called). A second call does nothing. */
  close(): void {
    this.#file.close();
  }
}

/** A connected SOCK_SEQPACKET socket. Owns the descriptor. */
export class SeqpacketSocket {
  readonly #socket: InstanceType<Addon["SeqpacketSocket"]>;

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

  /** Closes the descriptor; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#socket.close();
  }
}

/** Tells of changes of links and IPv4 addresses, without content: ask listInterfaces(). */
export class InterfaceWatch {
  readonly #watch: InstanceType<Addon["InterfaceWatch"]>;

  /** `onChange` is called once for all changes that have queued up; also when the kernel had to drop some. Throws SystemError. */
  constructor(onChange: () => void) {
    requireFunction(onChange, "onChange");
    this.#watch = new (addon().InterfaceWatch)(onChange);
  }

  /** Ends the watching; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#watch.close();
  }
}

/** All interfaces of this network namespace with their IPv4 addresses, by a netlink dump. Throws SystemError. */
export function listInterfaces(): NativeInterface[] {
  return addon().listInterfaces();
}

/** Columns of a row of listNeighbours, and the states of linux/neighbour.h that decide something. */
export const NeighbourColumn = { address: 0, ifindex: 1, state: 2 } as const;
export const NEIGHBOUR_LIST_COLUMNS = 3;
export const NeighbourState = { incomplete: 0x01, reachable: 0x02, failed: 0x20 } as const;

/** The kernel's neighbour table for IPv4, on all interfaces: a row of NeighbourColumn each, in no order. Throws SystemError. */
export function listNeighbours(): Uint32Array {
  return addon().listNeighbours();
}

/** Sends one datagram to a unix socket path (leading "@": abstract): readiness notification. errno or 0. */
export function notifyUnix(path: string, text: string): number {
  if (typeof path !== "string" || typeof text !== "string") throw new TypeError("notifyUnix: not strings");
  return addon().notifyUnix(path, text);
}

/** The uid of who has connected to a unix socket; -1 if the kernel does not say. */
export function peerUid(fd: number): number {
  requireDescriptor(fd);
  return addon().peerUid(fd);
}

/** Names this process for ps, pgrep and /proc/PID/comm, where it would be "node"; 15 octets are kept. */
export function setProcessName(name: string): void {
  addon().setProcessName(name);
}

/** Takes the whole-file write lock that dies with the descriptor (F_OFD_SETLK); errno or 0 (EAGAIN: somebody has it). */
export function lockFile(fd: number): number {
  requireDescriptor(fd);
  return addon().lockFile(fd);
}

/**
 * Octets of the file behind the descriptor if `path` is a name of it, or is empty; -1 if not, and where either cannot
 * be looked at. For every commit: what Node makes of a stat(2) takes several times as long as the call.
 */
export function sizeIfNamed(path: string, fd: number): number {
  requireDescriptor(fd);
  return addon().sizeIfNamed(path, fd);
}

/**
 * CRC-32C (RFC 3720 appendix B.4) of `octets[start..end)`; `previous` is that of the octets before, 0 at the
 * beginning. `byTables` as on a processor without the instruction, for tests. A range that is not in `octets` is a
 * TypeError.
 */
export function crc32c(octets: Uint8Array, start: number, end: number, previous = 0, byTables = false): number {
  return addon().crc32c(octets, start, end, previous, byTables);
}
