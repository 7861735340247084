// `anydhcpctl release` and `forgive`: end a lease, and the rest of an abandoned address.

import { DaemonError } from "../base/daemon-error.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import { OperationResult } from "../control/messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";

const OPTIONS = `  --json         JSON
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})
`;

/** Ends a lease. */
export const RELEASE = leaseCommand(
  "release",
  `usage: anydhcpctl release [--json] [--control socket] address

${OPTIONS}
Ends the lease of the address, as if its client had given it back, and waits until that
is stored. The client is not told: make sure that it is gone.
Exit status: 1 if nothing was changed.
`,
);

/** Ends the rest of an abandoned address. */
export const FORGIVE = leaseCommand(
  "forgive",
  `usage: anydhcpctl forgive [--json] [--control socket] address

${OPTIONS}
An address that was declined, or that a host without a lease used, may be given to a
client again at once.
Exit status: 1 if nothing was changed.
`,
);

function leaseCommand(command: "release" | "forgive", usage: string): Command {
  return {
    usage,
    async run(args) {
      const { values, positionals } = readArguments({
        args,
        allowPositionals: true,
        options: { ...CONTROL_OPTION, json: FLAG },
      });
      const [address, ...more] = positionals;
      if (address === undefined || more.length > 0 || parseIpv4(address) === undefined)
        throw new DaemonError("usage", `${command} takes one address like 192.0.2.7`);
      const result = await ask(values.control, { command, address }, OperationResult);
      if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      else (result.ok ? process.stdout : process.stderr).write(`${result.message}\n`);
      return result.ok ? 0 : 1;
    },
  };
}
