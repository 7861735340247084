// Requests on the control socket, read by hand: see messages.ts.

import { parseIpv4 } from "../base/ipv4.ts";
import { EXPLAINED_QUERY_OCTETS_MAX } from "../base/limits/control.ts";
import { EVENT_TOKEN_OCTETS_MAX } from "../base/limits/events.ts";
import { BindingState } from "../lease/lease.ts";
import type { ExplainRequest, Request } from "./requests.ts";
import { CONTROL_VERSION } from "./version.ts";

export type Command = Request["command"];

const HARDWARE_OCTETS_MAX = 16;
const OPTIONS_MAX = 64;
const OPTION_OCTETS_MAX = 255;
const PORT_MAX = 0xffff;
const PATH_MAX = 4096;
const SEARCH_MAX = 100;
const SHOWN_MAX = 60;
const ETHERNET_OCTETS = 6;
const STATES = Object.keys(BindingState) as readonly unknown[];
const TYPES: readonly unknown[] = [
  "discover",
  "request",
  "inform",
  "release",
  "decline",
] satisfies ExplainRequest["type"][];

type Check = (value: unknown) => boolean;

/** A member of a request beside its command: its name, whether it has to be there, what it may be. */
type Member = readonly [name: string, isNeeded: boolean, check: Check];

const octets =
  (least: number, most: number): Check =>
  (value) => {
    if (typeof value !== "string" || !/^(?:[0-9a-f]{2}(?::[0-9a-f]{2})*)?$/.test(value)) return false;
    const count = value === "" ? 0 : value.split(":").length;
    return count >= least && count <= most;
  };
const address: Check = (value) => typeof value === "string" && parseIpv4(value) !== undefined;
const text: Check = (value) => typeof value === "string";
const port: Check = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= PORT_MAX;
const isOctets = octets(0, OPTION_OCTETS_MAX);

function isOption(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return false;
  if (!("code" in value && "value" in value)) return false;
  const { code } = value;
  return Number.isInteger(code) && Number(code) >= 1 && Number(code) <= 254 && isOctets(value.value);
}

const VERSION: Member = ["protocol", false, (value) => value === CONTROL_VERSION];

const LEASE_FILTER: readonly Member[] = [
  ["subnet", false, (value) => text(value) && /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/.test(String(value))],
  ["states", false, (value) => Array.isArray(value) && value.length <= 6 && value.every((one) => STATES.includes(one))],
  ["hardware", false, (value) => text(value) && /^[0-9a-f]+$/.test(String(value))],
  ["name", false, text],
];

/** The commands that there are, and what each takes. */
const MEMBERS: Readonly<Record<Command, readonly Member[]>> = {
  status: [],
  delay: [],
  health: [],
  reload: [["confirm", false, (value) => Number.isSafeInteger(value) && Number(value) >= 0]],
  check: [["file", true, (value) => text(value) && String(value).length >= 1 && String(value).length <= PATH_MAX]],
  drain: [],
  undrain: [],
  explain: [
    ["hardware", true, octets(1, HARDWARE_OCTETS_MAX)],
    ["type", true, (value) => TYPES.includes(value)],
    ["via", false, text],
    ["giaddr", false, address],
    ["from", false, address],
    ["ciaddr", false, address],
    ["requested", false, address],
    ["options", true, (value) => Array.isArray(value) && value.length <= OPTIONS_MAX && value.every(isOption)],
  ],
  "explain-query": [
    ["query", true, octets(1, EXPLAINED_QUERY_OCTETS_MAX)],
    ["to", true, address],
    ["from", true, address],
    ["port", true, port],
    ["via", false, text],
  ],
  events: [["resume", false, (value) => typeof value === "string" && value.length <= EVENT_TOKEN_OCTETS_MAX]],
  "explain-address": [["address", true, address]],
  release: [["address", true, address]],
  forgive: [["address", true, address]],
  leases: LEASE_FILTER,
  "lease-page": [
    ...LEASE_FILTER,
    ["search", false, (value) => typeof value === "string" && value.length <= SEARCH_MAX],
    ["after", false, address],
  ],
  refused: [],
  reserve: [
    ["address", true, address],
    ["hardware", true, octets(ETHERNET_OCTETS, ETHERNET_OCTETS)],
    ["name", false, (value) => text(value) && /^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(String(value))],
  ],
};

/** The commands there are. */
export const COMMANDS = Object.keys(MEMBERS) as readonly Command[];

/** The version of the protocol that the sender of a line speaks, if it says so and that is not ours. */
export function otherVersion(line: string): number | undefined {
  try {
    const { protocol } = JSON.parse(line) ?? {};
    return Number.isInteger(protocol) && protocol !== CONTROL_VERSION ? Number(protocol) : undefined;
  } catch {
    return undefined;
  }
}

/** The request of a line; a text, if it is anything else or has anything beside it: why. */
export function readRequest(line: string): Request | string {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return "it is not JSON";
  }
  return whyNone(request) ?? (request as Request);
}

/** The request of a line; undefined if it is anything else, or has anything beside it. */
export function parseRequest(line: string): Request | undefined {
  const request = readRequest(line);
  return typeof request === "string" ? undefined : request;
}

/** Why something is no request; undefined: it is one. */
function whyNone(request: unknown): string | undefined {
  if (typeof request !== "object" || request === null || !Object.hasOwn(request, "command")) return "it has no command";
  const members = new Map<string, unknown>(Object.entries(request));
  const command = COMMANDS.find((known) => members.get("command") === known);
  if (command === undefined) return "there is no such command";
  members.delete("command");
  for (const [name, isNeeded, check] of [VERSION, ...MEMBERS[command]]) {
    if (members.has(name) ? !check(members.get(name)) : isNeeded)
      return members.has(name) ? `"${name}" cannot be ${shown(members.get(name))}` : `"${name}" is missing`;
    members.delete(name);
  }
  const [other] = members.keys();
  return other === undefined ? undefined : `${command} takes no ${shown(other)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "that";
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}
