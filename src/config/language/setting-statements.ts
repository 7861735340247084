// The statements of settings (config/model/settings.ts): how the value of each kind is read. Permissions and requestors stand
// behind `allow` and `deny`: permissions.ts and requestors.ts.

import { getUint32 } from "../../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { type FieldOf, SETTING_LIST, SETTINGS, type SettingField, type SettingKind } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import { readDate } from "./date.ts";
import { readDomainName } from "./domain-name.ts";
import { COMPUTED_FILE, joinConstant, readParts } from "./option-expression.ts";
import { readRelays } from "./relays.ts";
import type { StatementRule } from "./statement-rule.ts";
import type { Parameter, SetValues } from "./syntax.ts";
import { readAddressOrName, readBoolean, readDecimal, readLeaseSeconds, readString } from "./values.ts";

type Reader = StatementRule["read"];

/** The reader of a value of each kind, for one field; kinds that stand behind `allow` and `deny` have none. */
const READERS: Readonly<Partial<Record<SettingKind, (field: SettingField) => Reader>>> = {
  flag: (field) => readBy(field, readBoolean),
  "lease-time": (field) => readBy(field, (cursor) => readLeaseSeconds(cursor, SETTINGS[field].least)),
  seconds: (field) => {
    const { least, most } = SETTINGS[field];
    return readBy(field, (cursor) => readDecimal(cursor, { least, most, what: "seconds" }));
  },
  count: (field) => {
    const { least, most } = SETTINGS[field];
    return readBy(field, (cursor) => readDecimal(cursor, { least, most, what: "leases" }));
  },
  date: (field) => readBy(field, readDate),
  text: (field) => readText(field as FieldOf<"text">),
  address: (field) => (field === "nextServer" ? readNextServer : readServerIdentifier),
  relays: () => readRelays,
  "domain-name": (field) => readDomainName(field as FieldOf<"domain-name">),
  authoritative: () => (_, at) => setting("authoritative", { authoritative: true }, at),
};

/** The statements by their first word. */
export function settingStatements(): [string, StatementRule][] {
  const statements = SETTING_LIST.flatMap(([field, { kind, name, blocks }]): [string, StatementRule][] => {
    const reader = READERS[kind];
    return reader === undefined ? [] : [[name, { blocks, read: reader(field) }]];
  });
  return [...statements, ["not", { blocks: SETTINGS.authoritative.blocks, read: readNot }]];
}

function setting(field: SettingField, value: SetValues, at: number): Parameter {
  return { kind: "setting", field, value, at };
}

/** The reader of a field whose value `read` takes from the cursor. */
function readBy(field: SettingField, read: (cursor: Cursor) => number | boolean | undefined): Reader {
  return (cursor, at) => {
    const value = read(cursor);
    return value === undefined ? undefined : setting(field, { [field]: value }, at);
  };
}

/** The reader of `on`, `off` and their like. */
export function readFlag(field: FieldOf<"flag" | "permission">): Reader {
  return readBy(field, readBoolean);
}

function readText(field: FieldOf<"text">): Reader {
  const { most } = SETTINGS[field];
  return (cursor, at) => {
    const { at: valueAt, kind } = cursor.peek();
    if (!cursor.takeMark("=") && (kind === "string" || !cursor.isMark("(", 1))) {
      const value = readString(cursor, most);
      return value && setting(field, { [field]: value }, at);
    }
    const parts = readParts(cursor, field === "fileName" ? COMPUTED_FILE : 'a text between " and "');
    const value = parts && joinConstant(parts);
    if (value === undefined) return parts && { kind: "computed", field, parts, at };
    if (value.length <= most) return setting(field, { [field]: value }, at);
    return cursor.report.error(valueAt, `the name has ${value.length} octets`, { expected: `at most ${most} octets` });
  };
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
  return cursor.report.error(valueAt, `${octets.length} octets are no address`, { expected: "next-server ADDRESS;" });
}

function readServerIdentifier(cursor: Cursor, at: number): Parameter | undefined {
  const written = readAddressOrName(cursor);
  if (written === undefined) return undefined;
  const [serverIdentifier] = written.addresses;
  if (serverIdentifier !== undefined && !isOwnable(serverIdentifier))
    return notOwnable(cursor, serverIdentifier, written.at);
  return setting("serverIdentifier", { serverIdentifier }, at);
}

function readNot(cursor: Cursor, at: number): Parameter | undefined {
  if (!cursor.takeWord("authoritative")) return cursor.unexpected("authoritative");
  return setting("authoritative", { authoritative: false }, at);
}

/** Whether an address can be one of ours: not 0.0.0.0 and its like, multicast or broadcast. */
export function isOwnable(address: Ipv4): boolean {
  return address >>> 24 !== 0 && address >>> 24 < 224;
}

/** Says that an address cannot be one of ours. */
export function notOwnable(cursor: Cursor, address: Ipv4, at: number): undefined {
  const expected = `a unicast address of this server${address === 0 ? " (for all of them start with -u)" : ""}`;
  return cursor.report.error(at, `${formatIpv4(address)} cannot be an address of this server`, { expected });
}
