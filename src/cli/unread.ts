// Notices that standard output has lost its reader (`| head -1`), for a command that may have nothing to write for
// hours: Node.js reports that of a pipe only at the next write.

import { UNREAD_LOOK_MS } from "../base/limits/control.ts";
import { isUnread } from "../native/system-calls.ts";

/** Aborted when the reader of standard output is gone. The looks for it do not keep the process. */
export function whenUnread(): AbortSignal {
  const unread = new AbortController();
  const { fd } = process.stdout;
  const look = setInterval(() => {
    if (isUnread(fd)) unread.abort();
  }, UNREAD_LOOK_MS).unref();
  process.stdout.once("close", () => unread.abort());
  unread.signal.addEventListener("abort", () => clearInterval(look), { once: true });
  return unread.signal;
}
