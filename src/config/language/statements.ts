// The statements of dhcpd.conf(5) that end in a semicolon: where each may stand, and how its
// value is read. Blocks are the parser's.

import { getUint32 } from "../../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import type { Condition } from "../model/query-condition.ts";
import type { LeaseTimeField } from "../resolve/levels.ts";
import { readCondition } from "./condition.ts";
import { readConstant, readMatchKeys } from "./condition-data.ts";
import type { Cursor } from "./cursor.ts";
import { readDate } from "./date.ts";
import { readHardware } from "./hardware.ts";
import { readSiteOptionSpace, readVendorOptionSpace } from "./option-definition.ts";
import { COMPUTED_FILE, joinConstant, readParts } from "./option-expression.ts";
import { readAlwaysSend, readOption } from "./option-value.ts";
import { permission } from "./permissions.ts";
import { readAgentName } from "./query-data.ts";
import type { BlockKind, Parameter, ScopeField, ScopeValues } from "./syntax.ts";
import {
  readAddress,
  readAddressList,
  readAddressOrName,
  readBoolean,
  readDecimal,
  readLeaseSeconds,
  readString,
} from "./values.ts";

/** A statement: the blocks it may stand in directly, and the reader of what follows its first word (whose place is `at`) in a block. */
export interface StatementRule {
  readonly blocks: readonly BlockKind[];
  readonly read: (cursor: Cursor, at: number, block: BlockKind) => Parameter | undefined;
}

/** Every kind of block. */
export const ANYWHERE: readonly BlockKind[] = [
  "global",
  "shared-network",
  "subnet",
  "pool",
  "group",
  "host",
  "class",
  "subclass",
  "if",
];
const NOT_IN_HOST: readonly BlockKind[] = ["global", "shared-network", "subnet", "pool", "group"];

const NETWORKS: readonly BlockKind[] = ["global", "shared-network", "subnet", "group"];
const POOLS: readonly BlockKind[] = [...NETWORKS, "pool"];

const PING_TIMEOUT_SECONDS_MAX = 60;
/** As many as one option holds: what the header field has no room for is sent in option 67. */
const FILE_OCTETS_MAX = 255;
/** Usable octets of the header field `sname`, less a terminator (RFC 2131 section 2). */
const SERVER_NAME_OCTETS_MAX = 63;

/** Statements by their first word, in lower case. */
export const STATEMENTS: ReadonlyMap<string, StatementRule> = new Map<string, StatementRule>([
  ["default-lease-time", { blocks: ANYWHERE, read: leaseSeconds("defaultLeaseSeconds") }],
  ["max-lease-time", { blocks: ANYWHERE, read: leaseSeconds("maxLeaseSeconds") }],
  ["min-lease-time", { blocks: ANYWHERE, read: leaseSeconds("minLeaseSeconds") }],
  ["dynamic-bootp-lease-length", { blocks: ANYWHERE, read: leaseSeconds("dynamicBootpLeaseSeconds") }],
  ["dynamic-bootp-lease-cutoff", { blocks: ANYWHERE, read: readBootpCutoff }],
  ["ping-timeout", { blocks: ANYWHERE, read: readPingTimeout }],
  ["ping-check", { blocks: ANYWHERE, read: boolean("pingCheck") }],
  ["ping-ahead", { blocks: POOLS, read: boolean("pingAhead") }],
  ["use-host-decl-names", { blocks: NOT_IN_HOST, read: boolean("useHostDeclNames") }],
  ["use-lease-addr-for-default-route", { blocks: ANYWHERE, read: boolean("useLeaseAddressForDefaultRoute") }],
  ["always-reply-rfc1048", { blocks: ANYWHERE, read: boolean("alwaysReplyRfc1048") }],
  ["echo-client-id", { blocks: ANYWHERE, read: boolean("echoClientId") }],
  ["always-broadcast", { blocks: ANYWHERE, read: boolean("alwaysBroadcast") }],
  ["never-broadcast", { blocks: ANYWHERE, read: boolean("neverBroadcast") }],
  ["ignore-client-uids", { blocks: NETWORKS, read: boolean("ignoreClientUids") }],
  ["rapid-commit", { blocks: ANYWHERE, read: boolean("rapidCommit") }],
  ["subnet-selection", { blocks: NETWORKS, read: boolean("subnetSelection") }],
  ["dont-use-fsync", { blocks: ["global"], read: boolean("dontUseFsync") }],
  ["get-lease-hostnames", { blocks: NOT_IN_HOST, read: readGetLeaseHostnames }],
  ["authoritative", { blocks: NOT_IN_HOST, read: (_, at) => setting("authoritative", { authoritative: true }, at) }],
  ["not", { blocks: NOT_IN_HOST, read: readNot }],
  ["allow", { blocks: ANYWHERE, read: permission(true) }],
  ["deny", { blocks: ANYWHERE, read: permission(false) }],
  ["ignore", { blocks: ANYWHERE, read: permission(false) }],
  ["boot-unknown-clients", { blocks: ANYWHERE, read: boolean("allowUnknownClients") }],
  ["filename", { blocks: ANYWHERE, read: text("fileName", FILE_OCTETS_MAX) }],
  ["server-name", { blocks: ANYWHERE, read: text("serverName", SERVER_NAME_OCTETS_MAX) }],
  ["next-server", { blocks: ANYWHERE, read: readNextServer }],
  ["server-identifier", { blocks: ANYWHERE, read: readServerIdentifier }],
  ["requested-options-only", { blocks: ANYWHERE, read: boolean("requestedOptionsOnly") }],
  ["always-send", { blocks: ANYWHERE, read: readAlwaysSend }],
  ["option", { blocks: ANYWHERE, read: readOption }],
  ["vendor-option-space", { blocks: ANYWHERE, read: readVendorOptionSpace }],
  ["site-option-space", { blocks: ANYWHERE, read: readSiteOptionSpace }],
  ["range", { blocks: ["subnet", "pool"], read: readRange }],
  ["exclude", { blocks: ["subnet", "pool"], read: readExclude }],
  ["match", { blocks: ["class"], read: readMatch }],
  ["spawn", { blocks: ["class"], read: readSpawn }],
  ["hardware", { blocks: ["host"], read: readHardware }],
  ["host-identifier", { blocks: ["host"], read: readHostIdentifier }],
  ["fixed-address", { blocks: ["host"], read: readFixedAddress }],
  ["listen", { blocks: ["global"], read: readListen }],
]);

