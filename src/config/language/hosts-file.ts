// `hosts-file "/var/lib/anydhcpd-names/hosts";`. The launcher looks for the statement too, because it makes the directory
// writable (launcher/hosts_file.c).

import { HOSTS_PATH_OCTETS_MAX } from "../../base/limits/names.ts";
import type { Cursor } from "./cursor.ts";
import { readPath } from "./path.ts";
import type { Parameter } from "./syntax.ts";

/** The path of the file that clients' names and addresses are written to. */
export function readHostsFile(cursor: Cursor, at: number): Parameter | undefined {
  const isSound = (path: string): boolean => !/(?:^|\/)(?:\.\.?)?$/.test(path);
  const path = readPath(cursor, { what: "a hosts file", octetsMax: HOSTS_PATH_OCTETS_MAX, isSound });
  return path === undefined ? undefined : { kind: "hosts-file", path, at };
}
