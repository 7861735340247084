// `anydhcpctl health`: whether clients should be sent to the running daemon, for people and for programs that announce
// its address.

import { setTimeout as sleep } from "node:timers/promises";
import { textOf } from "../base/errors.ts";
import { HEALTH_ANSWER_MS, HEALTH_LOOK_MS, HEALTH_REPEAT_MS } from "../base/limits/control.ts";
import { Health } from "../control/health-messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";

const USAGE = `usage: anydhcpctl health [--json] [--watch] [--control socket]

  --json         JSON
  --watch        go on looking: a line at once, on every change and each second
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

Exit status: 0 if clients may be sent to the daemon, 1 if not, or if it does not
answer for ${HEALTH_ANSWER_MS / 1000} seconds.
`;

const STATE_WIDTH = 10;
const NAME_WIDTH = 11;

/** The state of a daemon: its own answer, or why there is none. */
export type Sighting = Health | { readonly state: "unhealthy"; readonly error: string };

/** Shows the health. */
export const HEALTH: Command = {
  usage: USAGE,
  async run(args) {
    const { values } = readArguments({ args, options: { ...CONTROL_OPTION, json: FLAG, watch: FLAG } });
    const look = (): Promise<Sighting> => lookAt(values.control);
    const show = values.json ? (sighting: Sighting): string => `${JSON.stringify(sighting)}\n` : lineOf;
    if (values.watch) return watch(look, show);
    const sighting = await look();
    if ("error" in sighting && !values.json) process.stderr.write(`anydhcpctl: ${sighting.error}\n`);
    else process.stdout.write(values.json ? show(sighting) : formatHealth(sighting));
    return sighting.state === "unhealthy" ? 1 : 0;
  },
};

async function lookAt(path: string): Promise<Sighting> {
  try {
    return await ask(path, "health", Health, HEALTH_ANSWER_MS);
  } catch (error) {
    return { state: "unhealthy", error: textOf(error) };
  }
}

/** Shows each change, and the state each second, until standard output has no reader any more. */
async function watch(look: () => Promise<Sighting>, show: (sighting: Sighting) => string): Promise<number> {
  let isRead = true;
  process.stdout.on("error", () => {
    isRead = false;
  });
  let told = "";
  for (let toldAt = 0; isRead; await sleep(HEALTH_LOOK_MS)) {
    const sighting = await look();
    const now = performance.now();
    if (sighting.state === told && now - toldAt < HEALTH_REPEAT_MS) continue;
    process.stdout.write(show(sighting));
    told = sighting.state;
    toldAt = now;
  }
  return 1;
}

/** The state, and behind a colon everything that is not as it should be; a line of its own. */
export function lineOf(sighting: Sighting): string {
  const reasons =
    "error" in sighting
      ? [sighting.error]
      : sighting.checks.filter(({ state }) => state !== "ok").map(({ reason }) => reason);
  return `${sighting.state}${reasons.length === 0 ? "" : `: ${reasons.join("; ")}`}\n`;
}

/** The state, and a line for each check. */
export function formatHealth(sighting: Sighting): string {
  if ("error" in sighting) return lineOf(sighting);
  const lines = sighting.checks.map(
    ({ name, state, reason }) => `  ${state.padEnd(STATE_WIDTH)}${name.padEnd(NAME_WIDTH)}${reason}`,
  );
  return `${[sighting.state, ...lines].join("\n")}\n`;
}