function setting(field: ScopeField, value: ScopeValues, at: number): Parameter {
  return { kind: "setting", field, value, at };
}

function leaseSeconds(field: LeaseTimeField | "dynamicBootpLeaseSeconds") {
  return (cursor: Cursor, at: number): Parameter | undefined => {
    const value = readLeaseSeconds(cursor, 1);
    return value === undefined ? undefined : setting(field, { [field]: value }, at);
  };
}

function readPingTimeout(cursor: Cursor, at: number): Parameter | undefined {
  const pingTimeoutSeconds = readDecimal(cursor, { least: 1, most: PING_TIMEOUT_SECONDS_MAX, what: "seconds" });
  return pingTimeoutSeconds === undefined ? undefined : setting("pingTimeoutSeconds", { pingTimeoutSeconds }, at);
}

type BooleanField =
  | "pingCheck"
  | "pingAhead"
  | "useHostDeclNames"
  | "useLeaseAddressForDefaultRoute"
  | "alwaysReplyRfc1048"
  | "echoClientId"
  | "alwaysBroadcast"
  | "neverBroadcast"
  | "ignoreClientUids"
  | "allowUnknownClients"
  | "rapidCommit"
  | "subnetSelection"
  | "requestedOptionsOnly"
  | "dontUseFsync";

function boolean(field: BooleanField) {
  return (cursor: Cursor, at: number): Parameter | undefined => {
    const value = readBoolean(cursor);
    return value === undefined ? undefined : setting(field, { [field]: value }, at);
  };
}

function text(field: "fileName" | "serverName", most: number) {
  return (cursor: Cursor, at: number): Parameter | undefined => {
    const { at: valueAt, kind } = cursor.peek();
    if (!cursor.takeMark("=") && (kind === "string" || !cursor.isMark("(", 1))) {
      const value = readString(cursor, most);
      return value && setting(field, { [field]: value }, at);
    }
    const parts = readParts(cursor, field === "fileName" ? COMPUTED_FILE : 'a text between " and "');
    const value = parts && joinConstant(parts);
    if (value === undefined) return parts && { kind: "computed", field, parts, at };
    if (value.length <= most) return setting(field, { [field]: value }, at);
    cursor.report.error(valueAt, `the name has ${value.length} octets`, { expected: `at most ${most} octets` });
    return undefined;
  };
}

/** `if CONDITION`, or DATA. */
function readMatch(cursor: Cursor, at: number): Parameter | undefined {
  if (cursor.takeWord("if")) {
    const condition = readCondition(cursor);
    return condition && { kind: "match", condition, keys: [], at };
  }
  const keys = readMatchKeys(cursor);
  return keys && { kind: "match", condition: undefined, keys, at };
}

/** ISC's `spawn with DATA`: whoever has such data is a member, each value in a subclass that needs no declaration. */
function readSpawn(cursor: Cursor, at: number): Parameter | undefined {
  if (!cursor.takeWord("with")) return cursor.unexpected("with, as in spawn with option agent.circuit-id;");
  const keys = readMatchKeys(cursor);
  if (keys === undefined) return undefined;
  const conditions = keys.map(({ data }): Condition => ({ kind: "exists", data }));
  return { kind: "spawn", condition: conditions.reduce((left, right) => ({ kind: "or", left, right })), at };
}

function readGetLeaseHostnames(cursor: Cursor, at: number): Parameter | undefined {
  const value = readBoolean(cursor);
  if (value === undefined) return undefined;
  if (value)
    cursor.report.warning(at, "get-lease-hostnames is not supported and has no effect", {
      expected: "host declarations with use-host-decl-names, or option host-name, where a client must get a name",
      hasNoEffect: true,
    });
  return { kind: "none", at };
}

