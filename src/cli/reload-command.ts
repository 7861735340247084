// `anydhcpctl reload`: makes the running daemon read its configuration anew, and reports the result.

import { DaemonError } from "../base/daemon-error.ts";
import { ReloadResult } from "../control/messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { describeChanges, describeEffects } from "./reload-text.ts";

const USAGE = `usage: anydhcpctl reload [--confirm count] [--json] [--control socket]

  --confirm count
                 leave the old configuration in force if more clients than so many would
                 get another address, none, leave a firewall set, or get an option no
                 more or with another value
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
    const { values } = readArguments({
      args,
      options: { ...CONTROL_OPTION, json: FLAG, confirm: { type: "string" } },
    });
    const { confirm } = values;
    if (confirm !== undefined && !/^\d{1,9}$/.test(confirm))
      throw new DaemonError("usage", `--confirm takes a number of clients, not "${confirm}"`);
    const request = { command: "reload", ...(confirm !== undefined && { confirm: Number(confirm) }) } as const;
    return tellReload(await ask(values.control, request, ReloadResult), values.json);
  },
};

/** Writes the result of a reload or of a check; returns the exit status. */
export function tellReload(result: ReloadResult, asJson: boolean): number {
  const { ok, message, diagnostics, changes, effects } = result;
  if (asJson) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return ok ? 0 : 1;
  }
  process.stderr.write(diagnostics);
  (ok ? process.stdout : process.stderr).write(`${message}\n`);
  const lines = [
    ...(changes === undefined ? [] : describeChanges(changes)),
    ...(effects === undefined ? [] : describeEffects(effects)),
  ];
  for (const line of lines) process.stdout.write(`  ${line}\n`);
  return ok ? 0 : 1;
}
