// One reservation at a time goes into a file, also when several commands ask at once: each reads the file that the one
// before it has written, and takes back nothing but its own. The lock is a file beside it, which the last one removes.

import { closeSync, openSync, unlinkSync } from "node:fs";
import { constants } from "node:os";
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
    unlinkSync(lock);
    closeSync(fd);
  }
}

/** The descriptor that holds the lock; undefined where the lock file cannot be made. */
async function take(lock: string, until: number): Promise<number | undefined> {
  for (;;) {
    let fd: number;
    try {
      fd = openSync(lock, "a", 0o600);
    } catch {
      return undefined;
    }
    const errno = lockFile(fd);
    // The one before may have removed the file between the two calls: then this lock locks nothing.
    if (errno === 0 && sizeIfNamed(lock, fd) >= 0) return fd;
    closeSync(fd);
    if (errno === 0) continue;
    if (errno !== constants.errno.EAGAIN) return undefined;
    if (performance.now() > until)
      throw new DaemonError("control", `another reservation is under way (${lock} is locked): ${UNCHANGED}. Ask again`);
    await pause(RESERVATION_LOOK_MS);
  }
}
