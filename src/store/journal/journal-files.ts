// The files of a journal: which process may touch FILE, and how a new file takes its place. Two kinds:
// journal-directory.ts, where FILE.new is renamed over FILE, and journal-descriptors.ts, where the directory is not
// ours to write and FILE is rewritten in place. Here: the parts that they share.

import { close, fdatasync, fstat, fsync, ftruncate, open, read, type Stats, write } from "node:fs";
import { getSystemErrorName, promisify } from "node:util";
import { DaemonError } from "../../base/daemon-error.ts";
import { textOf } from "../../base/errors.ts";
import { beginsAsLeaseFile, isTornStart, LEASE_FILE_HEAD_OCTETS } from "../../lease/file/lease-file-start.ts";
import { freeOctets, lockFile } from "../../native/system-calls.ts";
import { errnoName } from "./journal-errors.ts";

/** What commits are appended to; AppendFile, or a test's own. */
export interface Appender {
  /** Without `sync` the octets are written, not durable, and `done` is called, before this returns. */
  append(buffer: Uint8Array, length: number, sync: boolean, done: (errno: number, written: number) => void): void;
  close(): void;
}

/**
 * The files of one journal. Order of a replacement: `beginReplacement`, `write` ..., `sync` as often as one
 * likes, `seal`, `swap`. Up to `seal` FILE stays what counts and `drop` gives up the replacement;
 * when `swap` fails nothing is known of either file, and only a whole new replacement helps.
 */
export interface JournalFiles {
  /** FILE, for messages. */
  readonly path: string;
  /** Appends to the file that counts; another object after `swap`. */
  readonly appender: Appender;
  /** Whether only COMPLETE_MARK in its last batch shows that a replacement is finished. */
  readonly needsMark: boolean;
  /** A finished replacement waits for `swap`; it is what counts, and `beginReplacement` must not be called. */
  readonly isSealed: boolean;
  /**
   * Takes FILE, created if need be, under its lock and deals with a FILE.new that was left behind:
   * it wins if `isMarked` says that it is whole, else it goes. Rejects with DaemonError.
   */
  open(isMarked: (read: ReadOctets) => Promise<boolean>): Promise<void>;
  /** Reads what counts from its start, in pieces. */
  read: ReadOctets;
  /**
   * Octets of the file that `appender` appends to; -1 if the path does not name it any more: octets that no path leads
   * to are not durable.
   */
  sizeInPlace(): number;
  /** Shortens that file to its first `octets`, which takes no room. */
  cut(octets: number): Promise<void>;
  /** Octets that its file system has room for, without regard to a quota; Infinity where that is unknown. */
  freeOctets(): number;
  /**
   * Asks the next `swap` to keep the replaced file as FILE + suffix; returns that name, or undefined
   * where that cannot be done.
   */
  keepReplaced(suffix: string): string | undefined;
  beginReplacement(): Promise<void>;
  write(octets: Uint8Array, length: number): Promise<void>;
  sync(): Promise<void>;
  seal(): Promise<void>;
  swap(): Promise<void>;
  /** Resolves when the disk has the room of the replaced file again: its last close frees it, which may take a while after `swap`. */
  replacedIsFreed(): Promise<void>;
  /** Gives up what `beginReplacement` began; rejects if it may still be found at the next start. */
  drop(): Promise<void>;
  close(): Promise<void>;
}

/** Passes a file's octets in order; they are valid during the call only. */
export type ReadOctets = (onOctets: (octets: Uint8Array) => void) => Promise<void>;

/** Octets of one read: while they are parsed they stay in the processor's cache. */
const READ_OCTETS = 256 * 1024;

/** The calls on descriptors that promises of Node's own only offer on its file handles. */
export const descriptor = {
  open: promisify(open),
  close: promisify(close),
  fdatasync: promisify(fdatasync),
  fstat: promisify(fstat) as (fd: number) => Promise<Stats>,
  fsync: promisify(fsync),
  ftruncate: promisify(ftruncate),
};
const readOnce = promisify(read);
const writeOnce = promisify(write);

