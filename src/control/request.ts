// What may be asked on the control socket: a line of JSON, {"command":"NAME"}.

/** The commands there are. */
export const COMMANDS = ["status", "leases", "delay"] as const;
export type Command = (typeof COMMANDS)[number];

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
