// `cluster { ... }`: the servers that share their leases, and the etcd that keeps them.
//
//   cluster {
//     etcd "https://10.0.0.1:2379", "https://10.0.0.2:2379", "https://10.0.0.3:2379";
//     name "a";
//     ca-file "etcd-ca.pem";
//   }
//
// An entry that cannot be read is reported and left out; resolving the configuration checks what entries mean together
// (config/resolve/cluster.ts).

import {
  CLUSTER_SETTING_LIST,
  CLUSTER_SETTINGS,
  type ClusterField,
  type ClusterFieldOf,
  type ClusterSettingKind,
} from "../model/cluster.ts";
import type { Cursor } from "./cursor.ts";
import { pathFrom } from "./include.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import type { ClusterEntry, Parameter } from "./syntax.ts";
import { readDecimal } from "./values.ts";

const URL_EXPECTED = 'http:// or https://, a host and perhaps a port, like "https://10.0.0.1:2379"';
const URL = /^(https?):\/\/([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?\/?$/;
/** Where etcd listens by default. */
const ETCD_PORT = 2379;
const PORT_MAX = 65_535;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const PATH = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/;

type Reader = (cursor: Cursor, field: ClusterField) => unknown;

/** The reader of a value of each kind; undefined after a complaint. */
const READERS: Readonly<Record<ClusterSettingKind, Reader>> = {
  urls: (cursor, field) => readUrls(cursor, CLUSTER_SETTINGS[field].most),
  name: (cursor, field) => readNamed(cursor, field, NAME, "letters, digits, dots, dashes and underscores"),
  path: (cursor, field) => readNamed(cursor, field, PATH, "letters, digits, dots, dashes, underscores and slashes"),
  seconds: (cursor, field) => readSeconds(cursor, field as ClusterFieldOf<"seconds">),
  text: (cursor, field) => readNamed(cursor, field, /^[^\0]*$/, "characters"),
  file: (cursor) => readFileName(cursor),
};

const NAMES = CLUSTER_SETTING_LIST.map(([, { name }]) => name);

/** Reads the block behind its first word, which stands at `at`. */
export function readClusterBlock(cursor: Cursor, at: number): Parameter | undefined {
  const brace = cursor.peek().at;
  if (!cursor.takeMark("{")) return cursor.unexpected("{ and the settings of the cluster");
  const entries: ClusterEntry[] = [];
  let isIncomplete = false;
  while (!cursor.isMark("}") && cursor.peek().kind !== "end") {
    if (cursor.takeMark(";")) continue;
    const entry = readEntry(cursor);
    if (entry === undefined) {
      isIncomplete = true;
      skipEntry(cursor);
    } else if (!isRepeated(entry, entries, cursor)) entries.push(entry);
  }
  if (!cursor.takeMark("}"))
    cursor.report.error(brace, "the block that opens here is not closed: its } is missing", { expected: "}" });
  return { kind: "cluster", entries, isIncomplete, at };
}

function readEntry(cursor: Cursor): ClusterEntry | undefined {
  const token = cursor.peek();
  const word = token.kind === "word" ? token.text.toLowerCase() : "";
  const [field, setting] = CLUSTER_SETTING_LIST.find(([, { name }]) => name === word) ?? [];
  if (field === undefined || setting === undefined) {
    const meant = nearestWord(word, NAMES);
    return cursor.report.error(token.at, `"${token.text}" is no setting of a cluster`, {
      expected: meant === undefined ? NAMES.join(", ") : didYouMean(meant),
    });
  }
  cursor.next();
  const valueAt = cursor.peek().at;
  const value = READERS[setting.kind](cursor, field);
  if (value === undefined) return undefined;
  if (!cursor.takeMark(";")) {
    cursor.unexpected("; at the end of the entry");
    // A mark that is missing at a line's end is taken as present.
    if (!cursor.isAtLineStart() && !cursor.isMark("}")) return undefined;
  }
  return { field, value, at: token.at, valueAt };
}

/** Goes past an entry that could not be read. */
function skipEntry(cursor: Cursor): void {
  for (;;) {
    if (cursor.isMark("}") || cursor.peek().kind === "end") return;
    const isEnd = cursor.isMark(";");
    cursor.next();
    if (isEnd || (cursor.isAtLineStart() && NAMES.includes(cursor.peek().text.toLowerCase()))) return;
  }
}

function isRepeated(entry: ClusterEntry, entries: readonly ClusterEntry[], cursor: Cursor): boolean {
  const other = entries.find(({ field }) => field === entry.field);
  if (other === undefined) return false;
  cursor.report.error(entry.at, `${CLUSTER_SETTINGS[entry.field].name} is here twice`, {
    expected: entry.field === "endpoints" ? "one list with commas between the addresses" : "one value",
    related: { at: other.at, message: "first set here" },
  });
  return true;
}

function readUrls(cursor: Cursor, most: number): readonly string[] | undefined {
  const urls: string[] = [];
  do {
    const token = cursor.peek();
    if (token.kind !== "string") return cursor.unexpected(`an address of etcd between " and "`);
    const url = normalUrl(token.text);
    const { report } = cursor;
    if (url === undefined)
      return report.error(token.at, `"${token.text}" is not an address of etcd`, { expected: URL_EXPECTED });
    if (urls.includes(url)) return report.error(token.at, `${url} is here twice`, { expected: "each member once" });
    if (urls.length === most)
      return report.error(token.at, "there are too many addresses", { expected: `at most ${most}` });
    urls.push(url);
    cursor.next();
  } while (cursor.takeMark(","));
  return urls;
}

/** A URL with its port and nothing behind it; undefined if it is none that etcd can have. */
function normalUrl(text: string): string | undefined {
  const [, scheme = "", host = "", digits = ""] = URL.exec(text) ?? [];
  const port = digits === "" ? ETCD_PORT : Number(digits);
  return host === "" || port < 1 || port > PORT_MAX ? undefined : `${scheme}://${host.toLowerCase()}:${port}`;
}

function readNamed(cursor: Cursor, field: ClusterField, pattern: RegExp, characters: string): string | undefined {
  const { name, least, most } = CLUSTER_SETTINGS[field];
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected(`a string between " and "`);
  if (token.text.length < least || token.text.length > most || !pattern.test(token.text))
    return cursor.report.error(token.at, `"${token.text}" cannot be the ${name}`, {
      expected: `${least} to ${most} ${characters}`,
    });
  cursor.next();
  return token.text;
}

function readSeconds(cursor: Cursor, field: ClusterFieldOf<"seconds">): number | undefined {
  const { least, most } = CLUSTER_SETTINGS[field];
  return readDecimal(cursor, { least, most, what: "seconds" });
}

/** The path of the file; its content is read when the configuration is resolved. */
function readFileName(cursor: Cursor): string | undefined {
  const token = cursor.peek();
  if (token.kind !== "string" || token.text === "") return cursor.unexpected('the name of a file between " and "');
  cursor.next();
  return pathFrom(cursor.report.source.fileAt(token.at).file, token.text);
}
