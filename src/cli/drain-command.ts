// `anydhcpctl drain` and `undrain`: takes the running daemon out of service, and back into it.

import { Health } from "../control/health-messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";

const OPTIONS = `  --json         JSON
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})
`;

/** Takes it out of service. */
export const DRAIN = drainCommand(
  "drain",
  `usage: anydhcpctl drain [--json] [--control socket]

${OPTIONS}
The daemon is unhealthy at once, so that the route to its address is withdrawn. It
answers for drain-time more (dhcpd.conf(5)), then falls silent until undrain.
`,
  true,
);

/** Takes it back. */
export const UNDRAIN = drainCommand(
  "undrain",
  `usage: anydhcpctl undrain [--json] [--control socket]

${OPTIONS}
Exit status: 1 if the daemon is about to end and does not serve again.
`,
  false,
);

function drainCommand(command: "drain" | "undrain", usage: string, isDrained: boolean): Command {
  return {
    usage,
    async run(args) {
      const { values } = readArguments({ args, options: { ...CONTROL_OPTION, json: FLAG } });
      const health = await ask(values.control, command, Health);
      const { checks } = health;
      const check = checks.find(({ name }) => name === "drain");
      const text = check?.reason ?? "the daemon does not say whether it is drained";
      process.stdout.write(`${values.json ? JSON.stringify(health) : text}\n`);
      return (check?.state === "failed") === isDrained ? 0 : 1;
    },
  };
}
