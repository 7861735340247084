// Loads the addon, at its first use, and refuses one that was built from other sources. The only importer of the
// .node file; the files beside this one check what they hand to it.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { DaemonError } from "../base/daemon-error.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { RECEIVE_COLUMNS, REPLY_COLUMNS, ReceiveColumn, ReceiveFlag, ReplyColumn, SendFlag } from "./columns.ts";

/** A refusal of the kernel: `errno` is positive, `code` its name ("EPERM"). */
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
  addresses: { address: Ipv4; prefixLength: number; secondary: boolean }[];
}

/** What SO_MEMINFO says of a socket: octets, octets, datagrams; zeros once it is closed. */
export interface SocketStatistics {
  readonly receiveBuffer: number;
  readonly receiveQueue: number;
  readonly lost: number;
}

type MakeReceiver<Socket> = new (
  fd: number,
  arena: Uint8Array,
  slotOctets: number,
  columns: Uint32Array,
  onReadable: (count: number) => void,
  onError: (errno: number) => void,
) => Socket;

/** A thing that ends when it is closed. A second call does nothing. */
export interface Closable {
  close(): void;
}

/** See udp-socket.ts. */
export interface NativeUdpSocket extends Closable {
  attachFilter(program: Uint8Array, isLocked: boolean): void;
  send(arena: Uint8Array, columns: Uint32Array, first: number, count: number): number;
  statistics(): SocketStatistics;
}

/** See packet-socket.ts. */
export interface NativePacketSocket extends Closable {
  send(
    headers: Uint8Array,
    headerOctets: number,
    arena: Uint8Array,
    columns: Uint32Array,
    first: number,
    count: number,
  ): number;
  statistics(): SocketStatistics;
}

/** See echo-socket.ts. */
export interface NativeEchoSocket extends Closable {
  send(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): number;
}

/** See append-file.ts. */
export interface NativeAppendFile extends Closable {
  append(buffer: Uint8Array, length: number, sync: boolean, done: (errno: number, written: number) => void): void;
}

/** See seqpacket-socket.ts. */
export interface NativeSeqpacketSocket extends Closable {
  send(bytes: Uint8Array, length: number): number;
  receive(microseconds: number): boolean;
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
  readonly UdpSocket: MakeReceiver<NativeUdpSocket>;
  readonly PacketSocket: MakeReceiver<NativePacketSocket>;
  readonly EchoSocket: new (
    fd: number,
    onReply: (source: Ipv4, identifier: number, sequence: number) => void,
  ) => NativeEchoSocket;
  readonly AppendFile: new (fd: number) => NativeAppendFile;
  readonly SeqpacketSocket: new (
    fd: number,
    onMessage: (bytes: Uint8Array, fd: number) => void,
    onEnd: (errno: number) => void,
  ) => NativeSeqpacketSocket;
  readonly InterfaceWatch: new (onChange: () => void) => Closable;
  readonly enterSandbox: (mayConnect: boolean) => void;
  readonly listInterfaces: () => NativeInterface[];
  readonly listNeighbours: () => Uint32Array;
  readonly notifyUnix: (path: string, text: string) => number;
  readonly isUnread: (fd: number) => boolean;
  readonly lockFile: (fd: number) => number;
  readonly peerUid: (fd: number) => number;
  readonly releaseProgramPages: () => void;
  readonly releaseFreeMemory: () => void;
  readonly runAsBatch: (thread: number) => number;
  readonly setProcessName: (name: string) => void;
  readonly unblockSigusr1: () => void;
  readonly sizeIfNamed: (path: string, fd: number) => number;
  readonly freeOctets: (fd: number) => number;
  readonly crc32c: (octets: Uint8Array, start: number, end: number, previous: number, byTables: boolean) => number;
}

// Two levels below the package root, here and in dist/cli alike.
const ADDON_PATH = fileURLToPath(new URL("../../native/build/Release/anydhcpd.node", import.meta.url));

let loaded: Addon | undefined;

/** The addon. Throws DaemonError (not-built) if it cannot be loaded, or is not this program's. */
export function addon(): Addon {
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
