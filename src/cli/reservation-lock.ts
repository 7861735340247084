// One reservation at a time goes into a file, also when several commands ask at once: each reads the file that the one
// before it has written, and takes back nothing but its own. The lock is a file beside it, which the last one removes.

import { closeSync, constants, existsSync, fchownSync, openSync, rmSync, statSync } from "node:fs";
import { constants as system } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DaemonError } from "../base/daemon-error.ts";
import { RESERVATION_LOOK_MS, RESERVATION_WAIT_MS } from "../base/limits/control.ts";
import { lockFile, sizeIfNamed } from "../native/system-calls.ts";
import { targetOf, UNCHANGED } from "./reservation.ts";

/**
 * Calls `work` while no other process makes a reservation in `file`. Throws DaemonError if another one takes too long.
 * Where no lock file can be made, no reservation can be written either: then `work` says why.
 */
export async function whileLocked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${targetOf(file)}.lock`;
  const fd = await take(lock, performance.now() + RESERVATION_WAIT_MS);
  if (fd === undefined) return work();
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
    closeSync(fd);
  }
}

/** The descriptor that holds the lock; undefined where the lock file cannot be made. */
async function take(lock: string, until: number): Promise<number | undefined> {
  for (;;) {
    let fd: number;
    try {
      fd = openForDirectory(lock);
    } catch (error) {
      // The one before has removed it between the looks whether it is there.
      if (existsSync(dirname(lock)) && error instanceof Error && "code" in error && error.code === "ENOENT") continue;
      return undefined;
    }
    const errno = lockFile(fd);
    // The one before may have removed the file between the two calls: then this lock locks nothing.
    if (errno === 0 && sizeIfNamed(lock, fd) >= 0) return fd;
    closeSync(fd);
    if (errno === 0) continue;
    if (errno !== system.errno.EAGAIN) return undefined;
    if (performance.now() > until)
      throw new DaemonError("control", `another reservation is under way (${lock} is locked): ${UNCHANGED}. Ask again`);
    await pause(RESERVATION_LOOK_MS);
  }
}

/**
 * Opens the lock file. Root gives one that it has made to the owner of the directory: the daemon, which has to lock it too,
 * owns its own. Links are not followed, because the daemon might have put one there.
 */
function openForDirectory(lock: string): number {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  let fd: number;
  try {
    fd = openSync(lock, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return openSync(lock, O_WRONLY | O_NOFOLLOW);
  }
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(dirname(lock));
    fchownSync(fd, uid, gid);
  }
  return fd;
}
