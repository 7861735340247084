// Requests on the control socket, read by hand: see messages.ts.

import type { Request } from "./messages.ts";

export type Command = Request["command"];

/** The commands there are. */
export const COMMANDS: readonly Command[] = ["status", "leases", "delay", "health", "reload", "drain", "undrain"];

/** The command of a line; undefined if it is anything else than a request, or has anything beside it. */
export function parseRequest(line: string): Command | undefined {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof request !== "object" || request === null || Object.keys(request).length !== 1) return undefined;
  return COMMANDS.find((command) => "command" in request && request.command === command);
}
