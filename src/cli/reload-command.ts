// `anydhcpctl reload`: has the running daemon read its configuration anew, and tells what came of it.

import { type ReloadChanges, ReloadResult } from "../control/messages.ts";
import { type Command, readArguments } from "./command.ts";
import { ask, CONTROL_PATH } from "./control-client.ts";

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
    const { values } = readArguments({ args, options: { control: { type: "string", default: CONTROL_PATH } } });
    const { ok, message, diagnostics, changes } = await ask(values.control, "reload", ReloadResult);
    process.stderr.write(diagnostics);
    (ok ? process.stdout : process.stderr).write(`${message}\n`);
    if (changes !== undefined) for (const line of describeChanges(changes)) process.stdout.write(`  ${line}\n`);
    return ok ? 0 : 1;
  },
};

/** What a reload changed, a line each. */
export function describeChanges(changes: ReloadChanges): string[] {
  const { addressesNoLongerServed: lost, leasesNoLongerServed: leases } = changes;
  const lines = [
    named("new subnets", changes.newSubnets),
    named("subnets no longer served", changes.removedSubnets),
    named("new hosts", changes.newHosts),
    named("hosts no longer declared", changes.removedHosts),
    lost === 0 ? "" : `addresses no longer served: ${lost}`,
    named("leases of such addresses", leases),
  ].filter((line) => line !== "");
  if (leases.count > 0) lines.push("their clients get another address when they ask again");
  return lines.length > 0 ? lines : ["no subnet, host or address has come or gone"];
}

function named(what: string, { count, first }: ReloadChanges["newHosts"]): string {
  if (count === 0) return "";
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return `${what}: ${first.join(", ")}${more}`;
}
