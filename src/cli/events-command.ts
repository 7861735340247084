// `anydhcpctl events`: what happens to leases, line by line, until it is stopped.

import { once } from "node:events";
import { DaemonError } from "../base/daemon-error.ts";
import { LeaseEventLine } from "../control/messages.ts";
import { type Command, readArguments } from "./command.ts";
import { askForAll, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { whenUnread } from "./unread.ts";

/** Milliseconds in which a daemon that has something to tell has begun. */
const QUIET_MS = 1000;
/** A run of the daemon, and a number (EventStream). */
const TOKEN = /^[0-9a-z]{1,20}-[0-9]{1,16}$/;

/** Follows the leases of the running daemon. */
export const EVENTS: Command = {
  usage: `usage: anydhcpctl events [--resume token] [--control socket]

  --resume token the last token that was read before: only later changes
                 follow, if the daemon still knows them
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

Writes JSON, a line each: all leases first, then what happens to them. Standard error says
when nothing has happened since a token, and when the daemon ends.
Exit status: 0 when nobody reads any more, 1 when the daemon ends, 2 for what is no token.
`,
  async run(args) {
    const { values } = readArguments({ args, options: { ...CONTROL_OPTION, resume: { type: "string" } } });
    const { control, resume } = values;
    if (resume !== undefined && !TOKEN.test(resume))
      throw new DaemonError(
        "usage",
        `"${resume}" is no token: each line but a lease has one, as "token":"mx361ii9-42"`,
      );
    const request = { command: "events", ...(resume !== undefined && { resume }) } as const;
    const quiet = setTimeout(() => {
      if (resume !== undefined)
        process.stderr.write(`nothing has happened since ${resume}: waiting for the next event\n`);
    }, QUIET_MS);
    const unread = whenUnread();
    for await (const line of askForAll(control, request, LeaseEventLine, unread)) {
      clearTimeout(quiet);
      const isTaken = process.stdout.write(`${JSON.stringify(line)}\n`);
      if (!isTaken) await once(process.stdout, "drain", { signal: unread }).catch(() => undefined);
      if (unread.aborted) break;
    }
    clearTimeout(quiet);
    if (unread.aborted) return 0;
    process.stderr.write("the daemon has ended; begin again with --resume and the last token\n");
    return 1;
  },
};
