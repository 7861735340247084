// The statements of dhcpd.conf(5): where each may stand, and how its value is read. Blocks that have statements are
// the parser's.

import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { type Condition, either } from "../model/query-condition.ts";
import { ANYWHERE, type BlockKind, POOLS } from "../model/settings.ts";
import { readClusterBlock } from "./cluster-block.ts";
import { readCondition } from "./condition.ts";
import { readConstant, readMatchKeys } from "./condition-data.ts";
import type { Cursor } from "./cursor.ts";
import { readKeyBlock, readUpdateStyle, readZoneBlock } from "./dns-blocks.ts";
import { readEventScript } from "./event-script.ts";
import { readFirewallSet } from "./firewall-set.ts";
import { readHardware } from "./hardware.ts";
import { readHostsFile } from "./hosts-file.ts";
import { httpStatement, readTokenFile } from "./http.ts";
import { readSiteOptionSpace, readVendorOptionSpace } from "./option-definition.ts";
import { readAlwaysSend, readOption } from "./option-value.ts";
import { permission } from "./permissions.ts";
import { readAgentName } from "./query-data.ts";
import { isOwnable, notOwnable, readFlag, settingStatements } from "./setting-statements.ts";
import { readShieldBlock } from "./shield-block.ts";
import { readRangeServer, readSplit } from "./split.ts";
import type { StatementRule } from "./statement-rule.ts";
import type { Parameter } from "./syntax.ts";
import { readAddress, readAddressList, readBoolean } from "./values.ts";

/** Statements by their first word, in lower case. */
export const STATEMENTS: ReadonlyMap<string, StatementRule> = new Map<string, StatementRule>([
  ...settingStatements(),
  ["get-lease-hostnames", { blocks: POOLS, read: readGetLeaseHostnames }],
  ["allow", { blocks: ANYWHERE, read: permission(true) }],
  ["deny", { blocks: ANYWHERE, read: permission(false) }],
  ["ignore", { blocks: ANYWHERE, read: permission(false) }],
  ["boot-unknown-clients", { blocks: ANYWHERE, read: readFlag("allowUnknownClients") }],
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
  ["metrics", { blocks: ["global"], read: httpStatement("metrics") }],
  ["status-page", { blocks: ["global"], read: httpStatement("status-page") }],
  ["status-page-token", { blocks: ["global"], read: readTokenFile }],
  ["hosts-file", { blocks: ["global"], read: readHostsFile }],
  ["event-script", { blocks: ["global"], read: readEventScript }],
  ["ddns-update-style", { blocks: ["global"], read: readUpdateStyle }],
  ["key", { blocks: ["global"], read: readKeyBlock, isBlock: true }],
  ["zone", { blocks: ["global"], read: readZoneBlock, isBlock: true }],
  ["firewall-set", { blocks: ANYWHERE, read: readFirewallSet, mayBeBlock: true }],
  ["shield", { blocks: ["global"], read: readShieldBlock, isBlock: true }],
  ["split", { blocks: ["global"], read: readSplit }],
  ["cluster", { blocks: ["global"], read: readClusterBlock, isBlock: true }],
]);

/** `if CONDITION`, or DATA. */
function readMatch(cursor: Cursor, at: number): Parameter | undefined {
  if (cursor.takeWord("if")) {
    const condition = readCondition(cursor);
    return condition && { kind: "match", condition, keys: [], at };
  }
  const keys = readMatchKeys(cursor);
  return keys && { kind: "match", condition: undefined, keys, at };
}

/**
 * ISC's `spawn with DATA`: a client that sends such data is a member, each value in a subclass that needs no
 * declaration.
 */
function readSpawn(cursor: Cursor, at: number): Parameter | undefined {
  if (!cursor.takeWord("with")) return cursor.unexpected("with, as in spawn with option agent.circuit-id;");
  const keys = readMatchKeys(cursor);
  if (keys === undefined) return undefined;
  const conditions = keys.map(({ data }): Condition => ({ kind: "exists", data }));
  return { kind: "spawn", condition: conditions.reduce(either), at };
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

function readRange(cursor: Cursor): Parameter | undefined {
  const dynamicBootp = cursor.takeWord("dynamic-bootp");
  const ends = readEnds(cursor, "range");
  const server = ends && readRangeServer(cursor);
  return ends === undefined || server === undefined ? undefined : { kind: "range", ...ends, dynamicBootp, server };
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
  return cursor.report.error(valueAt, "the string is empty", { expected: "at least one octet" });
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

/** Where a statement stands, for error texts. */
export function describeBlock(kind: BlockKind): string {
  return kind === "global" ? "at the top level" : `in ${kind === "if" ? "an" : "a"} ${kind}`;
}
