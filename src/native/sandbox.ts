// The daemon's own system-call filter: it bounds what an attacker who takes the daemon over can do with the kernel.

import { stat } from "node:fs/promises";
import { DaemonError } from "../base/daemon-error.ts";
import { textOf } from "../base/errors.ts";
import { addon } from "./addon.ts";

/**
 * Refuses every thread of this process, for ever, what the daemon has no use for: new programs, processes and threads,
 * tracing, sockets of its own. `mayConnect` leaves it Internet sockets of its own that are bound to no chosen port of
 * TCP, for the members of an etcd and for name servers. Rejects with a
 * DaemonError (sandbox) if a step fails.
 */
export async function enterSandbox(mayConnect: boolean): Promise<void> {
  // The threads of libuv's pool start at its first use, and cannot start later.
  await stat("/");
  try {
    addon().enterSandbox(mayConnect);
  } catch (cause) {
    throw new DaemonError("sandbox", `not started: ${textOf(cause)}`, { cause });
  }
}