/**
 * Reads a file from its start, without the descriptor's own position. The next octets are read while `onOctets` runs.
 */
export async function readAll(fd: number, onOctets: (octets: Uint8Array) => void | Promise<void>): Promise<void> {
  let buffer = new Uint8Array(READ_OCTETS);
  let other = new Uint8Array(READ_OCTETS);
  let position = 0;
  let reading = readOnce(fd, buffer, 0, buffer.length, position);
  for (;;) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) return;
    const octets = buffer.subarray(0, bytesRead);
    [buffer, other] = [other, buffer];
    position += bytesRead;
    reading = readOnce(fd, buffer, 0, buffer.length, position);
    // If `onOctets` throws, a read stays behind that nothing waits for.
    reading.catch(() => undefined);
    await onOctets(octets);
  }
}

/** Rejects with DaemonError unless an open FILE.new is empty, begins as a lease file does, or is what a crash may leave of one. */
export async function refuseOther(fd: number, path: string): Promise<void> {
  const head = new Uint8Array(LEASE_FILE_HEAD_OCTETS);
  const { bytesRead } = await readOnce(fd, head, 0, head.length, 0);
  const octets = head.subarray(0, bytesRead);
  // A power failure may have kept its later pages and not the first, which is of NUL octets then.
  if (beginsAsLeaseFile(octets) || isTornStart(octets) || octets[0] === 0) return;
  throw new DaemonError(
    "lease-file-foreign",
    `${path}: a new lease file would be written here, and this is no lease file: move it away`,
  );
}

/** Appends all of `octets`; a full disk shows as a short write first, and as an error then. */
export async function writeAll(fd: number, octets: Uint8Array, length: number): Promise<void> {
  for (let at = 0; at < length; ) {
    const { bytesWritten } = await writeOnce(fd, octets, at, length - at, null);
    at += bytesWritten;
  }
}

/** Takes the lock of an open file or throws the DaemonError that names its holder. */
export function lockOrRefuse(fd: number, path: string): void {
  const errno = lockFile(fd);
  if (errno === 0) return;
  const name = getSystemErrorName(-errno);
  if (name === "EAGAIN" || name === "EACCES") {
    throw new DaemonError(
      "lease-file-locked",
      `${path}: another anydhcpd uses this lease file: stop it, or give each its own with -l`,
    );
  }
  throw new DaemonError("lease-file-unwritable", `${path}: cannot lock the lease file: ${name}`);
}

/** What `freeOctets` of a descriptor means where it is unknown. */
export function roomOf(fd: number): number {
  const octets = freeOctets(fd);
  return octets < 0 ? Number.POSITIVE_INFINITY : octets;
}

/** A DaemonError about the file or directory at `path`: what the system refused to which user, and what to do. */
export function refusal(path: string, trouble: string, error: unknown): DaemonError {
  const name = errnoName(error);
  const known = REASONS[name];
  const reason = known?.[0] ?? textOf(error);
  const advice = known?.[1] ?? "look at the disk, or name another lease file with -l";
  const code = trouble.startsWith("cannot read") ? "lease-file-unreadable" : "lease-file-unwritable";
  return new DaemonError(code, `${path}: ${trouble} as uid ${process.getuid?.()}: ${reason}: ${advice}`, {
    cause: error,
  });
}

const GIVE = "give it to that user, or name another lease file with -l";
const CREATE = "create it for that user, or name another lease file with -l";
const OTHER = "name another lease file with -l";

/** What an error means, and what helps. */
const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: ["permission denied", GIVE],
  EPERM: ["operation not permitted", GIVE],
  EROFS: ["the file system is read-only", OTHER],
  ENOENT: ["no such directory", CREATE],
  ENOTDIR: ["its directory is no directory", OTHER],
  ELOOP: ["it is a symbolic link to a file that is not there", "create that file, or remove the link"],
  EISDIR: ["it is a directory", OTHER],
  ENOSPC: ["no space left on the device", "make room, or name another lease file with -l"],
};
