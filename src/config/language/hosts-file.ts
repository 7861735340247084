// `hosts-file "/var/lib/anydhcpd-names/hosts";`. The launcher looks for the statement too, because it makes the directory
// writable (launcher/hosts_file.c).

import { HOSTS_PATH_OCTETS_MAX } from "../../base/limits/names.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";

/** The path of the file that clients' names and addresses are written to. */
export function readHostsFile(cursor: Cursor, at: number): Parameter | undefined {
  const { kind, text, at: valueAt } = cursor.peek();
  const isPath =
    kind === "string" &&
    /^\/(?:[^\\\0\n]*\/)?[^/\\\0\n]+$/.test(text) &&
    !/\/\.\.?$/.test(text) &&
    text.length <= HOSTS_PATH_OCTETS_MAX;
  if (!isPath)
    return cursor.report.error(valueAt, "this is no place for a hosts file", {
      expected: `a path from the root on between quotes, at most ${HOSTS_PATH_OCTETS_MAX} octets, without a backslash`,
    });
  cursor.next();
  return { kind: "hosts-file", path: text, at };
}