function readNot(cursor: Cursor, at: number): Parameter | undefined {
  if (!cursor.takeWord("authoritative")) return cursor.unexpected("authoritative");
  return setting("authoritative", { authoritative: false }, at);
}

function readBootpCutoff(cursor: Cursor, at: number): Parameter | undefined {
  const dynamicBootpCutoff = readDate(cursor);
  return dynamicBootpCutoff === undefined ? undefined : setting("dynamicBootpCutoff", { dynamicBootpCutoff }, at);
}

function readNextServer(cursor: Cursor, at: number): Parameter | undefined {
  if (cursor.takeMark("=")) return readComputedServer(cursor, at);
  const written = readAddressOrName(cursor);
  return written && setting("nextServer", { nextServer: written.addresses[0] }, at);
}

/** An expression of four octets. */
function readComputedServer(cursor: Cursor, at: number): Parameter | undefined {
  const { at: valueAt } = cursor.peek();
  const parts = readParts(cursor, "octets like c0:0:2:5, or config-option NAME of an address");
  const octets = parts && joinConstant(parts);
  if (octets === undefined) return parts && { kind: "computed", field: "nextServer", parts, at };
  if (octets.length === 4) return setting("nextServer", { nextServer: getUint32(octets, 0) }, at);
  cursor.report.error(valueAt, `${octets.length} octets are no address`, { expected: "next-server ADDRESS;" });
  return undefined;
}

function readServerIdentifier(cursor: Cursor, at: number): Parameter | undefined {
  const written = readAddressOrName(cursor);
  if (written === undefined) return undefined;
  const [serverIdentifier] = written.addresses;
  if (serverIdentifier !== undefined && !isOwnable(serverIdentifier))
    return notOwnable(cursor, serverIdentifier, written.at);
  return setting("serverIdentifier", { serverIdentifier }, at);
}

function readRange(cursor: Cursor): Parameter | undefined {
  const dynamicBootp = cursor.takeWord("dynamic-bootp");
  const ends = readEnds(cursor, "range");
  return ends && { kind: "range", ...ends, dynamicBootp };
}

function readExclude(cursor: Cursor): Parameter | undefined {
  const ends = readEnds(cursor, "exclude");
  return ends && { kind: "exclude", ...ends };
}

/** `FIRST [LAST]`; `word` is the statement's. */
function readEnds(cursor: Cursor, word: string): { first: Ipv4; last: Ipv4; at: number } | undefined {
  const first = readAddress(cursor);
  if (first === undefined) return undefined;
  const last = /^[0-9]/.test(cursor.peek().text) ? readAddress(cursor) : first;
  if (last === undefined) return undefined;
  if (last.address >= first.address) return { first: first.address, last: last.address, at: first.at };
  cursor.report.warning(first.at, "the range ends before it starts: its ends are swapped", {
    expected: `${word} ${formatIpv4(last.address)} ${formatIpv4(first.address)};`,
  });
  return { first: last.address, last: first.address, at: first.at };
}

/** `option agent.NAME DATA`, or `option dhcp-client-identifier DATA`, which has a statement of its own. */
function readHostIdentifier(cursor: Cursor, at: number, block: BlockKind): Parameter | undefined {
  if (!cursor.takeWord("option"))
    return cursor.unexpected("option agent.circuit-id, agent.remote-id or dhcp-client-identifier");
  if (cursor.isWord("dhcp-client-identifier")) return readOption(cursor, at, block);
  const code = readAgentName(cursor);
  if (code === undefined) return undefined;
  const valueAt = cursor.peek().at;
  const value = readConstant(cursor);
  if (value === undefined) return undefined;
  if (value.length > 0) return { kind: "host-identifier", code, value, at };
  cursor.report.error(valueAt, "the string is empty", { expected: "at least one octet" });
  return undefined;
}

function readFixedAddress(cursor: Cursor, at: number): Parameter | undefined {
  const addresses = readAddressList(cursor);
  return addresses && { kind: "fixed-address", addresses, at };
}

function readListen(cursor: Cursor, at: number): Parameter | undefined {
  if (!cursor.takeWord("on")) return cursor.unexpected("on, as in listen on 192.0.2.53;");
  const addresses = readAddressList(cursor);
  if (addresses === undefined) return undefined;
  const wrong = addresses.find(({ address }) => !isOwnable(address));
  if (wrong !== undefined) return notOwnable(cursor, wrong.address, wrong.at);
  return { kind: "listen", addresses, at };
}

/** Whether an address can be one of ours: not 0.0.0.0 and its like, multicast or broadcast. */
function isOwnable(address: Ipv4): boolean {
  return address >>> 24 !== 0 && address >>> 24 < 224;
}

function notOwnable(cursor: Cursor, address: Ipv4, at: number): undefined {
  const expected = `a unicast address of this server${address === 0 ? " (for all of them start with -u)" : ""}`;
  cursor.report.error(at, `${formatIpv4(address)} cannot be an address of this server`, { expected });
  return undefined;
}

/** Where a statement stands, for error texts. */
export function describePlace(kind: BlockKind): string {
  return kind === "global" ? "at the top level" : `in ${kind === "if" ? "an" : "a"} ${kind}`;
}
