// Single calls that Node has no function for.

import { addon } from "./addon.ts";
import { requireDescriptor } from "./checks.ts";

/** Sends one datagram to a unix socket path (leading "@": abstract): readiness notification. errno or 0. */
export function notifyUnix(path: string, text: string): number {
  if (typeof path !== "string" || typeof text !== "string") throw new TypeError("notifyUnix: not strings");
  return addon().notifyUnix(path, text);
}

/** Whether the other end of a pipe, socket or terminal that is written to is gone. A file is never unread. */
export function isUnread(fd: number): boolean {
  requireDescriptor(fd);
  return addon().isUnread(fd);
}

/** The uid of the process that has connected to a unix socket; -1 if the kernel does not say. */
export function peerUid(fd: number): number {
  requireDescriptor(fd);
  return addon().peerUid(fd);
}

/**
 * Makes the kernel treat a thread of ours as batch work (SCHED_BATCH, sched(7)): woken, it does not take the processor
 * from a running one, and its share stays as its niceness says. errno or 0.
 */
export function runAsBatch(thread: number): number {
  return addon().runAsBatch(thread);
}

/** Names this process for ps, pgrep and /proc/PID/comm, where it would be "node"; 15 octets are kept. */
export function setProcessName(name: string): void {
  addon().setProcessName(name);
}

/**
 * Has SIGUSR1 delivered to the thread that calls. Node.js blocks it at its start until its debugger can be asked for, and
 * for ever where that is switched off (--disable-sigusr1).
 */
export function unblockSigusr1(): void {
  addon().unblockSigusr1();
}

/**
 * Takes the pages of Node's own program out of this process's memory (madvise(2), MADV_DONTNEED). Pages that are used
 * come back from the page cache. Changes nothing where /proc is not mounted.
 */
export function releaseProgramPages(): void {
  addon().releaseProgramPages();
}

/** Gives memory that is free in this process back to the system (malloc_trim(3)), pieces between others that are in use too. */
export function releaseFreeMemory(): void {
  addon().releaseFreeMemory();
}

/**
 * Takes the whole-file write lock that dies with the descriptor (F_OFD_SETLK); errno or 0 (EAGAIN: another process has
 * it).
 */
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
 * Octets that this process may still write to the file system of an open file, as statvfs(3) tells: a quota is not
 * counted. -1 where that is unknown.
 */
export function freeOctets(fd: number): number {
  requireDescriptor(fd);
  return addon().freeOctets(fd);
}

/**
 * CRC-32C (RFC 3720 appendix B.4) of `octets[start..end)`; `previous` is the result for the octets before, 0 at the
 * beginning. `byTables` as on a processor without the instruction, for tests. A range that is not in `octets` is a
 * TypeError.
 */
export function crc32c(octets: Uint8Array, start: number, end: number, previous = 0, byTables = false): number {
  return addon().crc32c(octets, start, end, previous, byTables);
}
