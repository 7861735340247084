// `anydhcpctl reload`: has the running daemon read its configuration anew, and tells what came of it.

import { ReloadResult } from "../control/messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { describeChanges } from "./reload-text.ts";

const USAGE = `usage: anydhcpctl reload [--json] [--control socket]

  --json         JSON
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

Waits until the new configuration is in force, or has been refused: exit status 1,
what is wrong on standard error, and the old one stays.
`;

/** Reloads. */
export const RELOAD: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = readArguments({ args, options: { ...CONTROL_OPTION, json: FLAG } });
    const result = await ask(values.control, "reload", ReloadResult);
    const { ok, message, diagnostics, changes } = result;
    if (values.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return ok ? 0 : 1;
    }
    process.stderr.write(diagnostics);
    (ok ? process.stdout : process.stderr).write(`${message}\n`);
    if (changes !== undefined) for (const line of describeChanges(changes)) process.stdout.write(`  ${line}\n`);
    return ok ? 0 : 1;
  },
};
