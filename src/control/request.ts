// Requests on the control socket, read by hand: see messages.ts.

import { parseIpv4 } from "../base/ipv4.ts";
import type { ExplainRequest, Request } from "./messages.ts";

export type Command = Request["command"];

/** The commands there are. */
export const COMMANDS: readonly Command[] = [
  "status",
  "leases",
  "delay",
  "health",
  "explain",
  "reload",
  "drain",
  "undrain",
];

const HARDWARE_OCTETS_MAX = 16;
const OPTIONS_MAX = 64;
const OPTION_OCTETS_MAX = 255;
const TYPES: readonly unknown[] = ["discover", "request", "inform"] satisfies ExplainRequest["type"][];

type Check = (value: unknown) => boolean;

const octets =
  (least: number, most: number): Check =>
  (value) => {
    if (typeof value !== "string" || !/^(?:[0-9a-f]{2}(?::[0-9a-f]{2})*)?$/.test(value)) return false;
    const count = value === "" ? 0 : value.split(":").length;
    return count >= least && count <= most;
  };
const address: Check = (value) => typeof value === "string" && parseIpv4(value) !== undefined;
const isOctets = octets(0, OPTION_OCTETS_MAX);

/** The members that `explain` takes besides its command; a question mark: may be left out. */
const EXPLAIN: readonly (readonly [keyof ExplainRequest, boolean, Check])[] = [
  ["hardware", true, octets(1, HARDWARE_OCTETS_MAX)],
  ["type", true, (value) => TYPES.includes(value)],
  ["via", false, (value) => typeof value === "string"],
  ["giaddr", false, address],
  ["ciaddr", false, address],
  ["requested", false, address],
  ["options", true, (value) => Array.isArray(value) && value.length <= OPTIONS_MAX && value.every(isOption)],
];

function isOption(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return false;
  if (!("code" in value && "value" in value)) return false;
  const { code } = value;
  return Number.isInteger(code) && Number(code) >= 1 && Number(code) <= 254 && isOctets(value.value);
}

/** The request of a line; undefined if it is anything else, or has anything beside it. */
export function parseRequest(line: string): Request | undefined {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof request !== "object" || request === null || !("command" in request)) return undefined;
  const command = COMMANDS.find((known) => request.command === known);
  if (command === undefined) return undefined;
  if (command === "explain") return isExplain(request) ? request : undefined;
  return Object.keys(request).length === 1 ? { command } : undefined;
}

function isExplain(request: object): request is ExplainRequest {
  const members = new Map<string, unknown>(Object.entries(request));
  members.delete("command");
  for (const [name, isNeeded, check] of EXPLAIN) {
    if (members.has(name) ? !check(members.get(name)) : isNeeded) return false;
    members.delete(name);
  }
  return members.size === 0;
}
