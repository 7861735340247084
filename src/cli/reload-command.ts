// `anydhcpctl reload`: has the running daemon read its configuration anew, and tells what came of it.

import { ReloadResult } from "../control/messages.ts";
import { type Command, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { describeChanges } from "./reload-text.ts";

const USAGE = `usage: anydhcpctl reload [--control socket]

  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

Waits until the new configuration is in force, or has been refused: exit status 1,
what is wrong on standard error, and the old one stays.
`;

/** Reloads. */
export const RELOAD: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = readArguments({ args, options: CONTROL_OPTION });
    const { ok, message, diagnostics, changes } = await ask(values.control, "reload", ReloadResult);
    process.stderr.write(diagnostics);
    (ok ? process.stdout : process.stderr).write(`${message}\n`);
    if (changes !== undefined) for (const line of describeChanges(changes)) process.stdout.write(`  ${line}\n`);
    return ok ? 0 : 1;
  },
};
