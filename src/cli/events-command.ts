// `anydhcpctl events`: what happens to leases, line by line, until it is stopped.

import { once } from "node:events";
import { LeaseEventLine } from "../control/messages.ts";
import { type Command, readArguments } from "./command.ts";
import { askForAll, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";

/** Follows the leases of the running daemon. */
export const EVENTS: Command = {
  usage: `usage: anydhcpctl events [--resume token] [--control socket]

  --resume token the last token that was read before: only what has happened
                 since is told, if the daemon still knows it
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

Writes JSON, a line each: all leases first, then what happens to them.
Exit status: 1 when the daemon ends.
`,
  async run(args) {
    const { values } = readArguments({ args, options: { ...CONTROL_OPTION, resume: { type: "string" } } });
    const { control, resume } = values;
    const request = { command: "events", ...(resume !== undefined && { resume }) } as const;
    for await (const line of askForAll(control, request, LeaseEventLine)) {
      const isTaken = process.stdout.write(`${JSON.stringify(line)}\n`);
      if (!isTaken) await once(process.stdout, "drain").catch(() => undefined);
      // Its reader has seen enough.
      if (process.stdout.errored !== null) return 0;
    }
    return 1;
  },
};
